"""Reads `pylock.toml` (packaging.python.org, "pylock.toml Specification", lock-version 1.0).

Every package in it is part of the release: the file is made for one set of extras and groups,
or says by markers when a package is left out; a marker that does not hold makes it optional,
never absent. Refused: another lock-version, and an archive, sdist or wheel without a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance_sbom import lock_hash, origin, toml_table
from assurance_sbom.lock_file import Locked, LockFile, Need
from assurance_sbom.package_url import canonical, is_name
from assurance_sbom.toml_table import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance_sbom.toml_table import Table

_VERSIONS: Final = "1."
_ALGORITHMS: Final = ("sha256", "sha384", "sha512")


def parse(data: bytes, *, where: str) -> LockFile:
    """Return the lock in `data`.

    Raises:
        CollectError: see the module.
    """
    document = toml_table.read(data, where=where)
    version = document.text("lock-version")
    if not version.startswith(_VERSIONS):
        raise refuse(f"lock-version is {version!r:.50}, and 1.0 can be read", where)
    if "packages" not in document:
        raise refuse("there is no `packages`; a lock of nothing has an empty list", where)
    packages = [_package(entry) for entry in toml_table.packages(document, data, "packages")]
    return LockFile(packages=tuple(packages), root=None, where=where)


def _package(entry: Table) -> Locked:
    name = entry.text("name")
    if not is_name(name):
        raise refuse(f"{name!r:.200} is not a package name", entry.where)
    kinds = [kind for kind in ("vcs", "directory", "archive") if kind in entry]
    files = [*([entry.table("sdist")] if "sdist" in entry else []), *entry.tables("wheels")]
    if len(kinds) + bool(files) != 1:
        raise refuse(
            f"{name} is not exactly one of vcs, directory, archive, or sdist and wheels",
            entry.where,
        )
    version = entry.text_or_none("version")
    if version is None and files:
        raise refuse(f"{name} has no version", entry.where)
    if kinds == ["archive"]:
        files = [entry.table("archive")]
    return Locked(
        name=name,
        key=canonical(name),
        version=version,
        hashes=tuple(sorted({pair for file in files for pair in _hashes(file, name)})),
        needs=tuple(_needs(entry)) if "dependencies" in entry else None,
        marker=entry.text_or_none("marker"),
        origin=_origin(kinds[0], entry.table(kinds[0]), entry.where) if kinds else None,
        where=entry.where,
    )


def _hashes(file: Table, name: str) -> Iterator[tuple[str, str]]:
    """The hashes of one file; algorithms that we do not take are passed over."""
    hashes = file.table("hashes")
    strong = [algorithm for algorithm in _ALGORITHMS if algorithm in hashes]
    if not strong:
        raise refuse(f"a file of {name} has no sha256, sha384 or sha512 hash", file.where)
    for algorithm in strong:
        yield lock_hash.read(f"{algorithm}:{hashes.text(algorithm)}", file.where)


def _needs(entry: Table) -> Iterator[Need]:
    for table in entry.tables("dependencies"):
        yield Need(key=canonical(table.text("name")), version=table.text_or_none("version"))


def _origin(kind: str, table: Table, where: str) -> origin.Origin:
    url: Any = table.text_or_none("url")
    if kind == "directory" or (url is None and table.text("path")):
        return origin.Origin(url=None, is_local=True)
    if not origin.is_url(url):
        raise refuse(f"the {kind} URL {url!r:.200} is no URL", where)
    if kind == "archive":
        return origin.of_archive(url)
    return origin.of_commit(table.text("type"), url, table.text("commit-id"))
