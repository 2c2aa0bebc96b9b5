"""Finds entries: by release, predicate type, subject, signer, verdict, time and index."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assurance.errors import UsageError
from assurance.value import Value
from assurance_log import kinds, records, rows, time_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection


_DIGEST: Final = re.compile(r"(?:[a-z0-9]+:)?([0-9A-Fa-f]{32,128})")


def digest(text: str) -> str | None:
    """Return a subject's digest in lower-case hex; None where it is none.

    Its algorithm may stand before it, as in `sha256:`, and is left away.
    """
    found = _DIGEST.fullmatch(text)
    return None if found is None else found[1].lower()


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
    """Yield at most `limit` entries, newest first.

    One filter costs the same wherever the entries are that it finds. Of several, the one that
    finds the fewest is followed, and what it finds is compared with the others.

    Raises:
        UsageError: the signer's first characters are those of too many keys.
    """
    rows.by_index(connection)
    found = list(_indexes(connection, filters, limit))
    for start in range(0, len(found), _PART):
        yield from _listed(connection, found[start : start + _PART])


def _listed(connection: Connection, indexes: Sequence[int]) -> Iterator[Listed]:
    known = records.stored_of(connection, indexes)
    within, values = rows.among(connection, indexes)
    found = connection.exec_driver_sql(
        f"SELECT idx, body, {_LOGGED_AT} FROM entry WHERE idx {within} ORDER BY idx DESC",  # noqa: S608 - marks only
        values,
    )
    for idx, body, logged_at in found.all():
        yield Listed(
            index=kinds.integer(idx),
            body=kinds.blob(body),
            logged_at=None if logged_at is None else kinds.seconds(logged_at),
            record=known.get(idx),
        )


_PART: Final = 256
"""Entries that are read at a time: at most 16 MiB."""
_LOGGED_AT = (
    "(SELECT coalesce(signed_at, -1) FROM checkpoint WHERE size > entry.idx ORDER BY size LIMIT 1)"
)
"""NULL: none covers it. A checkpoint without a time, which nobody wrote, is no reason to say so."""
_COUNTED: Final = 1000
"""Entries up to which is counted to see which filter finds the fewest."""
_MOST_KEYS: Final = 50
"""Keys that a signer's first characters may stand for."""


class _Rows(Value):
    """Rows of a table with an index that begins with these columns and ends with `idx`."""

    table: str
    columns: str
    values: tuple[str, ...]

    @property
    def condition(self) -> str:
        """What is true of them."""
        return " AND ".join(f"{column} = ?" for column in self.columns.split())


_List = tuple[_Rows, ...]
"""What one filter finds: the entries of any of these rows."""


def _lists(connection: Connection, filters: Filters) -> list[_List]:
    """Return what each filter finds, those first that find the fewest in most logs."""

    def fields(name: str, *values: str) -> _List:
        return tuple(
            _Rows(table="record_field", columns="field value", values=(name, value))
            for value in values
        )

    found = []
    if filters.subject is not None:
        found.append(fields(records.SUBJECT, filters.subject))
    if filters.release is not None:
        found.append(_release(filters.release))
    if filters.signer is not None:
        found.append(fields(records.SIGNER, *_keys(connection, filters.signer)))
    if filters.predicate_type is not None:
        found.append(fields(records.PREDICATE_TYPE, filters.predicate_type))
    if filters.verdict is not None:
        found.append((_Rows(table="record", columns="verdict", values=(filters.verdict,)),))
    return found


def _release(text: str) -> _List:
    """Return what NAME or NAME@VERSION finds; a name may have an @ in it."""
    found = [_Rows(table="record", columns="release", values=(text,))]
    name, _, version = text.rpartition("@")
    if name and version:
        found.append(_Rows(table="record", columns="release version", values=(name, version)))
    return tuple(found)


def _keys(connection: Connection, prefix: str) -> list[str]:
    """Return the key ids that begin so, each found from the one before it."""
    found: list[str] = []
    after = prefix
    condition = "value >= ?"
    while len(found) <= _MOST_KEYS:
        value = connection.exec_driver_sql(
            f"SELECT min(value) FROM record_field WHERE field = ? AND {condition}",  # noqa: S608 - one of two constants
            (records.SIGNER, after),
        ).scalar()
        if value is None or not kinds.text(value).startswith(prefix):
            return found
        found.append(value)
        after, condition = value, "value > ?"
    raise UsageError(
        f"more than {_MOST_KEYS} keys begin with {prefix[:80]!r}",
        remedy="give more of the key's id",
        where="signer",
    )


def _indexes(connection: Connection, filters: Filters, limit: int) -> Iterator[int]:
    """Yield at most `limit` indexes, newest first."""
    lists = _lists(connection, filters)
    if not all(lists):
        return
    if len(lists) > 1:
        lists.sort(key=lambda rows_of: _count(connection, rows_of))
    left = limit
    for span in _spans(connection, filters):
        statement, values = page(lists, span, left)
        found = connection.exec_driver_sql(statement, values).scalars().all()
        yield from map(kinds.integer, found)
        left -= len(found)
        if not left:
            return


def _spans(connection: Connection, filters: Filters) -> list[time_spans.Span]:
    wanted = [(filters.first or 0, time_spans.END if filters.last is None else filters.last + 1)]
    if filters.since is None and filters.until is None:
        return wanted
    signed = time_spans.of_time(connection, filters.since, filters.until)
    return time_spans.both(wanted, time_spans.covered(connection, signed))


def _count(connection: Connection, rows_of: _List) -> int:
    """Return how many entries a filter finds, as far as that is worth counting."""
    count = 0
    for part in rows_of:
        count += connection.exec_driver_sql(
            f"SELECT count(*) FROM (SELECT 1 FROM {part.table} WHERE {part.condition} LIMIT ?) "  # noqa: S608 - our names
            "AS counted",
            (*part.values, _COUNTED),
        ).scalar_one()
    return count


def page(
    lists: Sequence[_List], span: time_spans.Span, limit: int
) -> tuple[str, tuple[object, ...]]:
    """Return the statement that finds indexes in a span, newest first, and what is bound in it.

    The first list is read in its order until there are enough; a database may not turn the others
    into joins, which it could begin with: each is a question to an index, asked for each row.
    """
    first, *others = lists or [(_Rows(table="entry", columns="", values=()),)]
    asked = ""
    asked_values: list[object] = []
    for other in others:
        parts = [
            f"(SELECT 1 FROM {part.table} AS other WHERE {part.condition} "  # noqa: S608 - our names
            "AND other.idx = found.idx) = 1"
            for part in other
        ]
        asked += f" AND ({' OR '.join(parts)})"
        asked_values += [value for part in other for value in part.values]
    arms: list[str] = []
    values: list[object] = []
    for part in first:
        condition = f"{part.condition} AND " if part.columns else ""
        arms.append(
            f"SELECT idx FROM {part.table} AS found WHERE {condition}"  # noqa: S608 - our names
            f"idx >= ? AND idx < ?{asked} ORDER BY idx DESC LIMIT ?"
        )
        values += [*part.values, *span, *asked_values, limit]
    if len(arms) == 1:
        return arms[0], tuple(values)
    each = (f"SELECT idx FROM ({arm}) AS arm_{at}" for at, arm in enumerate(arms))  # noqa: S608 - ours
    return f"{' UNION '.join(each)} ORDER BY idx DESC LIMIT ?", (*values, limit)


def size(connection: Connection) -> int:
    """Return how many entries the log has."""
    return rows.state(connection).size
