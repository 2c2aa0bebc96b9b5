"""Writes the log as C2SP tlog-tiles: what a web server can serve and anyone can check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import LogError
from assurance.tlog import tile
from assurance_log import receipts, rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection


def export(
    connection: Connection, folder: Path, *, progress: Callable[[int, int], None]
) -> tuple[int, int]:
    """Write what is not there yet, the checkpoint last.

    A reader who finds a checkpoint so finds all tiles of its tree. Full tiles are never written
    again. Partial ones are written for every checkpoint that needs them and has no full tile in
    their place yet (tlog-tiles, "Partial Tiles"); those that are there stay.

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
    partials = _partial_tiles(connection, size)
    full = sum(size >> (tile.HEIGHT * level) for level in range(1, 9))
    entries = size // tile.WIDTH + sum(level == 0 for _, level, _, _ in partials)
    of = full + len(partials) + entries
    written = 0
    try:
        for done, (at, level, n, width) in enumerate(_files(size, partials), 1):
            path = folder / tile.path(level, n, width)
            if not path.is_file():
                _write(path, _content(connection, at, level, n, width))
                written += 1
            progress(done, of)
        _write(folder / "checkpoint", signed.encode())
    except OSError as err:
        raise LogError(
            f"the tiles cannot be written: {err.strerror}",
            remedy="see to the folder, and export again: what is there is kept",
            where=str(err.filename or folder),
        ) from err
    return size, written + 1


def _files(size: int, partial: Sequence[_Partial]) -> Iterator[tuple[int, int | None, int, int]]:
    """Yield (size of the tree, level, number, width) of each tile; no level: entries."""
    for level in (None, *range(8)):
        for n in range(size >> (tile.HEIGHT * ((level or 0) + 1))):
            yield size, level, n, tile.WIDTH
    for at, level, n, width in partial:
        yield at, level, n, width
        if level == 0:
            yield at, None, n, width


_Partial = tuple[int, int, int, int]
"""Size of the tree, level, number and width of a partial tile."""


def _partial_tiles(connection: Connection, size: int) -> list[_Partial]:
    """Return the partial tiles that the checkpoints up to `size` need, at most 255 a level."""
    found: list[_Partial] = []
    for level in range(8):
        shift = tile.HEIGHT * level
        full, partial = divmod(size >> shift, tile.WIDTH)
        for width in range(1, partial + 1):
            start = (full * tile.WIDTH + width) << shift
            end = min(start + (1 << shift) - 1, size)
            at = size if width == partial else rows.checkpoint_between(connection, start, end)
            if at is not None:
                found.append((at, level, full, width))
    return found


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
