"""Which checkpoints are of a time: ranges of tree sizes, found without reading those outside.

Checkpoints are in the order of their times for as long as the log's clock goes forward, so that a
time is searched by halves. Where the clock was set back, the database has noted it: between two
such places the order holds. A range is [from, to), and a list of them is newest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance import timestamps
from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

END: Final = 2**63 - 1
"""No log has so many entries."""
_FIRST_SINCE: Final = """
    SELECT low FROM (
        WITH RECURSIVE half (low, high) AS (
            SELECT CAST(? AS BIGINT), CAST(? AS BIGINT)
            UNION ALL
            SELECT CASE WHEN found.signed_at < ? THEN found.size + 1 ELSE half.low END,
                CASE WHEN found.signed_at < ? THEN half.high ELSE (half.low + half.high) / 2 END
            FROM half LEFT JOIN checkpoint AS found ON found.size = (
                SELECT min(size) FROM checkpoint
                WHERE size >= (half.low + half.high) / 2 AND size < half.high
            )
            WHERE half.low < half.high
        )
        SELECT low FROM half WHERE low = high
    ) AS searched""".strip()
"""A search by halves, as a time has no index; between two checkpoints, any size will do."""
_COVERED: Final = """
    SELECT coalesce((SELECT max(size) FROM checkpoint WHERE size < ?), 0),
        coalesce((SELECT max(size) FROM checkpoint WHERE size >= ? AND size < ?), 0)""".strip()
Span = tuple[int, int]


def second(text: str, *, what: str, is_end: bool = False) -> int:
    """Return a bound of a time span in seconds since 1970: the log's times are whole seconds.

    Args:
        text: An RFC 3339 time.
        what: Name of the value, for messages.
        is_end: Take the last second that is not after `text`, not the first that is not before.

    Raises:
        FormatError: it is no time.
    """
    moment = timestamps.parse(text, what=what)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole + 1 if moment.microsecond and not is_end else whole


def of_time(connection: Connection, since: int | None, until: int | None) -> list[Span]:
    """Return the sizes of the checkpoints that were signed from `since` to `until`, both included.

    Args:
        connection: In one read transaction.
        since: Seconds since 1970; None: from the beginning.
        until: Seconds since 1970; None: until now.
    """
    if since is None and until is None:
        return [(0, END)]
    steps = rows.clock_steps(connection)
    end = rows.state(connection).size + 1
    found: list[Span] = []
    for start, stop in zip(reversed((0, *steps)), reversed((*steps, end)), strict=True):
        first = start if since is None else _first_since(connection, start, stop, since)
        last = stop if until is None else _first_since(connection, first, stop, until + 1)
        if first < last:
            found.append((first, last))
    return found


def covered(connection: Connection, spans: Sequence[Span]) -> list[Span]:
    """Return the indexes of the entries whose first checkpoint is of one of these sizes."""
    found = [_covered(connection, *span) for span in spans]
    return [(first, end) for first, end in found if first < end]


def both(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return what two lists of ranges have in common, newest first."""
    parts = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return sorted((part for part in parts if part[0] < part[1]), reverse=True)


def _first_since(connection: Connection, start: int, end: int, time: int) -> int:
    """Return a size where the checkpoints of a time or later begin, from `start` on; else `end`.

    Args:
        connection: In a transaction.
        start: The first size to look at.
        end: The size after the last one; between them the clock went forward.
        time: Seconds since 1970.
    """
    return int(connection.exec_driver_sql(_FIRST_SINCE, (start, end, time, time)).scalar_one())


def _covered(connection: Connection, start: int, end: int) -> tuple[int, int]:
    """Return the range of the entries whose first checkpoint is of a size in [start, end)."""
    row = connection.exec_driver_sql(_COVERED, (start, start, end)).one()
    return int(row[0]), int(row[1])
