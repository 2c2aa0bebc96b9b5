"""Each system call of an append fails once: with EIO, ENOSPC, and the end of the process.

strace counts the calls that touch the log's files and its anchor in an append that goes well, and
then fails them one by one, each in a fresh copy of the log. What was acknowledged is there
afterwards, and a call that failed before the acknowledgement leaves none.

Here each call fails in one of the three ways, in turn; with EVERY_FAILURE=1 (`tox run -e soak`) in
all of them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance_log import migrate

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT = Path(__file__).with_name("client.py")
ORIGIN = "log.example/releases"
PARTS = ("", "-wal", "-shm", "-journal")
CALLS = "write,pwrite64,fsync,fdatasync,rename,unlink,ftruncate"
FILES = ("log.db", "log.db-wal", "log.db-shm", "log.db-journal")
FAILURES = ("EIO", "ENOSPC", "KILL")
EVERY = bool(os.environ.get("EVERY_FAILURE"))
ANCHORS = ("", "log.checkpoint", "log.checkpoint.new")
_CALL = re.compile(r"^\d+ +(\w+)\((?:\d+<)?\"?([^>\",]+)")
MIGRATE = (
    "import sys\n"
    "from pathlib import Path\n"
    "from assurance_log import migrate\n"
    "from assurance_log.database import Database\n"
    "database = Database(Path(sys.argv[1]))\n"
    "with database.write() as connection:\n"
    "    migrate.upgrade(connection)\n"
    "database.close()\n"
)


class Traced:
    """Runs a command on a log and fails one of its calls."""

    def __init__(self, strace: Path, log: Any, command: list[str]) -> None:
        """Take the command; a copy of the log's folders is made for each run."""
        self.strace, self.log, self.command = strace, log, command

    def files(self) -> list[Path]:
        """Return the files whose calls are looked at."""
        files = [self.log.path.with_name(name) for name in FILES]
        return [*files, *(self.log.anchor.parent / name for name in ANCHORS)]

    def run(self, *failure: str) -> tuple[int, str, str, list[tuple[str, str]]]:
        """Return exit code, output, errors, and (call, file) of every call that was made."""
        files = self.files()
        record = self.log.path.with_name("calls")
        paths = [part for path in files for part in ("-P", str(path))]
        done = subprocess.run(
            [
                *(str(self.strace), "-f", "-y", "-qq", "-o", str(record)),
                *("-e", f"trace={CALLS}", *paths, *failure, sys.executable, *self.command),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        calls = [found for line in record.read_text().splitlines() if (found := _CALL.match(line))]
        record.unlink()
        return done.returncode, done.stdout, done.stderr, [(c[1], c[2]) for c in calls]


def injected(call: str, number: int, failure: str) -> list[str]:
    """Return strace's option that fails the `number`th call of a kind."""
    how = "signal=KILL" if failure == "KILL" else f"error={failure}"
    return ["-e", f"inject={call}:{how}:when={number}"]


def numbered(calls: list[tuple[str, str]]) -> list[tuple[str, int, str]]:
    """Return (call, which of its kind, file) of each call."""
    count: Counter[str] = Counter()
    found = []
    for call, path in calls:
        count[call] += 1
        found.append((call, count[call], path.rsplit("/", 1)[-1]))
    return found


def its_turn(failure: str, number: int) -> bool:
    """Return whether a call fails in this way."""
    return EVERY or FAILURES[number % len(FAILURES)] == failure


def copied(log_at: Callable[..., Any], log: Any, name: str) -> Any:
    """Return a copy of a log that nobody has open."""
    other = log_at(name, made=False)
    shutil.copytree(log.path.parent, other.path.parent)
    other.anchor = other.anchor.with_name(name) / "log.checkpoint"
    shutil.copytree(log.anchor.parent, other.anchor.parent)
    return other


@pytest.fixture
def base(log_at: Callable[..., Any], tmp_path: Path) -> Any:
    """A log whose next entry fills a tile, with its anchor in a folder of its own."""
    log = log_at(made=False)
    log.anchor = tmp_path / "anchors" / "log.checkpoint"
    log.create()
    log.writer().append([b"%d" % i for i in range(255)])
    log.close()
    return log


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("failure", FAILURES)
def test_append(
    strace: Path, base: Any, log_at: Callable[..., Any], journal: Any, failure: str
) -> None:
    """Whatever fails, what was acknowledged stays, and what was not is not promised."""

    def at(log: Any) -> Traced:
        return Traced(strace, log, [str(CLIENT), log.url, str(log.anchor), "entry", "1", ""])

    well = copied(log_at, base, "well")
    code, lines, errors, calls = at(well).run()
    assert 0 == code, errors
    assert 1 == journal.read(lines)
    made = numbered(calls)
    kinds = {call for call, _, _ in made}
    assert {"write", "pwrite64", "fsync", "fdatasync", "rename", "unlink"} <= kinds
    # The anchor's folder is synced last before the acknowledgement.
    last = max(i for i, (call, _, name) in enumerate(made) if (call, name) == ("fsync", "well"))
    tally: Counter[str] = Counter()
    for i, (call, number, name) in enumerate(made):
        if not its_turn(failure, i):
            continue
        log = copied(log_at, base, f"copy-{i}")
        told = type(journal)()
        code, lines, errors, _ = at(log).run(*injected(call, number, failure))
        acknowledged = told.read(lines)
        what = f"{failure} at {call} {number} of {name}: exit {code}, {errors[-300:]}"
        if failure == "KILL":
            assert -signal.SIGKILL == code, what
        elif code:
            assert re.search(r"^assurance\.errors\.LogError: ", errors, re.MULTILINE), what
        if i <= last:
            assert 0 == acknowledged, what
            assert 0 != code, what
        tally["acknowledged" if acknowledged else "refused"] += 1
        # Once more, as a user would: it gets its one index.
        done = log.writer().append([b"entry-0", b"another"])
        assert (255, 256) == done.indexes, what
        told.hold(log)
    assert {"acknowledged", "refused"} == set(tally)
    print(f"{failure}: {tally.total()} calls failed one by one, {dict(tally)}, 0 lost")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("failure", FAILURES)
def test_upgrade(strace: Path, log_at: Callable[..., Any], tmp_path: Path, failure: str) -> None:
    """An upgrade that fails anywhere leaves the old schema or the new one, with every row."""
    dump = Path(__file__).parents[2] / "data/log/schema_0001.sql"
    made: list[tuple[str, int, str]] = []
    number = failed = 0
    while number <= len(made):
        if number and not its_turn(failure, number):
            number += 1
            continue
        log = log_at(f"log-{number}", made=False)
        log.path.parent.mkdir()
        log.anchor.parent.mkdir(exist_ok=True)
        _restore(dump, log.path)
        traced = Traced(strace, log, ["-c", MIGRATE, str(log.path)])
        if number == 0:
            code, _, errors, calls = traced.run()
            assert 0 == code, errors
            made = numbered(calls)
            assert len(made) > 10
        else:
            failed += 1
            call, which, _ = made[number - 1]
            code, _, errors, _ = traced.run(*injected(call, which, failure))
            assert (-signal.SIGKILL == code) if failure == "KILL" else (code in {0, 1}), errors
        database = log.database()
        with database.write() as connection:
            assert migrate.revision(connection) in {"0001", migrate.NEWEST}
            migrate.upgrade(connection)
        log.anchor = None
        assert (302,) == log.writer().append([b"after the upgrade"]).indexes
        log.close()
        number += 1
    assert failed >= len(made) // len(FAILURES)
    print(f"{failure}: {failed} calls of an upgrade failed one by one, 0 rows lost")


def _restore(dump: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")


class TracedCommand(Traced):
    """Runs `assurance log` in the folder of the log, and fails one call on its files."""

    def files(self) -> list[Path]:
        """Return what `init` and `restore` make, and the folders."""
        log = [self.log.path, self.log.path.with_name("log.db.new")]
        parts = [path.with_name(path.name + end) for path in log for end in PARTS]
        keys = [self.log.path.parent / "keys" / name for name in ("", "log.pem", "log.pub")]
        anchors = [self.log.anchor.parent / name for name in (*ANCHORS, "log.checkpoint.lock")]
        return [*parts, *keys, *anchors, self.log.path.parent]

    @property
    def words(self) -> list[str]:
        """The options that say which log is meant."""
        return [
            *("--log", self.log.url, "--key", f"file:{self.log.path.parent}/keys/log.pem"),
            *("--anchor", str(self.log.anchor)),
        ]


def runs(calls: list[tuple[str, str]]) -> list[tuple[str, int, str]]:
    """Return the first call of each run of the same call on the same file; with EVERY, all."""
    made = numbered(calls)
    return [one for i, one in enumerate(made) if EVERY or not i or made[i - 1][::2] != one[::2]]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("failure", FAILURES)
def test_init(
    strace: Path, log_at: Callable[..., Any], tmp_path: Path, forked: Any, failure: str
) -> None:
    """An `init` that fails leaves nothing, and is repeated; one that was killed says what to do."""

    def at(name: str) -> TracedCommand:
        log = log_at(name, made=False)
        log.anchor = tmp_path / name / "anchors" / "log.checkpoint"
        log.path.parent.mkdir()
        traced = TracedCommand(strace, log, [])
        traced.command = ["-m", "assurance", "log", "init", "--origin", ORIGIN, *traced.words]
        return traced

    def left(traced: TracedCommand) -> list[Path]:
        return [path for path in traced.files() if path.is_file()]

    code, _, errors, calls = at("well").run()
    assert 0 == code, errors
    tally: Counter[str] = Counter()
    for i, (call, number, name) in enumerate(runs(calls)):
        if not its_turn(failure, i):
            continue
        traced = at(f"log-{i}")
        code, _, errors, _ = traced.run(*injected(call, number, failure))
        what = f"{failure} at {call} {number} of {name}: exit {code}, {errors[-400:]}"
        assert "our bug" not in errors, what
        again = traced.command[2:]
        if failure == "KILL":
            assert -signal.SIGKILL == code, what
            done = forked(tuple(again), cwd=tmp_path)
            if done.returncode:
                assert 2 == done.returncode, what + done.stderr
                assert "an init was interrupted" in " ".join(done.stderr.split()), done.stderr
                for path in left(traced):
                    path.unlink()
                done = forked(tuple(again), cwd=tmp_path)
        elif code:
            assert code in {2, 3}, what
            assert [] == left(traced), what
            done = forked(tuple(again), cwd=tmp_path)
        else:
            done = forked(("log", "check", "--depth", "full", *traced.words[:2]), cwd=tmp_path)
        assert 0 == done.returncode, what + done.stdout + done.stderr
        tally["done all the same" if code == 0 else "failed"] += 1
    assert tally["failed"] > 2
    print(f"{failure}: {tally.total()} calls of an init failed one by one, {dict(tally)}")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("failure", FAILURES)
def test_restore(
    strace: Path,
    base: Any,
    log_at: Callable[..., Any],
    tmp_path: Path,
    forked: Any,
    failure: str,
) -> None:
    """A `restore` that fails leaves what was there, in its place or aside, and is repeated."""
    saved = tmp_path / "saved.db"
    done = forked(("log", "backup", "--to", str(saved), "--log", base.url), cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    base.writer().append([b"after the backup"])
    base.close()

    def at(name: str) -> TracedCommand:
        traced = TracedCommand(strace, copied(log_at, base, name), [])
        traced.command = ["-m", "assurance", "log", "restore", "--from", str(saved)]
        traced.command += ["--log", traced.log.url]
        return traced

    code, _, errors, calls = at("well").run()
    assert 0 == code, errors
    failed = 0
    for i, (call, number, name) in enumerate(runs(calls)):
        if not its_turn(failure, i):
            continue
        traced = at(f"copy-{i}")
        code, _, errors, _ = traced.run(*injected(call, number, failure))
        what = f"{failure} at {call} {number} of {name}: exit {code}, {errors[-400:]}"
        assert (-signal.SIGKILL == code) if failure == "KILL" else code in {0, 3}, what
        assert "our bug" not in errors, what
        path = traced.log.path
        if code:
            failed += 1
            there = [path, *path.parent.glob("log.db.replaced-*")]
            assert 256 in map(_entries, filter(Path.exists, there)), what
            done = forked(tuple(traced.command[2:]), cwd=tmp_path)
            assert 0 == done.returncode, what + done.stderr
        assert 255 == _entries(path), what
        assert not path.with_name("log.db.new").exists(), what
    assert failed
    print(f"{failure}: {failed} calls of a restore failed one by one, 0 logs lost")


def _entries(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    return int(count)
