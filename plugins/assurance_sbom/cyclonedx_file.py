"""Takes an existing CycloneDX JSON file as it is, after looking at it closely.

The predicate is the file's bytes, unchanged. Refused: what is no strict JSON, what the
library's strict validator does not accept, a bom-ref used twice, an SBOM without components,
one that says it describes another version of the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import AssuranceError, CollectError, strict_json
from assurance_sbom import package_url, schema_check
from assurance_sbom.distributions import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assurance.model import Release

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_COMPONENTS: Final = 200_000


def load(path: Path, *, where: str) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a JSON file of at most 32 MiB and 64 levels, and the object in it.

    Raises:
        CollectError: there is no such file, or no object in it within the limits.
    """
    data = read_file(path, MAX_BYTES)
    if data is None:
        raise CollectError(
            "there is no such file",
            remedy="Make the SBOM, or mend `inputs` in the settings.",
            where=where,
            missing=True,
        )
    try:
        document = strict_json.loads(data, what=where, max_bytes=MAX_BYTES)
    except AssuranceError as err:
        raise CollectError(
            err.problem, remedy="Make the SBOM again: the file is cut or no JSON.", where=where
        ) from err
    if not isinstance(document, dict):
        raise CollectError(
            "the document is no JSON object",
            remedy="Give a CycloneDX or SPDX JSON file.",
            where=where,
        )
    return data, document


def check(document: dict[str, Any], release: Release, *, where: str) -> None:
    """Refuse what is no CycloneDX 1.4 to 1.7 document, or says that it is of another release.

    Raises:
        CollectError: see the module.
    """
    schema_check.check(document, where=where)
    _check_components(document, where)
    check_release(document, release, where)


def _check_components(document: dict[str, Any], where: str) -> None:
    """Refuse an inventory that is empty, too long, or ambiguous in its references."""
    if not document.get("components"):
        raise CollectError(
            "the SBOM has no components",
            remedy="Make the SBOM of the built or installed release. For a release without "
            "dependencies give a lock that says so in a comment.",
            where=where,
        )
    refs: set[str] = set()
    for count, entry in enumerate(_entries(document), start=1):
        if count > MAX_COMPONENTS:
            raise CollectError(
                f"more than {MAX_COMPONENTS} components and services",
                remedy="Give one SBOM for each part of the release.",
                where=where,
            )
        ref = entry.get("bom-ref")
        if ref in refs:
            raise CollectError(
                f"two components have the bom-ref {ref!r}, so the dependency graph is ambiguous",
                remedy="Make the SBOM again with a tool that gives each component its own.",
                where=where,
            )
        if ref is not None:
            refs.add(ref)


def _entries(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every component and service, the root and nested ones included. Valid documents only."""
    root = document.get("metadata", {}).get("component")
    waiting = [
        *document.get("components", []),
        *document.get("services", []),
        *([root] if root else []),
    ]
    while waiting:
        entry = waiting.pop()
        yield entry
        waiting += entry.get("components", [])
        waiting += entry.get("services", [])


def check_release(document: dict[str, Any], release: Release, where: str) -> None:
    """Refuse an SBOM whose root has the release's name and another version."""
    root = document.get("metadata", {}).get("component")
    if root is None or package_url.canonical(root["name"]) != package_url.canonical(release.name):
        return
    version = root.get("version")
    if version is not None and version != release.version:
        raise CollectError(
            f"the SBOM describes {root['name']} {version}, and the release is {release.version}",
            remedy="Make the SBOM of this release.",
            where=where,
        )
