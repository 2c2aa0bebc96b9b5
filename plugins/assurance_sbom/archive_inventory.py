"""Makes the inventory of wheels and sdists: what they say about themselves, after a close look.

Archives of one version of a package are one component with the hashes of all of them. An
archive of the release itself is the root. An archive says what it needs by name only, so what
is not among the archives is named as missing.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from assurance import CollectError
from assurance_sbom import (
    archive_check,
    dependency_graph,
    interpreter,
    licences,
    package_url,
    parties,
    release_root,
)
from assurance_sbom.dependency_graph import Node
from assurance_sbom.inventory import Component, FileHash, Inventory, Phase
from assurance_sbom.requirement import Markers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_sbom.archive_check import Checked
    from assurance_sbom.metadata_headers import Metadata

_ROOT = ""


def inventory(context: CollectContext, files: tuple[Path, ...]) -> Inventory:
    """Return the packages in `files`; with the option `file_hashes` also what is in wheels.

    Raises:
        CollectError: a file cannot be read as what its name says, or two versions of one
            package are there.
    """
    groups: dict[str, list[tuple[Path, Checked, Metadata]]] = {}
    for path in files:
        checked = archive_check.check(path)
        if checked.metadata is None:
            reason = checked.problems[0] if checked.problems else "it has no PKG-INFO"
            raise CollectError(
                f"not a wheel or sdist: {reason}",
                remedy="Build the archive again.",
                where=path.name,
                missing=not path.exists(),
            )
        key = package_url.canonical(checked.metadata.name)
        groups.setdefault(key, []).append((path, checked, checked.metadata))
    for members in groups.values():
        versions = {metadata.version for _, _, metadata in members}
        if len(versions) > 1:
            raise CollectError(
                f"{members[0][2].name} is there in {len(versions)} versions: "
                f"{', '.join(sorted(versions))}",
                remedy="Leave one of them.",
                where=", ".join(path.name for path, _, _ in members),
            )
    release_key = package_url.canonical(context.release.name)
    own = groups.pop(release_key, None)
    about = release_root.declared(context, own[0][2] if own else None)
    if own and about.source == "installed":
        about = replace(about, requires=_requires(own))
    nodes = {key: Node(requires=_requires(members)) for key, members in groups.items()}
    nodes[_ROOT] = nodes[release_key] = Node(requires=about.requires)
    dependency_graph.resolve(nodes, Markers(dict(interpreter.own_markers())))
    root_ref = package_url.of_release(context.release.name, context.release.version)
    refs = {
        key: package_url.pypi(members[0][2].name, members[0][2].version)
        for key, members in groups.items()
    }
    refs[release_key] = root_ref
    root = nodes[release_key]
    return Inventory(
        phase=Phase.POST_BUILD,
        root=release_root.component(
            context.release,
            about,
            depends_on=tuple(sorted({refs[key] for key in root.depends_on})),
            known=root.known,
            missing=root.missing,
        ),
        components=tuple(
            _component(members, nodes[key], refs, refs[key], context)
            for key, members in groups.items()
        ),
        properties=(
            ("release-assurance:source", "archive"),
            *(("release-assurance:archive", path.name) for path in files),
        ),
    )


def _requires(members: list[tuple[Path, Checked, Metadata]]) -> tuple[str, ...] | None:
    """All lines together; None for sdists without any that may get some when they are built."""
    lines = release_root.together(metadata for _, _, metadata in members)
    known = any(found.kind == "wheel" or metadata.requires_final for _, found, metadata in members)
    return lines if lines or known else None


def _component(
    members: list[tuple[Path, Checked, Metadata]],
    node: Node,
    refs: Mapping[str, str],
    ref: str,
    context: CollectContext,
) -> Component:
    metadata = members[0][2]
    files: tuple[FileHash, ...] = ()
    if context.options.get("file_hashes", False):
        files = tuple(
            FileHash(path=name, algorithm="SHA-256", content=digest)
            for name, digest in sorted({pair for _, found, _ in members for pair in found.hashes})
        )
    return Component(
        ref=ref,
        name=metadata.name,
        version=metadata.version,
        purl=ref,
        description=metadata.summary,
        supplier=parties.supplier(metadata),
        authors=parties.authors(metadata),
        licences=licences.declared(metadata),
        hashes=tuple(("SHA-256", digest(path)) for path, _, _ in members),
        files=files,
        depends_on=tuple(sorted({refs[key] for key in node.depends_on} - {ref})),
        known=node.known,
        properties=tuple(
            ("release-assurance:missing-requirement", name) for name in sorted(node.missing)
        ),
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        CollectError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise CollectError(
            f"cannot be read ({err.strerror})",
            remedy="Build the archive again, or mend its permissions.",
            where=path.name,
        ) from err
