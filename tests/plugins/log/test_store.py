"""The database: what it refuses, whoever asks, and how its schema comes to be."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, UsageError
from assurance_log import backup, check, check_leaves, migrate, rows
from assurance_log.database import Database, path_of, read_only
from assurance_log.migrations.versions import r0001_log, r0002_guards, r0003_search

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


TABLES = [*r0001_log.TABLES, *r0002_guards.TABLES, *r0003_search.TABLES, "state"]


@pytest.mark.parametrize("table", TABLES)
def test_rows_stay(log_at: Callable[..., Any], table: str) -> None:
    """No row is changed, removed or replaced by SQL, in any table."""
    log = log_at().fill()
    database = log.database()
    with database.read() as connection:
        before = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
        names = [
            str(row[1]) for row in connection.exec_driver_sql(f"PRAGMA table_info({table})").all()
        ]
    assert before, "an empty table shows nothing"
    column = names[-1]
    if table != "state":
        with (
            pytest.raises(LogError, match=f"{table} only grows"),
            database.write() as connection,
        ):
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {column}")
    reason = "only grow|one row|no gaps"
    with pytest.raises(LogError, match=reason), database.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")
    with pytest.raises(LogError, match=reason), database.write() as connection:
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    with database.read() as connection:
        assert before == connection.exec_driver_sql(f"SELECT * FROM {table}").all()


@pytest.mark.parametrize("column", ["epoch", "size", "published"])
def test_state_never_goes_back(log_at: Callable[..., Any], column: str) -> None:
    """The one row that changes only goes up."""
    log = log_at().fill()
    reason = "never goes back|says what there is"
    with pytest.raises(LogError, match=reason), log.database().write() as connection:
        connection.exec_driver_sql(f"UPDATE state SET {column} = {column} - 1")


def test_index_has_no_gaps(log_at: Callable[..., Any]) -> None:
    """An entry is inserted at the end and nowhere else."""
    log = log_at().fill()
    with pytest.raises(LogError, match="no gaps"), log.database().write() as connection:
        connection.exec_driver_sql("INSERT INTO entry (idx, body) VALUES (302, x'00')")


def test_one_root_for_a_size(log_at: Callable[..., Any]) -> None:
    """A size that has a root never gets another one."""
    log = log_at().fill()
    with pytest.raises(LogError, match="head only grows"), log.database().write() as connection:
        rows.add_head(connection, 300, bytes(32))


def test_compare_and_swap_fences(log_at: Callable[..., Any]) -> None:
    """A state that another writer changed is not swapped."""
    log = log_at().fill()
    with log.database().write() as connection:
        now = rows.state(connection)
        old = rows.State(epoch=now.epoch - 1, size=now.size, published=now.published)
        assert not rows.compare_and_swap(connection, old, now)
        assert rows.compare_and_swap(connection, now, now)


def test_commits_are_synced(log_at: Callable[..., Any]) -> None:
    """The file is in WAL mode and each commit is synced."""
    log = log_at()
    with log.database().read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys")
        }
    assert {
        "journal_mode": "wal",
        "synchronous": 2,
        "recursive_triggers": 1,
        "foreign_keys": 1,
    } == pragmas


def test_read_only_is_read_only(log_at: Callable[..., Any]) -> None:
    """A reader's connection cannot write."""
    log = log_at()
    with (
        pytest.raises(LogError, match=r"readonly|read-only|query_only"),
        log.database(read_only=True).read() as connection,
    ):
        rows.add_head(connection, 7, bytes(32))


@pytest.mark.parametrize(
    "url", ["postgresql://x/y", "sqlite:log.db", "sqlite:///", "sqlite:///a?mode=ro", ""]
)
def test_url_of_another_kind(url: str, tmp_path: Path) -> None:
    """A URL that is no file's is refused, with one that is."""
    with pytest.raises(UsageError, match="no URL of a log in a file") as caught:
        path_of(url, tmp_path)
    assert "sqlite:///log/log.db" in caught.value.remedy


def test_url_is_relative_to_the_project(tmp_path: Path) -> None:
    """Three slashes are relative to the settings, four are absolute."""
    assert tmp_path / "log/log.db" == path_of("sqlite:///log/log.db", tmp_path)
    assert "/var/log.db" == str(path_of("sqlite:////var/log.db", tmp_path))


@pytest.mark.parametrize(
    "name", ["a#1.db", "a?mode=memory", "a%23b%.db", "ä b & c.db", os.fsdecode(b"a\xff.db")]
)
def test_file_of_any_name(log_at: Callable[..., Any], tmp_path: Path, name: str) -> None:
    """The file that is made, read and checked is the one that was named, whatever is in its name.

    `a#1.db` and `a#2.db` were both the file `a`: two logs in one database.
    """
    log = log_at(made=False)
    log.path = tmp_path / "in a folder #1" / name
    log.create().writer().append([b"x"])
    assert log.path.is_file()
    assert not [item for item in log.path.parent.iterdir() if not item.name.startswith(name)]
    with log.database(read_only=True).read() as connection:
        assert log.path == check_leaves.file_of(connection)
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))


def test_lock_that_is_not_given_up(log_at: Callable[..., Any], monkeypatch: Any) -> None:
    """A writer that waits in vain for another's lock is told so, and writes nothing."""
    log = log_at()
    monkeypatch.setattr("assurance_log.database.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(log.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogError, match="locked"):
            log.writer().append([b"x"])
        other.execute("ROLLBACK")
    assert (0,) == log.writer().append([b"x"]).indexes


def _stranger(path: Path) -> sqlite3.Connection:
    """Connect as somebody who knows nothing of the log: without its pragmas."""
    return sqlite3.connect(path, isolation_level=None)


@pytest.mark.parametrize("table", TABLES)
def test_rows_stay_for_a_stranger(log_at: Callable[..., Any], table: str) -> None:
    """The guards hold on a connection without the log's pragmas: by key, by rowid, by upsert."""
    log = log_at().fill()
    with closing(_stranger(log.path)) as connection:
        assert (0,) == connection.execute("PRAGMA recursive_triggers").fetchone()
        before = connection.execute(f"SELECT * FROM {table}").fetchall()
        info = connection.execute(f"PRAGMA table_info({table})").fetchall()
        names = [str(row[1]) for row in info]
        key = ", ".join(str(row[1]) for row in info if row[5])
        columns = ", ".join(names)
        attempts = [
            f"DELETE FROM {table}",
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
            f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1",
            (
                f"INSERT INTO {table} SELECT * FROM {table} LIMIT 1 "
                f"ON CONFLICT ({key}) DO UPDATE SET {names[-1]} = excluded.{names[-1]}"
            ),
            f"UPDATE OR REPLACE {table} SET {names[0]} = {names[0]} || ''",
        ]
        if table in r0002_guards.ROWID_TABLES:
            fresh = {"tile": "level + 1", "cosignature": "size - 1", "content": "randomblob(32)"}
            changed = columns.replace(names[0], fresh[table], 1)
            attempts.append(
                f"INSERT OR REPLACE INTO {table} (rowid, {columns}) "
                f"SELECT rowid, {changed} FROM {table} LIMIT 1"
            )
        for attempt in attempts:
            if table == "state" and "UPDATE" in attempt:
                continue
            with pytest.raises(sqlite3.DatabaseError, match=r"only grow|one row|no gaps"):
                connection.execute(attempt)
        assert before == connection.execute(f"SELECT * FROM {table}").fetchall()


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE state SET size = size + 1", "says what there is"),
        ("UPDATE state SET published = published - 1", "never goes back|says what there is"),
        ("UPDATE state SET id = 2", "never goes back"),
        ("INSERT INTO head VALUES (302, zeroblob(32))", "with the entries"),
        ("INSERT INTO head VALUES (299, zeroblob(32))", "with the entries"),
        ("INSERT INTO checkpoint VALUES (302, x'00', zeroblob(32), 0)", "is of a head"),
        ("INSERT INTO checkpoint VALUES (7, x'00', zeroblob(32), 0)", "only grow|is of a head"),
        ("INSERT INTO entry VALUES (NULL, x'00')", "no gaps"),
        ("INSERT INTO entry VALUES (301, zeroblob(65536))", "CHECK"),
        ("INSERT INTO state VALUES (2, 0, 0, 0)", "one row"),
    ],
)
def test_a_stranger_adds_nothing_that_is_not_so(
    log_at: Callable[..., Any], statement: str, reason: str
) -> None:
    """Heads, checkpoints and the state follow the entries, whoever writes them."""
    log = log_at().fill()
    with (
        closing(_stranger(log.path)) as connection,
        pytest.raises(sqlite3.DatabaseError, match=reason),
    ):
        connection.execute(statement)


def test_disk_that_failed_is_written_no_more(log_at: Callable[..., Any]) -> None:
    """After a full disk this process does not write the file again; another process does."""
    log = log_at()
    database = log.database()

    def fill() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            rows.add_content(connection, b"x" * 1_000_000)

    with pytest.raises(LogError, match="full"):
        fill()
    for again in (database, log.database()):
        with (
            pytest.raises(LogError, match=r"this process writes the log no more: .*full"),
            again.write(),
        ):
            pass
    with log.database().read() as connection:
        assert 0 == rows.state(connection).size


def test_lock_and_refusal_are_not_the_disk(log_at: Callable[..., Any]) -> None:
    """What the database refuses is rolled back, and the process writes on."""
    log = log_at()
    log.writer().append([b"a"])
    with pytest.raises(LogError, match="only grow"), log.database().write() as connection:
        connection.exec_driver_sql("DELETE FROM entry")
    assert (1,) == log.writer().append([b"x"]).indexes


@pytest.mark.parametrize("instead", ["another file", "nothing"])
def test_file_that_was_replaced(log_at: Callable[..., Any], instead: str) -> None:
    """Whoever has the log open does not go on in a file that lost its name to another."""
    log = log_at(anchored=False)
    writer = log.writer()
    writer.append([b"a"])
    aside = log.path.rename(log.path.with_name("aside"))
    if instead == "another file":
        shutil.copy(aside, log.path)
    reader = log.opened[0]
    with pytest.raises(LogError, match="was moved away or replaced"):
        writer.append([b"b"])
    with pytest.raises(LogError, match="was moved away or replaced"), reader.read():
        pass
    if instead == "another file":
        assert (1,) == log.writer().append([b"b"]).indexes, "who starts again goes on"


def test_file_that_nobody_can_change(
    log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log on a disc or in a snapshot is read though no file for locks can be made beside it."""
    log = log_at(anchored=False)
    log.writer().append([b"a"])
    flags = SimpleNamespace(f_flag=os.ST_RDONLY)  # a fake: mounting takes rights
    monkeypatch.setattr(os, "statvfs", lambda _path: flags)
    assert "immutable" not in read_only(log.path), "a writer has it open"
    log.close()
    assert [log.path] == list(log.path.parent.glob("log.db*"))
    with log.database(read_only=True).read() as connection:
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
    assert 1 == backup.backup(log.path, log.path.with_name("copy"))
    assert [log.path] == list(log.path.parent.glob("log.db*"))


def test_failure_tells_what_to_do(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A file that is none of SQLite's is not told to need room on the disk."""
    (tmp_path / "x").write_bytes(b"not a database" * 100)
    other = Database(tmp_path / "x", read_only=True)
    with pytest.raises(LogError, match="file is not a database") as caught, other.read() as opened:
        migrate.revision(opened)
    assert "correct the path" in caught.value.remedy
    log = log_at()
    log.writer().append([b"%d" % number for number in range(300)])
    log.close()
    content = log.path.read_bytes()
    log.path.write_bytes(content[:4096].ljust(len(content), b"\0"))
    with pytest.raises(LogError) as caught, log.database(read_only=True).read() as connection:
        list(check.problems(connection, check.Depth.TILES, anchor=None))
    assert "keep the file as evidence" in caught.value.remedy
