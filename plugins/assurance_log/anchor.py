"""The anchor: the newest checkpoint in a file of its own, best on another volume.

A database that was rolled back is consistent in itself. Only memory outside of it shows that
something is gone: the anchor, or a witness. The file is an ordinary signed checkpoint.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from assurance.errors import LogError
from assurance.tlog import checkpoint, note, note_key
from assurance_log import rows

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection


def write(path: Path, signed: bytes) -> None:
    """Replace the anchor, durably: the new one is synced before it takes the old one's name.

    Raises:
        LogError: the disk failed; what was to be acknowledged is not.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            os.write(descriptor, signed)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as err:
        raise LogError(
            f"the anchor cannot be written: {err.strerror}",
            remedy="see to its volume, then append again: what is logged keeps its index",
            where=str(path),
        ) from err


def check(path: Path, connection: Connection) -> None:
    """Compare the database with the anchor, before anything is written.

    Raises:
        LogError: no anchor, one of another log, or one that knows more than the database.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise LogError(
            f"the anchor cannot be read: {err.strerror}",
            remedy="bring its volume back; if it is lost for good, compare the log with its "
            "witnesses and copies first, then `assurance log checkpoint --write-anchor`",
            where=str(path),
        ) from err
    head = _verified(path, data, connection)
    published = rows.state(connection).published
    if head.size > published:
        raise LogError(
            f"the database is behind its anchor: it ends at {max(published, 0)} entries, the "
            f"anchor has seen {head.size}; it was rolled back, and appending would fork the log",
            remedy="keep both files as evidence, and restore the newest backup: "
            "`assurance log restore`",
            where=str(path),
        )
    root = rows.root_of(connection, head.size)
    if root != head.root:
        raise LogError(
            f"the database has another root at {head.size} entries than the anchor: the log "
            "was forked",
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
    except LogError:
        raise
    except Exception as err:
        raise LogError(
            f"the anchor is no checkpoint of this log: {err}",
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
