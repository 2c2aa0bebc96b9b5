"""CycloneDX VEX written as OpenVEX, so that one rule judges both.

CycloneDX 1.4 to 1.7, `vulnerabilities[].analysis`. States become OpenVEX's: `resolved` and
`resolved_with_pedigree` fixed, `exploitable` affected, `in_triage` under_investigation, and
`not_affected` and `false_positive` not_affected. A justification that OpenVEX has no word for is
given in words (`impact_statement`). What a vulnerability affects must lead to purls with versions:
components of the document, or purls themselves, also as the fragment of a BOM-Link.

Nothing is passed over: a vulnerability without analysis, an unknown state or a reference that
leads nowhere is refused, since leaving it out could leave out an `exploitable`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from assurance import timestamps
from assurance.errors import FormatError
from assurance.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from assurance.model import Release

_VERSIONS: Final = frozenset({"1.4", "1.5", "1.6", "1.7"})
_STATES: Final = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_JUSTIFICATIONS: Final = {
    "code_not_present": "vulnerable_code_not_present",
    "code_not_reachable": "vulnerable_code_not_in_execute_path",
    "protected_by_compiler": "inline_mitigations_already_exist",
    "protected_by_mitigating_control": "inline_mitigations_already_exist",
    "protected_at_perimeter": "inline_mitigations_already_exist",
    "protected_at_runtime": "inline_mitigations_already_exist",
    "requires_configuration": None,
    "requires_dependency": None,
    "requires_environment": None,
}
"""None: OpenVEX has no such word, and it is said in words."""
_MAX_DEPTH: Final = 16


def openvex(
    document: Mapping[str, Any], data: bytes, release: Release, *, now: datetime, where: str
) -> dict[str, Any]:
    """Return the OpenVEX document that says what the CycloneDX one says.

    Args:
        document: Parsed.
        data: Its bytes: their digest names it.
        release: What it must be about.
        now: The time of a document that has none is not invented: it is refused.
        where: Its file, for messages.

    Raises:
        FormatError: a rule of this module is broken.
    """
    version = document.get("specVersion")
    if not isinstance(version, str) or version not in _VERSIONS:
        raise _refused(f"CycloneDX {version!r:.20} is not known, expected 1.4 to 1.7", where)
    fields = Fields(document, where=where, key="document")
    metadata = fields.object("metadata")
    issued = metadata.time("timestamp")
    if issued > now:
        raise _refused(f"`metadata.timestamp` {timestamps.format_utc(issued)} is to come", where)
    product = f"pkg:pypi/{release.name}@{release.version}"
    about = metadata.get("component")
    described = about.get("version") if isinstance(about, dict) else None
    if described is not None and described != release.version:
        raise _refused(
            f"it is about version {described!r:.40}, and the release is {release.version}", where
        )
    purls = dict(_purls(document.get("components"), where))
    statements = [
        _statement(item, product, purls, where) for item in fields.objects("vulnerabilities")
    ]
    if not statements:
        raise _refused("it lists no vulnerability", where)
    digest = hashlib.sha256(data).hexdigest()
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": f"urn:sha256:{digest}",
        "author": _author(metadata),
        "timestamp": metadata.text("timestamp"),
        "version": 1,
        "tooling": f"release-assurance, from CycloneDX {version}, sha256:{digest}",
        "statements": statements,
    }


def _refused(problem: str, where: str) -> FormatError:
    return FormatError(
        f"the CycloneDX VEX document cannot be used: {problem}",
        remedy="correct the document, or write OpenVEX (docs/predicates/openvex.md)",
        where=where,
    )


def _author(metadata: Fields) -> str:
    for key in ("authors", "manufacturer", "supplier", "manufacture"):
        value = metadata.get(key)
        first = value[0] if isinstance(value, list) and value else value
        name = first.get("name") if isinstance(first, dict) else None
        if isinstance(name, str) and name.strip():
            return name
    return "not named"


def _purls(components: object, where: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if components is None:
        return
    if not isinstance(components, list) or depth > _MAX_DEPTH:
        raise _refused("`components` is no list, or nested too deeply", where)
    for item in components:
        if not isinstance(item, dict):
            raise _refused("a component is no object", where)
        reference, purl = item.get("bom-ref"), item.get("purl")
        if isinstance(reference, str) and isinstance(purl, str):
            yield reference, purl
        yield from _purls(item.get("components"), where, depth + 1)


def _statement(item: Fields, product: str, purls: Mapping[str, str], where: str) -> dict[str, Any]:
    analysis = item.object("analysis")
    state = analysis.text("state")
    if state not in _STATES:
        raise _refused(f"`{analysis.key}.state` is {state!r:.40}, which is unknown", where)
    aliases = (
        [each.text("id") for each in item.objects("references")] if item.get("references") else []
    )
    found: dict[str, Any] = {
        "vulnerability": {"name": item.text("id"), "aliases": aliases},
        "products": _products(item, product, purls, where),
        "status": _STATES[state],
    }
    if detail := analysis.text_or_none("detail"):
        found["status_notes"] = detail
    for key in ("lastUpdated", "firstIssued"):
        if analysis.get(key) is not None:
            analysis.time(key)
            found["timestamp"] = analysis.text(key)
            break
    if found["status"] == "not_affected":
        found |= _reason(analysis, where)
    return found


def _reason(analysis: Fields, where: str) -> dict[str, str]:
    word, detail = analysis.text_or_none("justification"), analysis.text_or_none("detail")
    if word is not None and word not in _JUSTIFICATIONS:
        raise _refused(f"`{analysis.key}.justification` is {word!r:.40}, which is unknown", where)
    if word is not None and (known := _JUSTIFICATIONS[word]) is not None:
        return {"justification": known}
    words = " ".join(part for part in (word, detail) if part)
    return {"impact_statement": words} if words else {}


def _products(
    item: Fields, product: str, purls: Mapping[str, str], where: str
) -> list[dict[str, Any]]:
    products = []
    for affected in item.objects("affects"):
        reference = affected.text("ref")
        if affected.get("versions"):
            raise _refused(
                f"`{affected.key}.versions` is not read; give the version in the purl", where
            )
        fragment = unquote(reference.partition("#")[2])
        purl = next(
            (
                found
                for found in (purls.get(reference), purls.get(fragment), reference, fragment)
                if found is not None and found.startswith("pkg:")
            ),
            None,
        )
        if purl is None or "@" not in purl:
            raise _refused(
                f"`{affected.key}.ref` {reference!r:.80} leads to no purl with a version", where
            )
        products.append(
            {"@id": product, "subcomponents": [{"@id": purl}]}
            if purl.partition("@")[0] != product.partition("@")[0]
            else {"@id": purl}
        )
    if not products:
        raise _refused(f"`{item.key}.affects` names nothing", where)
    return products
