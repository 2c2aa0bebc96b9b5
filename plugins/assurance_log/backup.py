"""Backups: a consistent copy while the log is written to, and its way back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, RefusedError, UsageError
from assurance_log import check, folders, rows
from assurance_log.opening import reader

if TYPE_CHECKING:
    from pathlib import Path

_PARTS: Final = ("", "-wal", "-shm", "-journal")
"""What stands beside a database, by the end of its name."""


def backup(source: Path, target: Path) -> int:
    """Copy the log into a new file, durably, and check the copy.

    Args:
        source: The log's database.
        target: A file that is not there yet.

    Returns:
        The size of the copied tree.

    Raises:
        UsageError: the target is there already, or cannot be written.
        LogError: the source cannot be read, or the copy is not whole.
    """
    reader(source).close()
    if os.path.lexists(target):
        raise UsageError(
            "the file is there already, and a backup never replaces another",
            remedy="give a new name, such as one with the date",
            where=str(target),
        )
    try:
        _copied(source, target).rename(target)
        folders.sync(target.parent)
    except (sqlite3.Error, OSError) as err:
        _take_away(_fresh(target))
        raise LogError(
            f"the backup failed: {err}", remedy="see to the disk of both files", where=str(target)
        ) from err
    return _checked(target)


def restore(source: Path, target: Path) -> int:
    """Put a backup where the log was; what was there is moved aside, not lost.

    Args:
        source: A file that `backup` made.
        target: The log's database.

    Returns:
        The size of the restored tree.

    Raises:
        UsageError: there is no backup, or the log cannot be written.
        RefusedError: the backup is not whole.
    """
    size = _checked(source)
    try:
        fresh = _copied(source, target)
        for part in _PARTS:
            there = target.with_name(target.name + part)
            if os.path.lexists(there):
                there.rename(_aside(target, part))
        fresh.rename(target)
        folders.sync(target.parent)
    except (sqlite3.Error, OSError) as err:
        _take_away(_fresh(target))
        raise LogError(
            f"the log cannot be restored: {err}",
            remedy="see to the disk and restore again: what was there is still there, or beside "
            "it, with `.replaced` in its name",
            where=str(target),
        ) from err
    return size


def _fresh(target: Path) -> Path:
    """Return the name that a copy has until all of it is on the disk."""
    return target.with_name(target.name + ".new")


def _copied(source: Path, target: Path) -> Path:
    """Copy a database durably, under a name of its own beside the target; return that."""
    fresh = _fresh(target)
    folders.make(target.parent)
    _take_away(fresh)  # of a copy that was interrupted
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
        # One file: a copy in WAL mode would need its -wal beside it.
        new.execute("PRAGMA journal_mode = DELETE")
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return fresh


def _take_away(fresh: Path) -> None:
    for part in _PARTS:
        with suppress(OSError):  # the disk that failed may fail again
            fresh.with_name(fresh.name + part).unlink(missing_ok=True)


def _aside(target: Path, part: str) -> Path:
    number = 1
    while os.path.lexists(aside := target.with_name(f"{target.name}.replaced-{number}{part}")):
        number += 1
    return aside


def _checked(path: Path) -> int:
    database = reader(path)
    try:
        with database.read() as connection:
            found = next(check.problems(connection, check.Depth.TILES, anchor=None), None)
            size = rows.state(connection).size
    finally:
        database.close()
    if found is not None:
        raise RefusedError(
            f"the copy is not whole: {found.where}: {found.message}",
            remedy="use another backup, and see what happened to this one: assurance log check",
            where=str(path),
        )
    return size
