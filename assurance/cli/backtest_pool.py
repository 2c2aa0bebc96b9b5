"""Many bundles judged side by side: a process each for the processor's cores, results in order.

At most two bundles a process are under way at any time, and what is kept of one is a few lines, so
that a thousand bundles take the memory of a handful. Each process has its own policy engine, which
parses the policies once.
"""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import backtest, policy_set
from assurance.bounded_file import read_file
from assurance.bundle import MAX_BYTES
from assurance.cli.output import errors
from assurance.entry_points import ENGINES, own
from assurance.errors import AssuranceError, UndecidedError
from assurance.interfaces import KeepingPolicyEngine
from assurance.trust import read as read_trust
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_AHEAD = 2
"""Bundles a process that are given out before the first one is back."""


class Job(Value):
    """What every bundle is judged with; goes to each process once."""

    archive: bytes
    """The policy set, packed."""
    trust: bytes
    """The trust file."""
    trust_path: str
    add: bool


def cores() -> int:
    """Return how many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def results(job: Job, paths: Sequence[str], processes: int) -> Iterator[dict[str, Any]]:
    """Yield what became of each bundle, in the order of `paths`.

    Raises:
        UndecidedError: a process has died.
    """
    if processes <= 1:
        judge = _Judge(job)
        yield from map(judge, paths)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_start, initargs=(job,)
    )
    try:
        waiting: deque[Any] = deque()
        for path in paths:
            waiting.append(pool.submit(_judge_one, path))
            if len(waiting) >= _AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UndecidedError(
            "a process that judges bundles has died",
            remedy="free memory, or judge with fewer at once: --jobs 1",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Judge:
    """Policies, trust and engine of one process."""

    def __init__(self, job: Job) -> None:
        self._policies = policy_set.unpack(job.archive, where="policies")
        self._trust = read_trust(job.trust, where=job.trust_path)
        self._engine = own("regorus", ENGINES)()
        if isinstance(self._engine, KeepingPolicyEngine):
            self._engine.keep(self._policies)
        self._add = job.add

    def __call__(self, path: str) -> dict[str, Any]:
        """Return what became of the bundle at `path`; what is wrong with it is told, not raised."""
        try:
            return {
                "path": path,
                "error": None,
                **backtest.rehearse(
                    read_file(Path(path), what="the bundle", limit=MAX_BYTES),
                    policies=self._policies,
                    engine=self._engine,
                    trust=self._trust,
                    add=self._add,
                    where=path,
                ),
            }
        except AssuranceError as error:
            return {"path": path, "error": {**errors(error)[0], "exit": int(error.exit_code)}}
        finally:
            # The engine's worker may have been started for a bundle that could not be read.
            self._engine.close()


_judge: _Judge | None = None


def _start(job: Job) -> None:
    global _judge  # noqa: PLW0603 - a process of a pool has no other place for what it starts with
    _judge = _Judge(job)


def _judge_one(path: str) -> dict[str, Any]:
    if _judge is None:
        message = "the process was not started for this"
        raise RuntimeError(message)
    return _judge(path)
