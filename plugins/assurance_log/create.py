"""Makes a new log: a database with a new key, never one without the other.

A fresh log under a key that signed before is a fork: two different trees with one name and key.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from assurance.errors import FormatError, LogError, UsageError
from assurance.tlog import note_key
from assurance_log import anchor as anchors
from assurance_log import folders, migrate, rows
from assurance_log.database import Database
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from pathlib import Path

    from assurance_log.signing import Sign
    from assurance_log.store import Store


_PARTS = ("", "-wal", "-shm", "-journal", ".new", ".lock")
"""What stands beside a database or an anchor, by the end of its name."""


def create(
    path: Path, origin: str, sign: Sign, public: bytes, *, anchor: Path | None
) -> note_key.NoteKey:
    """Make the database, sign the empty tree, and write the anchor.

    Args:
        path: The database file; its folder is made, the file may not be there.
        origin: The log's name; 1 to 200 characters without spaces and plus.
        sign: The new key.
        public: Its 32 raw bytes.
        anchor: Where the anchor goes; may not be there.

    Raises:
        UsageError: one of the files is there already, or cannot be written.
        LogError: the database failed.
    """
    files = (path, anchor) if anchor else (path,)
    # SQLite would take away what is left of a database that lost its file, and may be all there is.
    left = tuple(path.with_name(path.name + part) for part in ("-wal", "-journal"))
    key = prepare(origin, public, (*files, *left))
    reserve(files)
    database = Database(path)
    try:
        with database.write() as connection:
            migrate.upgrade(connection)
            rows.create(connection, origin, key.vkey())
        first_checkpoint(database, sign, key, anchor)
    except BaseException as err:  # an interruption, too, leaves nothing half made
        take_away(files)
        if not isinstance(err, OSError):
            raise
        raise LogError(
            f"the log cannot be made: {err.strerror}", remedy="see to the disk", where=str(path)
        ) from err
    finally:
        database.close()
    return key


def prepare(origin: str, public: bytes, files: tuple[Path, ...]) -> note_key.NoteKey:
    """Return the new log's key, and make the folders of files that are not there yet.

    Raises:
        UsageError: a file is there already, a folder cannot be made, or the origin is no name.
    """
    try:
        key = note_key.from_public(origin, note_key.ED25519, public)
    except FormatError as err:
        raise UsageError(err.problem, remedy=err.remedy, where="--origin") from err
    for taken in files:
        if os.path.lexists(taken):
            raise _there(taken)
    for folder in {item.parent for item in files}:
        folders.demand(folder)
    return key


def _there(taken: Path) -> UsageError:
    return UsageError(
        "the file is there already, and a log is never made anew over one",
        remedy="append to the log that is there, or give another path",
        where=str(taken),
    )


def reserve(files: tuple[Path, ...]) -> None:
    """Make the files, empty: of two that make one log, the second never takes the first's away.

    Raises:
        UsageError: one was made meanwhile, or cannot be made.
    """
    for number, path in enumerate(files):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
        except OSError as err:
            take_away(files[:number])
            if isinstance(err, FileExistsError):
                raise _there(path) from err
            raise UsageError(
                f"the log cannot be made: {err.strerror}",
                remedy="give another path, or see to its folder",
                where=str(path),
            ) from err


def take_away(files: tuple[Path, ...]) -> None:
    """Remove files of a log that could not be made, and what stands beside them."""
    for made in files:
        for part in _PARTS:
            with suppress(OSError):  # the disk that failed may fail again
                made.with_name(made.name + part).unlink(missing_ok=True)


def first_checkpoint(
    database: Store, sign: Sign, key: note_key.NoteKey, anchor: Path | None
) -> None:
    """Sign the empty tree, and write the anchor.

    Raises:
        LogError: the database or the anchor's disk failed.
    """
    if anchor is not None:
        # The writer compares with the anchor first; the first one comes from its own head.
        Writer(database, sign, key, clock=_now)
        with database.read() as connection:
            anchors.write(anchor, next(rows.checkpoints(connection)).note)
    Writer(database, sign, key, clock=_now, anchor_path=anchor)


def _now() -> int:
    return int(time.time())
