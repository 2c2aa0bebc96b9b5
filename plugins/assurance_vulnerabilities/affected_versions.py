"""Whether a version is affected, as the OSV schema evaluates it, with PEP 440 order.

OSV schema, section "Evaluation": a version is affected if `versions` lists it, or if one of
`ranges` covers it. A range is the list of its events in order of versions: from `introduced`
on affected, from `fixed` on and after `last_affected` not, and nothing at or above `limit`.

Where the schema leaves room, the answer is the one that reports more:

- A version with a local label (`1.0+cpu`) is a rebuild of the public one: it is affected if
  either of the two is.
- `fixed` and `introduced` at one version: introduced again.
- Strings in `versions` that PEP 440 does not know are names of releases that no installer of
  today installs. No pinned version equals them, so they are passed over where a range says the
  same in order; where nothing but the list is there, the record cannot be evaluated.
- Ranges of type `GIT` say nothing about versions: they are passed over where `versions` or
  another range is there. `SEMVER` is not how PyPI orders: such a record cannot be evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from packaging.version import InvalidVersion, Version

from assurance_vulnerabilities.osv import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance_vulnerabilities.osv import Advisory

    _Key = tuple[int, tuple[int, ...], tuple[str, int] | None, int | None, int | None, str | None]

_ORDER: Final = {"fixed": 0, "introduced": 1, "last_affected": 2}
"""At one version, what is said later counts; see the module's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    kind: str
    version: Version | None
    """None is before every version: `introduced` at `0`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    events: tuple[_Event, ...]
    limits: tuple[Version, ...]

    def covers(self, version: Version) -> bool:
        if self.limits and not any(version < limit for limit in self.limits):
            return False
        affected = False
        for event in self.events:
            reached = event.version is None or version >= event.version
            if event.kind == "introduced" and reached:
                affected = True
            elif (event.kind == "fixed" and reached) or (
                event.kind == "last_affected" and reached and version != event.version
            ):
                affected = False
        return affected


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedVersions:
    """Which versions of one package one record is about."""

    versions: frozenset[_Key]
    ranges: tuple[_Range, ...]
    passed_over: tuple[str, ...]
    """Strings of `versions` that PEP 440 does not know, beside a range that orders all."""

    def __contains__(self, version: Version) -> bool:
        return self._listed(version) or (
            version.local is not None and self._listed(Version(version.public))
        )

    def _listed(self, version: Version) -> bool:
        return key(version) in self.versions or any(each.covers(version) for each in self.ranges)

    def fixes(self, version: Version) -> frozenset[Version]:
        """Return the versions after `version` that end a range and are not affected themselves."""
        ends = {
            event.version
            for each in self.ranges
            for event in each.events
            if event.kind == "fixed" and event.version is not None
        }
        return frozenset(end for end in ends if end > version and end not in self)


def affected_versions(advisory: Advisory, name: str) -> AffectedVersions:
    """Return which versions of the package `name` are affected by `advisory`.

    Raises:
        CollectError: the record cannot be evaluated; naming its file.
    """
    versions: set[_Key] = set()
    passed_over: set[str] = set()
    ranges: list[_Range] = []
    for item in advisory.affected[name]:
        listed, unknown = _versions(item, advisory)
        ordered = [
            _range(each, advisory)
            for each in _list(item, "ranges", advisory)
            if not _is_git(each, advisory)
        ]
        if not ordered and unknown:
            raise unreadable(
                f"lists `{unknown[0]:.60}` of {name}, which is no version of PEP 440, and no range",
                advisory.entry,
            )
        if not ordered and not listed:
            raise unreadable(f"names {name} without versions or ranges", advisory.entry)
        versions |= listed
        passed_over.update(unknown)
        ranges += ordered
    return AffectedVersions(
        versions=frozenset(versions),
        ranges=tuple(ranges),
        passed_over=tuple(sorted(passed_over)),
    )


def _list(item: Mapping[str, Any], key: str, advisory: Advisory) -> list[Any]:
    value = item.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise unreadable(f"has `{key}` that is not a list", advisory.entry)
    return value


def _versions(item: Mapping[str, Any], advisory: Advisory) -> tuple[set[_Key], list[str]]:
    known: set[_Key] = set()
    unknown: list[str] = []
    for text in _list(item, "versions", advisory):
        if not isinstance(text, str):
            raise unreadable("lists a version that is not text", advisory.entry)
        found = _key_of(text)
        if found is None:
            unknown.append(text)
        else:
            known.add(found)
    return known, unknown


def _is_git(item: object, advisory: Advisory) -> bool:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in {"ECOSYSTEM", "GIT"}:
        raise unreadable(
            f"has a range of type {kind!r:.40}; PyPI is ordered by ECOSYSTEM", advisory.entry
        )
    return bool(kind == "GIT")


def _range(item: Mapping[str, Any], advisory: Advisory) -> _Range:
    events: list[_Event] = []
    limits: list[Version] = []
    unlimited = False
    for raw in _events(item, advisory):
        ((kind, text),) = raw.items()
        if not isinstance(text, str) or kind not in {*_ORDER, "limit"}:
            raise unreadable(f"has the event {kind!r:.40}, which is unknown", advisory.entry)
        if kind == "limit" and text == "*":
            unlimited = True
        elif kind == "introduced" and text == "0":
            events.append(_Event(kind=kind, version=None))
        else:
            version = _parse(text)
            if version is None:
                raise unreadable(
                    f"has a range with `{kind}` at `{text:.60}`, which is no version of PEP 440",
                    advisory.entry,
                )
            if kind == "limit":
                limits.append(version)
            else:
                events.append(_Event(kind=kind, version=version))
    if not any(event.kind == "introduced" for event in events):
        raise unreadable("has a range without `introduced`", advisory.entry)
    return _Range(events=_sorted(events), limits=() if unlimited else tuple(limits))


def _events(item: Mapping[str, Any], advisory: Advisory) -> list[dict[str, Any]]:
    events = _list(item, "events", advisory)
    if not all(isinstance(event, dict) and len(event) == 1 for event in events):
        raise unreadable("has an event that does not say exactly one thing", advisory.entry)
    return events


def _sorted(events: Iterable[_Event]) -> tuple[_Event, ...]:
    first = [event for event in events if event.version is None]
    later = [
        (event.version, _ORDER[event.kind], event) for event in events if event.version is not None
    ]
    later.sort(key=lambda each: each[:2])
    return (*first, *(event for _, _, event in later))


@lru_cache(maxsize=65_536)
def _key_of(text: str) -> _Key | None:
    version = _parse(text)
    return None if version is None else key(version)


def key(version: Version) -> _Key:
    """Return what is equal for two versions exactly when PEP 440 has them equal.

    Hashing a `Version` itself takes longer than everything else in a comparison.
    """
    release = version.release
    length = len(release)
    while length > 1 and not release[length - 1]:
        length -= 1
    return (
        version.epoch,
        release[:length],
        version.pre,
        version.post,
        version.dev,
        version.local,
    )


@lru_cache(maxsize=65_536)
def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
