"""Values of another kind than their column has: SQLite keeps any kind in any column.

A time that nobody can write, before 1970 or after 9999, is named too, and a state that no log is
in. Nothing else can be compared once a text stands where bytes should be, so that a check that
comes upon one ends by naming all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance_log.kinds import LAST_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_KINDS: Final = {"INTEGER": "integer", "TEXT": "text", "BLOB": "blob"}
"""SQLite's name for a value's kind, by the declared type of its column."""
_MAY_LACK: Final = frozenset({("record", "text")})
"""Table and kind of the columns that may be NULL, whatever the file's schema says by now."""
_LEAST: Final = {"epoch": 0, "size": 0, "published": -1}
"""Of the state's columns."""
_MOST: Final = 100
"""Rows of one column that are named."""


def problems(connection: Connection) -> Iterator[dict[str, str]]:
    """Yield each value of a wrong kind, up to 100 a column; only the state's where no SQLite is."""
    yield from _state(connection)
    if connection.dialect.name != "sqlite":
        return
    tables = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version' "
        "ORDER BY name"
    )
    for table in tables.scalars().all():
        columns = connection.exec_driver_sql(f"PRAGMA table_info({table})").all()
        keys = [str(row[1]) for row in sorted(columns, key=lambda row: row[5]) if row[5]]
        named = " || ' ' || ".join(f"quote({key})" for key in keys)
        for row in columns:
            name, declared = str(row[1]), str(row[2])
            kind = _KINDS.get(declared, declared)
            allowed = f"('{kind}', 'null')" if (table, kind) in _MAY_LACK else f"('{kind}')"
            found = connection.exec_driver_sql(
                f"SELECT {named}, typeof({name}) FROM {table} "  # noqa: S608 - the log's own names
                f"WHERE typeof({name}) NOT IN {allowed} LIMIT {_MOST}"
            )
            for key, is_kind in found.all():
                yield _problem(table, key, f"its {name} is {is_kind}, not {kind}")
            if name.endswith("_at") and kind == "integer":
                found = connection.exec_driver_sql(
                    f"SELECT {named}, {name} FROM {table} WHERE typeof({name}) = 'integer' "  # noqa: S608 - the same
                    f"AND {name} NOT BETWEEN 0 AND {LAST_SECOND} LIMIT {_MOST}"
                )
                for key, value in found.all():
                    yield _problem(table, key, f"its {name} is {value}, which is no time")


def _state(connection: Connection) -> Iterator[dict[str, str]]:
    found = connection.exec_driver_sql("SELECT id, epoch, size, published FROM state").all()
    for key, *values in found:
        for (name, least), value in zip(_LEAST.items(), values, strict=True):
            if type(value) is int and value < least:
                yield _problem("state", key, f"its {name} is {value}, less than {least}")


def _problem(table: str, key: object, message: str) -> dict[str, str]:
    return {"kind": "type", "where": f"{table} {str(key)[:100]}", "message": message}
