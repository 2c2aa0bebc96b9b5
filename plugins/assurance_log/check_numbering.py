"""Rows that were removed from between others, in tables that nothing else counts.

A row that only grows a table has the number after the last one's; none is given twice, and a
transaction that is rolled back gives its numbers back. Where a number is missing, its row was
there. What was removed from the end is not seen: the next row has its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


def problems(connection: Connection, table: str, kind: str) -> Iterator[dict[str, str]]:
    """Yield one finding where rows are gone; nothing where SQLite is not behind.

    Args:
        connection: In the check's transaction.
        table: Of the log, with SQLite's own numbers beside its key.
        kind: Of the finding.
    """
    if connection.dialect.name != "sqlite":
        return
    count, last = connection.exec_driver_sql(
        f"SELECT count(*), coalesce(max(rowid), 0) FROM {table}"  # noqa: S608 - our names
    ).one()
    if count == last:
        return
    first = connection.exec_driver_sql(
        f"SELECT min(at) + 1 FROM (SELECT 0 AS at UNION ALL SELECT rowid FROM {table}) "  # noqa: S608 - our names
        f"WHERE at + 1 NOT IN (SELECT rowid FROM {table})"
    ).scalar_one()
    yield {
        "kind": kind,
        "where": f"{table}, row {first}",
        "message": f"it is gone: of the rows up to {last}, {count} are there",
    }
