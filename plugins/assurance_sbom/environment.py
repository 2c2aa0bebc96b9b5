"""Makes the inventory of an installed environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assurance import CollectError
from assurance_sbom import (
    dependency_graph,
    distributions,
    interpreter,
    licences,
    origin,
    package_url,
    parties,
    record_file,
    release_root,
)
from assurance_sbom.dependency_graph import Node
from assurance_sbom.inventory import Component, Inventory, Known, Phase
from assurance_sbom.requirement import Markers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance.interfaces import CollectContext
    from assurance_sbom.distributions import Distribution
    from assurance_sbom.interpreter import Interpreter

CHANGED_FILE = "release-assurance:changed-file"
_ROOT = ""
"""Key of the release in the graph: no distribution has an empty name."""


class _Record(NamedTuple):
    """What to do with the RECORDs."""

    read: bool
    verify: bool


def inventory(
    context: CollectContext,
    *,
    python: str | None = None,
    file_hashes: bool = False,
    verify_files: bool = False,
) -> Inventory:
    """Return everything that is installed where `python` points to (see `interpreter.find`).

    Args:
        context: The release and its folder.
        python: Option of that name.
        file_hashes: Take the hash of every file from the RECORDs.
        verify_files: The same, and hash every file again.

    Raises:
        CollectError: nothing is installed there, or something there cannot be read.
    """
    place = interpreter.find(python, root=context.root)
    found, hidden = distributions.find(place.path)
    if not found:
        raise CollectError(
            "nothing is installed in this environment",
            remedy="Install the release with its dependencies, or set the option `python` to "
            "the environment where it is.",
            where=", ".join(str(folder) for folder in place.path) or python or "sys.path",
            missing=True,
        )
    release_key = package_url.canonical(context.release.name)
    installed = {distribution.key: distribution for distribution in found}
    itself = installed.pop(release_key, None)
    about = release_root.declared(context, itself.metadata if itself else None)

    nodes = {key: Node(requires=entry.requires) for key, entry in installed.items()}
    # A dependency may need the release itself; then the release is a node like the others.
    nodes[_ROOT] = nodes[release_key] = Node(requires=about.requires)
    dependency_graph.resolve(nodes, Markers(dict(place.markers)))
    nodes[_ROOT].depends_on |= nodes[release_key].depends_on

    root_ref = package_url.of_release(context.release.name, context.release.version)
    refs = {release_key: root_ref}
    origins = {key: origin.read(entry.folder) for key, entry in installed.items()}
    purls: dict[str, str | None] = {}
    for key, entry in installed.items():
        purls[key] = _purl(entry, origins[key])
        refs[key] = purls[key] or f"{key}@{entry.metadata.version}"
    record = _Record(read=file_hashes or verify_files, verify=verify_files)
    shadowed: dict[str, list[Distribution]] = {}
    beside: dict[str, Component] = {}
    for entry in hidden:
        winner = installed.get(entry.key)
        if winner is None or not _is_beside(entry, winner):
            shadowed.setdefault(entry.key, []).append(entry)
            continue
        source = origin.read(entry.folder)
        purl = _purl(entry, source)
        ref = purl or f"{entry.key}@{entry.metadata.version}"
        if ref != refs[entry.key]:
            beside[ref] = _component(
                entry,
                Node(requires=None),
                refs={entry.key: ref},
                purl=purl,
                source=source,
                hidden=(),
                record=record,
            )
    components = tuple(
        _component(
            entry,
            nodes[key],
            refs=refs,
            purl=purls[key],
            source=origins[key],
            hidden=shadowed.get(key, ()),
            record=record,
        )
        for key, entry in installed.items()
    )
    root = nodes[_ROOT]
    return Inventory(
        phase=Phase.POST_BUILD,
        root=release_root.component(
            context.release,
            about,
            depends_on=_edges(root, refs, root_ref),
            known=root.known,
            missing=root.missing,
        ),
        components=(*components, *beside.values()),
        properties=_about(place),
    )


def _is_beside(entry: Distribution, winner: Distribution) -> bool:
    """Whether both are in one folder: then neither hides the other's files.

    That is what a broken upgrade leaves behind.
    """
    return (
        entry.folder.parent == winner.folder.parent
        and entry.metadata.version != winner.metadata.version
    )


def _purl(entry: Distribution, source: origin.Origin | None) -> str | None:
    """The package URL; none for what was installed from a local path."""
    if source is None:
        return package_url.pypi(entry.metadata.name, entry.metadata.version)
    if source.is_local:
        return None
    return package_url.pypi(
        entry.metadata.name, entry.metadata.version, qualifiers=source.qualifiers
    )


def _edges(node: Node, refs: Mapping[str, str], own: str) -> tuple[str, ...]:
    return tuple(sorted({refs[key] for key in node.depends_on} - {own}))


def _component(
    entry: Distribution,
    node: Node,
    *,
    refs: Mapping[str, str],
    purl: str | None,
    source: origin.Origin | None,
    hidden: Iterable[Distribution],
    record: _Record,
) -> Component:
    metadata = entry.metadata
    ref = refs[entry.key]
    files, changed = (
        record_file.read(entry.folder, verify=record.verify) if record.read else ((), ())
    )
    return Component(
        ref=ref,
        name=metadata.name,
        version=metadata.version,
        purl=purl,
        description=metadata.summary,
        supplier=parties.supplier(metadata),
        authors=parties.authors(metadata),
        licences=licences.declared(metadata),
        hashes=source.hashes if source else (),
        source_url=source.url if source else None,
        files=files,
        depends_on=_edges(node, refs, ref),
        known=node.known,
        properties=(
            *_remarks(entry, node, source, hidden),
            *((CHANGED_FILE, path) for path in changed),
        ),
    )


def _remarks(
    entry: Distribution,
    node: Node,
    source: origin.Origin | None,
    hidden: Iterable[Distribution],
) -> Iterable[tuple[str, str]]:
    """What a reader should know and CycloneDX has no field for."""
    if not _is_version(entry.metadata.version):
        yield "release-assurance:version", "not PEP 440"
    if not entry.metadata.is_utf8:
        yield "release-assurance:metadata", "not UTF-8"
    if source is not None and source.is_local:
        yield "release-assurance:origin", "local"
    for other in hidden:
        yield "release-assurance:shadowed", other.metadata.version
    for name in node.missing:
        yield "release-assurance:missing-requirement", name
    for line in node.invalid:
        yield "release-assurance:invalid-requirement", line[:200]
    for extra in node.extras:
        yield "cdx:python:package:required-extra", extra
    if node.known is Known.UNKNOWN:
        yield "release-assurance:dependencies", "not recorded"


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _about(place: Interpreter) -> tuple[tuple[str, str], ...]:
    """The source, and the markers that decided which requirements apply."""
    markers = dict(place.markers)
    shown = ("implementation_name", "platform_machine", "python_full_version", "sys_platform")
    return (
        ("release-assurance:source", "environment"),
        ("release-assurance:environment", place.description),
        *((f"release-assurance:marker:{name}", markers[name]) for name in shown),
    )
