"""Brings a database to the schema of this version, in one transaction, through Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection

KNOWN: Final = ("0001", "0002", "0003")
"""Every released schema, oldest first."""
NEWEST: Final = KNOWN[-1]
"""The schema that this version reads and writes."""


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = NEWEST) -> None:
    """Upgrade inside the caller's transaction; the caller commits or rolls back."""
    from alembic import command

    command.upgrade(_config(connection), revision)


def version_schema(connection: Connection) -> str | None:
    """Return the schema that the table with the revision is in; None where there are none."""
    return "assurance_log" if connection.dialect.name == "postgresql" else None


_VERSION_TABLE: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT relname FROM pg_class "
    "WHERE oid = to_regclass('assurance_log.alembic_version')",
}


def revision(connection: Connection) -> str | None:
    """Return the schema's revision; None for a database that has none.

    Of several, which no migration leaves, it is the newest: `guards.changed` names them.
    """
    found = revisions(connection)
    return NEWEST if NEWEST in found else next(iter(found), None)


def revisions(connection: Connection) -> tuple[str, ...]:
    """Return each row of the table with the revision, sorted."""
    if connection.exec_driver_sql(_VERSION_TABLE[connection.dialect.name]).first() is None:
        return ()
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version LIMIT 3")
    return tuple(sorted(str(row[0]) for row in found))
