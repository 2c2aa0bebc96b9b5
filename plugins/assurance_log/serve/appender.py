"""Appends for many clients at once, and what becomes of a writer that failed.

All appends of the process go through one `Group`: those that wait share a transaction and a
checkpoint. A writer that failed is never used again. The next append opens another one, which looks
at the log again from the start (anchor, witnesses, guards, roots that wait), but not more often
than once in two seconds: until then every append is told what is wrong. Where the disk failed, no
writer of this process is opened any more, and the process ends.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from assurance.errors import AssuranceError, LogError
from assurance_log.group import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assurance_log.batches import Appended
    from assurance_log.store import Store
    from assurance_log.writer import Writer

RETRY_SECONDS: Final = 2.0
"""How long a failed log is left alone."""


class Appender:
    """The one who appends in this process."""

    def __init__(
        self,
        open_writer: Callable[[], tuple[Store, Writer]],
        *,
        failed: Callable[[LogError], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the log for appending.

        Args:
            open_writer: Opens it; the database is closed by the appender.
            failed: Told about every failure; decides whether the process goes on.
            clock: Seconds that only go up.

        Raises:
            UsageError: there is no such log or key.
            LogError: the log may not be appended to.
        """
        self._open = open_writer
        self._failed = failed
        self._clock = clock
        self._turn = threading.Lock()
        self._database, writer = open_writer()
        self._group: Group | None = Group(writer)
        self._problem: LogError | None = None
        self._again = 0.0

    @property
    def problem(self) -> LogError | None:
        """What stands in the way of appending; None: nothing that is known."""
        return self._problem

    def append(self, entries: Sequence[bytes], *, contents: Sequence[bytes] = ()) -> Appended:
        """Append a batch as `Group.append` does.

        Raises:
            RefusedError: the batch is wrong.
            LogError: not acknowledged; the same batch may be appended again.
        """
        group = self._current()
        try:
            return group.append(entries, contents=contents)
        except LogError as err:
            self._drop(group, err)
            raise

    def _current(self) -> Group:
        with self._turn:
            if self._group is not None:
                return self._group
            if self._problem is not None and self._clock() < self._again:
                raise LogError(
                    self._problem.problem, remedy=self._problem.remedy, where=self._problem.where
                )
            try:
                self._database, writer = self._open()
            except AssuranceError as err:
                told = LogError(err.problem, remedy=err.remedy, where=err.where)
                self._blame(told)
                raise told from err
            self._problem = None
            self._group = Group(writer)
            return self._group

    def _drop(self, group: Group, err: LogError) -> None:
        with self._turn:
            if self._group is group:  # others of the same transaction are told the same
                self._group = None
                self._database.close()
                self._blame(err)

    def _blame(self, err: LogError) -> None:
        self._problem = err
        self._again = self._clock() + RETRY_SECONDS
        self._failed(err)

    def close(self) -> None:
        """Close the log; the last append must have ended."""
        with self._turn:
            if self._group is not None:
                self._database.close()
                self._group = None
