"""Backups: a consistent copy while the log is written to, and its way back."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, RefusedError, UsageError
from assurance_log import check, check_witnesses, folders, migrate, opening, rows
from assurance_log.database import Database, read_only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What stands beside a database, by the end of its name."""
_OPEN: Final = (510, 0x40000002)
"""Length and start of the bytes that SQLite locks in a file while it has it open in WAL mode."""
_Look = tuple["check.Problem | None", int]


class _RolledBackError(Exception):
    """Ends a transaction that only looked."""


def backup(source: Path, target: Path) -> int:
    """Copy the log into a new file, durably, and check the copy.

    Args:
        source: The log's database, of any released schema.
        target: A file that is not there yet.

    Returns:
        The size of the copied tree.

    Raises:
        UsageError: the target is there already, or cannot be written.
        LogError: the source cannot be read, or not copied.
        RefusedError: the copy is there, and the log is not whole.
    """
    opening.schema(source)
    _demand_new(target)
    try:
        with _copied(source, target, like=source) as fresh:
            found, size = _looked_through(fresh)
            _demand_new(target)  # another process may have had its turn meanwhile
            fresh.rename(target)
            folders.sync(target.parent)
    except (sqlite3.Error, OSError) as err:
        raise LogError(
            f"the backup failed: {err}", remedy="see to the disk of both files", where=str(target)
        ) from err
    _demand_whole(found, target)
    return size


def restore(source: Path, target: Path) -> int:
    """Put a backup where the log was; what was there is moved aside, not lost.

    Args:
        source: A file that `backup` made.
        target: The log's database; of a link, the file that it leads to is meant.

    Returns:
        The size of the restored tree.

    Raises:
        UsageError: there is no backup, or the log cannot be written.
        LogError: the disk failed, or somebody has the log open.
        RefusedError: the backup is not whole.
    """
    opening.schema(source)
    target = Path(os.path.realpath(target))
    try:
        with _copied(source, target, like=target if target.exists() else source) as fresh:
            found, size = _looked_through(fresh)
            _demand_whole(found, source)
            with _held(target):
                _set_aside(target)
                fresh.rename(target)
            folders.sync(target.parent)
    except (sqlite3.Error, OSError) as err:
        raise LogError(
            f"the log cannot be restored: {err}",
            remedy="see to the disk and restore again: what was there is still there, or beside "
            "it, with `.replaced` in its name",
            where=str(target),
        ) from err
    return size


def _demand_new(target: Path) -> None:
    if os.path.lexists(target):
        raise UsageError(
            "the file is there already, and a backup never replaces another",
            remedy="give a new name, such as one with the date",
            where=str(target),
        )


def _demand_whole(found: check.Problem | None, path: Path) -> None:
    if found is not None:
        raise RefusedError(
            f"the copy is not whole: {found.where}: {found.message}",
            remedy="use another backup, and see what happened to this one: assurance log check",
            where=str(path),
        )


@contextmanager
def _copied(source: Path, target: Path, *, like: Path) -> Iterator[Path]:
    """Copy a database durably, and give the copy; see `_turn`.

    Args:
        source: The database.
        target: Where the copy will be; until then it has a name of its own beside that.
        like: A file whose rights the copy has, and its owner, as far as we may give it away.
    """
    fresh = target.with_name(target.name + ".new")
    folders.make(target.parent)
    with _turn(fresh) as descriptor:
        opened = sqlite3.connect(read_only(source), uri=True)
        with closing(opened) as old, closing(sqlite3.connect(fresh)) as new:
            old.backup(new)
        _in_one_file(fresh)
        model = like.stat()
        with suppress(PermissionError):
            os.fchown(descriptor, model.st_uid, model.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(model.st_mode) | stat.S_IRUSR | stat.S_IWUSR)
        os.fsync(descriptor)
        yield fresh


@contextmanager
def _turn(fresh: Path) -> Iterator[int]:
    """Make a copy's file, empty, and ours alone while the block runs; give its descriptor.

    Where the block fails, or is interrupted, the file is gone again.
    """
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    is_ours = False
    try:
        is_ours = _has_turn(descriptor) and _is_at(fresh, descriptor)
        if not is_ours:  # another one has it, or had it and gave the file its last name
            raise LogError(
                "another process is copying a log there",
                remedy="let it end, and run this again",
                where=str(fresh),
            )
        _take_away(fresh, _BESIDE)  # of a copy that was interrupted
        os.ftruncate(descriptor, 0)
        yield descriptor
    except BaseException:
        if is_ours and _is_at(fresh, descriptor):
            _take_away(fresh)
        raise
    finally:
        os.close(descriptor)


def _has_turn(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(fresh: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), fresh.lstat())
    except FileNotFoundError:
        return False


def _in_one_file(fresh: Path) -> None:
    """Leave WAL mode: a copy would need its -wal beside it."""
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _take_away(fresh: Path, parts: tuple[str, ...] = ("", *_BESIDE)) -> None:
    for part in parts:
        with suppress(OSError):  # the disk that failed may fail again
            fresh.with_name(fresh.name + part).unlink(missing_ok=True)


def _looked_through(fresh: Path) -> _Look:
    """Return what is wrong with a copy first, None for nothing, and the size of its tree.

    One of an older schema is looked at as it will be once it is upgraded, and stays as it is.
    """
    looked: _Look = (None, 0)
    if opening.schema(fresh) == migrate.NEWEST:
        database = Database(fresh, read_only=True)
        with closing(database), database.read() as connection:
            return _look(connection)
    database = Database(fresh)
    with closing(database), suppress(_RolledBackError), database.write() as connection:
        migrate.upgrade(connection)
        looked = _look(connection)
        raise _RolledBackError
    _in_one_file(fresh)
    return looked


def _look(connection: Connection) -> _Look:
    found = check.problems(connection, check.Depth.TILES, anchor=None)
    wrong = (item for item in found if item.kind != check_witnesses.NO_KEY)
    return next(wrong, None), rows.state(connection).size


@contextmanager
def _held(target: Path) -> Iterator[None]:
    """Keep others from opening a log while it is moved.

    Raises:
        LogError: somebody has it open, and would go on in the file that was moved.
    """
    try:
        descriptor = os.open(target, os.O_RDWR)
    except FileNotFoundError:
        yield
        return
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, *_OPEN)
        except BlockingIOError:
            raise LogError(
                "another process has the log open, such as a log server",
                remedy="end it, then restore again: it would go on in the file that is moved aside",
                where=str(target),
            ) from None
        yield
    finally:
        os.close(descriptor)


def _set_aside(target: Path) -> None:
    """Move a log's files to one free number, each whole, whenever this ends.

    What is committed may be in the write-ahead log only: it is copied before the database loses
    its name, and taken away after that.
    """
    aside = _free(target)
    was_there = target.exists()
    if was_there:
        for part in ("-wal", "-journal"):
            with suppress(FileNotFoundError):
                _copy(target.with_name(target.name + part), aside.with_name(aside.name + part))
        folders.sync(target.parent)
        target.rename(aside)
        folders.sync(target.parent)
    for part in _BESIDE:
        left = target.with_name(target.name + part)
        if os.path.lexists(left):
            if was_there:
                left.unlink()
            else:
                left.rename(aside.with_name(aside.name + part))
    folders.sync(target.parent)


def _copy(source: Path, target: Path) -> None:
    shutil.copy2(source, target)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free(target: Path) -> Path:
    """Return a name beside the log that neither a database has nor what stands beside one."""
    number = 1
    while True:
        aside = target.with_name(f"{target.name}.replaced-{number}")
        if not any(os.path.lexists(f"{aside}{part}") for part in ("", *_BESIDE)):
            return aside
        number += 1
