"""Which of several servers of one log is its sequencer: a lease, by the database's clock.

The lease stands in the state row. Taking it over raises the epoch, which fences off the writer
that had it; and every writing transaction locks the row and looks whose lease it is, so that a
server that stood still and wakes cannot commit. Nothing rests on the servers' own clocks. Who finds
the lease run out ends a session that holds that row and waits for its client: a server that stands
still in the middle of its transaction is not in the way of the next one.

How a server uses it:

    lease = Lease(store.connect(where), "node-1 https://node-1.example")
    if lease.hold():        # the sequencer now
        ...                 # open the writer on the same store; renew() every few seconds
    else:
        lease.holder()      # who is: send appends there

A log in a file needs none: whoever has its write lock writes.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, UsageError
from assurance.value import Value

if TYPE_CHECKING:
    from assurance_log.postgresql.database import PostgresDatabase

SECONDS: Final = 15
"""How long a lease lasts unless it is renewed; renew at a third of it."""
STILL_SECONDS: Final = 10
"""How old a transaction is whose client has to be asleep, once the lease has run out."""
MAX_NAME: Final = 200
_HOLD: Final = (
    "UPDATE state SET epoch = epoch + 1, lease_holder = ?, lease_token = ?, "
    "lease_until = clock_timestamp() + make_interval(secs => ?) "
    "WHERE id = 1 AND (lease_token = '' OR lease_until <= clock_timestamp())"
)
_FREE: Final = "SELECT 1 FROM state WHERE lease_token = '' OR lease_until <= clock_timestamp()"
_END_SLEEPERS: Final = (
    "SELECT pg_terminate_backend(held.pid) FROM pg_locks AS held "
    "JOIN pg_stat_activity AS other ON other.pid = held.pid "
    "WHERE held.relation = 'assurance_log.state'::regclass AND held.granted "
    "AND held.mode IN ('RowShareLock', 'RowExclusiveLock') "
    "AND other.usename = current_user AND other.wait_event_type = 'Client' "
    "AND other.xact_start <= clock_timestamp() - make_interval(secs => ?)"
)
"""Ends the sessions that hold the row and wait for their client, which sleeps or is gone: also in
the middle of a COPY, where the server's own time limits do not reach."""
_RENEW: Final = (
    "UPDATE state SET lease_until = clock_timestamp() + make_interval(secs => ?) "
    "WHERE id = 1 AND lease_token = ?"
)
_RELEASE: Final = (
    "UPDATE state SET lease_holder = '', lease_token = '', lease_until = '-infinity' "
    "WHERE id = 1 AND lease_token = ?"
)
_HOLDER: Final = (
    "SELECT lease_holder, lease_until > clock_timestamp(), epoch FROM state WHERE lease_token <> ''"
)


class Holder(Value):
    """Who has the lease."""

    name: str
    """As it was given, such as `node-1 https://node-1.example`."""
    is_current: bool
    """Whether the lease has not ended; another server may take it over otherwise."""
    epoch: int
    """Of the log's state now."""


class Lease:
    """A server's claim to be the sequencer of one log. For one thread at a time."""

    def __init__(self, database: PostgresDatabase, name: str, *, seconds: float = SECONDS) -> None:
        """Claim nothing yet.

        Args:
            database: The one that the writer writes with: it is bound to the lease.
            name: The server's, 1 to 200 printable characters; others are told it.
            seconds: How long the lease lasts unless it is renewed.

        Raises:
            UsageError: the name cannot be used.
        """
        if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
            raise UsageError(
                "the server's name cannot stand in the lease",
                remedy=f"give 1 to {MAX_NAME} printable characters",
            )
        self._database = database
        self._name = name
        self._seconds = seconds

    @property
    def is_held(self) -> bool:
        """Say whether this process took the lease and was not told that it lost it."""
        return self._database.lease_token is not None

    def hold(self) -> bool:
        """Take the lease if nobody has it, or its time is over; False: another server has it.

        A server that has it already only renews it.

        Raises:
            LogError: the database failed, or this server had the lease and lost it.
        """
        if self.is_held:
            self.renew()
            return True
        token = secrets.token_hex(16)
        with self._database.define() as connection:
            if connection.exec_driver_sql(_FREE).first() is None:
                return False
            connection.exec_driver_sql(_END_SLEEPERS, (STILL_SECONDS,))
            done = connection.exec_driver_sql(_HOLD, (self._name, token, self._seconds))
            taken = done.rowcount == 1
        if taken:
            self._database.lease_token = token
        return taken

    def renew(self) -> None:
        """Let the lease last again; also when its time was over and nobody took it.

        Raises:
            LogError: another server has it now, or the database failed. In the first case this
                server writes no more under it: `release`, then `hold` again.
        """
        with self._database.define() as connection:
            done = connection.exec_driver_sql(_RENEW, (self._seconds, self._database.lease_token))
            kept = done.rowcount == 1
        if not kept:
            raise LogError(
                "this server has no lease on the log any more",
                remedy="the other one writes now; ask for the lease again",
                where=self._database.where,
            )

    def release(self) -> None:
        """Give the lease back, so that another server need not wait for its end.

        Raises:
            LogError: the database failed; the lease ends by itself.
        """
        token, self._database.lease_token = self._database.lease_token, None
        if token is not None:
            with self._database.define() as connection:
                connection.exec_driver_sql(_RELEASE, (token,))

    def holder(self) -> Holder | None:
        """Return who has the lease, whether its time is over or not; None: nobody.

        Raises:
            LogError: the database failed.
        """
        with self._database.read() as connection:
            row = connection.exec_driver_sql(_HOLDER).first()
        return None if row is None else Holder(name=row[0], is_current=row[1], epoch=row[2])
