"""The anchor: the newest checkpoint in a file of its own, best on another volume.

A database that was rolled back is consistent in itself. Only memory outside of it shows that
something is gone: the anchor, or a witness. The file is an ordinary signed checkpoint.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import bounded_file
from assurance.errors import AssuranceError, LogError
from assurance.tlog import checkpoint, counted, note, note_key
from assurance.value import Value
from assurance_log import folders, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from assurance_log.store import Store

TURN_SECONDS: Final = 30.0
"""How long a writer waits for another one that replaces the anchor: a matter of one sync."""
_POLL_SECONDS: Final = 0.005


def write(path: Path, signed: bytes) -> bool:
    """Replace the anchor, durably: the new one is synced before it takes the old one's name.

    Writers of one log take turns here, and an anchor that is ahead already stays: a slower
    writer never takes back what a quicker one remembered.

    Args:
        path: Of the anchor; its folder is there. Of a link, the file that it leads to is replaced:
            it may be the way to the other volume.
        signed: A checkpoint with the log's signature.

    Returns:
        False where another checkpoint is there that is as far or further: compare with it.

    Raises:
        LogError: the disk failed, or another writer stands still with its turn; what was to be
            acknowledged is not.
    """
    path = Path(os.path.realpath(path))
    try:
        with _turn(path):
            head = checkpoint.read(note.read(signed).text)
            there = _head(path)
            if not path.exists() or there is None or there.size < head.size:
                _replace(path, signed)
                return True
            # Whoever wrote it may have ended before its new name was on the disk.
            folders.sync(path.parent)
            return there == head
    except OSError as err:
        raise LogError(
            f"the anchor cannot be written: {err.strerror}",
            remedy="see to its volume, then append again: what is logged keeps its index",
            where=str(err.filename or path),
        ) from err


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_WRONLY | os.O_CREAT, 0o644)
    deadline = time.monotonic() + TURN_SECONDS
    try:
        while not _had(descriptor):
            if time.monotonic() > deadline:
                raise LogError(
                    f"another process has held the anchor for more than {TURN_SECONDS:g} s",
                    remedy="see what it does (a writer that stands still?), then append again: "
                    "what is logged keeps its index",
                    where=str(path),
                )
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _had(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _head(path: Path) -> checkpoint.Checkpoint | None:
    """Return what the anchor that is there says; None for none or for something else."""
    try:
        return checkpoint.read(note.read(_bytes(path)).text)
    except (FileNotFoundError, AssuranceError):
        return None


def _bytes(path: Path) -> bytes:
    with bounded_file.open_file(path) as file:
        return file.read(note.MAX_BYTES + 1)


def _replace(path: Path, signed: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(signed)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    folders.sync(path.parent)


class BehindAnchorError(LogError):
    """The database ends before what the anchor has seen."""


class ForkedError(LogError):
    """The database has another history than the anchor has seen."""


class Remembered(Value):
    """What an anchor file held at one moment."""

    path: Path
    data: bytes
    problem: str | None = None
    """Why it could not be read; None: it could."""


def load(path: Path) -> Remembered:
    """Read the anchor. Call it *before* the transaction that it is compared with begins.

    The other way round, a writer that publishes in between would make a whole database look
    rolled back.
    """
    try:
        return Remembered(path=path, data=_bytes(path))
    except OSError as err:
        return Remembered(path=path, data=b"", problem=err.strerror or str(err))


def remember(path: Path, signed: bytes, database: Store) -> None:
    """Have the anchor know a checkpoint of this database before what it covers is acknowledged.

    Raises:
        LogError: the disk failed; or the anchor knows more, and not of this database.
    """
    if write(path, signed):
        return
    # Another writer of this database was quicker, or one of another database, to which this one
    # was once copied: then nothing may be acknowledged here.
    remembered = load(path)
    with database.read() as connection:
        check(remembered, connection)


def check(remembered: Remembered, connection: Connection) -> None:
    """Compare the database with the anchor, before anything is written.

    Args:
        remembered: Loaded before the connection's transaction began.
        connection: In a transaction.

    Raises:
        BehindAnchorError: it knows more than the database.
        ForkedError: it knows another root.
        LogError: no anchor, or one of another log.
    """
    path = remembered.path
    if remembered.problem is not None:
        raise LogError(
            f"the anchor cannot be read: {remembered.problem}",
            remedy="bring its volume back; if it is lost for good, compare the log with its "
            "witnesses and copies first, then `assurance log checkpoint --write-anchor`",
            where=str(path),
        )
    head = _verified(path, remembered.data, connection)
    published = rows.state(connection).published
    if head.size > published:
        raise BehindAnchorError(
            f"the database is behind its anchor: it ends at "
            f"{counted.entries(max(published, 0))}, the "
            f"anchor has seen {head.size}; it was rolled back, and appending would fork the log",
            remedy="keep both files as evidence, and restore the newest backup: "
            "`assurance log restore`",
            where=str(path),
        )
    root = rows.root_of(connection, head.size)
    if root != head.root:
        raise ForkedError(
            f"the database has another root at {counted.entries(head.size)} than the anchor: the "
            "log was forked",
            remedy="keep both files as evidence, and restore the backup that the anchor agrees "
            "with: `assurance log restore`",
            where=str(path),
        )


def _verified(path: Path, data: bytes, connection: Connection) -> checkpoint.Checkpoint:
    keys = [note_key.read(vkey) for _, vkey in rows.vkeys(connection)]
    try:
        signed = note.read(data)
        head = checkpoint.read(signed.text)
        known = note.verified(signed, keys)
    except AssuranceError as err:
        raise LogError(
            f"the anchor is no checkpoint of this log: {err.problem}",
            remedy="bring the right file back; do not delete it",
            where=str(path),
        ) from err
    if not known or head.origin != rows.origin(connection):
        raise LogError(
            f"the anchor is of another log, {head.origin}",
            remedy="correct `anchor`, or bring the right file back",
            where=str(path),
        )
    return head
