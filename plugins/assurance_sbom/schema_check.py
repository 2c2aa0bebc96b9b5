"""Checks CycloneDX JSON with the library's strict validator, in time linear in its size.

Two things make the validator slow as it stands: its `uniqueItems` compares every component
with every other one, and its IRI checker compiles and runs a full grammar (75 ms a component,
measured). So the lists are given to it in small pieces, doublets across pieces are looked for
here, and IRIs are checked by a pattern. What is accepted stays the same.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from assurance import AssuranceError, CollectError, strict_json, timestamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclonedx.validation.json import JsonStrictValidator

_PIECE: Final = 20
"""Entries a piece: a piece of n costs n² comparisons and a fixed overhead."""
_LISTS: Final = ("components", "services", "dependencies", "vulnerabilities", "compositions")
_TREES: Final = ("components", "services")
"""Lists whose entries may hold a list of the same name and kind."""
_SCHEMA_VERSIONS: Final = ("1.4", "1.5", "1.6", "1.7")
_LONGEST_REASON: Final = 300

_PLANES: Final = "".join(
    f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14)
)
_IRI_CHARACTERS: Final = re.compile(
    r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2}"
    f"|[\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef{_PLANES}\U000e1000-\U000efffd])*"
)
_IRI_PARTS: Final = re.compile(
    r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL
)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_AUTHORITY: Final = re.compile(r"(?:[^@\[\]]*@)?(?:\[[0-9A-Fa-f:.vV]+\]|[^:@\[\]]*)(?::[0-9]*)?")


def check(document: dict[str, Any], *, where: str) -> None:
    """Refuse `document` unless it is strictly valid CycloneDX 1.4 to 1.7.

    Raises:
        CollectError: the version is another one, or the schema's first complaint.
    """
    version = document.get("specVersion")
    if document.get("bomFormat") != "CycloneDX" or version not in _SCHEMA_VERSIONS:
        raise CollectError(
            f"bomFormat and specVersion say {document.get('bomFormat')!r} {version!r}, "
            f"and CycloneDX {', '.join(_SCHEMA_VERSIONS)} can be read",
            remedy="Convert the SBOM to CycloneDX 1.6 JSON.",
            where=where,
        )
    validator = _validator(version)
    for piece, path, start in _pieces(document, where):
        error = validator.validate_str(json.dumps(piece))
        if error is not None:
            raise _refuse(_reason(error.data, path, start), where)


def _refuse(reason: str, where: str) -> CollectError:
    return CollectError(
        f"not valid CycloneDX: {reason}",
        remedy="Make the SBOM again with a tool whose output passes the CycloneDX validator.",
        where=where,
    )


def _validator(version: str) -> JsonStrictValidator:
    """The library's validator, with quick equivalents of its slowest format checkers."""
    from assurance import schema_validator  # noqa: F401 - before the library imports jsonschema

    # isort: split
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from jsonschema.validators import Draft7Validator

    for name, checker in (("iri-reference", is_iri_reference), ("date-time", is_date_time)):
        # Registered, so that what is refused does not depend on which extras are installed.
        Draft7Validator.FORMAT_CHECKER.checks(name)(checker)
    return JsonStrictValidator(SchemaVersion.from_version(version))


def is_iri_reference(value: object) -> bool:
    """Return whether a JSON value is no string, or an IRI-reference (RFC 3987, section 2.2)."""
    if not isinstance(value, str):
        return True
    match = _IRI_PARTS.fullmatch(value)
    if match is None or not _IRI_CHARACTERS.fullmatch(_PRIVATE.sub("", value)):
        return False
    scheme, authority, path, query, fragment = (part or "" for part in match.groups())
    return (
        (match[1] is None or _SCHEME.fullmatch(scheme) is not None)
        and _AUTHORITY.fullmatch(authority) is not None
        # Without a scheme the first segment has no colon (section 2.2, ipath-noscheme).
        and (match[1] is not None or match[2] is not None or ":" not in path.split("/")[0])
        # Private-use characters are for queries only.
        and not _PRIVATE.search(authority + path + fragment)
        and not any(mark in path + query + fragment for mark in "[]#")
    )


def is_date_time(value: object) -> bool:
    """Return whether a JSON value is no string, or a time of RFC 3339."""
    if not isinstance(value, str):
        return True
    try:
        timestamps.parse(value, what="date-time")
    except AssuranceError:
        return False
    return True


def _pieces(document: dict[str, Any], where: str) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Documents that together say all that `document` says.

    The first is the frame: everything with the long lists emptied. Each other one has some
    entries of one list, and comes with the list's place in `document` and the index of its
    first entry. What should be a list and is none stays where it is.
    """
    frame = dict(document)
    lists: list[tuple[str, list[Any], str]] = []
    for name in _LISTS:
        entries = frame.get(name)
        if isinstance(entries, list):
            frame[name] = []
            lists.append((name, entries, name))
    metadata = frame.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("component"), dict):
        root = dict(metadata["component"])
        if isinstance(root.get("components"), list):
            lists.append(("components", root["components"], "metadata.component.components"))
            root["components"] = []
        frame["metadata"] = {**metadata, "component": root}
    yield frame, "", 0
    head = {"bomFormat": "CycloneDX", "specVersion": document["specVersion"], "version": 1}
    while lists:
        name, entries, path = lists.pop()
        _check_doublets(entries, path, where)
        for start in range(0, len(entries), _PIECE):
            piece = []
            for index, entry in enumerate(entries[start : start + _PIECE], start=start):
                if name in _TREES and isinstance(entry, dict) and isinstance(entry.get(name), list):
                    lists.append((name, entry[name], f"{path}[{index}].{name}"))
                    entry = {**entry, name: []}  # noqa: PLW2901 - the document stays as it is
                piece.append(entry)
            yield {**head, name: piece}, path, start


def _check_doublets(entries: list[Any], path: str, where: str) -> None:
    """Refuse equal entries in one list, which `uniqueItems` in a piece may not see."""
    seen: dict[bytes, int] = {}
    for index, entry in enumerate(entries):
        first = seen.setdefault(strict_json.dumps(entry), index)
        if first != index:
            raise _refuse(f"{path}[{index}] repeats {path}[{first}]", where)


def _reason(error: Any, path: str, start: int) -> str:
    """The validator's most telling complaint in one short line, with its place."""
    from jsonschema.exceptions import best_match

    steps = list(error.absolute_path)
    if path and len(steps) > 1:
        # The piece says `components[3]`; the reader looks for `components[43]`.
        steps = [path, steps[1] + start, *steps[2:]]
    telling = best_match([error]) or error
    if telling is not error:
        steps += list(telling.absolute_path)[len(error.absolute_path) :]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    message = " ".join(str(telling.message).split())
    if len(message) > _LONGEST_REASON:
        message = message[: _LONGEST_REASON - 3] + "..."
    return f"{place.lstrip('.') or path or 'document'}: {message}"
