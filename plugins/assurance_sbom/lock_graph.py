"""Which packages of a lock belong to the release, and who needs whom.

A lock has every platform, extra and group in it. From the project on, needs are followed;
extras spread, as they do when packages are installed. What is only reached through a marker
that does not hold here is needed elsewhere; what is not reached at all is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assurance_sbom.inventory import Known
from assurance_sbom.requirement import InvalidRequirementError
from assurance_sbom.toml_table import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assurance_sbom.lock_file import Locked, LockFile, Need
    from assurance_sbom.requirement import Markers


@dataclass(slots=True, kw_only=True)
class Reached:
    """What following the needs has found out about one package."""

    package: Locked
    applies: bool = False
    """Needed on this machine."""
    chosen: set[str] = field(default_factory=set)
    """Extras that others ask of it."""
    depends_on: set[int] = field(default_factory=set)
    """Places in the lock's packages."""
    missing: set[str] = field(default_factory=set)
    """Names that it needs and that are not locked."""

    @property
    def known(self) -> Known:
        """What `depends_on` is worth."""
        if self.package.needs is None:
            return Known.UNKNOWN
        return Known.INCOMPLETE if self.missing else Known.COMPLETE


def follow(
    lock: LockFile, markers: Markers, chosen: Iterable[str]
) -> tuple[Reached | None, dict[int, Reached]]:
    """Return the project, and what is part of the release by its place in `lock.packages`.

    Args:
        lock: The lock.
        markers: Of this machine.
        chosen: Extras, and groups as `group:NAME`, that are part of the release.

    Raises:
        CollectError: the project has no such extra or group; a marker that is none.
    """
    graph = _Graph(lock, markers)
    wanted = set(chosen)
    if lock.root is None:
        if wanted:
            raise refuse(
                "the lock does not say which package is for which extra or group, so none can "
                f"be chosen: {', '.join(sorted(wanted))}",
                lock.where,
            )
        for place in range(len(lock.packages)):
            graph.reach(place, applies=True, extras=frozenset())
        graph.run()
        return None, graph.found
    offered = {need.group for need in lock.root.needs or ()}
    for name in sorted(wanted - offered):
        kind, _, group = name.rpartition(":")
        raise refuse(f"the lock has no {kind or 'extra'} {group!r}", lock.where)
    root = Reached(package=lock.root, applies=True, chosen=wanted)
    graph.expand(root)
    graph.run()
    return root, graph.found


class _Graph:
    """The packages by name, and the ones that still have to be looked at."""

    def __init__(self, lock: LockFile, markers: Markers) -> None:
        self.found: dict[int, Reached] = {}
        self._lock = lock
        self._markers = markers
        self._waiting: list[int] = []
        self._by_key: dict[str, list[int]] = {}
        for place, package in enumerate(lock.packages):
            self._by_key.setdefault(package.key, []).append(place)

    def run(self) -> None:
        """Go on until nothing changes: a package comes again only with news about it."""
        while self._waiting:
            self.expand(self.found[self._waiting.pop()])

    def reach(self, place: int, *, applies: bool, extras: frozenset[str]) -> None:
        """Note that somebody needs the package at `place`, here or elsewhere."""
        package = self._lock.packages[place]
        applies = applies and self._holds(package.marker, frozenset(), package.where)
        known = self.found.get(place)
        if known is None:
            self.found[place] = Reached(package=package, applies=applies, chosen=set(extras))
        elif extras <= known.chosen and (known.applies or not applies):
            return
        else:
            known.chosen |= extras
            known.applies = known.applies or applies
        self._waiting.append(place)

    def expand(self, node: Reached) -> None:
        """Reach what `node` needs with the extras chosen of it."""
        package = node.package
        for need in package.needs or ():
            if need.group is not None and need.group not in node.chosen:
                continue
            holds = self._holds(need.marker, frozenset(node.chosen), package.where)
            places = list(self._places(need))
            if not places and self._is_root(need):
                continue
            if not places:
                if holds:
                    node.missing.add(need.key)
                continue
            for place in places:
                if self._lock.packages[place] is not package:
                    node.depends_on.add(place)
                self.reach(place, applies=node.applies and holds, extras=need.extras)

    def _is_root(self, need: Need) -> bool:
        """Whether it is the project itself that is needed: for its own extras, or in a circle."""
        return self._lock.root is not None and self._lock.root.key == need.key

    def _places(self, need: Need) -> Iterator[int]:
        """The locked packages that `need` may mean: all of them where the lock does not say."""
        places = self._by_key.get(need.key, [])
        if len(places) == 1:
            yield from places
            return
        if need.version is not None:
            yield from (
                place for place in places if self._lock.packages[place].version == need.version
            )
            return
        fitting = [place for place in places if self._fits(need, place)]
        yield from fitting or places

    def _fits(self, need: Need, place: int) -> bool:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet
        from packaging.version import InvalidVersion

        version = self._lock.packages[place].version
        if not need.specifier or version is None:
            return True
        try:
            return SpecifierSet(need.specifier).contains(version, prereleases=True)
        except (InvalidSpecifier, InvalidVersion):
            return True

    def _holds(self, marker: str | None, extras: frozenset[str], where: str) -> bool:
        try:
            return self._markers.holds(marker, extras)
        except InvalidRequirementError as err:
            raise refuse(f"the marker {marker!r:.200} cannot be evaluated", where) from err
