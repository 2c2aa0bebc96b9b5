"""Asks regorus, in a worker process that serves one request and can be started early."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from assurance.errors import PolicyEngineError
from assurance_policy import worker
from assurance_policy.process import Process
from assurance_policy.worker import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance_policy.process import Answers
    from assurance_policy.worker import Parsed

MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Address space of the worker: measured, a 3 MB SBOM takes 120 MB of it."""


class RegorusWorker:
    """The next worker process: there from `start` to the end of one `ask`."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, may_fork: bool = True) -> None:
        """Take the limits.

        Args:
            memory_bytes: Address space of the worker; enforced on Linux.
            may_fork: False starts the worker as a new interpreter, which is slower.
        """
        self._memory_bytes = memory_bytes
        self._may_fork = may_fork
        self._process: Process | None = None
        self._ready: Parsed | None = None

    def keep(self, modules: Sequence[tuple[str, bytes]]) -> None:
        """Parse these modules in this process, for every worker that is forked from now on."""
        self.close()
        self._ready = worker.parsed(list(modules)) if self._may_fork else None

    def start(self) -> None:
        """Start a worker early; harmless when called twice or never.

        Raises:
            PolicyEngineError: no process can be started.
        """
        if self._process is not None:
            return
        try:
            self._process = Process(may_fork=self._may_fork, ready=self._ready)
        except OSError as err:
            raise PolicyEngineError(
                f"no worker process for the policies can be started: {err.strerror}",
                remedy="free memory or raise the limit of processes, then run again",
            ) from err

    def expect(
        self,
        modules: Sequence[tuple[str, bytes]],
        data: Sequence[bytes],
        queries: Sequence[str],
        *,
        timeout_seconds: float,
    ) -> None:
        """Have the worker take these modules apart already; `ask` may ask for others.

        Raises:
            PolicyEngineError: no process can be started.
        """
        self.start()
        if self._process is not None:
            self._process.expect(
                Request(
                    modules=list(modules),
                    data=list(data),
                    policy_input=None,
                    queries=list(queries),
                    cpu_seconds=ceil(timeout_seconds) + 1,
                    memory_bytes=self._memory_bytes,
                )
            )

    def close(self) -> None:
        """End the worker; harmless when called twice."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def ask(
        self,
        modules: Sequence[tuple[str, bytes]],
        data: Sequence[bytes],
        queries: Sequence[str],
        policy_input: bytes | None,
        *,
        timeout_seconds: float,
        together: bool = False,
        prints: bool = False,
        coverage: bool = False,
    ) -> Answers:
        """Return the worker's answers to `queries`; with none, the modules' syntax trees.

        Args:
            modules: (path, content) of each.
            data: JSON documents for the root of `data`.
            queries: References or expressions.
            policy_input: JSON; None for no input.
            timeout_seconds: Then the worker is killed.
            together: Whether the queries may be evaluated as one; each gets its own answer.
            prints: Whether to tell what was printed.
            coverage: Whether to tell which lines were evaluated.

        Raises:
            PolicyEngineError: no process can be started.
        """
        request = Request(
            modules=list(modules),
            data=list(data),
            policy_input=policy_input,
            queries=list(queries),
            cpu_seconds=ceil(timeout_seconds) + 1,
            memory_bytes=self._memory_bytes,
            together=together,
            prints=prints,
            coverage=coverage,
        )
        if self._process is not None and not self._process.takes(request):
            self.close()
        self.start()
        process, self._process = self._process, None
        if process is None:
            raise AssertionError("start() leaves a process or raises")
        return process.ask(request, timeout_seconds=timeout_seconds)
