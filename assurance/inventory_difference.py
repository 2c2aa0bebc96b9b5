"""What differs between the packages of two bundles, and between their vulnerabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.bundle_inventory import packages
from assurance.bundle_inventory import vulnerabilities as scanned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assurance.bundle import Line
    from assurance.bundle_inventory import Vulnerability


def components(a: Sequence[Line], b: Sequence[Line]) -> dict[str, Any]:
    """Compare the versions of each package that the SBOMs list."""
    old, new = packages(a), packages(b)
    found: dict[str, Any] = {"compared": True, "reason": None, "packages": [], "changed": False}
    if old is None or new is None:
        return {**found, **_not_compared("SBOM", there=(old is not None, new is not None))}
    items = [
        {
            "package": package,
            "from": sorted(old.get(package, ())),
            "to": sorted(new.get(package, ())),
            "direction": _direction(package, old.get(package), new.get(package)),
        }
        for package in sorted({*old, *new})
        if old.get(package) != new.get(package)
    ]
    counts = {"from": len(old), "to": len(new)}
    return {**found, "packages": items, "counts": counts, "changed": bool(items)}


def _direction(package: str, old: frozenset[str] | None, new: frozenset[str] | None) -> str | None:
    """Return `up` or `down` where a package of the Python index has one version, and another."""
    if not package.startswith("pkg:pypi/") or not old or not new or len(old) + len(new) > 2:  # noqa: PLR2004 - one and one
        return None
    from packaging.version import InvalidVersion, Version

    try:
        before, after = (Version(next(iter(versions))) for versions in (old, new))
    except InvalidVersion:
        return None
    return "up" if after > before else "down" if after < before else None


def _not_compared(what: str, *, there: tuple[bool, bool]) -> dict[str, Any]:
    """Return why there is nothing to compare; what one bundle alone has is a change."""
    lacking = [name for name, is_there in zip(("A", "B"), there, strict=True) if not is_there]
    bundles = f"bundle {lacking[0]} has" if len(lacking) == 1 else "neither bundle has"
    return {
        "compared": False,
        "reason": f"{bundles} {'no ' if len(lacking) == 1 else 'an '}{what}",
        "counts": None,
        "changed": any(there),
    }


def vulnerabilities(a: Sequence[Line], b: Sequence[Line]) -> dict[str, Any]:
    """Compare what the scans found: a vulnerability under another of its names is the same."""
    old, new = scanned(a), scanned(b)
    found: dict[str, Any] = {
        "compared": True,
        "reason": None,
        "new": [],
        "fixed": [],
        "changed": False,
    }
    if old is None or new is None:
        there = (old is not None, new is not None)
        return {**found, **_not_compared("scan for vulnerabilities", there=there)}
    appeared, gone = _without(new, old), _without(old, new)
    return {
        **found,
        "new": [_vulnerability(item) for item in appeared],
        "fixed": [_vulnerability(item) for item in gone],
        "counts": {"from": len(old), "to": len(new)},
        "changed": bool(appeared or gone),
    }


def _without(
    items: Iterable[Vulnerability], others: Iterable[Vulnerability]
) -> list[Vulnerability]:
    """Return the items that `others` do not know for the same package, by id or by any alias."""
    known = {(item.package, name) for item in others for name in (item.id, *item.aliases)}
    return [
        item
        for item in items
        if known.isdisjoint((item.package, name) for name in (item.id, *item.aliases))
    ]


def _vulnerability(item: Vulnerability) -> dict[str, Any]:
    return {
        "package": item.package,
        "version": item.version or None,
        "id": item.id,
        "aliases": list(item.aliases),
        "severity": item.severity,
        "fixed_in": list(item.fixed_in),
        "kev": item.kev,
    }
