"""Runs one child process so that whatever it does stays its own business.

The child gets a session and process group of its own, a scrubbed environment and a time
limit; its output is kept up to a bound; when it ends, everything that it started ends too.
This is isolation against accidents, not a sandbox: the child runs as the same user.

Processes that leave the group are found by a token in their environment (/proc, Linux).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import site
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from assurance.errors import UndecidedError
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from threading import Event

MAX_OUTPUT_BYTES: Final = 1 << 20
"""Kept of stdout and of stderr, the first bytes; the rest is read and dropped."""

_TICK_SECONDS: Final = 0.1
_GRACE_SECONDS: Final = 0.5
"""How long processes that the child left behind may take to end by themselves: a helper
such as multiprocessing's resource tracker ends just after the process it served."""
_KILL_SECONDS: Final = 5.0
_TOKEN: Final = "ASSURANCE_COLLECTOR_RUN"  # noqa: S105 - the name of a variable
_PASSED_ON: Final = (
    "PATH",
    "VIRTUAL_ENV",
    "SOURCE_DATE_EPOCH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONHOME",
    "PYTHONNOUSERSITE",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "PYTHONUTF8",
    # So that the coverage of what runs in a child is measured; both name files only.
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
)


class Ended(Value):
    """How a child process ended."""

    status: int
    """Exit status; minus the signal's number where one killed it."""
    timed_out: bool
    """It was killed at its time limit."""
    printed: bytes
    """The first bytes of its stdout."""
    left_behind: tuple[str, ...]
    """Names of processes that it started and that outlived it; they were killed."""
    duration_ms: int


def scrubbed(environ: Mapping[str, str], workdir: Path) -> dict[str, str]:
    """Return the environment for a child that works in `workdir`: a short allow-list.

    No secrets: nothing passes that is not on the list. Relative paths in PYTHONPATH are
    made absolute, since the child's current folder is another one.
    """
    passed = {key: environ[key] for key in _PASSED_ON if environ.get(key)}
    if "PYTHONPATH" in passed:
        entries = passed["PYTHONPATH"].split(os.pathsep)
        passed["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in entries)
    if site.ENABLE_USER_SITE:
        # HOME changes, and with it where Python would look for the user's packages.
        passed["PYTHONUSERBASE"] = site.getuserbase()
    home = str(workdir)
    return passed | {"HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", "TZ": "UTC"}


def run(
    command: list[str],
    *,
    request: bytes,
    folder: Path,
    workdir: Path,
    timeout_seconds: float,
    tick: Callable[[float], None],
    cancelled: Event,
) -> Ended:
    """Run `command` to its end, or to the end of its time, and kill what is left of it.

    Args:
        command: Program and arguments.
        request: What it reads on stdin.
        folder: Where `stdout.txt` and `stderr.txt` are written.
        workdir: Its current folder, HOME and TMPDIR.
        timeout_seconds: From its start.
        tick: Called about ten times a second with the seconds since the start.
        cancelled: Set by another thread to end it early; the result then means nothing.

    Raises:
        UndecidedError: it cannot be started.
    """
    token = os.urandom(16).hex()
    environment = scrubbed(os.environ, workdir) | {_TOKEN: token}
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        # A file, not a pipe: a child that never reads cannot make us wait.
        stdin = stack.enter_context(tempfile.TemporaryFile())
        stdin.write(request)
        stdin.seek(0)
        kept = [
            stack.enter_context((folder / f"{it}.txt").open("wb")) for it in ("stdout", "stderr")
        ]
        try:
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=workdir,
                env=environment,
                start_new_session=True,
            )
        except OSError as err:
            raise UndecidedError(
                f"a child process cannot be started: {err.strerror}",
                remedy="look at the limits of processes and memory on this machine",
            ) from err
        output = _Output(process, kept)
        left_behind: tuple[str, ...] = ()
        try:
            limit = start + timeout_seconds
            done = _wait(process, output, start, limit, tick, cancelled)
            if done:
                left_behind = _left_behind(process.pid, token)
        finally:
            # Before the leader is reaped: until then its id, the group's, is not given away.
            _kill_all(process.pid, token)
            process.wait()
            output.close()
    return Ended(
        status=process.returncode,
        timed_out=not done,
        printed=output.head,
        left_behind=left_behind,
        duration_ms=round((time.monotonic() - start) * 1000),
    )


class _Output:
    """Reads both pipes without ever blocking, and keeps the first bytes of each in a file."""

    def __init__(self, process: subprocess.Popen[bytes], kept: Sequence[IO[bytes]]) -> None:
        self.head = b""
        self._selector = selectors.DefaultSelector()
        self._room = [MAX_OUTPUT_BYTES, MAX_OUTPUT_BYTES]
        self._kept = kept
        self._pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        for number, pipe in enumerate(self._pipes):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, number)

    def read(self, seconds: float) -> bool:
        """Wait at most so long for output and take what is there; False when both are shut."""
        if not self._selector.get_map():
            return False
        for key, _ in self._selector.select(seconds):
            data = os.read(key.fd, 1 << 16)
            if not data:
                self._selector.unregister(key.fileobj)
                continue
            number: int = key.data
            part = data[: self._room[number]]
            self._room[number] -= len(part)
            self._kept[number].write(part)
            if number == 0:
                self.head = (self.head + part)[:200]
        return True

    def close(self) -> None:
        """Take what is left, then shut the pipes; whoever still writes gets SIGPIPE."""
        end = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < end and self._selector.get_map() and self._selector.select(0):
            self.read(0)
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()


def _wait(
    process: subprocess.Popen[bytes],
    output: _Output,
    start: float,
    limit: float,
    tick: Callable[[float], None],
    cancelled: Event,
) -> bool:
    """Wait for the end of the child, which stays unreaped; False when its time was up first."""
    pause, ticked = 0.001, start
    while not _has_ended(process):
        now = time.monotonic()
        if now >= limit or cancelled.is_set():
            return False
        if now - ticked >= _TICK_SECONDS:
            ticked = now
            tick(now - start)
        if not output.read(min(_TICK_SECONDS / 2, limit - now)):
            # Both pipes are shut, usually because it is just ending.
            cancelled.wait(pause)
            pause = min(pause * 2, _TICK_SECONDS / 2)
    return True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    if sys.platform != "linux":
        return process.poll() is not None
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, options) is not None


def _left_behind(session: int, token: str) -> tuple[str, ...]:
    """Return the names of processes that outlive the child by more than a moment."""
    end = time.monotonic() + _GRACE_SECONDS
    while found := sorted(name for _, name in _relatives(session, token)):
        if time.monotonic() >= end:
            return tuple(found)
        time.sleep(_GRACE_SECONDS / 25)
    return ()


def _kill_all(leader: int, token: str) -> None:
    """Kill the child's group and whatever else it started, until nothing is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    end = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < end:
        relatives = [pid for pid, _ in _relatives(leader, token)]
        if not relatives:
            return
        for pid in relatives:
            _kill(pid, leader, token)
        time.sleep(0.005)


def _kill(pid: int, session: int, token: str) -> None:
    """Kill one process; by a descriptor, so that a reused id is not hit."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            if _relative(pid, session, token):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)


def _relatives(session: int, token: str) -> Iterator[tuple[int, str]]:
    """Yield (id, name) of living processes, without the leader itself."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208 - a hundred times a second
    except OSError:
        return
    for entry in names:
        if entry.isdigit() and int(entry) != session:
            name = _relative(int(entry), session, token)
            if name:
                yield int(entry), name


def _relative(pid: int, session: int, token: str) -> str | None:
    """Return the process's name if it is alive and was started by the child, else None."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        # proc(5): `pid (comm) state ppid pgrp session …`; comm may hold blanks and brackets.
        name, _, rest = stat.partition(b"(")[2].rpartition(b")")
        state, _, group, its_session = rest.split()[:4]
        if state in b"ZX":
            return None
        if session not in (int(group), int(its_session)):
            mark = f"{_TOKEN}={token}".encode()
            if mark not in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                return None
    except (OSError, ValueError):
        # Ended in between, or somebody else's.
        return None
    return name.decode(errors="replace") or "?"
