"""Finds checkpoints: by size, time, key and witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.value import Value
from assurance_log import rows

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
    """Yield at most `limit` checkpoints, newest first."""
    spans = _spans(connection, filters.key)
    if not spans:
        return
    where, values = _conditions(filters)
    turns = " OR ".join("(size >= ? AND size < ?)" for _ in spans)
    found = connection.exec_driver_sql(
        f"SELECT size, note, chain, signed_at FROM checkpoint WHERE ({turns}) AND {where} "  # noqa: S608 - the conditions are constants, every value is bound
        "ORDER BY size DESC LIMIT ?",
        (*(bound for span in spans for bound in span), *values, limit),
    )
    for size, note, chain, signed_at in found.all():
        yield rows.StoredCheckpoint(
            size=int(size), note=bytes(note), chain=bytes(chain), signed_at=int(signed_at)
        )


_END = 2**63 - 1
_WITNESSED = (
    "EXISTS (SELECT 1 FROM cosignature WHERE cosignature.size = checkpoint.size "
    "AND cosignature.name = ?)"
)


def _conditions(filters: CheckpointFilters) -> tuple[str, tuple[Any, ...]]:
    given = [
        (filters.first, "size >= ?"),
        (filters.last, "size <= ?"),
        (filters.since, "signed_at >= ?"),
        (filters.until, "signed_at <= ?"),
        (filters.witness, _WITNESSED),
    ]
    used = [(condition, value) for value, condition in given if value is not None]
    return (
        " AND ".join(["1 = 1", *(condition for condition, _ in used)]),
        tuple(value for _, value in used),
    )


def _spans(connection: Connection, key: str | None) -> list[tuple[int, int]]:
    """Return the sizes [from, to) that a key signs, all of them for None."""
    if key is None:
        return [(0, _END)]
    vkeys = rows.vkeys(connection)
    ends = [start for start, _ in vkeys[1:]] + [_END]
    return [
        (start, end)
        for (start, vkey), end in zip(vkeys, ends, strict=True)
        if vkey.split("+", 2)[1] == key  # the key's base64 may have a + in it, the name has none
    ]
