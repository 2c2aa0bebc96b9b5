"""What a bundle says a release is made of and suffers from, by package: for comparing two.

Read from the SBOM lines (CycloneDX; SPDX where a bundle has no CycloneDX) and the vulnerability
scans, signed or not: whatever their shape is, nothing here fails, and what cannot be read is left
out. Everything is linear in the size of the documents. A bundle without such evidence has None,
never an empty inventory: "nobody looked" is not "nothing is there".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.cyclonedx_facts import NO_PACKAGES
from assurance.predicates import CYCLONEDX, SPDX, VULNERABILITIES
from assurance.report_entry import at, objects, text, texts
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assurance.bundle import Line

_NO_VERSION: Final = ""


class Vulnerability(Value):
    """One vulnerability of one package, as a scan tells it."""

    package: str
    """Package URL without version, or the package's name."""
    version: str
    """Empty where it is not told."""
    id: str
    aliases: tuple[str, ...]
    severity: str
    """critical, high, medium, low or unknown."""
    fixed_in: tuple[str, ...]
    kev: bool
    """Whether it is known to be exploited."""


def split_purl(purl: str) -> tuple[str, str]:
    """Return a package URL without version, qualifiers and subpath, and its version.

    The version is as written there, empty where there is none (package-url specification, "Rules
    for each purl component").
    """
    bare = purl.partition("#")[0].partition("?")[0]
    folder, slash, last = bare.rpartition("/")
    name, mark, version = last.rpartition("@")
    # An npm scope may stand unquoted: `pkg:npm/@scope` has no version.
    if not mark or not name:
        return bare, _NO_VERSION
    return f"{folder}{slash}{name}", version


def packages(lines: Iterable[Line]) -> dict[str, frozenset[str]] | None:
    """Return the versions of every package by its package URL without version.

    A package without a package URL goes by its name. None: the bundle has no SBOM.
    """
    documents: dict[str, list[Mapping[str, Any]]] = {CYCLONEDX: [], SPDX: []}
    for line in lines:
        if line.statement.predicate_type in documents:
            documents[line.statement.predicate_type].append(line.statement.predicate)
    # Beside an SPDX document stands the CycloneDX document made from it: one of them is enough.
    pairs = [pair for document in documents[CYCLONEDX] for pair in _cyclonedx(document)]
    if not documents[CYCLONEDX]:
        if not documents[SPDX]:
            return None
        pairs = [pair for document in documents[SPDX] for pair in _spdx(document)]
    found: dict[str, set[str]] = {}
    for package, version in pairs:
        found.setdefault(package, set()).add(version)
    return {package: frozenset(versions) for package, versions in found.items()}


def _cyclonedx(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    waiting = [dict(document)]
    while waiting:
        for component in objects(waiting.pop(), "components"):
            waiting.append(component)
            purl, kind = text(component.get("purl")), text(component.get("type"))
            if purl:
                yield split_purl(purl)
            elif kind not in NO_PACKAGES and (name := text(component.get("name"))):
                yield name, text(component.get("version")) or _NO_VERSION


def _spdx(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for package in objects(document, "packages"):
        purl = next(
            (
                text(reference.get("referenceLocator"))
                for reference in objects(package, "externalRefs")
                if reference.get("referenceType") == "purl"
            ),
            None,
        )
        if purl:
            yield split_purl(purl)
        elif name := text(package.get("name")):
            yield name, text(package.get("versionInfo")) or _NO_VERSION


def vulnerabilities(lines: Iterable[Line]) -> tuple[Vulnerability, ...] | None:
    """Return every vulnerability that the scans tell, sorted by package and id.

    None: the bundle has no scan.
    """
    scans = [
        line.statement.predicate
        for line in lines
        if line.statement.predicate_type == VULNERABILITIES
    ]
    if not scans:
        return None
    found = {
        (item.package, item.version, item.id): item for scan in scans for item in _scanned(scan)
    }
    return tuple(found[key] for key in sorted(found))


def _scanned(scan: Mapping[str, Any]) -> Iterator[Vulnerability]:
    for result in objects(scan, "scanner", "result"):
        name = text(result.get("id")) or "not named"
        band = next(
            (
                text(item.get("score"))
                for item in objects(result, "severity")
                if item.get("method") == "band"
            ),
            None,
        )
        for note in objects(result, "annotations") or [{}]:
            package, version = split_purl(text(at(note, "package")) or "")
            yield Vulnerability(
                package=package or text(at(note, "name")) or "not named",
                version=version or text(at(note, "version")) or _NO_VERSION,
                id=name,
                aliases=tuple(texts(note, "aliases")),
                severity=band or "unknown",
                fixed_in=tuple(texts(note, "fixedVersions")),
                kev=at(note, "kev") is True,
            )
