"""Compares what is locked with what is installed, in both directions.

What is optional in a lock may be absent; what is installed must be locked, in a version that
is. The hash of an installed package is known only where its installer wrote it down (PEP 610,
`direct_url.json`), which pip and uv do for URLs and files, not for an index: how many packages
could not be compared by hash is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError
from assurance_sbom import distributions, interpreter, origin, package_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance.interfaces import CollectContext
    from assurance_sbom.distributions import Distribution
    from assurance_sbom.inventory import Component, Inventory

SEEDS: Final = ("pip", "setuptools", "wheel")
"""What a new virtual environment has in it before anything is installed."""


def compare(context: CollectContext, inventories: Iterable[Inventory]) -> dict[str, Any]:
    """Return `drift` of `sbom-detail/v1`, with the environment that the option `installed` names.

    Raises:
        CollectError: there is no such environment, or a package in it cannot be read.
    """
    python: str = context.options["installed"]
    ignored = {
        package_url.canonical(name) for name in context.options.get("installed_ignore", SEEDS)
    }
    place = interpreter.find(python, root=context.root)
    found, _ = distributions.find(place.path)
    if not found:
        raise CollectError(
            "nothing is installed in the environment that the lock is to be compared with",
            remedy="Install the release, or mend the option `installed`.",
            where=python,
            missing=True,
        )
    locked: dict[str, list[Component]] = {}
    for inventory in inventories:
        for component in inventory.components:
            locked.setdefault(package_url.canonical(component.name), []).append(component)
    installed = {distribution.key: distribution for distribution in found}
    installed.pop(package_url.canonical(context.release.name), None)
    differences = [*_not_installed(locked, installed)]
    unproven = 0
    for key, distribution in sorted(installed.items()):
        if key not in locked:
            if key not in ignored:
                differences.append(_difference("not-locked", key, [], distribution))
            continue
        same = [one for one in locked[key] if _same(one.version, distribution.metadata.version)]
        if not same:
            differences.append(_difference("version", key, locked[key], distribution))
            continue
        known = origin.read(distribution.folder)
        hashes = set(known.hashes) if known else set()
        wanted = {pair for one in same for pair in one.hashes}
        if not hashes or not wanted:
            unproven += 1
        elif not hashes & wanted:
            differences.append(_difference("hash", key, same, distribution))
    return {
        "environment": python,
        "compared": len(installed),
        "differences": sorted(differences, key=lambda entry: (entry["package"], entry["kind"])),
        "unproven": unproven,
        "ignored": sorted(ignored & set(installed) - set(locked)),
    }


def _not_installed(
    locked: Mapping[str, list[Component]], installed: Mapping[str, Distribution]
) -> Iterable[dict[str, Any]]:
    for key, components in sorted(locked.items()):
        needed = [component for component in components if not component.optional]
        if needed and key not in installed:
            yield _difference("not-installed", key, needed, None)


def _difference(
    kind: str, key: str, locked: list[Component], installed: Distribution | None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "package": key,
        "locked": sorted({component.version for component in locked}),
        "installed": None if installed is None else installed.metadata.version,
    }


def _same(left: str, right: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(left) == Version(right)
    except InvalidVersion:
        return left == right
