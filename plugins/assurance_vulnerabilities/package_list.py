"""What is to be looked up: packages pinned to one version, and what could not be pinned.

Every reader of an input (`requirements_file`, `cyclonedx_file`, `installed`) gives a
`PackageList`. Nothing is ever left out of both halves: what a reader cannot turn into a
`Package` it must put into `skipped` with the reason, since a package that is silently left
out reads as a package without vulnerabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package of the index at one version."""

    name: str
    """Normalised as PEP 503 says."""
    version: Version
    pinned: str
    """The version as the input spells it; parses to `version`."""
    where: str
    """File and line, or component, that names it."""

    @property
    def purl(self) -> str:
        """Package URL of type `pypi`, without qualifiers."""
        return f"pkg:pypi/{self.name}@{quote(self.pinned, safe='')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something that an input lists and that cannot be looked up."""

    name: str
    reason: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageList:
    """What one input lists."""

    source: str
    """File name, or `environment`."""
    sha256: str
    """Of the file's bytes, hex; of an environment, of its purls, sorted, one a line."""
    packages: tuple[Package, ...]
    skipped: tuple[Skipped, ...]


def pin(name: str, version: str, *, where: str) -> Package | Skipped:
    """Return the package, or why a version that PEP 440 does not know cannot be looked up."""
    try:
        return Package(
            name=canonicalize_name(name), version=Version(version), pinned=version, where=where
        )
    except InvalidVersion:
        return Skipped(name=name, reason=f"`{version}` is no version of PEP 440", where=where)


def unique(lists: Iterable[PackageList]) -> tuple[Package, ...]:
    """Return the packages of all `lists`, each purl once, sorted by purl."""
    by_purl: dict[str, Package] = {}
    for listed in lists:
        for package in listed.packages:
            by_purl.setdefault(package.purl, package)
    return tuple(by_purl[purl] for purl in sorted(by_purl))
