"""Reads `uv.lock`, version 1 (docs.astral.sh/uv, "Resolution", "Lockfile versioning").

A lock of uv is for every platform and has every group and extra; what belongs to the release
is decided by who needs whom (`lock_graph`). Refused: another version, a package of an index
or URL of which any file has no hash, a requirement of a package that is not locked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance_sbom import lock_hash, origin, toml_table
from assurance_sbom.lock_file import Locked, LockFile, Need
from assurance_sbom.package_url import canonical, is_name
from assurance_sbom.toml_table import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance_sbom.toml_table import Table

_VERSION: Final = 1
_LOCAL: Final = ("path", "directory", "editable", "virtual")
_SOURCES: Final = ("registry", "git", "url", *_LOCAL)


def parse(data: bytes, *, where: str, project: str) -> LockFile:
    """Return the lock in `data`.

    Args:
        data: The file.
        where: Its path, for messages.
        project: The release's name in normal form: the package of that name, if it is a
            folder, is the release itself; else the one at `.` is.

    Raises:
        CollectError: see the module.
    """
    document = toml_table.read(data, where=where)
    version = document.value.get("version")
    if version != _VERSION or isinstance(version, bool):
        raise refuse(f"the lock has version {version!r}, and version {_VERSION} can be read", where)
    entries = toml_table.packages(document, data, "package")
    if not entries:
        raise refuse("the lock names no package, not even the project itself", where)
    packages = [(_package(entry), _source(entry)) for entry in entries]
    known = {package.key for package, _ in packages}
    for package, _ in packages:
        for need in package.needs or ():
            if need.key not in known:
                raise refuse(
                    f"{package.name} needs {need.key}, which is not in the lock", package.where
                )
    root = next(
        (package for package, (kind, _) in packages if package.key == project and kind in _LOCAL),
        None,
    ) or next(
        (
            package
            for package, (kind, value) in packages
            if kind in ("editable", "virtual") and value == "."
        ),
        None,
    )
    return LockFile(
        packages=tuple(package for package, _ in packages if package is not root),
        root=root,
        where=where,
    )


def _source(entry: Table) -> tuple[str, str]:
    """The kind of source, and its URL or path."""
    source = entry.table("source")
    kinds = [kind for kind in _SOURCES if kind in source]
    if len(kinds) != 1:
        raise refuse(f"`source` is none of {', '.join(_SOURCES)}", entry.where)
    return kinds[0], source.text(kinds[0])


def _package(entry: Table) -> Locked:
    name = entry.text("name")
    if not is_name(name):
        raise refuse(f"{name!r:.200} is not a package name", entry.where)
    kind, place = _source(entry)
    version = entry.text_or_none("version")
    if version is None and kind not in _LOCAL:
        raise refuse(f"{name} has no version", entry.where)
    hashes = tuple(sorted(_hashes(entry, name, strict=kind not in (*_LOCAL, "git"))))
    return Locked(
        name=name,
        key=canonical(name),
        version=version,
        hashes=hashes,
        needs=tuple(_needs(entry)),
        origin=_origin(kind, place, entry.where),
        where=entry.where,
    )


def _hashes(entry: Table, name: str, *, strict: bool) -> Iterator[tuple[str, str]]:
    """The hashes of the sdist and of each wheel; where `strict`, every one must be there."""
    files = [*([entry.table("sdist")] if "sdist" in entry else []), *entry.tables("wheels")]
    for file in files:
        value = file.text_or_none("hash")
        if value is not None:
            yield lock_hash.read(value, entry.where)
        elif strict:
            raise refuse(f"a file of {name} has no hash", entry.where)
    if strict and not files:
        raise refuse(f"{name} has no sdist and no wheel, and so no hash", entry.where)


def _needs(entry: Table) -> Iterator[Need]:
    for table in entry.tables("dependencies"):
        yield _need(table, None)
    for key, prefix in (("optional-dependencies", ""), ("dev-dependencies", "group:")):
        groups = entry.table(key)
        for group in groups.value:
            for table in groups.tables(group):
                yield _need(table, f"{prefix}{canonical(group)}")


def _need(table: Table, group: str | None) -> Need:
    return Need(
        key=canonical(table.text("name")),
        version=table.text_or_none("version"),
        extras=frozenset(map(canonical, table.texts("extra"))),
        marker=table.text_or_none("marker"),
        group=group,
    )


def _origin(kind: str, place: str, where: str) -> origin.Origin | None:
    if kind == "registry":
        return None
    if kind in _LOCAL:
        return origin.Origin(url=None, is_local=True)
    if not origin.is_url(place):
        raise refuse(f"the source {place!r:.200} is no URL", where)
    if kind == "url":
        return origin.of_archive(place)
    address, _, commit = place.partition("#")
    if not commit:
        raise refuse("the Git source names no commit", where)
    return origin.of_commit("git", address.partition("?")[0], commit)
