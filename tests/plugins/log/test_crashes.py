"""Processes that are killed or stopped while they append: what was acknowledged stays for ever.

The acknowledgements are journalled by this process, which is not killed. LOG_KILL_CYCLES and
LOG_FAILPOINT_CYCLES say how often; `tox run -e soak` asks for many more, and docs/log-failures.md
has the counts.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT = Path(__file__).with_name("client.py")
CYCLES = int(os.environ.get("LOG_KILL_CYCLES", "40"))
EACH_FAILPOINT = int(os.environ.get("LOG_FAILPOINT_CYCLES", "1"))
CLIENTS = 4
UNCOMMITTED = ("entries-inserted", "before-commit")
PUBLISHING = ("signing", "signed", "published", "anchored")
FAILPOINTS = (*UNCOMMITTED, "after-commit", *PUBLISHING)
TAKEN_ALONG = (*(f"{point}:2" for point in FAILPOINTS[:5]), *FAILPOINTS[5:])
"""The same where a second batch's transaction keeps the first one's checkpoint."""
EACH = [*((point, False) for point in FAILPOINTS), *((point, True) for point in TAKEN_ALONG)]
"""(failpoint, whether batches are handed in one behind the other)."""


class Forked:
    """A client that is forked from one that has imported everything: it starts in milliseconds.

    It is a process of its own all the same, and `kill -9` ends it as it ends any other.
    """

    def __init__(self, channel: socket.socket, words: list[str], env: dict[str, str]) -> None:
        """Start it."""
        self._channel = channel
        self.returncode: int | None = None
        output, errors = os.pipe(), os.pipe()
        request = json.dumps({"words": words, "env": env}).encode()
        socket.send_fds(channel, [request], [output[1], errors[1]])
        self.pid = int(channel.recv(100))
        os.close(output[1])
        os.close(errors[1])
        self.stdout, self.stderr = (os.fdopen(pipe[0], "rb", 0) for pipe in (output, errors))

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Wait for it to end; return what it wrote."""
        del timeout  # the test has one
        self._channel.send(b"%d" % self.pid)
        self.returncode = int(self._channel.recv(100))
        with self.stdout, self.stderr:
            return self.stdout.read(), self.stderr.read()


@pytest.fixture(scope="module")
def channel() -> Iterator[socket.socket]:
    """The way to a process that forks clients."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        command = [sys.executable, str(CLIENT), "--fork", str(theirs.fileno())]
        with subprocess.Popen(command, pass_fds=[theirs.fileno()]) as server:
            theirs.close()
            yield ours
            ours.close()
            assert 0 == server.wait(30)


def client(
    log: Any,
    name: str,
    channel: socket.socket | None = None,
    *,
    count: int = 10_000,
    failpoint: str = "",
    busy: float = 30,
    pipeline: bool = False,
) -> Any:
    """Start a client; a forked one where the channel is given.

    Unbuffered pipes: `readline` leaves to `communicate` what comes after.
    """
    words = [log.url, str(log.anchor), name, str(count), failpoint]
    env = {"LOG_BUSY_SECONDS": str(busy), "LOG_PIPELINE": "1" if pipeline else ""}
    if channel is not None:
        return Forked(channel, words, env)
    return subprocess.Popen(
        [sys.executable, str(CLIENT), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, **env},
    )


def ended(one: Any, journal: Any) -> tuple[int, int, str]:
    """Wait for a client; return its exit code, what it acknowledged, and its errors."""
    lines, errors = one.communicate(timeout=120)
    return one.returncode, journal.read(lines.decode()), errors.decode()


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_killed_at_any_moment(
    log_at: Callable[..., Any], journal: Any, channel: socket.socket
) -> None:
    """Four clients are killed at once, again and again; nothing acknowledged is lost.

    Two of them hand in each batch before the one before it is acknowledged.
    In one cycle of four they are killed while they start, which is while they recover.
    """
    log, chance = log_at(), random.Random(5)
    acknowledged = 0
    for cycle in range(CYCLES):
        clients = [
            client(log, f"c{cycle}-{number}", channel, pipeline=number % 2 == 1)
            for number in range(CLIENTS)
        ]
        if cycle % 4 == 3:
            time.sleep(chance.uniform(0.0, 0.2))
        else:
            for one in clients:
                ready = one.stdout.readline()
                assert b"ready\n" == ready, one.communicate()[1]
            time.sleep(chance.uniform(0.0, 0.15))
        for one in clients:
            one.send_signal(signal.SIGKILL)
        for one in clients:
            code, count, errors = ended(one, journal)
            assert -signal.SIGKILL == code, errors
            acknowledged += count
        if cycle % 10 == 9 or cycle == CYCLES - 1:
            journal.hold(log)
    print(f"{CYCLES} cycles of {CLIENTS} clients, {acknowledged} entries acknowledged, 0 lost")
    assert acknowledged > CYCLES, "the clients were killed before they had done anything"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("failpoint", "pipeline"), EACH)
def test_killed_at_a_failpoint(
    log_at: Callable[..., Any],
    journal: Any,
    channel: socket.socket,
    failpoint: str,
    *,
    pipeline: bool,
) -> None:
    """A process that ends at this step leaves a log that goes on, with all that was promised."""
    log = log_at()
    for cycle in range(EACH_FAILPOINT):
        one = client(
            log, f"c{cycle}", channel, failpoint=f"kill:append:{failpoint}", pipeline=pipeline
        )
        code, count, errors = ended(one, journal)
        assert -signal.SIGKILL == code, errors
        assert 0 == count, "it was acknowledged before it was done"
        with log.database().read() as connection:
            state = rows.state(connection)
            pending = rows.heads_after(connection, state.published)
        point = failpoint.removesuffix(":2")
        # A second batch's transaction publishes the first, and leaves its own head.
        signed = point in {"published", "anchored"}
        assert (1 if pipeline else 0 if signed or point in UNCOMMITTED else 1) == len(pending)
        log.close()
        code, count, errors = ended(client(log, f"d{cycle}", channel, count=3), journal)
        assert (0, 3) == (code, count), errors
        journal.hold(log)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("failpoint", PUBLISHING)
def test_killed_during_recovery(
    log_at: Callable[..., Any], journal: Any, channel: socket.socket, failpoint: str
) -> None:
    """A process that ends while it recovers leaves the same to recover, or less."""
    log = log_at()
    for cycle in range(EACH_FAILPOINT):
        one = client(log, f"c{cycle}", channel, failpoint="kill:append:after-commit")
        assert -signal.SIGKILL == ended(one, journal)[0]
        one = client(log, f"r{cycle}", channel, failpoint=f"kill:opening:{failpoint}")
        code, count, errors = ended(one, journal)
        assert (-signal.SIGKILL, 0) == (code, count), errors
        with log.database().read() as connection:
            state = rows.state(connection)
            pending = rows.heads_after(connection, state.published)
        assert (0 if failpoint in {"published", "anchored"} else 1) == len(pending)
        log.close()
        code, count, errors = ended(client(log, f"d{cycle}", channel, count=1), journal)
        assert (0, 1) == (code, count), errors
        journal.hold(log)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("failpoint", "pipeline"), EACH)
def test_stopped_at_a_failpoint(
    log_at: Callable[..., Any], journal: Any, failpoint: str, *, pipeline: bool
) -> None:
    """A writer that sleeps at this step is fenced off by one that appends, and goes on behind it.

    There is no lease that could run out: before its commit the sleeper holds the lock, and nobody
    else appends; after it, whoever is awake signs the sleeper's root and takes the next epoch.
    """
    log = log_at()
    uncommitted = failpoint.removesuffix(":2") in UNCOMMITTED
    stop = f"stop:append:{failpoint}"
    # Enough for one more batch behind the first anchor, which four of them share.
    with client(log, "sleeper", count=7, failpoint=stop, pipeline=pipeline) as sleeper:
        try:
            _, status = os.waitpid(sleeper.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            code, count, errors = ended(client(log, "other", count=5, busy=0.5), journal)
            if uncommitted:
                assert 0 != code
                assert 0 == count, "it appended while the lock was held"
                assert "database is locked" in errors
            else:
                assert (0, 5) == (code, count), errors
        finally:
            sleeper.send_signal(signal.SIGCONT)
        code, count, errors = ended(sleeper, journal)
        assert (0, 7) == (code, count), errors
    with log.database().read() as connection:
        epoch = rows.state(connection).epoch
    # The sleeper's, the other's, and the one that the sleeper took when it was awake again.
    assert (1 if uncommitted else 3) == epoch
    journal.hold(log)
