"""Looks whether the database still has its tables and triggers, as the migrations made them.

Whoever can write to the file can drop a trigger, change rows, and leave it away or write another
one: rows may look whole then, and the next mistake goes through. A schema is compared by a digest
of its statements; only where that differs are the statements made again, to name what is wrong.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance_log import migrate

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

SCHEMA_SHA256: Final = "3939c3f5b690a80062c22446e6a7139b35d4410b05d6bd058bc1648598f57f0f"
"""Of the newest schema's statements, as `digest` takes it; a test computes it again."""
_STATEMENTS: Final = (
    "SELECT type, name, sql FROM sqlite_master "
    "WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version' ORDER BY name"
)
Statements = dict[str, tuple[str, str]]
"""Name to (kind, definition)."""


def statements(connection: Connection) -> Statements:
    """Return each table, trigger, index and view: name to (type, statement)."""
    found = connection.exec_driver_sql(_STATEMENTS)
    return {str(name): (str(kind), str(sql)) for kind, name, sql in found}


def digest(found: Statements) -> str:
    """Return the SHA-256 of a schema's statements, hex."""
    lines = (f"{kind} {name} {sql}\n" for name, (kind, sql) in found.items())
    return sha256("".join(lines).encode()).hexdigest()


def changed(connection: Connection) -> tuple[str, ...]:
    """Name what is missing, changed or added; nothing for a whole schema.

    A second row of the table that names the schema is one more. On PostgreSQL, rights that somebody
    beside the owner should not have are named too.
    """
    told = _versions(connection)
    if connection.dialect.name == "postgresql":
        from assurance_log.postgresql import catalog, rights

        differ = compared(catalog.found(connection), catalog.expected())
        return (*differ, *rights.excess(connection), *told)
    found = statements(connection)
    return told if digest(found) == SCHEMA_SHA256 else (*compared(found, _fresh()), *told)


def _versions(connection: Connection) -> tuple[str, ...]:
    found = migrate.revisions(connection)
    if len(found) < 2:  # noqa: PLR2004 - none: whoever opens a log says so
        return ()
    named = ", ".join(version[:40] for version in found)
    return (f"the table alembic_version has rows for {named}; a log is of one schema",)


def compared(found: Statements, expected: Statements) -> tuple[str, ...]:
    """Name what is missing, changed or added."""
    told = []
    for name in sorted(found.keys() | expected.keys()):
        kind = (found.get(name) or expected[name])[0]
        if name not in found:
            told.append(f"the {kind} {name} is missing")
        elif name not in expected:
            told.append(f"the {kind} {name} is not the log's")
        elif found[name] != expected[name]:
            told.append(f"the {kind} {name} is not as the log made it")
    return tuple(told)


def _fresh() -> Statements:
    """Return the statements of a schema made now, in memory."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            migrate.upgrade(connection)
            return statements(connection)
    finally:
        engine.dispose()
