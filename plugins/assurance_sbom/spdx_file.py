"""Reads an SPDX 2.3 JSON document strictly: what it says of packages and what they need.

Read are the parts that the policies ask of an SBOM; the rest stays in the attested file. Refused,
with the place in the document: another version, a field that is missing or of the wrong shape, an
SPDXID used twice, a relationship with an element that the document does not have.

See SPDX 2.3, clauses 6 (document), 7 (package) and 11 (relationships).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assurance import AssuranceError, CollectError
from assurance.fields import Fields
from assurance_sbom import spdx_package
from assurance_sbom.spdx_package import (
    DOCUMENT,
    NOASSERTION,
    NONE,
    actor,
    new_id,
    optional,
    refuse,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance_sbom.spdx_package import Actor, Package

VERSION: Final = "SPDX-2.3"
MAX_PACKAGES: Final = 200_000

_ELSEWHERE: Final = re.compile(r"(DocumentRef-[A-Za-z0-9.+-]+):SPDXRef-[A-Za-z0-9.-]+", re.ASCII)
_TYPE: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*", re.ASCII)
_DATA_LICENCE: Final = "CC0-1.0"
_CREATED: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_MARKERS: Final = ("spdxVersion", "SPDXID", "@graph")


class Relationship(NamedTuple):
    """One relationship: clause 11.1."""

    source: str
    kind: str
    target: str
    """An SPDXID, one of another document, NONE or NOASSERTION."""


class Document(NamedTuple):
    """What was read."""

    namespace: str
    created: datetime
    creators: tuple[Actor, ...]
    packages: Mapping[str, Package]
    """By SPDXID."""
    described: str
    """SPDXID of the one package that the document is about."""
    relationships: tuple[Relationship, ...]


def is_spdx(document: Mapping[str, Any]) -> bool:
    """Return whether a JSON object means to be SPDX, of whatever version."""
    return any(key in document for key in _MARKERS)


def read(document: dict[str, Any], *, where: str) -> Document:
    """Return what the document says.

    Args:
        document: Parsed strictly.
        where: The file, for messages.

    Raises:
        CollectError: see the module.
    """
    try:
        return _read(Fields(document, where=where, key="$"), where)
    except CollectError:
        raise
    except AssuranceError as err:
        raise refuse(err.problem, err.where or where) from err  # a wrong time has its key there


def _read(top: Fields, where: str) -> Document:
    if top.get("@graph") is not None:
        raise refuse("the document is SPDX 3 (`$.@graph`), and SPDX-2.3 is read", where)
    if top.get("bomFormat") is not None:
        raise refuse("the document says that it is SPDX and CycloneDX (`$.bomFormat`)", where)
    for key, wanted in (
        ("spdxVersion", VERSION), ("dataLicense", _DATA_LICENCE), ("SPDXID", DOCUMENT)
    ):  # fmt: skip
        if top.text(key) != wanted:
            raise refuse(f"`$.{key}` must be {wanted}, found {top.text(key)[:60]!r}", where)
    top.text("name")
    info = top.object("creationInfo")
    if not _CREATED.fullmatch(info.text("created")):
        raise refuse("`$.creationInfo.created` must be a time as 2026-11-23T12:00:00Z", where)
    creators = tuple(
        actor(text, f"$.creationInfo.creators[{index}]", where)
        for index, text in enumerate(info.texts("creators"))
    )
    if not creators:
        raise refuse("`$.creationInfo.creators` is empty", where)
    packages = _packages(top, where)
    ids = _elements(top, packages, where)
    relationships = _relationships(top, ids, where)
    return Document(
        namespace=top.text("documentNamespace"),
        created=info.time("created"),
        creators=creators,
        packages=packages,
        described=_described(top, packages, ids, relationships, where),
        relationships=relationships,
    )


def _packages(top: Fields, where: str) -> dict[str, Package]:
    found: dict[str, Package] = {}
    entries = top.objects("packages")
    if len(entries) > MAX_PACKAGES:
        raise refuse(f"`$.packages` has more than {MAX_PACKAGES} entries", where)
    for entry in entries:
        package = spdx_package.read(entry, where)
        if package.id in found:
            raise refuse(f"`{entry.key}.SPDXID` is there twice: {package.id}", where)
        found[package.id] = package
    return found


def _elements(top: Fields, packages: Mapping[str, Package], where: str) -> set[str]:
    """Every id that a relationship may name."""
    ids = {DOCUMENT, *packages}
    for entry in (*optional(top, "files"), *optional(top, "snippets")):
        text = new_id(entry, where)
        if text in ids:
            raise refuse(f"`{entry.key}.SPDXID` is there twice: {text}", where)
        ids.add(text)
    ids.update(ref.text("externalDocumentId") for ref in optional(top, "externalDocumentRefs"))
    return ids


def _relationships(top: Fields, ids: set[str], where: str) -> tuple[Relationship, ...]:
    found = []
    for entry in optional(top, "relationships"):
        one = Relationship(
            entry.text("spdxElementId"),
            entry.text("relationshipType"),
            entry.text("relatedSpdxElement"),
        )
        if not _TYPE.fullmatch(one.kind):
            raise refuse(f"`{entry.key}.relationshipType` is none: {one.kind[:60]!r}", where)
        for key, text in (("spdxElementId", one.source), ("relatedSpdxElement", one.target)):
            if text in {NONE, NOASSERTION} and key == "relatedSpdxElement":
                continue
            elsewhere = _ELSEWHERE.fullmatch(text)
            if (elsewhere[1] if elsewhere else text) not in ids:
                raise refuse(f"`{entry.key}.{key}` names nothing here: {text[:60]!r}", where)
        found.append(one)
    return tuple(found)


def _described(
    top: Fields,
    packages: Mapping[str, Package],
    ids: set[str],
    relationships: tuple[Relationship, ...],
    where: str,
) -> str:
    listed = () if top.get("documentDescribes") is None else top.texts("documentDescribes")
    for index, text in enumerate(listed):
        if text not in ids:
            raise refuse(f"`$.documentDescribes[{index}]` names nothing: {text[:60]!r}", where)
    found = {
        *listed,
        *(one.target for one in relationships if one[:2] == (DOCUMENT, "DESCRIBES")),
        *(
            one.source
            for one in relationships
            if one.kind == "DESCRIBED_BY" and one.target == DOCUMENT
        ),
    }
    if len(found) != 1 or not found <= set(packages):
        raise refuse(
            f"the document must describe one package (`$.relationships`: {DOCUMENT} DESCRIBES …), "
            f"found {', '.join(sorted(found))[:60] or 'none'}",
            where,
        )
    return found.pop()
