"""Every released schema, with data, comes to the newest: whole, the same history, or not at all."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, UsageError
from assurance.predicates import READINESS
from assurance.tlog import base64_strict, checkpoint
from assurance_log import check, guards, listing, migrate, opening, records, rows
from assurance_log.database import Database
from assurance_log.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2] / "data/log"
RELEASED = sorted(DATA.glob("schema_*.sql"))
OLDER = [path for path in RELEASED if path.stem != f"schema_{migrate.NEWEST}"]
assert OLDER, "an empty list would pass silently"
UNCHANGED = {
    "identity": "origin",
    "log_key": "from_size, vkey",
    "entry": "idx, body",
    "leaf": "leaf_hash, idx",
    "tile": "level, n, hashes, root",
    "head": "size, root",
    "checkpoint": "size, note, chain, signed_at",
    "cosignature": "size, name, key_hash, line, cosigned_at",
    "content": "sha256, body",
    "record": "idx, bundle_sha256, release, version, environment, verdict, decided_at",
    "record_field": "field, value, idx",
    "state": "epoch, size, published",
}
"""What no upgrade may change: every column that there ever was."""
MIGRATE = """
import os, signal, sys, traceback
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from assurance_log import migrate
from assurance_log.database import Database
@event.listens_for(Engine, "before_cursor_execute")
def reached(connection, cursor, statement, *more):
    global left
    if statement.startswith(("CREATE", "UPDATE", "INSERT", "DELETE", "ALTER", "DROP")):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
for line in sys.stdin:  # each upgrade in a process of its own; the imports are made once
    left = int(line)
    pid = os.fork()
    if not pid:
        try:
            with Database(Path(sys.argv[1])).write() as connection:
                migrate.upgrade(connection)
        except BaseException:
            traceback.print_exc()
            os._exit(100)
        os._exit(left)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


def restored(dump: Path, path: Path) -> Path:
    """Make the database of a dump."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def content(path: Path) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT {columns} FROM {table}").fetchall()
            for table, columns in UNCHANGED.items()
        }


def schema(path: Path) -> list[tuple[str, str]]:
    """Return the schema's statements."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()
    return [(str(name), str(sql)) for name, sql in found]


def upgraded(path: Path) -> None:
    """Upgrade as `assurance log migrate` does."""
    database = Database(path)
    with database.write() as connection:
        migrate.upgrade(connection)
    database.close()


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_released_schema_with_data(dump: Path, log_at: Callable[..., Any], tmp_path: Path) -> None:
    """Rows and roots are the same, the log is whole, and it goes on where it was."""
    log = log_at("fresh")
    log.path, log.anchor = restored(dump, tmp_path / "old.db"), None
    before = content(log.path)
    assert all(before.values()), "an empty table shows nothing"
    upgraded(log.path)
    assert before == content(log.path)
    with log.database().read() as connection:
        assert migrate.NEWEST == migrate.revision(connection)
        assert () == guards.changed(connection)
        found = [
            (item.kind, item.where)
            for item in check.problems(connection, check.Depth.FULL, anchor=None)
        ]
        assert all(item.problem is None for item in replay(connection))
        pending = rows.heads_after(connection, rows.state(connection).published)
    # Before schema 0002 the witnesses' keys were not kept.
    assert [("witness-key", "cosignature 301 w.example")] * (dump.stem == "schema_0001") == found
    done = log.writer().append([b"after the upgrade"])
    assert (302,) == done.indexes
    with log.database().read() as connection:
        assert all(item.problem is None for item in replay(connection))
        signed = [
            checkpoint.read(stored.note.decode().split("\n\n")[0] + "\n")
            for stored in rows.checkpoints(connection)
        ]
    assert pending == tuple((head.size, head.root) for head in signed if head.size == 302)
    assert before["head"] == [(head.size, head.root) for head in signed][: len(before["head"])]


def test_texts_that_are_left_out_now(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A log of schema 0002 may have search fields that are left out now: it is whole all the same.

    They are found as before; a field that the bundle does not have is still named.
    """
    log = log_at("fresh")
    log.path, log.anchor = restored(DATA / "schema_0002.sql", tmp_path / "old.db"), None
    statement = {
        "predicateType": READINESS,
        "subject": [{"digest": {"a": "s" * 5000, "b": "n\0l", "c": "ok"}}],
        "predicate": {"release": {"name": "n" * 2000, "version": "1"}},
    }
    line = {
        "verificationMaterial": {"publicKey": {"hint": "k" * 9000}},
        "dsseEnvelope": {"payload": base64_strict.encode(json.dumps(statement).encode())},
    }
    bundle = json.dumps(line).encode()
    log.writer().append([records.entry_of(bundle)])
    digest = sha256(bundle).digest()
    with log.database().write() as connection:
        rows.add_content(connection, bundle)
        # As the version that had schema 0002 did.
        connection.exec_driver_sql(
            "INSERT INTO record (idx, bundle_sha256, release, version) VALUES (302, ?, ?, '1')",
            (digest, "n" * 2000),
        )
        connection.exec_driver_sql(
            "INSERT INTO record_field (field, value, idx) VALUES (?, ?, 302)",
            [
                ("signer", "k" * 9000),
                ("predicate-type", READINESS),
                *(("subject", text) for text in ("s" * 5000, "n\0l", "ok")),
            ],
        )
    upgraded(log.path)
    with log.database(read_only=True).read() as connection:
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
        for asked in (
            listing.Filters(release="n" * 2000),
            listing.Filters(subject="s" * 5000),
            listing.Filters(signer="kkk"),
        ):
            assert [302] == [item.index for item in listing.find(connection, asked, limit=9)]
    log.damage("DELETE FROM record_field WHERE value = 'ok'")
    with log.database(read_only=True).read() as connection:
        (found,) = check.problems(connection, check.Depth.FULL, anchor=None)
    assert ("record", "record 302") == (found.kind, found.where)


def test_times_of_an_older_schema(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """An upgrade notes where the clock of an older log was set back."""
    log = log_at("fresh")
    log.path, log.anchor = restored(DATA / "schema_0002.sql", tmp_path / "old.db"), None
    clock = iter([1_700_000_500, 1_700_000_400, 1_700_000_400, 1_700_000_300])
    writer = log.writer(clock=lambda: next(clock))
    for number in range(3):
        writer.append([b"%d more" % number])
    upgraded(log.path)
    with log.database(read_only=True).read() as connection:
        # The first checkpoint, of no entries, has the time of the machine that made the file.
        assert (300, 303, 305) == rows.clock_steps(connection)
        asked = listing.Filters(since=1_700_000_400, until=1_700_000_450)
        assert [303, 302] == [item.index for item in listing.find(connection, asked, limit=9)]
    log.damage("DELETE FROM clock_set_back WHERE size = 303")
    log.damage("INSERT INTO clock_set_back VALUES (304)")
    with log.database(read_only=True).read() as connection:
        found = list(check.problems(connection, check.Depth.QUICK, anchor=None))
    assert [("clock", "clock_set_back 303"), ("clock", "clock_set_back 304")] == [
        (item.kind, item.where) for item in found
    ]
    assert "is missing" in found[0].message
    assert "is not before" in found[1].message


@pytest.mark.parametrize("dump", OLDER, ids=lambda path: path.stem)
def test_older_schema_is_not_written(
    dump: Path, log_at: Callable[..., Any], tmp_path: Path
) -> None:
    """A log that has not been upgraded is refused, and the way is told."""
    path = restored(dump, tmp_path / "old.db")
    before = content(path)
    with pytest.raises(LogError, match=r"has schema \d+, this version reads") as caught:
        opening.reader(path)
    assert "assurance log migrate" in caught.value.remedy
    assert before == content(path)


def test_newer_schema_is_not_written(log_at: Callable[..., Any]) -> None:
    """A log of a version to come is not read."""
    log = log_at()
    log.damage("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LogError, match="schema '9999', which is later than"):
        opening.reader(log.path)


@pytest.mark.slow
@pytest.mark.parametrize("dump", OLDER, ids=lambda path: path.stem)
def test_killed_during_an_upgrade(dump: Path, tmp_path: Path) -> None:
    """A process that ends at any statement of an upgrade leaves the old schema, whole."""
    path = restored(dump, tmp_path / "old.db")
    rows_before, schema_before = content(path), schema(path)
    killed = 0
    with subprocess.Popen(
        [sys.executable, "-c", MIGRATE, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as upgrading:
        assert upgrading.stdin is not None
        assert upgrading.stdout is not None
        while True:
            print(killed, file=upgrading.stdin, flush=True)
            code = int(upgrading.stdout.readline())
            if code == 0:  # it had none left over, either
                break
            assert -9 == code
            assert schema_before == schema(path)
            assert rows_before == content(path)
            killed += 1
        upgrading.stdin.close()
    assert killed > 5
    assert rows_before == content(path)
    assert schema_before != schema(path)


def test_failed_upgrade_leaves_nothing(tmp_path: Path) -> None:
    """A schema is made wholly or not at all."""
    database = Database(tmp_path / "log.db")

    def interrupted() -> None:
        with database.write() as connection:
            migrate.upgrade(connection)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    database.close()
    assert [] == schema(tmp_path / "log.db")


def test_upgrade_again_changes_nothing(log_at: Callable[..., Any]) -> None:
    """Upgrading a log of the newest schema changes neither its rows nor its schema."""
    log = log_at()
    log.writer().append([b"%d" % i for i in range(300)])
    before = schema(log.path), content(log.path)
    upgraded(log.path)
    assert before == (schema(log.path), content(log.path))


def test_digest_of_the_schema() -> None:
    """The digest that guards are compared with is of what the migrations make."""
    assert guards.SCHEMA_SHA256 == guards.digest(guards._fresh())


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TRIGGER entry_no_update", "the trigger entry_no_update is missing"),
        ("DROP TRIGGER state_grows", "the trigger state_grows is missing"),
        (
            "CREATE TRIGGER x AFTER INSERT ON entry BEGIN SELECT 1; END",
            "the trigger x is not the log's",
        ),
        ("CREATE VIEW v AS SELECT 1", "the view v is not the log's"),
        ("CREATE INDEX i ON entry (body)", "the index i is not the log's"),
        ("ALTER TABLE head ADD COLUMN more", "the table head is not as the log made it"),
        ("DROP TABLE witness_key", "the table witness_key is missing"),
    ],
)
def test_dropped_guards_are_named(log_at: Callable[..., Any], statement: str, told: str) -> None:
    """A changed schema is named by every check, and nobody appends to it."""
    log = log_at()
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        connection.execute(statement)
    with log.database(read_only=True).read() as connection:
        first = next(check.problems(connection, check.Depth.QUICK, anchor=None))
        found = list(check.problems(connection, check.Depth.FULL, anchor=None))
    assert ("guard", "schema", told) == (first.kind, first.where, first.message)
    assert {"guard"} == {item.kind for item in found}
    with pytest.raises(LogError, match=f"not as this program made it: {told}"):
        opening.writer(log.path, None, origin=None, anchor=None, witness_policy=None)  # type: ignore[arg-type]


def test_pending_head_that_is_forged_is_not_signed(log_at: Callable[..., Any]) -> None:
    """A root that somebody wrote into the file is not signed, and the writer says so."""
    log = log_at()
    log.writer().append([b"a", b"b", b"c"])
    log.damage("UPDATE state SET published = 0", "DELETE FROM checkpoint WHERE size = 3")
    log.damage("UPDATE head SET root = zeroblob(32) WHERE size = 3")
    log.anchor = None

    def sign(message: bytes) -> bytes:
        raise AssertionError(message)

    with pytest.raises(LogError, match="the root of 3 entries that waits for its signature is not"):
        log.writer(sign=sign)


def test_file_that_is_no_log(tmp_path: Path) -> None:
    """A file without a log's schema is no log, whatever is in it."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(LogError, match="there is no log in this file"):
        opening.reader(tmp_path / "x.db")
    with pytest.raises(UsageError, match="there is no log here"):
        opening.reader(tmp_path / "y.db")


@pytest.mark.parametrize("content", ["of another program", "of zero bytes"])
def test_upgrade_leaves_what_is_no_log(run: Any, tmp_path: Path, content: str) -> None:
    """`migrate` changes no file that is not a log, not even the mode that SQLite opens it in."""
    path = tmp_path / "x.db"
    path.touch()
    if content == "of another program":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE t (x)")
    before = path.read_bytes()
    done = run("migrate", "--log", f"sqlite:///{path}", wanted=3)
    assert "there is no log in this file" in done.stderr
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.glob("x.db*"))


@pytest.mark.parametrize("command", ["check", "migrate"])
def test_schema_of_a_later_version(run: Any, tmp_path: Path, command: str) -> None:
    """A log that a later version wrote is told as such, and not to be upgraded."""
    path = restored(RELEASED[-1], tmp_path / "later.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    done = run(command, "--log", f"sqlite:///{path}", wanted=3)
    assert "schema '0999', which is later than" in " ".join(done.stderr.split())
    assert "use the version that wrote it" in done.stderr
