"""The release itself as the document's root: what its own metadata says it needs.

The built wheels say it best, since they are what goes out, and all of them count; else what is
installed under the release's name; else `[project]` of pyproject.toml, unless its dependencies are
dynamic.
"""

from __future__ import annotations

import tomllib
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance import CollectError
from assurance_sbom import licences, metadata_headers, package_url, parties
from assurance_sbom.distributions import read_file
from assurance_sbom.inventory import Component

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance.model import Release
    from assurance_sbom.inventory import Known
    from assurance_sbom.metadata_headers import Metadata

_MAX_METADATA: Final = 16 * 1024 * 1024
_MAX_PYPROJECT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the release declares about itself."""

    requires: tuple[str, ...] | None
    """Requirement lines; None where nothing says."""
    source: str
    """For the document: `wheel`, `installed`, `pyproject.toml` or `none`."""
    metadata: Metadata | None = None


def declared(context: CollectContext, installed: Metadata | None = None) -> Declared:
    """Return what the release says about its direct requirements.

    Args:
        context: Its artifacts and project folder are looked at.
        installed: Metadata of the installed distribution of the release's name, if any.

    Raises:
        CollectError: a wheel of the release is broken, or pyproject.toml is.
    """
    key = package_url.canonical(context.release.name)
    wheels = [_of_wheel(path) for path in context.artifacts if path.suffix == ".whl"]
    own = [metadata for metadata in wheels if package_url.canonical(metadata.name) == key]
    if own:
        return Declared(requires=together(own), source="wheel", metadata=own[0])
    if installed is not None:
        return Declared(requires=installed.requires, source="installed", metadata=installed)
    requires = _of_pyproject(context.root / "pyproject.toml", key)
    return Declared(requires=requires, source="none" if requires is None else "pyproject.toml")


def together(archives: Iterable[Metadata]) -> tuple[str, ...]:
    """Return every requirement line of archives of one version: each may be the one installed."""
    return tuple(dict.fromkeys(line for metadata in archives for line in metadata.requires))


def component(
    release: Release,
    about: Declared,
    *,
    depends_on: tuple[str, ...],
    known: Known,
    missing: set[str],
) -> Component:
    """Return the release as a component; its edges are direct requirements."""
    metadata = about.metadata
    purl = package_url.of_release(release.name, release.version)
    properties = [("release-assurance:direct-requirements", about.source)]
    properties += [("release-assurance:missing-requirement", name) for name in missing]
    if release.revision is not None:
        properties.append(("release-assurance:revision", release.revision))
    return Component(
        ref=purl,
        name=release.name,
        version=release.version,
        purl=purl,
        description=metadata.summary if metadata else None,
        supplier=parties.supplier(metadata) if metadata else None,
        authors=parties.authors(metadata) if metadata else (),
        licences=licences.declared(metadata) if metadata else (),
        depends_on=depends_on,
        known=known,
        properties=tuple(properties),
    )


def _of_wheel(wheel: Path) -> Metadata:
    """The headers of the METADATA in a wheel, read without unpacking more than that."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [
                name
                for name in archive.namelist()
                if name.endswith(".dist-info/METADATA") and name.count("/") == 1
            ]
            if len(names) != 1:
                raise _broken_wheel(f"it has {len(names)} METADATA files", wheel)
            with archive.open(names[0]) as file:
                data = file.read(_MAX_METADATA)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        ValueError,
    ) as err:
        raise _broken_wheel(str(err) or "cut", wheel) from err
    return metadata_headers.parse(data, where=f"{wheel}/{names[0]}")


def _broken_wheel(problem: str, wheel: Path) -> CollectError:
    return CollectError(
        f"the wheel cannot be read: {problem}",
        remedy="Build the wheel again.",
        where=str(wheel),
    )


def _of_pyproject(path: Path, key: str) -> tuple[str, ...] | None:
    """`[project] dependencies`; None where the file does not say or is about another name."""
    data = read_file(path, _MAX_PYPROJECT)
    if data is None:
        return None
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as err:
        raise CollectError(
            f"pyproject.toml cannot be read: {err}",
            remedy="Mend the file; its dependencies are the release's direct requirements.",
            where=str(path),
        ) from err
    project = document.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return None
    if package_url.canonical(project["name"]) != key or "dependencies" in project.get(
        "dynamic", ()
    ):
        return None
    lines = project.get("dependencies", [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        return None
    return tuple(lines)
