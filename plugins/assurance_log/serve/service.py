"""What the routes share: the database for reading, the one who appends, and the limits.

SQLite and signatures block, so that they run in threads: a few for reading, one for each append
that waits for its group. Both have a bounded queue; whoever comes when it is full is asked to come
again, and the ones who wait already are served.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

from assurance.value import Value
from assurance_log.serve.problems import ProblemError, unavailable
from assurance_log.tree import ExpandedTiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from assurance.interfaces import AppendAuthenticator
    from assurance_log.serve.appender import Appender
    from assurance_log.serve.cursors import Cursors
    from assurance_log.serve.events import Events
    from assurance_log.store import Store

READERS: Final = 4
"""Threads that read at the same time: as many connections as a database keeps open."""
_QUEUED: Final = 256
"""Reads that may wait for a thread."""
_TILES: Final = 512
"""Tiles kept expanded: at most 16 MiB."""
_APPENDS: Final = 128
"""Appends that may wait for their group."""

_T = TypeVar("_T")


class Limits(Value):
    """What one client, request or answer may take."""

    connections: int = 1000
    """Open at a time; the next one is answered 503."""
    rate: float = 100.0
    """Requests a second of one client, on average; 0: as many as it likes."""
    burst: int = 200
    """Requests of one client at once."""
    body: int = 64 * 1024 * 1024
    """Bytes of a request's body."""
    request_seconds: float = 20.0
    """For sending one whole request."""
    answer_seconds: float = 30.0
    """For making one answer, but for a replay; and for taking each 64 KiB of it."""


class Service:
    """One running server's log."""

    def __init__(
        self,
        database: Store,
        *,
        appender: Appender | None,
        authenticator: AppendAuthenticator,
        bound: str,
        cursors: Cursors,
        events: Events,
        limits: Limits,
    ) -> None:
        """Take over what `server` has opened; `close` closes it.

        Args:
            database: For reading.
            appender: None: this server does not append.
            authenticator: Says who may append.
            bound: The address that the server was told to listen on.
            cursors: Makes and checks the cursors of listings.
            events: The server's own log.
            limits: See there.
        """
        self.appender = appender
        self.authenticator = authenticator
        self.bound = bound
        self.cursors = cursors
        self.events = events
        self.limits = limits
        self.tiles = ExpandedTiles(_TILES)
        """For proofs: most are asked for under the newest checkpoints."""
        self.turn = threading.Lock()
        """For threads with long computations of their own: one at a time, so that the loop, which
        every client waits for, has to wait for one of them and not for a hundred."""
        self.closing = False
        """Set when the server was told to end: not ready any more."""
        self._database = database
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._appends = ThreadPoolExecutor(_APPENDS, thread_name_prefix="append")
        self._waiting = 0
        self._appending = 0

    @property
    def reads_waiting(self) -> int:
        """Reads that were asked for and not answered."""
        return self._waiting

    @property
    def appends_waiting(self) -> int:
        """Appends that were asked for and not acknowledged."""
        return self._appending

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """Do `work` in one read transaction: it sees one moment of the log.

        Raises:
            ProblemError: too many reads wait, or this one takes too long.
            LogError: the database failed.
        """
        if self._waiting >= _QUEUED:
            raise _busy("reads")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                return await loop.run_in_executor(self._readers, self._transaction, work)
        except TimeoutError:
            raise unavailable(
                f"the answer took longer than {self.limits.answer_seconds:g} s",
                remedy="ask for less at a time",
                kind="too-slow",
            ) from None
        finally:
            self._waiting -= 1

    def _transaction(self, work: Callable[[Connection], _T]) -> _T:
        with self._database.read() as connection:
            return work(connection)

    async def append(self, work: Callable[[Appender, Store], _T]) -> _T:
        """Do `work`, which appends; once begun it ends, whether the client waits or not.

        Raises:
            ProblemError: this server does not append, or too many appends wait.
            LogError: not acknowledged.
        """
        if self.appender is None:
            raise ProblemError(
                HTTPStatus.FORBIDDEN,
                "read-only",
                "this server answers reads only",
                remedy="append at the server that keeps the log",
            )
        if self._appending >= _APPENDS:
            raise _busy("appends")
        self._appending += 1
        future = asyncio.get_running_loop().run_in_executor(
            self._appends, work, self.appender, self._database
        )
        future.add_done_callback(self._appended)
        return await asyncio.shield(future)

    def _appended(self, future: asyncio.Future[Any]) -> None:
        self._appending -= 1
        if not future.cancelled():
            future.exception()  # told to the client who asked, if it is still there

    def close(self) -> None:
        """Let running appends end, then close the log."""
        self._appends.shutdown(wait=True)
        self._readers.shutdown(wait=True, cancel_futures=True)
        if self.appender is not None:
            self.appender.close()
        self._database.close()


def _busy(what: str) -> ProblemError:
    return unavailable(
        f"too many {what} wait already", remedy="send the same request again", kind="busy"
    )
