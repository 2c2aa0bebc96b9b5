"""Makes the inventory of hashed lock files in pip's requirements format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import CollectError
from assurance_sbom import direct_needs, package_url, release_root, requirements_file, sources
from assurance_sbom.distributions import read_file
from assurance_sbom.inventory import Component, Inventory, Phase
from assurance_sbom.record_file import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_sbom.requirements_file import Pin


def inventory(context: CollectContext, files: Iterable[Path]) -> Inventory:
    """Return the packages that `files` pin together.

    A lock lists packages and says nothing of who needs whom, so the dependencies of each
    component are unknown. Only the release's own are known, where its metadata names them.

    Raises:
        CollectError: a file cannot be read or is no complete hashed lock, or a lock without
            any package belongs to a release that has requirements.
    """
    files = tuple(files)
    pins: list[Pin] = []
    for path in files:
        data = read_file(path, requirements_file.MAX_BYTES)
        if data is None:
            raise CollectError(
                "there is no such file",
                remedy="Write the lock, or mend `inputs` in the settings.",
                where=str(path),
                missing=True,
            )
        pins.extend(requirements_file.parse(data, where=sources.shown(path, context.root)))
    merged = requirements_file.merge(pins)
    refs = {(pin.key, pin.version): package_url.pypi(pin.name, pin.version) for pin in merged}
    about = release_root.declared(context)
    locked: dict[str, set[str]] = {}
    for pin in merged:
        locked.setdefault(pin.key, set()).add(refs[pin.key, pin.version])
    direct = direct_needs.declared(about, locked)
    direct.check(merged, where=sources.shown(files[0], context.root))
    return Inventory(
        phase=Phase.PRE_BUILD,
        root=release_root.component(
            context.release,
            about,
            depends_on=tuple(sorted(direct.edges)),
            known=direct.known,
            missing=direct.missing,
        ),
        components=tuple(_component(pin, refs[pin.key, pin.version]) for pin in merged),
        properties=(
            ("release-assurance:source", "requirements"),
            *(("release-assurance:lock", sources.shown(path, context.root)) for path in files),
        ),
    )


def _component(pin: Pin, ref: str) -> Component:
    properties = [("cdx:python:package:required-extra", extra) for extra in pin.extras]
    if pin.marker is not None:
        properties.append(("release-assurance:marker", pin.marker))
    return Component(
        ref=ref,
        name=pin.name,
        version=pin.version,
        purl=ref,
        hashes=tuple((ALGORITHMS[algorithm], content) for algorithm, content in pin.hashes),
        optional=not pin.applies,
        properties=tuple(properties),
    )
