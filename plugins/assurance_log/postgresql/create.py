"""Makes a new log in a PostgreSQL database: a schema of its own, and a role that may append."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import UsageError
from assurance_log import create as anywhere
from assurance_log import migrate, rows
from assurance_log.postgresql import rights
from assurance_log.postgresql.database import PostgresDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from assurance.tlog import note_key
    from assurance_log.postgresql.address import Address
    from assurance_log.signing import Sign


def create(
    address: Address,
    origin: str,
    sign: Sign,
    public: bytes,
    *,
    anchor: Path | None,
    app_role: str | None,
) -> note_key.NoteKey:
    """Make the schema as the address' role, who owns it; sign the empty tree; write the anchor.

    Args:
        address: Of a database that is there and has no log in it.
        origin: The log's name.
        sign: The new key.
        public: Its 32 raw bytes.
        anchor: Where the anchor goes; may not be there.
        app_role: The role that will append; it is there, and is not the owner.

    Raises:
        UsageError: no role is given or there is none, the database has a log, or the anchor is
            there already.
        LogError: the server failed, or does not keep what it commits.
    """
    if app_role is None:
        raise UsageError(
            "who made the log could remove what is in it: another role has to append",
            remedy="make one (CREATE ROLE … LOGIN), and give its name",
            where="--app-role",
        )
    files = (anchor,) if anchor else ()
    key = anywhere.prepare(origin, public, files)
    anywhere.reserve(files)
    database = PostgresDatabase(address)
    try:
        with database.define() as connection:
            _make_schema(connection, database.where)
            migrate.upgrade(connection)
            rows.create(connection, origin, key.vkey())
            rights.grant(connection, app_role)
        try:
            anywhere.first_checkpoint(database, sign, key, anchor)
        except BaseException:
            with database.define() as connection:
                connection.exec_driver_sql("DROP SCHEMA assurance_log CASCADE")
            raise
    except BaseException:  # an interruption, too, leaves nothing half made
        anywhere.take_away(files)
        raise
    finally:
        database.close()
    return key


def _make_schema(connection: Connection, where: str) -> None:
    found = connection.exec_driver_sql(
        "SELECT 1 FROM pg_namespace WHERE nspname = 'assurance_log'"
    ).first()
    if found is not None:
        raise UsageError(
            "the database has a log already, and a log is never made anew over one",
            remedy="append to the log that is there, or give another database",
            where=where,
        )
    connection.exec_driver_sql("CREATE SCHEMA assurance_log")
