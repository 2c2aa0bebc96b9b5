"""Backups and their way back, where something else is there or happens meanwhile."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, RefusedError, UsageError
from assurance_log import backup, check, migrate, opening
from assurance_log.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2] / "data/log"
RELEASED = sorted(DATA.glob("schema_*.sql"))
assert RELEASED, "an empty list would pass silently"


def entries(path: Path) -> int:
    """Return how many entries a database has, with what is in its write-ahead log."""
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM entry").fetchone()
    return int(count)


@pytest.fixture
def log(log_at: Callable[..., Any]) -> Any:
    """A log of two entries without an anchor, closed."""
    log = log_at(anchored=False)
    log.writer().append([b"a", b"b"])
    log.close()
    return log


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_backup_before_an_upgrade(dump: Path, tmp_path: Path) -> None:
    """What `migrate` tells to make first can be made, of every released schema, and restored."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(dump.read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    made = tmp_path / "backup.db"
    assert 302 == backup.backup(path, made)
    assert f"schema_{opening.schema(made)}" == dump.stem
    assert [made] == list(tmp_path.glob("backup.db*")), "one file, in no mode that needs others"
    assert 302 == backup.restore(made, tmp_path / "log.db")
    database = Database(tmp_path / "log.db")
    with database.write() as connection:
        migrate.upgrade(connection)
        found = list(check.problems(connection, check.Depth.FULL, anchor=None))
    database.close()
    assert {"witness-key"} >= {item.kind for item in found}


def test_damaged_log_of_an_older_schema(tmp_path: Path) -> None:
    """A copy of an older schema is looked through as any other; it is kept, and told."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((DATA / "schema_0002.sql").read_text("utf-8"))
        connection.execute("DROP TRIGGER head_no_update")
        connection.execute("UPDATE head SET root = zeroblob(32) WHERE size = 300")
    with pytest.raises(RefusedError, match="the copy is not whole: "):
        backup.backup(path, tmp_path / "backup.db")
    assert (tmp_path / "backup.db").is_file()


def test_copy_that_another_process_makes(log: Any, tmp_path: Path) -> None:
    """Two backups with one name: the second one waits for no one, and takes nothing away."""
    fresh = tmp_path / "b.db.new"
    with fresh.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(b"half of a copy")
        other.flush()
        with pytest.raises(LogError, match="another process is copying a log there"):
            backup.backup(log.path, tmp_path / "b.db")
        assert b"half of a copy" == fresh.read_bytes()
    assert 2 == backup.backup(log.path, tmp_path / "b.db")
    assert not fresh.exists()


def test_backup_that_comes_second(
    log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that appears while the copy is made is not replaced."""
    target = tmp_path / "b.db"
    look = backup._looked_through

    def appears(fresh: Path) -> Any:
        target.write_text("of somebody else")
        return look(fresh)

    monkeypatch.setattr(backup, "_looked_through", appears)
    with pytest.raises(UsageError, match="the file is there already"):
        backup.backup(log.path, target)
    assert "of somebody else" == target.read_text()
    assert [target] == list(tmp_path.glob("b.db*"))


@pytest.mark.parametrize("way", ["backup", "restore"])
def test_interrupted_copy(
    log: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Ctrl-C leaves no half of a file, and the log that was there."""
    saved = tmp_path / "saved.db"
    backup.backup(log.path, saved)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def stopped(fresh: Path) -> Any:
        assert fresh.stat().st_size
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "_looked_through", stopped)
    source, target = (log.path, tmp_path / "b.db") if way == "backup" else (saved, log.path)
    with pytest.raises(KeyboardInterrupt):
        getattr(backup, way)(source, target)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_who_may_read_it(log: Any, tmp_path: Path) -> None:
    """A copy may be read by those who could read the log; a restored log by those before."""
    log.path.chmod(0o600)
    backup.backup(log.path, tmp_path / "b.db")
    assert 0o600 == (tmp_path / "b.db").stat().st_mode & 0o777
    log.path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(log.path, 12, 34)
    before = log.path.stat()
    backup.restore(tmp_path / "b.db", log.path)
    after = log.path.stat()
    assert (before.st_mode, before.st_uid, before.st_gid) == (
        after.st_mode,
        after.st_uid,
        after.st_gid,
    )


def test_log_that_is_open(log: Any, run: Any, tmp_path: Path) -> None:
    """A log is not moved away under a writer: it would append to the file that was moved."""
    saved = tmp_path / "saved.db"
    backup.backup(log.path, saved)
    writer = log.writer()
    done = run("restore", "--from", str(saved), "--log", log.url, wanted=3)
    assert "another process has the log open" in done.stderr
    assert not list(log.path.parent.glob("*.replaced-*"))
    assert (2,) == writer.append([b"c"]).indexes
    log.close()
    assert 2 == backup.restore(saved, log.path)
    assert 3 == entries(log.path.with_name("log.db.replaced-1"))


def test_log_behind_a_link(log: Any, tmp_path: Path) -> None:
    """A log that is a link to another volume is restored there."""
    saved = tmp_path / "saved.db"
    backup.backup(log.path, saved)
    there = log.path.rename(tmp_path / "volume.db")
    log.path.symlink_to(there)
    backup.restore(saved, log.path)
    assert log.path.is_symlink()
    assert 2 == entries(there)
    assert 2 == entries(tmp_path / "volume.db.replaced-1")


def test_write_ahead_log_stays_with_its_database(log: Any, tmp_path: Path) -> None:
    """What is committed and in the write-ahead log only is found aside, with the right database.

    The second restore gave its write-ahead log the first free number, which was the first's.
    """
    saved = tmp_path / "saved.db"
    backup.backup(log.path, saved)
    backup.restore(saved, log.path)  # nothing stood beside it
    log.writer().append([b"c"])
    for part in ("", "-wal"):
        shutil.copy(f"{log.path}{part}", tmp_path / f"killed{part}")
    log.close()
    shutil.copy(tmp_path / "killed", tmp_path / "alone")
    assert 2 == entries(tmp_path / "alone"), "the third entry is in the write-ahead log only"
    for part in ("", "-wal"):
        shutil.move(tmp_path / f"killed{part}", f"{log.path}{part}")
    backup.restore(saved, log.path)
    assert [2, 3] == [entries(Path(f"{log.path}.replaced-{number}")) for number in (1, 2)]
    assert 2 == entries(log.path)


def test_restore_that_was_killed_in_between(log: Any, tmp_path: Path) -> None:
    """Where only the write-ahead log of a database is left, the restored one does not read it."""
    saved = tmp_path / "saved.db"
    backup.backup(log.path, saved)
    log.writer().append([b"c"])
    shutil.copy(f"{log.path}-wal", tmp_path / "left")
    log.close()
    log.path.unlink()
    shutil.move(tmp_path / "left", f"{log.path}-wal")
    assert 2 == backup.restore(saved, log.path)
    assert 2 == entries(log.path)
    assert Path(f"{log.path}.replaced-1-wal").is_file()
