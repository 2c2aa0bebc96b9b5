"""Which tiles and entry bundles an export of a tree has, and what stands in them.

A tile is read from the database together with what proves it: entries hash to their tile, a tile's
hashes are the roots of those below it, and the right edge gives the root that was signed. So what
is published, and never changes again, belongs to the tree of the checkpoint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from assurance.errors import LogError, RefusedError
from assurance.tlog import counted, merkle, tile
from assurance_log import rows
from assurance_log.tree import edge, right_edge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

LEVELS: Final = 8
"""Of tiles: what 2^63 entries need."""


class File(NamedTuple):
    """A tile or an entry bundle."""

    level: int | None
    """None: a bundle of entries."""
    n: int
    width: int
    needed_from: int
    """Size of the smallest tree that has it: that of a checkpoint, for a partial one."""

    @property
    def path(self) -> str:
        """Below the log's prefix."""
        return tile.path(self.level, self.n, self.width)

    @property
    def span(self) -> int:
        """Entries that a full tile of this kind covers."""
        return tile.WIDTH << (tile.HEIGHT * (self.level or 0))


def files(connection: Connection, size: int) -> Iterator[File]:
    """Yield the files of the tree of `size`, those of the entries first.

    Partial ones are there for every checkpoint that needs them, as long as the full one is not
    (C2SP tlog-tiles, "Partial Tiles").
    """
    for level in (None, *range(LEVELS)):
        shift = tile.HEIGHT * (level or 0)
        full, partial = divmod(size >> shift, tile.WIDTH)
        for n in range(full):
            yield File(level, n, tile.WIDTH, (n + 1) * tile.WIDTH << shift)
        for width in range(1, partial + 1):
            start = (full * tile.WIDTH + width) << shift
            end = min(start + (1 << shift) - 1, size)
            at = size if width == partial else rows.checkpoint_between(connection, start, end)
            if at is not None:
                yield File(level, full, width, at)


class Contents:
    """Reads the files of one tree."""

    def __init__(self, connection: Connection, size: int, root: bytes) -> None:
        """Look at the tree of `size`, whose `root` was signed.

        Raises:
            LogError: the right edge does not give that root.
        """
        if right_edge(connection, size).root() != root:
            raise LogError(
                f"the checkpoint of {counted.entries(size)} has another root than the database",
                remedy="nothing was exported; see what was changed: assurance log check",
            )
        self._connection = connection

    def read(self, file: File) -> bytes:
        """Return what stands in a file.

        Raises:
            LogError: what is stored is not what its hashes say.
        """
        try:
            data = self._bundle(file) if file.level is None else self._tile(file, file.level)
        except RefusedError as err:  # a tile is not stored
            raise LogError(err.problem, remedy=err.remedy) from err
        if data is None:
            raise LogError(
                f"what the database has for {file.path} is not what the tree's hashes say",
                remedy="nothing of it was exported; see what was changed: assurance log check "
                "--depth full",
            )
        return data

    def _bundle(self, file: File) -> bytes | None:
        start = file.n * tile.WIDTH
        bodies = [body for _, body in rows.entries(self._connection, start, start + file.width)]
        leaves = b"".join(map(merkle.leaf_hash, bodies))
        if leaves != self._hashes(file, 0):
            return None
        return tile.encode_entries(bodies)

    def _tile(self, file: File, level: int) -> bytes | None:
        hashes = self._hashes(file, level)
        start = file.n * tile.WIDTH
        if level and hashes != b"".join(
            rows.tile_roots(self._connection, level - 1, start, start + file.width)
        ):
            return None
        return hashes

    def _hashes(self, file: File, level: int) -> bytes | None:
        """Return a tile's hashes; None where a full one does not give its own root."""
        if file.width < tile.WIDTH:
            return b"".join(edge(self._connection, level, file.needed_from))
        hashes = rows.tile(self._connection, level, file.n)
        roots = rows.tile_roots(self._connection, level, file.n, file.n + 1)
        if hashes is None or not roots:
            raise RefusedError(
                f"the log's database lacks {tile.path(level, file.n)}",
                remedy="restore a backup: `assurance log restore`",
            )
        return hashes if tile.full_root(hashes) == roots[0] else None
