"""Processes that are killed while they append: what was acknowledged is in the log for ever.

The acknowledgements are journalled by this process, which is not killed. CYCLES says how often;
`tox run -e soak` asks for many more, and docs/log-failures.md has the counts.
"""

from __future__ import annotations

import base64
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.tlog import merkle
from assurance_log import anchor, check, rows
from assurance_log.replay import replay
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT = Path(__file__).with_name("client.py")
CYCLES = int(os.environ.get("LOG_KILL_CYCLES", "40"))
EACH_FAILPOINT = int(os.environ.get("LOG_FAILPOINT_CYCLES", "1"))
CLIENTS = 4
FAILPOINTS = (
    "entries-inserted",
    "before-commit",
    "after-commit",
    "signed",
    "published",
    "anchored",
)


class Journal:
    """What clients were told, kept outside of them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.indexes: dict[bytes, int] = {}
        self.roots: dict[int, bytes] = {}

    def read(self, lines: str) -> int:
        """Take the lines of one client; the last one may be cut."""
        count = 0
        for line in lines.splitlines(keepends=True):
            if line == "ready\n" or not line.endswith("\n"):
                continue
            entry, index, size, root = line.split()
            body = entry.encode()
            assert self.indexes.setdefault(body, int(index)) == int(index)
            known = self.roots.setdefault(int(size), base64.b64decode(root))
            assert base64.b64decode(root) == known, "two roots were shown for one size"
            count += 1
        return count

    def hold(self, log: Any) -> None:
        """See that the log keeps every word: indexes, checkpoints, consistency."""
        log.writer()  # recovers
        remembered = anchor.load(log.anchor)
        with log.database().read() as connection:
            size = rows.state(connection).size
            entries = {body: index for index, body in rows.entries(connection, 0, size)}
            for body, index in self.indexes.items():
                assert index == entries[body], f"{body!r} was acknowledged at {index}"
            tree = Tree(connection, size)
            root = tree.root()
            for shown, shown_root in self.roots.items():
                assert shown_root == rows.root_of(connection, shown)
                proof = tree.consistency(shown)
                assert merkle.is_consistent(shown, size, shown_root, root, proof)
            assert all(item.problem is None for item in replay(connection))
            assert [] == list(check.problems(connection, check.Depth.FULL, anchor=remembered))


def client(log: Any, name: str, *, count: int = 10_000, failpoint: str = "") -> Any:
    """Start a client."""
    return subprocess.Popen(
        [sys.executable, str(CLIENT), str(log.path), str(log.anchor), name, str(count), failpoint],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_at_any_moment(log_at: Callable[..., Any]) -> None:
    """Four clients are killed at once, again and again; nothing acknowledged is lost."""
    log, journal, chance = log_at(), Journal(), random.Random(5)
    acknowledged = 0
    for cycle in range(CYCLES):
        clients = [client(log, f"c{cycle}-{number}") for number in range(CLIENTS)]
        for one in clients:
            assert one.stdout is not None
            ready = one.stdout.readline()
            assert "ready\n" == ready, one.communicate()[1]
        time.sleep(chance.uniform(0.0, 0.15))
        for one in clients:
            one.send_signal(signal.SIGKILL)
        for one in clients:
            lines, errors = one.communicate()
            assert "Traceback" not in errors, errors
            acknowledged += journal.read(lines)
        if cycle % 10 == 9 or cycle == CYCLES - 1:
            journal.hold(log)
    assert acknowledged > CYCLES, "the clients were killed before they had done anything"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_killed_at_a_failpoint(log_at: Callable[..., Any], failpoint: str) -> None:
    """A process that ends at this step leaves a log that goes on, with all that was promised."""
    log, journal = log_at(), Journal()
    for cycle in range(EACH_FAILPOINT):
        one = client(log, f"c{cycle}", failpoint=failpoint)
        lines, _ = one.communicate(timeout=60)
        assert -signal.SIGKILL == one.returncode
        assert 0 == journal.read(lines), "it was acknowledged before it was done"
        other = client(log, f"d{cycle}", count=3)
        lines, errors = other.communicate(timeout=60)
        assert 0 == other.returncode, errors
        assert 3 == journal.read(lines)
        journal.hold(log)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_stopped_while_another_appends(log_at: Callable[..., Any]) -> None:
    """A writer that sleeps while another one appends goes on without a fork."""
    log, journal = log_at(), Journal()
    with client(log, "sleeper") as sleeper:
        try:
            assert "ready\n" == sleeper.stdout.readline()
            first = sleeper.stdout.readline()
            assert 5 == sum(_beside_a_sleeper(log, journal, sleeper, turn) for turn in range(20))
            sleeper.send_signal(signal.SIGCONT)
            rest = sleeper.stdout.readline()  # it goes on
        finally:
            sleeper.send_signal(signal.SIGKILL)
        more, errors = sleeper.communicate()
    assert "Traceback" not in errors, errors
    assert rest
    assert journal.read(first + rest + more) > 1
    journal.hold(log)


def _beside_a_sleeper(log: Any, journal: Journal, sleeper: Any, turn: int) -> int:
    """Let another client append five entries while `sleeper` is stopped; return how many it did.

    Stopped inside a transaction the sleeper holds the lock, and nobody can append: then it goes on
    for a while and is stopped at another moment. Once it has been done, nothing more is.
    """
    if any(body.startswith(b"other") for body in journal.indexes):
        return 0
    sleeper.send_signal(signal.SIGCONT)
    time.sleep(0.01 * turn)
    sleeper.send_signal(signal.SIGSTOP)
    with client(log, f"other{turn}", count=5) as other:
        ready = other.stdout.readline() if _speaks(other, seconds=10) else ""
        if ready == "ready\n" and _speaks(other, seconds=3):
            return journal.read(other.communicate(timeout=60)[0])
        other.kill()
        lines, _ = other.communicate()
        assert 0 == journal.read(lines), "it appended while the lock was held"
        return 0


def _speaks(one: Any, *, seconds: float) -> bool:
    return bool(select.select([one.stdout], [], [], seconds)[0])
