"""What a lock in TOML says, whichever tool wrote it: packages, and who needs whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assurance_sbom.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One package that another one asks for."""

    key: str
    """Name in PEP 503 normal form."""
    version: str | None = None
    """The locked version, where the lock names it."""
    specifier: str | None = None
    """Versions that would do (PEP 440); where several are locked, it chooses among them."""
    extras: frozenset[str] = frozenset()
    marker: str | None = None
    group: str | None = None
    """Asked for only where this extra, or `group:NAME`, of the asking package is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One locked package."""

    name: str
    """As written."""
    key: str
    """PEP 503 normal form."""
    version: str | None
    """None for a folder whose version is only known when it is built."""
    hashes: tuple[tuple[str, str], ...]
    """(pip's algorithm, lowercase hex), sorted; empty for version control and folders."""
    needs: tuple[Need, ...] | None
    """None where the lock does not say."""
    marker: str | None = None
    origin: Origin | None = None
    """None: a package index."""
    where: str
    """`file:line`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """One lock."""

    packages: tuple[Locked, ...]
    """Without the project itself; in the order of the file."""
    root: Locked | None
    """The project itself, where the lock says what it needs; then only what it reaches is part
    of the release. None: everything is."""
    where: str
    """The file, for messages."""
