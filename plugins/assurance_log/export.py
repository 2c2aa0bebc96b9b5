"""Writes the log as C2SP tlog-tiles: what a web server can serve and anyone can check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import LogError
from assurance.tlog import tile
from assurance_log import receipts, rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection


def export(
    connection: Connection, folder: Path, *, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Write what is not there yet, the checkpoint last.

    A reader who finds a checkpoint so finds all tiles of its tree. Full tiles are never written
    again; partial ones stay beside the full ones that replaced them.

    Args:
        connection: In one read transaction.
        folder: Made where it is not there.
        progress: Called with (tiles looked at, tiles in all).

    Returns:
        (size of the exported tree, files written).

    Raises:
        LogError: the folder cannot be written, or the log has no checkpoint.
    """
    signed, size = receipts.newest(connection)
    files = list(_files(size))
    written = 0
    try:
        for done, (level, n, width) in enumerate(files, 1):
            path = folder / tile.path(level, n, width)
            if not path.is_file():
                _write(path, _content(connection, size, level, n, width))
                written += 1
            progress(done, len(files))
        _write(folder / "checkpoint", signed.encode())
    except OSError as err:
        raise LogError(
            f"the tiles cannot be written: {err.strerror}",
            remedy="see to the folder, and export again: what is there is kept",
            where=str(err.filename or folder),
        ) from err
    return size, written + 1


def _files(size: int) -> Iterator[tuple[int | None, int, int]]:
    for level in (None, *range(8)):
        hashes = size >> (tile.HEIGHT * (level or 0))
        full, partial = divmod(hashes, tile.WIDTH)
        for n in range(full):
            yield level, n, tile.WIDTH
        if partial:
            yield level, full, partial


def _content(connection: Connection, size: int, level: int | None, n: int, width: int) -> bytes:
    if level is None:
        start = n * tile.WIDTH
        bodies = [body for _, body in rows.entries(connection, start, start + width)]
        return tile.encode_entries(bodies)
    return b"".join(Tree(connection, size).hashes(level, n))


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step: readers see the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)
