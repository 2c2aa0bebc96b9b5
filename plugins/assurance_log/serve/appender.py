"""Appends for many clients at once, and what becomes of a writer that failed.

All appends of the process go through one `Group`: those that wait share a transaction and a
checkpoint. A writer that failed is never used again. The next append opens another one, which looks
at the log again from the start (anchor, witnesses, guards, roots that wait), but not more often
than once in two seconds: until then every append is told what is wrong. Where the disk failed, no
writer of this process is opened any more, and the process ends. A thread renews the lease; where
there is no writer, it tries to open one every few seconds, so that nobody need append to a server
for it to be well again, or to take over.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from assurance.errors import AssuranceError, LogError
from assurance_log.group import Group
from assurance_log.serve.sequencer import RENEW_SECONDS, NotSequencerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assurance_log.batches import Appended
    from assurance_log.serve.sequencer import Sequencer
    from assurance_log.store import Store

RETRY_SECONDS: Final = 2.0
"""How long a failed log is left alone."""


class Appender:
    """The one who appends in this process."""

    def __init__(
        self,
        sequencer: Sequencer,
        *,
        failed: Callable[[LogError, str | None], None],
        resumed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the log for appending, or wait for the server that appends now to end.

        Args:
            sequencer: Opens the log.
            failed: Told about every failure that is not the one before again, and why this process
                can write no more, if so.
            resumed: Told when this server appends after such a failure, or in another one's place.
            clock: Seconds that only go up.

        Raises:
            UsageError: there is no such log or key.
            LogError: the log may not be appended to.
        """
        self._sequencer = sequencer
        self._failed = failed
        self._resumed = resumed
        self._clock = clock
        self._turn = threading.Lock()
        self._store: Store | None = None
        self._group: Group | None = None
        self._problem: LogError | None = None
        self._again = 0.0
        self._ends = threading.Event()
        try:
            self._begin()
        except NotSequencerError as err:
            self._blame(err)
        self._keeper = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._keeper.start()

    @property
    def problem(self) -> LogError | None:
        """What stands in the way of appending; None: nothing that is known."""
        return self._problem

    def append(self, entries: Sequence[bytes], *, contents: Sequence[bytes] = ()) -> Appended:
        """Append a batch as `Group.append` does.

        Raises:
            RefusedError: the batch is wrong.
            NotSequencerError: another server appends now.
            LogError: not acknowledged; the same batch may be appended again.
        """
        group = self._current()
        try:
            return group.append(entries, contents=contents)
        except LogError as err:
            with self._turn:
                if self._group is group:  # others of the same transaction are told the same
                    self._drop(err)
            raise

    def _current(self) -> Group:
        problem = self._problem
        # Opening may take long, as for an anchor that another process holds: who comes while
        # somebody tries that again is told what is known, and does not wait for it too.
        if problem is None:
            self._turn.acquire()
        elif not self._turn.acquire(blocking=False):
            raise _once_more(problem)
        try:
            if self._group is not None:
                return self._group
            if self._problem is not None and self._clock() < self._again:
                raise _once_more(self._problem)
            return self._opened()
        finally:
            self._turn.release()

    def _opened(self) -> Group:
        try:
            return self._begin()
        except NotSequencerError as err:
            self._blame(err)
            raise
        except AssuranceError as err:
            told = _log_error(err)
            self._blame(told)
            raise told from err

    def _begin(self) -> Group:
        self._store, writer = self._sequencer.open()
        problem, self._problem = self._problem, None
        self._group = Group(writer)
        if problem is not None:
            self._resumed()
        return self._group

    def _drop(self, err: LogError) -> None:
        self._group = None
        self._blame(err)
        self._close()

    def _close(self) -> None:
        self._sequencer.release()
        if self._store is not None:
            self._store.close()
            self._store = None

    def _blame(self, err: LogError) -> None:
        known, self._problem = self._problem, err
        self._again = self._clock() + RETRY_SECONDS
        failure = None if self._store is None else self._store.failure()
        if failure is not None or known is None or known.problem != err.problem:
            self._failed(err, failure)

    def _keep(self) -> None:
        """Renew the lease while this server has it; without a writer, try to open one."""
        while not self._ends.wait(RENEW_SECONDS):
            with self._turn:
                try:
                    if self._group is None:
                        self._opened()
                    else:
                        self._sequencer.renew()
                except AssuranceError as err:
                    if self._group is not None:
                        self._drop(_log_error(err))

    def close(self) -> None:
        """Close the log, and give the lease back; the last append must have ended."""
        self._ends.set()
        self._keeper.join()
        with self._turn:
            self._group = None
            self._close()


def _once_more(problem: LogError) -> LogError:
    """Return the same problem for another client: a traceback belongs to one thread."""
    return type(problem)(problem.problem, remedy=problem.remedy, where=problem.where)


def _log_error(err: AssuranceError) -> LogError:
    """Return a failure of the log's: clients are told that, whatever the server's own part is."""
    if isinstance(err, LogError):
        return err
    return LogError(err.problem, remedy=err.remedy, where=err.where)
