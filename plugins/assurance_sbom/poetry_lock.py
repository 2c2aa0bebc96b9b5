"""Reads `poetry.lock`, lock-version 1.1 to 2.1, beside the `pyproject.toml` that it locks.

The lock does not say what the project itself needs; that is read from `[project]` or
`[tool.poetry]`. Without either everything in the lock is taken for part of the release.
Refused: a lock-version that is not known, a package of an index or URL without hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance_sbom import lock_hash, origin, toml_table
from assurance_sbom.lock_file import Locked, LockFile, Need
from assurance_sbom.package_url import canonical, is_name
from assurance_sbom.toml_table import Table, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSIONS: Final = ("1.1", "2.0", "2.1")
_LOCAL: Final = ("directory", "file")
_INDEX: Final = (None, "legacy", "pypi")


def parse(data: bytes, *, where: str, pyproject: Table | None) -> LockFile:
    """Return the lock in `data`.

    Args:
        data: The file.
        where: Its path, for messages.
        pyproject: The project's `pyproject.toml`, if there is one.

    Raises:
        CollectError: see the module.
    """
    document = toml_table.read(data, where=where)
    metadata = document.table("metadata")
    version = metadata.text_or_none("lock-version")
    if version not in _VERSIONS:
        raise refuse(f"lock-version is {version!r}, and {', '.join(_VERSIONS)} can be read", where)
    files = metadata.table("files")
    packages = tuple(
        _package(entry, files) for entry in toml_table.packages(document, data, "package")
    )
    root = None if pyproject is None else _root(pyproject, document.table("extras"))
    if root is None and not packages:
        raise refuse("the lock names no package, and nothing says that none is needed", where)
    return LockFile(packages=packages, root=root, where=where)


def _package(entry: Table, old_files: Table) -> Locked:
    name = entry.text("name")
    if not is_name(name):
        raise refuse(f"{name!r:.200} is not a package name", entry.where)
    source = entry.table("source")
    kind = source.text_or_none("type")
    listed = list(entry.tables("files")) if "files" in entry else list(old_files.tables(name))
    hashes = {lock_hash.read(file.text("hash"), entry.where) for file in listed}
    if not hashes and (kind in _INDEX or kind == "url"):
        raise refuse(f"{name} has no hash", entry.where)
    return Locked(
        name=name,
        key=canonical(name),
        version=entry.text("version"),
        hashes=tuple(sorted(hashes)),
        needs=tuple(_needs(entry)),
        marker=_marker(entry),
        origin=_origin(source, kind, entry.where),
        where=entry.where,
    )


def _marker(entry: Table) -> str | None:
    """The marker of a package: one text, or one for each group, of which any may hold."""
    found = entry.value.get("markers")
    if isinstance(found, dict):
        texts = [entry.table("markers").text(group) for group in sorted(found)]
        return " or ".join(f"({text})" for text in sorted(set(texts))) or None
    return entry.text_or_none("markers")


def _needs(entry: Table) -> Iterator[Need]:
    """What a package needs: always, or for one of its extras."""
    wanted = entry.table("dependencies")
    extras = entry.table("extras")
    by_name: dict[str, list[str]] = {}
    for extra in extras.value:
        for line in extras.texts(extra):
            by_name.setdefault(_name_of(line), []).append(canonical(extra))
    for name, value in wanted.value.items():
        for table in _alternatives(value, entry.where):
            optional = table.value.get("optional") is True
            groups = by_name.get(canonical(name), []) if optional else [None]
            for group in groups:
                yield _need(name, table, group)


def _alternatives(value: object, where: str) -> list[Table]:
    """A dependency's specification: a version, a table, or a list of tables."""
    if isinstance(value, str):
        return [Table({"version": value}, where)]
    if isinstance(value, list):
        return [Table(item, where) for item in value]
    return [Table(value, where)]


def _need(name: str, table: Table, group: str | None) -> Need:
    version = table.value.get("version")
    return Need(
        key=canonical(name),
        specifier=version if isinstance(version, str) else None,
        extras=frozenset(map(canonical, table.texts("extras"))),
        marker=table.text_or_none("markers"),
        group=group,
    )


def _name_of(line: str) -> str:
    """The name in a requirement such as `httpx[http2] (>=0.27,<1)`."""
    end = next((at for at, mark in enumerate(line) if mark in " [(<>=!~;"), len(line))
    return canonical(line[:end])


def _origin(source: Table, kind: str | None, where: str) -> origin.Origin | None:
    if kind in _INDEX:
        return None
    if kind in _LOCAL:
        return origin.Origin(url=None, is_local=True)
    url = source.text("url")
    if kind == "git":
        if not origin.is_url(url):
            # `git@host:path`, which is no URL, is ssh.
            url = f"ssh://{url.replace(':', '/', 1)}"
        if origin.is_url(url):
            return origin.of_commit("git", url, source.text("resolved_reference"))
    elif kind == "url" and origin.is_url(url):
        return origin.of_archive(url)
    raise refuse(f"the source {kind!r:.100} {url!r:.200} is not known", where)


def _root(pyproject: Table, extras: Table) -> Locked | None:
    """The project as its `pyproject.toml` has it; None where it does not say what it needs."""
    project, poetry = pyproject.table("project"), pyproject.table("tool").table("poetry")
    if "dependencies" in project or (
        "name" in project
        and "dependencies" not in poetry
        and "dependencies" not in project.texts("dynamic")
    ):
        needs = list(_of_project(project))
    elif "dependencies" in poetry:
        needs = list(_of_poetry(poetry, extras))
    else:
        return None
    name = project.text_or_none("name") or poetry.text_or_none("name") or "project"
    needs += _groups(poetry)
    return Locked(
        name=name,
        key=canonical(name),
        version=None,
        hashes=(),
        needs=tuple(needs),
        where=pyproject.where,
    )


def _of_project(project: Table) -> Iterator[Need]:
    for line in project.texts("dependencies"):
        yield _of_line(line, None, project.where)
    optional = project.table("optional-dependencies")
    for extra in optional.value:
        for line in optional.texts(extra):
            yield _of_line(line, canonical(extra), project.where)


def _of_line(line: str, group: str | None, where: str) -> Need:
    """A requirement as PEP 508 writes it."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        found = Requirement(line)
    except (InvalidRequirement, RecursionError) as err:
        raise refuse(f"{line!r:.200} is not a requirement", where) from err
    return Need(
        key=canonical(found.name),
        specifier=str(found.specifier),
        extras=frozenset(map(canonical, found.extras)),
        marker=None if found.marker is None else str(found.marker),
        group=group,
    )


def _of_poetry(poetry: Table, extras: Table) -> Iterator[Need]:
    """`[tool.poetry.dependencies]`; an optional one is needed for the extras that list it."""
    by_name: dict[str, list[str]] = {}
    for extra in extras.value:
        for line in extras.texts(extra):
            by_name.setdefault(_name_of(line), []).append(canonical(extra))
    yield from _tool_needs(poetry.table("dependencies"), by_name, None)


def _groups(poetry: Table) -> Iterator[Need]:
    """The dependency groups, the old `dev-dependencies` among them."""
    yield from _tool_needs(poetry.table("dev-dependencies"), {}, "group:dev")
    groups = poetry.table("group")
    for group in groups.value:
        table = groups.table(group).table("dependencies")
        yield from _tool_needs(table, {}, f"group:{canonical(group)}")


def _tool_needs(table: Table, by_name: dict[str, list[str]], group: str | None) -> Iterator[Need]:
    for name, value in table.value.items():
        if canonical(name) == "python":
            continue
        for alternative in _alternatives(value, table.where):
            optional: Any = alternative.value.get("optional") is True
            wanted: list[str | None] = [group]
            if optional and group is None:
                wanted = list(by_name.get(canonical(name), ()))
            for one in wanted:
                yield _need(name, alternative, one)
