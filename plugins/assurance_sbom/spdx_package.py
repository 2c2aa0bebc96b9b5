"""Reads one package of an SPDX 2.3 JSON document: clause 7, as far as policies ask for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from assurance import CollectError

if TYPE_CHECKING:
    from assurance.fields import Fields

DOCUMENT: Final = "SPDXRef-DOCUMENT"
NONE: Final = "NONE"
NOASSERTION: Final = "NOASSERTION"

_REMEDY: Final = "Make the SBOM again with a tool that writes SPDX 2.3 as JSON."
_ID: Final = re.compile(r"SPDXRef-[A-Za-z0-9.-]+", re.ASCII)
_ACTOR: Final = re.compile(r"(Person|Organization|Tool): *(\S.*)")
_PURL_CATEGORIES: Final = ("PACKAGE-MANAGER", "PACKAGE_MANAGER")
"""The JSON schema of 2.3 takes both spellings."""
_DIGITS: Final = {
    "SHA1": 40, "SHA224": 56, "SHA256": 64, "SHA384": 96, "SHA512": 128,
    "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
    "BLAKE2b-256": 64, "BLAKE2b-384": 96, "BLAKE2b-512": 128,
    "BLAKE3": 64, "MD2": 32, "MD4": 32, "MD5": 32, "MD6": None, "ADLER32": 8,
}  # fmt: skip
"""Algorithms of clause 7.10, with the hex digits of their values; None where that varies."""
_HEX: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII)


class Actor(NamedTuple):
    """Who made something: clauses 6.8 and 7.5."""

    kind: str
    """`Person`, `Organization` or `Tool`."""
    name: str
    """As written, with the address in parentheses where there is one."""


class Package(NamedTuple):
    """One package: clause 7."""

    id: str
    name: str
    version: str
    """Empty where the document does not say."""
    purl: str | None
    checksums: tuple[tuple[str, str], ...]
    """(SPDX algorithm, lowercase hex)."""
    concluded: str | None
    """Licence; None for NONE, NOASSERTION and nothing."""
    declared: str | None
    supplier: Actor | None


def read(entry: Fields, where: str) -> Package:
    """Return the package at `entry`.

    Raises:
        AssuranceError: a field is missing or of the wrong shape.
    """
    entry.text("downloadLocation")
    supplier = _said(entry, "supplier")
    return Package(
        id=new_id(entry, where),
        name=entry.text("name"),
        version=_said(entry, "versionInfo") or "",
        purl=_purl(entry, where),
        checksums=tuple(_checksum(item, where) for item in optional(entry, "checksums")),
        concluded=_said(entry, "licenseConcluded"),
        declared=_said(entry, "licenseDeclared"),
        supplier=actor(supplier, f"{entry.key}.supplier", where) if supplier else None,
    )


def new_id(entry: Fields, where: str) -> str:
    """Return the SPDXID of an element that is not the document."""
    text = entry.text("SPDXID")
    if not _ID.fullmatch(text) or text == DOCUMENT:
        raise refuse(f"`{entry.key}.SPDXID` must be SPDXRef-…, found {text[:60]!r}", where)
    return text


def _said(entry: Fields, key: str) -> str | None:
    """The text at `key`; None where it says nothing in one of the ways that SPDX has for it."""
    text = (entry.text_or_none(key) or "").strip()
    return None if text in {"", NONE, NOASSERTION} else text


def optional(entry: Fields, key: str) -> tuple[Fields, ...]:
    """Return the objects at `key`; none where it is absent."""
    return () if entry.get(key) is None else entry.objects(key)


def _purl(entry: Fields, where: str) -> str | None:
    """The package URL. Of two only one could be judged, so there must not be two."""
    found = set()
    for reference in optional(entry, "externalRefs"):
        category, kind = reference.text("referenceCategory"), reference.text("referenceType")
        locator = reference.text("referenceLocator")
        if kind != "purl" or category not in _PURL_CATEGORIES:
            continue
        if not locator.startswith("pkg:"):
            raise refuse(f"`{reference.key}.referenceLocator` is no package URL", where)
        found.add(locator)
    if len(found) > 1:
        raise refuse(f"`{entry.key}.externalRefs` has {len(found)} package URLs", where)
    return found.pop() if found else None


def _checksum(entry: Fields, where: str) -> tuple[str, str]:
    algorithm, value = entry.text("algorithm"), entry.text("checksumValue")
    if algorithm not in _DIGITS:
        raise refuse(f"`{entry.key}.algorithm` is not known: {algorithm[:60]!r}", where)
    if not _HEX.fullmatch(value) or len(value) != (_DIGITS[algorithm] or len(value)):
        raise refuse(f"`{entry.key}.checksumValue` is no {algorithm} in hex", where)
    return algorithm, value.lower()


def actor(text: str, path: str, where: str) -> Actor:
    """Return who `text` names, which stands at `path`."""
    match = _ACTOR.fullmatch(text)
    if match is None:
        raise refuse(
            f"`{path}` must be `Person: …`, `Organization: …` or `Tool: …`, found {text[:60]!r}",
            where,
        )
    return Actor(match[1], match[2].strip())


def refuse(problem: str, where: str) -> CollectError:
    """Return the error for a document that is no SPDX 2.3."""
    return CollectError(problem, remedy=_REMEDY, where=where)
