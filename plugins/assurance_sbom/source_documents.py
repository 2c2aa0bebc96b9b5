"""Makes the SBOMs of one source; what another source needs is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.predicates import CYCLONEDX
from assurance_sbom import sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_sbom.detail import Made
    from assurance_sbom.inventory import Inventory


def documents(source: str, files: tuple[Path, ...], context: CollectContext) -> list[Made]:
    """Return the SBOMs of one source.

    Raises:
        CollectError: the source cannot be looked at.
    """
    from assurance_sbom import document

    version = context.options.get("spec_version", document.SPEC_VERSIONS[0])
    if source == sources.EXISTING:
        from assurance_sbom import existing_file

        return [
            one
            for path in files
            for one in existing_file.read(
                path,
                context.release,
                where=sources.shown(path, context.root),
                spec_version=version,
            )
        ]
    from assurance_sbom.detail import Made

    found = []
    for inputs, inventory in _inventories(source, files, context):
        predicate, content = document.write(
            inventory, context.release, context.now, spec_version=version
        )
        place = sources.shown(inputs[0], context.root) if len(inputs) == 1 else None
        found.append(Made(CYCLONEDX, predicate, content, source, place, inventory))
    return found


def _inventories(
    source: str, files: tuple[Path, ...], context: CollectContext
) -> Iterator[tuple[tuple[Path, ...], Inventory]]:
    """What one source lists: requirements and archives together, any other lock by itself."""
    if source == sources.REQUIREMENTS:
        from assurance_sbom import requirements_inventory

        yield files, requirements_inventory.inventory(context, files)
    elif source == sources.ARCHIVE:
        from assurance_sbom import archive_inventory

        yield files, archive_inventory.inventory(context, files)
    elif source in sources.LOCKS:
        from assurance_sbom import lock_inventory

        for path in files:
            where = sources.shown(path, context.root)
            yield (path,), lock_inventory.inventory(context, source, path, where=where)
    else:
        from assurance_sbom import environment

        yield (
            (),
            environment.inventory(
                context,
                python=context.options.get("python"),
                file_hashes=context.options.get("file_hashes", False),
                verify_files=context.options.get("verify_files", False),
            ),
        )
