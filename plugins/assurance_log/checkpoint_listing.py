"""Finds checkpoints: by size, time, key and witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.value import Value
from assurance_log import kinds, rows, time_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


class CheckpointFilters(Value):
    """What a checkpoint must be; None: anything."""

    first: int | None = None
    """Entries at least."""
    last: int | None = None
    """Entries at most."""
    since: int | None = None
    """Seconds since 1970 UTC: signed at this time or later, by the log's own clock."""
    until: int | None = None
    key: str | None = None
    """The hash of the log's key, eight digits of hex, as it stands in a vkey."""
    witness: str | None = None
    """Name of a witness that signed it too."""


def find(
    connection: Connection, filters: CheckpointFilters, *, limit: int
) -> Iterator[rows.StoredCheckpoint]:
    """Yield at most `limit` checkpoints, newest first; it costs the same wherever they are."""
    rows.by_index(connection)
    left = limit
    for span in _spans(connection, filters):
        statement, values = page(filters.witness, span, left)
        for size, note, chain, signed_at in connection.exec_driver_sql(statement, values).all():
            left -= 1
            yield rows.StoredCheckpoint(
                size=kinds.integer(size),
                note=kinds.blob(note),
                chain=kinds.blob(chain),
                signed_at=kinds.seconds(signed_at),
            )
        if not left:
            return


_CHECKPOINTS: Final = "SELECT size, note, chain, signed_at FROM checkpoint"
_NEWEST_FIRST: Final = "ORDER BY size DESC"


def page(
    witness: str | None, span: time_spans.Span, limit: int
) -> tuple[str, tuple[str | int, ...]]:
    """Return the statement that finds checkpoints in a span, newest first, and what is bound."""
    if witness is None:
        return f"{_CHECKPOINTS} WHERE size >= ? AND size < ? {_NEWEST_FIRST} LIMIT ?", (
            *span,
            limit,
        )
    # A witness may have signed with two keys.
    sizes = (
        "SELECT DISTINCT size FROM cosignature WHERE name = ? AND size >= ? AND size < ? "  # noqa: S608 - our names
        f"{_NEWEST_FIRST} LIMIT ?"
    )
    return f"{_CHECKPOINTS} WHERE size IN ({sizes}) {_NEWEST_FIRST}", (witness, *span, limit)


def _spans(connection: Connection, filters: CheckpointFilters) -> list[time_spans.Span]:
    last = time_spans.END if filters.last is None else filters.last + 1
    found = time_spans.both([(filters.first or 0, last)], _of_key(connection, filters.key))
    if filters.since is None and filters.until is None:
        return found
    return time_spans.both(found, time_spans.of_time(connection, filters.since, filters.until))


def _of_key(connection: Connection, key: str | None) -> list[time_spans.Span]:
    """Return the sizes that a key signs, all of them for None."""
    if key is None:
        return [(0, time_spans.END)]
    vkeys = rows.vkeys(connection)
    ends = [start for start, _ in vkeys[1:]] + [time_spans.END]
    return [
        (start, end)
        for (start, vkey), end in zip(vkeys, ends, strict=True)
        if vkey.split("+", 2)[1] == key  # the key's base64 may have a + in it, the name has none
    ]
