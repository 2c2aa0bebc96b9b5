"""The database: what it refuses, whoever asks, and how its schema comes to be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, UsageError
from assurance_log import migrate, records, rows
from assurance_log.database import Database, path_of
from assurance_log.migrations.versions import r0001_log

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUNDLE = b'{"not": "a bundle"}\n'


def _filled(log_at: Callable[..., Any]) -> Any:
    """A log with a row in every table."""
    log = log_at()
    log.writer().append([b"%d" % i for i in range(300)])
    log.writer().append([records.entry_of(BUNDLE)], contents=[BUNDLE])
    with log.database().write() as connection:
        rows.add_cosignature(connection, 301, "w.example", b"1234", "— w.example AAAA\n", 5)
        connection.exec_driver_sql(
            "INSERT INTO record_field (field, value, idx) VALUES ('signer', 'x', 300)"
        )
    return log


TABLES = [*r0001_log.TABLES, "state"]


@pytest.mark.parametrize("table", TABLES)
def test_rows_stay(log_at: Callable[..., Any], table: str) -> None:
    """No row is changed, removed or replaced by SQL, in any table."""
    log = _filled(log_at)
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
    log = _filled(log_at)
    with pytest.raises(LogError, match="never goes back"), log.database().write() as connection:
        connection.exec_driver_sql(f"UPDATE state SET {column} = {column} - 1")


def test_index_has_no_gaps(log_at: Callable[..., Any]) -> None:
    """An entry is inserted at the end and nowhere else."""
    log = _filled(log_at)
    with pytest.raises(LogError, match="no gaps"), log.database().write() as connection:
        connection.exec_driver_sql("INSERT INTO entry (idx, body) VALUES (302, x'00')")


def test_one_root_for_a_size(log_at: Callable[..., Any]) -> None:
    """A size that has a root never gets another one."""
    log = _filled(log_at)
    with pytest.raises(LogError, match="head only grows"), log.database().write() as connection:
        rows.add_head(connection, 300, bytes(32))


def test_compare_and_swap_fences(log_at: Callable[..., Any]) -> None:
    """A state that another writer changed is not swapped."""
    log = _filled(log_at)
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


def _schema(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
        ).fetchall()
    return [(str(name), str(sql)) for name, sql in found]


def test_failed_migration_leaves_nothing(tmp_path: Path) -> None:
    """A schema is made wholly or not at all."""
    database = Database(tmp_path / "log.db")

    def interrupted() -> None:
        with database.write() as connection:
            migrate.upgrade(connection)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    database.close()
    assert [] == _schema(tmp_path / "log.db")


def test_migration_keeps_the_data(log_at: Callable[..., Any]) -> None:
    """Upgrading a log of the released schema again changes neither its rows nor its schema."""
    log = _filled(log_at)
    before = _schema(log.path)
    database = log.database()
    with database.write() as connection:
        roots = connection.exec_driver_sql("SELECT size, root FROM head").all()
        assert "0001" == migrate.revision(connection)
        migrate.upgrade(connection)
        assert roots == connection.exec_driver_sql("SELECT size, root FROM head").all()
    database.close()
    assert before == _schema(log.path)
