"""Writes `sbom-detail/v1`: what was worked out about all SBOMs of a run.

It is a statement of its own, so that an SBOM from elsewhere stays as it is byte for byte, and
cannot say of itself what only this collector may say of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from assurance import strict_json
from assurance_sbom import bom_analysis, sources
from assurance_sbom.environment import CHANGED_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.interfaces import CollectContext
    from assurance_sbom.inventory import Inventory


class Made(NamedTuple):
    """One SBOM of a run."""

    predicate_type: str
    predicate: bytes
    document: Mapping[str, Any]
    source: str
    input: str | None
    """The input that it is from; None for an environment, or several files."""
    inventory: Inventory | None = None
    """None for a file that was taken as it is."""


def write(context: CollectContext, made: Sequence[Made]) -> bytes:
    """Return the predicate.

    Args:
        context: Its artifacts are looked into.
        made: Every SBOM of the run.

    Raises:
        CollectError: the environment to compare the locks with cannot be read.
    """
    from assurance.predicates import CYCLONEDX

    documents = [one for one in made if one.predicate_type == CYCLONEDX]
    expressions: set[str] = set()
    for one in documents:
        expressions |= bom_analysis.expressions(one.document)
    return strict_json.dumps(
        {
            "documents": [
                bom_analysis.document(
                    one.document, one.predicate, {"source": one.source, "input": one.input}
                )
                for one in documents
            ],
            "licences": bom_analysis.parsed(expressions),
            "archives": list(_archives(context)),
            "installed": _installed(context, made),
            "drift": _drift(context, made),
        }
    )


def _archives(context: CollectContext) -> Iterable[dict[str, Any]]:
    """The release's wheels and sdists, and the archives among the inputs, by content."""
    from assurance_sbom import archive_check, archive_inventory

    seen = set()
    for path in (*context.artifacts, *context.inputs):
        if not archive_check.is_archive(path.name):
            continue
        digest = archive_inventory.digest(path)
        if (path.name, digest) in seen:
            continue
        seen.add((path.name, digest))
        found = archive_check.check(path)
        yield {
            "name": found.name,
            "sha256": digest,
            "kind": found.kind,
            "package": found.metadata.name if found.metadata else None,
            "version": found.metadata.version if found.metadata else None,
            "files": found.files,
            "problems": list(found.problems),
        }


def _installed(context: CollectContext, made: Sequence[Made]) -> dict[str, Any] | None:
    """How the installed files compare with their RECORDs; None where nobody asked."""
    verify = context.options.get("verify_files", False)
    if not (verify or context.options.get("file_hashes", False)):
        return None
    for one in made:
        if one.source == sources.ENVIRONMENT and one.inventory is not None:
            components = one.inventory.components
            return {
                "packages": len(components),
                "files": sum(len(component.files) for component in components),
                "compared": "hashes" if verify else "sizes",
                "problems": [
                    f"{component.name} {component.version}: {value} is gone or is not what its "
                    "RECORD says"
                    for component in components
                    for name, value in component.properties
                    if name == CHANGED_FILE
                ],
                "unrecorded": sorted(
                    f"{component.name} {component.version}"
                    for component in components
                    if not component.files
                ),
            }
    return None


def _drift(context: CollectContext, made: Sequence[Made]) -> dict[str, Any] | None:
    if "installed" not in context.options:
        return None
    from assurance_sbom import drift

    return drift.compare(
        context,
        [
            one.inventory
            for one in made
            if one.inventory is not None and one.source != sources.ENVIRONMENT
        ],
    )
