"""Finds entries: by release, predicate type, subject, signer, verdict, time and index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.value import Value
from assurance_log import records, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


class Filters(Value):
    """What an entry must be; None: anything."""

    release: str | None = None
    """`NAME` or `NAME@VERSION`."""
    predicate_type: str | None = None
    subject: str | None = None
    """A digest in hex."""
    signer: str | None = None
    """A key id; its first characters are enough."""
    verdict: str | None = None
    since: int | None = None
    """Seconds since 1970 UTC: first covered by a checkpoint of this time or later."""
    until: int | None = None
    first: int | None = None
    last: int | None = None


class Listed(Value):
    """One entry."""

    index: int
    body: bytes
    logged_at: int | None
    """When the first checkpoint that covers it was signed, by this machine's clock."""
    record: records.Record | None


def find(connection: Connection, filters: Filters, *, limit: int) -> Iterator[Listed]:
    """Yield at most `limit` entries, newest first."""
    where, values = _conditions(filters)
    found = connection.exec_driver_sql(
        f"SELECT entry.idx, entry.body, {_LOGGED_AT} FROM entry "  # noqa: S608 - the conditions are constants, every value is bound
        f"LEFT JOIN record ON record.idx = entry.idx WHERE {where} "
        "ORDER BY entry.idx DESC LIMIT ?",
        (*values, limit),
    )
    for idx, body, logged_at in found.all():
        yield Listed(
            index=idx,
            body=bytes(body),
            logged_at=logged_at,
            record=records.stored(connection, idx),
        )


_LOGGED_AT = "(SELECT signed_at FROM checkpoint WHERE size > entry.idx ORDER BY size LIMIT 1)"
_FIELD = "entry.idx IN (SELECT idx FROM record_field WHERE field = ? AND value = ?)"
_FIELD_PREFIX = (
    "entry.idx IN (SELECT idx FROM record_field WHERE field = ? AND value >= ? AND value < ?)"
)


def _conditions(filters: Filters) -> tuple[str, tuple[Any, ...]]:
    name, _, version = (filters.release or "").partition("@")
    signer = filters.signer or ""
    given: list[tuple[object, str, tuple[Any, ...]]] = [
        (name, "record.release = ?", (name,)),
        (version, "record.version = ?", (version,)),
        (filters.verdict, "record.verdict = ?", (filters.verdict,)),
        (filters.predicate_type, _FIELD, (records.PREDICATE_TYPE, filters.predicate_type)),
        (filters.subject, _FIELD, (records.SUBJECT, filters.subject)),
        (signer, _FIELD_PREFIX, (records.SIGNER, signer, signer + "\x7f")),
        (filters.since is not None, f"{_LOGGED_AT} >= ?", (filters.since,)),
        (filters.until is not None, f"{_LOGGED_AT} <= ?", (filters.until,)),
        (filters.first is not None, "entry.idx >= ?", (filters.first,)),
        (filters.last is not None, "entry.idx <= ?", (filters.last,)),
    ]
    used = [(condition, bound) for wanted, condition, bound in given if wanted]
    return (
        " AND ".join(["1 = 1", *(condition for condition, _ in used)]),
        tuple(value for _, bound in used for value in bound),
    )


def size(connection: Connection) -> int:
    """Return how many entries the log has."""
    return rows.state(connection).size
