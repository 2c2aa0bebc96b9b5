"""From when a piece of evidence is: its *as-of* time, and how its age reads.

Rules (design section 5, "Freshness" and "Time"): a kind's own times count, the oldest of
them; claimed times make evidence older than its collection, never younger; exactly at the
limit is fresh; more than five minutes in the future is not known; no time at all is stale.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from assurance import timestamps
from assurance.errors import FormatError
from assurance.model import Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance.predicates import Kind

CLOCK_SKEW = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""


def as_of(
    kind: Kind, predicate: Mapping[str, Any], collected_at: datetime | None, *, now: datetime
) -> datetime | None:
    """Return the as-of time of a predicate, or None where one of its times is not there.

    A time that lies in the future is returned as it is, so that `reading` refuses it.
    """
    if not kind.as_of:
        return collected_at
    times = [_time_at(predicate, path) for path in kind.as_of]
    known = [moment for moment in times if moment is not None]
    if len(known) != len(times):
        return None
    latest = max(known)
    if latest - now > CLOCK_SKEW:
        return latest
    return min(known) if collected_at is None else min(*known, collected_at)


def _time_at(predicate: Mapping[str, Any], path: str) -> datetime | None:
    value: Any = predicate
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    if not isinstance(value, str):
        return None
    try:
        return timestamps.parse(value, what=path)
    except FormatError:
        return None


def reading(moment: datetime | None, max_age_seconds: int | None, *, now: datetime) -> Status:
    """Return how evidence as of `moment` reads at `now`: PASS, STALE or INDETERMINATE.

    `max_age_seconds` None means that no limit is set; the future is refused even then.
    """
    if moment is None:
        return Status.STALE
    if moment - now > CLOCK_SKEW:
        return Status.INDETERMINATE
    if max_age_seconds is not None and now - moment > timedelta(seconds=max_age_seconds):
        return Status.STALE
    return Status.PASS
