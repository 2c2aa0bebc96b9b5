"""Group commit: several clients of one process in one transaction, under one checkpoint.

A transaction costs its syncs whatever is in it. While one client's batch is being written, the
others wait in a queue; whoever comes next writes for all that wait, and that transaction keeps the
checkpoint over the batches before it, too. Each still returns only when a durable signed checkpoint
covers its own entries, and a client alone never waits for company.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from assurance.errors import LogError
from assurance_log.batches import MAX_BATCH, Appended, demand_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance_log.writer import Writer


class _Waiting:
    """A client's batch, and what became of it."""

    __slots__ = ("contents", "done", "entries", "indexes", "problem")

    def __init__(self, entries: Sequence[bytes], contents: Sequence[bytes]) -> None:
        self.entries = entries
        self.contents = contents
        self.indexes: tuple[int, ...] = ()
        self.done: Appended | None = None
        self.problem: LogError | None = None

    @property
    def is_open(self) -> bool:
        return self.done is None and self.problem is None

    def answer(self) -> Appended:
        if self.done is not None:
            return self.done
        # One of its own for each client: a traceback belongs to one thread.
        problem = self.problem or LogError("the batch was not written", remedy="append it again")
        raise LogError(problem.problem, remedy=problem.remedy, where=problem.where) from problem


class Group:
    """Appends for any number of threads through one writer."""

    def __init__(self, writer: Writer) -> None:
        """Take over a writer; nobody else may use it from now on."""
        self._writer = writer
        self._queue: deque[_Waiting] = deque()
        self._handed_in: list[_Waiting] = []
        """Committed and not acknowledged."""
        self._turn = threading.Lock()

    def append(self, entries: Sequence[bytes], *, contents: Sequence[bytes] = ()) -> Appended:
        """Append a batch as `Writer.append` does, together with those of other threads.

        Raises:
            RefusedError: this batch is wrong; the others are not touched by it.
            LogError: not acknowledged: as `Writer.append`. Every batch that was in the same
                transaction, or waited for it to keep its checkpoint, is told the same.
        """
        demand_batch(entries)
        mine = _Waiting(entries, contents)
        self._queue.append(mine)
        with self._turn:
            while mine.is_open:
                self._go_on()
        return mine.answer()

    def _go_on(self) -> None:
        """Write for those who wait, and acknowledge those before them; or settle these alone."""
        before, self._handed_in = self._handed_in, []
        taken = self._next()
        try:
            if taken:
                indexes, covered = self._writer.hand_in(
                    [entry for item in taken for entry in item.entries],
                    contents=[body for item in taken for body in item.contents],
                )
                _share(taken, indexes)
            else:
                covered = self._writer.settle()
        except LogError as err:
            for item in (*before, *taken):
                item.problem = err
            return
        except BaseException as err:
            for item in (*before, *taken):
                item.problem = LogError(
                    f"another client's thread was stopped while it wrote: {type(err).__name__}",
                    remedy="append again: what is logged keeps its index",
                )
            raise
        self._handed_in = taken
        if covered is None:  # none was handed in before
            return
        for item in before:
            item.done = Appended(
                indexes=item.indexes, checkpoint=covered.checkpoint, size=covered.size
            )

    def _next(self) -> list[_Waiting]:
        """Take those who wait longest, as many as one transaction takes."""
        taken: list[_Waiting] = []
        count = 0
        while self._queue and (not taken or count + len(self._queue[0].entries) <= MAX_BATCH):
            taken.append(self._queue.popleft())
            count += len(taken[-1].entries)
        return taken


def _share(taken: list[_Waiting], indexes: tuple[int, ...]) -> None:
    """Give each its own part of the indexes."""
    start = 0
    for item in taken:
        end = start + len(item.entries)
        item.indexes = indexes[start:end]
        start = end
