"""Starts the worker process, talks with it over two pipes, and ends it in time.

On Linux a worker is forked, as long as this process has one thread: an import of regorus in the
child then runs beside the work of the parent, and `verify` saves 50 ms. Else it is spawned.
Pipes only: a socketpair is a socket, and `verify` promises to open none.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assurance_policy import worker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of all answers together; more is a runaway policy."""

_CHUNK: Final = 1 << 20
_MOST_HANDLES: Final = 1 << 20
_GRACE_SECONDS: Final = 2.0
"""How long a worker that has closed its side may take to end."""


class Answers(NamedTuple):
    """What came back before the worker ended or was ended."""

    values: list[dict[str, Any]]
    """In the order of the queries; shorter than they are when not all were answered."""
    problem: str | None
    """Why the rest did not come; None if all came and the worker ended well."""
    prints: tuple[str, ...] = ()
    """What the policies printed, `file:line: text` each, where that was asked for."""
    coverage: Mapping[str, Mapping[str, Sequence[int]]] | None = None
    """By module path: the lines `evaluated` and those `never` evaluated, where asked for."""


class Process:
    """One worker process, good for one request."""

    def __init__(self, *, may_fork: bool = True, ready: worker.Parsed | None = None) -> None:
        """Start the worker.

        Args:
            may_fork: Whether it may be forked, as long as this process has one thread.
            ready: Modules that a forked worker need not parse again.

        Raises:
            OSError: no process, pipe or memory can be had.
        """
        request_read, self._request = os.pipe()
        self._answer, answer_write = os.pipe()
        try:
            if may_fork and _single_threaded():
                self.pid = _fork(request_read, answer_write, ready)
            else:
                self.pid = _spawn(request_read, answer_write)
        except OSError:
            os.close(self._request)
            os.close(self._answer)
            raise
        finally:
            os.close(request_read)
            os.close(answer_write)
        self._open = True
        self._expected: bytes | None = None
        self._unsent = b""

    def expect(self, request: worker.Request) -> None:
        """Send the policies of `request` ahead; what the pipe does not take waits for `ask`."""
        self._expected = self._unsent = worker.encode_policies(request)
        os.set_blocking(self._request, False)
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._unsent:
                self._unsent = self._unsent[os.write(self._request, self._unsent) :]

    def takes(self, request: worker.Request) -> bool:
        """Say whether `ask` can be called: what was sent ahead, if anything, is its beginning."""
        return self._expected is None or self._expected == worker.encode_policies(request)

    def ask(self, request: worker.Request, *, timeout_seconds: float) -> Answers:
        """Send `request`, return what is answered in time, and end the worker.

        Never raises for anything that the worker does. The caller has asked `takes`.
        """
        deadline = time.monotonic() + timeout_seconds
        try:
            ahead = worker.encode_policies(request) if self._expected is None else self._unsent
            data = ahead + worker.encode_question(request)
            received, problem = self._exchange(data, deadline, timeout_seconds)
            expected = len(request.queries) or len(request.modules)
            values, last = _parse(received, expected)
            if problem is None:
                problem = self._end(complete=last is not None)
            told = last or {}
            return Answers(
                values, problem, tuple(map(str, told.get("prints", ()))), told.get("coverage")
            )
        finally:
            self.close()

    def close(self) -> None:
        """End the worker, whatever it does; harmless when called twice."""
        if not self._open:
            return
        self._open = False
        self._kill()
        os.close(self._request)
        os.close(self._answer)

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def _exchange(
        self, data: bytes, deadline: float, timeout_seconds: float
    ) -> tuple[bytes, str | None]:
        """Write and read side by side until the worker closes its side or time is up."""
        os.set_blocking(self._request, False)
        poll = select.poll()
        poll.register(self._request, select.POLLOUT)
        poll.register(self._answer, select.POLLIN)
        rest = memoryview(data)
        parts: list[bytes] = []
        size = 0
        while True:
            left = deadline - time.monotonic()
            ready = poll.poll(left * 1000) if left > 0 else []
            if not ready:
                return b"".join(parts), f"no answer within {timeout_seconds:g} s"
            for handle, _ in ready:
                if handle == self._request:
                    try:
                        rest = rest[os.write(self._request, rest[:_CHUNK]) :]
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        rest = rest[:0]  # it ended; what it had to say comes from the other pipe
                    if not rest:
                        poll.unregister(self._request)
                else:
                    part = os.read(self._answer, _CHUNK)
                    if not part:
                        return b"".join(parts), None
                    parts.append(part)
                    size += len(part)
                    if size > MAX_ANSWER:
                        return b"", f"more than {MAX_ANSWER:,} bytes of findings"

    def _end(self, *, complete: bool) -> str | None:
        """Wait for the worker's end and return what was wrong with it."""
        until = time.monotonic() + _GRACE_SECONDS
        pause = 0.0001
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > until:
                return "the policy engine did not end"
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return None if complete else "the policy engine's answer was cut"
        return _ended(code)


def _ended(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "the policy engine reached its limit of processor time"
    if code in {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGKILL}:
        return "the policy engine crashed or reached its memory limit"
    return f"the policy engine ended with status {code}"


def _parse(received: bytes, expected: int) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return the whole answers in `received`, and the last message if it ends as it should."""
    values: list[dict[str, Any]] = []
    at = 0
    while at + worker.LENGTH_BYTES <= len(received):
        start = at + worker.LENGTH_BYTES
        end = start + int.from_bytes(received[at:start], "big")
        if end > len(received):
            break
        try:
            value = json.loads(received[start:end])
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict):
            break
        if "done" in value:
            whole = value["done"] == len(values) == expected and end == len(received)
            return values[:expected], value if whole else None
        values.append(value)
        at = end
    return values[:expected], None


def _single_threaded() -> bool:
    """Whether a fork is safe: it copies one thread, and locks of the others stay shut."""
    if sys.platform != "linux":
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - pathlib costs 6 ms
    except OSError:
        return False


def _fork(request_read: int, answer_write: int, ready: worker.Parsed | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_WRONLY)
        # Above the standard streams first: a pipe may itself have the number 0, 1 or 2.
        ends = (request_read, answer_write, nothing)
        for target, handle in enumerate([fcntl.fcntl(end, fcntl.F_DUPFD, 3) for end in ends]):
            os.dup2(handle, target)
        os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), _MOST_HANDLES))
        worker.main(ready)
    finally:
        os._exit(71)


def _spawn(request_read: int, answer_write: int) -> int:
    command = [sys.executable, "-P", "-m", "assurance_policy.worker"]
    return os.posix_spawn(
        sys.executable,
        command,
        dict(os.environ) | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, request_read, 0),
            (os.POSIX_SPAWN_DUP2, answer_write, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
