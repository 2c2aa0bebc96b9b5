"""A log's database on a PostgreSQL server: transactions, and what their errors mean.

A writing transaction locks the state row at its start: two writers never both read before one
writes, and whoever waits sees what the other one committed. Reading transactions see one moment
(REPEATABLE READ, READ ONLY). When a commit fails or its answer is lost, nobody knows whether it
was done: the writer says "not acknowledged", and looks again when it is opened anew.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pg8000
from sqlalchemy import create_engine, event, exc

from assurance.errors import LogError
from assurance_log.postgresql import bulk, durability
from assurance_log.postgresql.connection import (
    IDLE_SECONDS,
    LOCK_SECONDS,
    STATEMENT_SECONDS,
    UnsureCommitError,
    connect,
)
from assurance_log.postgresql.server_error import said, sqlstate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.engine.interfaces import ExceptionContext

    from assurance_log.postgresql.address import Address

_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LOCK: Final = (
    "SELECT lease_holder, lease_token, lease_until > clock_timestamp() FROM state FOR UPDATE"
)
_AGAIN: Final = "append again: what is logged keeps its index"
_REMEDIES: Final = {
    "53100": "the server's disk is full: make room there, then " + _AGAIN,
    "53200": "the server is out of memory: see to it, then " + _AGAIN,
    "53300": "the server takes no more connections: raise max_connections, or end some",
    "55P03": f"another writer holds the log for more than {LOCK_SECONDS} s: see what it does",
    "57014": f"a statement took longer than {STATEMENT_SECONDS} s, or somebody cancelled it; "
    + _AGAIN,
    "40001": "another transaction was in the way; " + _AGAIN,
    "40P01": "another transaction was in the way; " + _AGAIN,
    "25P03": f"this process stood still for {IDLE_SECONDS} s inside a transaction; " + _AGAIN,
    "42501": "use the role that `assurance log init --app-role` gave its rights",
    "42P01": "correct --log: this database has no log; a new one is made with `assurance log init`",
    "25006": "the server is a standby now: name the new primary in --log",
}
"""What to do, by SQLSTATE (appendix A of PostgreSQL's manual)."""
_FAILURES: Final = (exc.DBAPIError, pg8000.Error, UnsureCommitError)
_LOST: Final = ("08", "57P", "25P03")
"""Beginnings of the SQLSTATEs after which there is no session any more."""


class PostgresDatabase:
    """One database. Not to be shared between threads that write at the same time."""

    def __init__(self, address: Address, *, read_only: bool = False, connections: int = 1) -> None:
        """Connect lazily: with the first transaction.

        Args:
            address: Where it is.
            read_only: Let the server refuse every write; a standby will do then.
            connections: Kept open for threads that read at the same time.
        """
        self.where = str(address)
        self.lease_token: str | None = None
        """Of the lease that this process writes under (`lease`); None: under none."""
        self._read_only = read_only
        self._engine: Engine = create_engine(
            "postgresql+pg8000://",
            creator=lambda: connect(address, read_only=read_only),
            pool_size=connections,
            max_overflow=3,
            pool_pre_ping=True,
        )
        event.listen(self._engine, "begin", _begin)
        event.listen(self._engine, "before_cursor_execute", _marks, retval=True)
        event.listen(self._engine, "do_executemany", _copy)
        event.listen(self._engine, "handle_error", _session_ended)
        if not read_only:
            event.listen(self._engine, "connect", self._demand_durability)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that holds the state row; commit at the end.

        Raises:
            LogError: the row was not had in time, another process has the lease, or the server
                or the way to it failed.
        """
        with self._transaction(_WRITE) as connection:
            self._demand_turn(connection.connection.driver_connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database.

        Raises:
            LogError: the database cannot be read.
        """
        with self._transaction(_READ) as connection:
            yield connection

    @contextmanager
    def define(self) -> Iterator[Connection]:
        """Give a transaction that asks nobody whose turn it is: for the schema, and the lease.

        Raises:
            LogError: as `write`.
        """
        with self._transaction(_WRITE) as connection:
            yield connection

    def failure(self) -> str | None:
        """Return None: a server that recovers can be written to again."""
        return None

    def weaknesses(self) -> tuple[str, ...]:
        """Say what about the server is allowed and weaker than it could be.

        Raises:
            LogError: the server does not answer.
        """
        with self.read() as connection:
            return durability.weaknesses(durability.settings(connection))

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(begin=begin)
                try:
                    with connection.begin():
                        yield connection
                except _FAILURES:
                    connection.invalidate()  # the next transaction has a session of its own
                    raise
        except _FAILURES as err:
            raise self._translated(err) from err

    def _translated(self, err: Exception) -> LogError:
        cause = err.orig if isinstance(err, exc.DBAPIError) and err.orig is not None else err
        if isinstance(cause, UnsureCommitError):
            return LogError(
                f"the database server committed and warned: {cause}",
                remedy="not acknowledged: it may be lost when a standby takes over. See to the "
                "standby, then " + _AGAIN,
                where=self.where,
            )
        state = sqlstate(cause)
        if (state.startswith(_LOST) or not state) and state not in _REMEDIES:
            return LogError(
                f"the connection to the log's database was lost: {said(cause)}",
                remedy="nobody knows whether the last commit was done: " + _AGAIN,
                where=self.where,
            )
        return LogError(
            f"the log's database failed: {said(cause)}",
            remedy=_REMEDIES.get(state, "see what the server says, and run `assurance log check`"),
            where=self.where,
        )

    def _demand_durability(self, raw: Any, _record: object) -> None:
        found = raw.execute_simple(durability.QUERY).rows
        durability.demand({str(name): str(value) for name, value in found}, self.where)

    def _demand_turn(self, driver: Any) -> None:
        """Lock the state row, and see that no other process has the lease."""
        found = driver.execute_simple(_LOCK).rows
        if not found:
            return  # `rows.state` says that the row is gone
        holder, token, is_running = found[0]
        if self.lease_token is not None and token != self.lease_token:
            raise LogError(
                f"this process has no lease on the log any more: {holder or 'nobody'} has it",
                remedy="start again: what is logged keeps its index",
                where=self.where,
            )
        if self.lease_token is None and token and is_running:
            raise LogError(
                f"{holder} has the lease on the log and writes it",
                remedy="append there, or stop it first",
                where=self.where,
            )


def _begin(connection: Connection) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute_simple(connection.get_execution_options().get("begin", _READ))


def _marks(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: Any
) -> tuple[str, Any]:
    """Write parameters as pg8000 does; our own statements have none but `?`, and no `%`."""
    return (statement if many else statement.replace("?", "%s")), parameters


def _session_ended(context: ExceptionContext) -> None:
    """Tell the pool of errors after which the server has ended the session."""
    cause = context.original_exception
    if sqlstate(cause).startswith(_LOST):
        context.is_disconnect = True


def _copy(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
    cursor.execute(bulk.statement(statement), stream=bulk.stream(parameters))
    return True
