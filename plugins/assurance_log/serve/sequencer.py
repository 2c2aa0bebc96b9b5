"""Opens the log for appending, where need be under the lease that makes this server its sequencer.

A log in a file has its write lock. A log on a database server may have several log servers: the one
that holds the lease appends, the others answer reads, say who appends, and take over when the lease
was given back or has run out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import AssuranceError, LogError
from assurance_log.database import Database
from assurance_log.lease import SECONDS, Lease

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance_log.store import Store
    from assurance_log.writer import Writer

RENEW_SECONDS: Final = SECONDS / 3
"""How often the lease is renewed, and asked for where another server has it."""


class NotSequencerError(LogError):
    """Another server appends to this log."""


class Sequencer:
    """This server's claim to append. Its methods are called by one thread at a time."""

    def __init__(
        self, open_writer: Callable[[Callable[[Store], None]], tuple[Store, Writer]], name: str
    ) -> None:
        """Claim nothing yet.

        Args:
            open_writer: Opens the writer; it is given what to do with the store before the writer
                looks at it.
            name: Of this server, as the others tell it to their clients.
        """
        self._open = open_writer
        self._name = name
        self._lease: Lease | None = None

    def open(self) -> tuple[Store, Writer]:
        """Open the log for appending, as its sequencer.

        Raises:
            NotSequencerError: another server is.
            UsageError: there is no such log or key.
            LogError: the log may not be appended to.
        """
        try:
            return self._open(self._claim)
        except AssuranceError:
            self.release()
            raise

    def _claim(self, store: Store) -> None:
        if isinstance(store, Database):
            return
        on_server: Any = store
        lease = Lease(on_server, self._name)
        if not lease.hold():
            holder = lease.holder()
            who = "another server" if holder is None else holder.name
            raise NotSequencerError(
                f"this server does not append now: {who} does",
                remedy="append there, or come again: this server takes over when that one ends",
            )
        self._lease = lease

    def renew(self) -> None:
        """Let the lease last again; nothing where there is none.

        Raises:
            LogError: another server has it now, or the database failed.
        """
        if self._lease is not None:
            self._lease.renew()

    def release(self) -> None:
        """Give the lease back, before the store is closed; where that fails it runs out."""
        lease, self._lease = self._lease, None
        if lease is not None:
            with suppress(LogError):
                lease.release()
