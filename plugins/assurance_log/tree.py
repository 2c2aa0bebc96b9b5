"""The log's tree as its proofs ask for it: full tiles from the store, the right edge derived."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, RefusedError
from assurance.tlog import counted, merkle, tile
from assurance.tlog.edge import Edge
from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.engine import Connection

_CACHED: Final = 64
"""Tiles kept expanded: at most 64 x 16 KiB."""


def edge(connection: Connection, level: int, size: int) -> tuple[bytes, ...]:
    """Return the hashes of the partial tile at the right end of a level; empty where none is.

    Level 0 comes from the entries themselves, higher levels from the roots of the full tiles
    below, so that nothing partial is ever stored.
    """
    full, partial = divmod(size >> (tile.HEIGHT * level), tile.WIDTH)
    start = full * tile.WIDTH
    if not partial:
        return ()
    if level == 0:
        return tuple(
            merkle.leaf_hash(body) for _, body in rows.entries(connection, start, start + partial)
        )
    return rows.tile_roots(connection, level - 1, start, start + partial)


def right_edge(connection: Connection, size: int) -> Edge:
    """Return the right edge of the newest tree, ready to grow; time does not depend on its size.

    Raises:
        LogError: what is stored does not give the root that was stored with it.
    """
    levels = range(-(-size.bit_length() // tile.HEIGHT))
    try:
        found = Edge(size, [edge(connection, level, size) for level in levels])
    except ValueError:  # rows are missing
        found = None
    if found is None or found.root() != rows.root_of(connection, size):
        raise LogError(
            f"the last entries and tiles do not give the root of {counted.entries(size)} that "
            "was stored with them: the database was changed, and appending would fork the log",
            remedy="see what was changed: assurance log check --depth full",
        )
    return found


_Expanded = tuple[tuple[bytes, ...], ...]


class ExpandedTiles:
    """Tiles of one log with the nodes inside them, kept between transactions; for any thread.

    What the first hashes of a tile are never changes, so that nothing here grows old. It is for
    one log: another one has other tiles of the same names.
    """

    def __init__(self, most: int = _CACHED) -> None:
        """Keep at most so many, 32 KiB each."""
        self._most = most
        self._kept: OrderedDict[tuple[int, int, int], _Expanded] = OrderedDict()
        self._turn = Lock()

    def get(self, key: tuple[int, int, int], make: Callable[[], _Expanded]) -> _Expanded:
        """Return the tile (level, number, hashes) that is kept, or `make` it and keep it."""
        with self._turn:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = make()
        with self._turn:
            self._kept[key] = made
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made


class Tree:
    """The tree of one size, within one read transaction."""

    def __init__(
        self, connection: Connection, size: int, tiles: ExpandedTiles | None = None
    ) -> None:
        """Look at the tree of the first `size` entries.

        Args:
            connection: In one read transaction.
            size: Entries that are committed.
            tiles: Kept from one look at this log to the next; None: for this one only.
        """
        self._connection = connection
        self.size = size
        self._tiles = tiles or ExpandedTiles()

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a full subtree.

        Raises:
            RefusedError: the tile that holds it is not in the database.
        """
        tile_level, above = divmod(level, tile.HEIGHT)
        n, within = divmod(index << above, tile.WIDTH)
        expanded = self._expanded(tile_level, n)
        try:
            return expanded[above][within >> above]
        except IndexError:
            raise _missing(tile_level, n) from None

    def root(self) -> bytes:
        """Return the root hash."""
        return merkle.range_root(0, self.size, self.node)

    def inclusions(self, indexes: Iterable[int]) -> dict[int, tuple[bytes, ...]]:
        """Return the inclusion proofs of several entries; what they share is looked up once."""
        return merkle.inclusion_proofs(indexes, self.size, self.node)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """Return the consistency proof from an older size."""
        return merkle.consistency_proof(old, self.size, self.node)

    def hashes(self, level: int, n: int) -> tuple[bytes, ...]:
        """Return the hashes of a tile, full or partial."""
        full = (self.size >> (tile.HEIGHT * level)) // tile.WIDTH
        if n == full:
            return edge(self._connection, level, self.size)
        stored = rows.tile(self._connection, level, n) if n < full else None
        if stored is None:
            raise _missing(level, n)
        return tile.split(stored)

    def _expanded(self, level: int, n: int) -> _Expanded:
        width = min(tile.WIDTH, (self.size >> (tile.HEIGHT * level)) - n * tile.WIDTH)
        return self._tiles.get((level, n, width), lambda: tile.expand(self.hashes(level, n)))


def _missing(level: int, n: int) -> RefusedError:
    return RefusedError(
        f"the log's database lacks {tile.path(level, n)}",
        remedy="restore a backup: `assurance log restore`",
    )
