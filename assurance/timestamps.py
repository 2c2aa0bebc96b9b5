"""RFC 3339 times: strict reading, and the one form that `assurance` writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from assurance.errors import FormatError

_RFC_3339: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,30}))?(?:Z|([+-])(\d{2}):(\d{2}))",
    re.ASCII,
)
_SHOWN: Final = 40
_HOURS: Final = 23
_MINUTES: Final = 59


def parse(text: str, *, what: str) -> datetime:
    """Return the moment that `text` names, in UTC.

    Accepts `2026-11-23T07:01:00Z` with any fraction (cut to microseconds) and with a
    numeric offset in place of `Z`. Leap seconds, lower-case letters, a missing offset and a
    space in place of `T` are refused.

    Args:
        text: An RFC 3339 `date-time`, section 5.6.
        what: Name of the value with its place, for messages.

    Raises:
        FormatError: `text` is no such time, or lies outside the years 1 to 9999.
    """
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise _error(text, what)
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(0)
    if sign is not None:
        if int(hours) > _HOURS or int(minutes) > _MINUTES:
            raise _error(text, what)
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        offset = -offset if sign == "-" else offset
    try:
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second),
            int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise _error(text, what) from err


def format_utc(moment: datetime) -> str:
    """Return `moment` as `2026-11-23T07:01:00Z`; parts of a second are cut off.

    Raises:
        ValueError: `moment` has no time zone, which is a bug of the caller.
    """
    if moment.tzinfo is None:
        msg = f"a time without a zone: {moment!r}"
        raise ValueError(msg)
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _error(text: str, what: str) -> FormatError:
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return FormatError(
        f"{shown!r} is not an RFC 3339 time",
        remedy="write times as 2026-11-23T07:01:00Z",
        where=what,
    )
