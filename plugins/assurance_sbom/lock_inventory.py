"""Makes the inventory of one `pylock.toml`, `uv.lock` or `poetry.lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import CollectError
from assurance_sbom import (
    direct_needs,
    interpreter,
    lock_graph,
    package_url,
    poetry_lock,
    pylock_file,
    release_root,
    sources,
    toml_table,
    uv_lock,
)
from assurance_sbom.direct_needs import DirectNeeds
from assurance_sbom.distributions import read_file
from assurance_sbom.inventory import Component, Inventory, Phase
from assurance_sbom.record_file import ALGORITHMS
from assurance_sbom.requirement import Markers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_sbom.lock_file import Locked, LockFile
    from assurance_sbom.lock_graph import Reached


def inventory(context: CollectContext, source: str, path: Path, *, where: str) -> Inventory:
    """Return what `path` locks for the release, with the options `extras` and `groups`.

    Raises:
        CollectError: the file cannot be read, or is no complete lock with hashes.
    """
    lock = read(context, source, path, where=where)
    chosen = [package_url.canonical(extra) for extra in context.options.get("extras", ())]
    chosen += [
        f"group:{package_url.canonical(group)}" for group in context.options.get("groups", ())
    ]
    root, found = lock_graph.follow(lock, Markers(dict(interpreter.own_markers())), chosen)
    refs = _refs(lock, found)
    about = release_root.declared(context)
    direct = _of_lock(root, refs) if root else _of_release(about, found, refs)
    direct.check(found, where=where)
    left_out = [
        _label(package) for place, package in enumerate(lock.packages) if place not in found
    ]
    return Inventory(
        phase=Phase.PRE_BUILD,
        root=release_root.component(
            context.release,
            about,
            depends_on=tuple(sorted(direct.edges)),
            known=direct.known,
            missing=direct.missing,
        ),
        components=tuple(_component(node, refs[place], refs) for place, node in found.items()),
        properties=(
            ("release-assurance:source", source),
            ("release-assurance:lock", where),
            *(("release-assurance:chosen", name) for name in chosen),
            *(("release-assurance:left-out", label) for label in left_out),
        ),
    )


def read(context: CollectContext, source: str, path: Path, *, where: str) -> LockFile:
    """Return the lock at `path`.

    Raises:
        CollectError: there is no such file, or see the module of its kind.
    """
    data = read_file(path, toml_table.MAX_BYTES)
    if data is None:
        raise CollectError(
            "there is no such file",
            remedy="Write the lock, or mend `inputs` in the settings.",
            where=where,
            missing=True,
        )
    if source == sources.UV:
        project = package_url.canonical(context.release.name)
        return uv_lock.parse(data, where=where, project=project)
    if source == sources.POETRY:
        beside = path.parent / "pyproject.toml"
        text = read_file(beside, toml_table.MAX_BYTES)
        pyproject = None if text is None else toml_table.read(text, where=f"{where} (pyproject)")
        return poetry_lock.parse(data, where=where, pyproject=pyproject)
    return pylock_file.parse(data, where=where)


def _of_lock(root: Reached, refs: Mapping[int, str]) -> DirectNeeds:
    return DirectNeeds({refs[place] for place in root.depends_on}, root.missing, root.known)


def _of_release(
    about: release_root.Declared, found: Mapping[int, Reached], refs: Mapping[int, str]
) -> DirectNeeds:
    """As its wheel or `pyproject.toml` has it, where the lock does not know the project."""
    locked: dict[str, list[str]] = {}
    for place, node in found.items():
        locked.setdefault(node.package.key, []).append(refs[place])
    return direct_needs.declared(about, locked)


def _refs(lock: LockFile, found: Mapping[int, Reached]) -> dict[int, str]:
    """A bom-ref for each place: the package URL where there is one, and unique in any case.

    Raises:
        CollectError: two entries about one version of one package.
    """
    refs: dict[int, str] = {}
    taken: dict[str, Locked] = {}
    for place in found:
        package = lock.packages[place]
        ref = _purl(package) or _label(package)
        other = taken.setdefault(ref, package)
        if other is not package:
            raise toml_table.refuse(
                f"{_label(package)} is locked twice, here and at {other.where}", package.where
            )
        refs[place] = ref
    return refs


def _label(package: Locked) -> str:
    return package.key if package.version is None else f"{package.key}@{package.version}"


def _purl(package: Locked) -> str | None:
    """The package URL; none for a folder, which is nobody's published package."""
    if package.version is None or (package.origin is not None and package.origin.is_local):
        return None
    qualifiers = package.origin.qualifiers if package.origin else ()
    return package_url.pypi(package.name, package.version, qualifiers=qualifiers)


def _component(node: Reached, ref: str, refs: Mapping[int, str]) -> Component:
    package = node.package
    return Component(
        ref=ref,
        name=package.name,
        version=package.version or "",
        purl=_purl(package),
        hashes=tuple((ALGORITHMS[algorithm], content) for algorithm, content in package.hashes),
        source_url=package.origin.url if package.origin else None,
        optional=not node.applies,
        depends_on=_edges(node, refs),
        known=node.known,
        properties=tuple(_remarks(node)),
    )


def _edges(node: Reached, refs: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted(refs[place] for place in node.depends_on))


def _remarks(node: Reached) -> Iterable[tuple[str, str]]:
    """What a reader should know and CycloneDX has no field for."""
    package = node.package
    if package.marker is not None:
        yield "release-assurance:marker", package.marker
    if package.origin is not None and package.origin.is_local:
        yield "release-assurance:origin", "local"
    yield from _all("cdx:python:package:required-extra", node.chosen)
    yield from _all("release-assurance:missing-requirement", node.missing)


def _all(name: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
    for value in values:
        yield name, value
