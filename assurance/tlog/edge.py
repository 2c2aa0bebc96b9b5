"""The right edge of a growing tree: what of it is not in full tiles yet.

A level of tiles has at most one that is partial, at its right end. These partial tiles are all
that a log needs to take more entries, to know which tiles become full by them, and to have the
new root: memory is at most 255 hashes a level, and the time is linear in what is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assurance.tlog import merkle, tile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class FullTile(NamedTuple):
    """A tile that will never change again; a tuple, as a database takes it."""

    level: int
    n: int
    hashes: bytes
    """256 hashes of 32 bytes."""
    root: bytes


class Edge:
    """The partial tiles of a tree."""

    __slots__ = ("_counts", "_rows")

    def __init__(self, size: int = 0, rows: Sequence[Iterable[bytes]] = ()) -> None:
        """Take up a tree where it stands.

        Args:
            size: Number of leaves.
            rows: The hashes of each level's partial tile, level 0 first; empty where it has none.

        Raises:
            ValueError: not as many hashes as the partial tiles of a tree of `size` have.
        """
        self._rows = [list(row) for row in rows]
        self._counts = [size >> (tile.HEIGHT * level) for level in range(len(self._rows))]
        beyond = size >> (tile.HEIGHT * len(self._rows))
        if beyond or any(
            len(row) != count % tile.WIDTH
            for row, count in zip(self._rows, self._counts, strict=True)
        ):
            raise ValueError(f"not the partial tiles of a tree of {size} leaves")

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._counts[0] if self._counts else 0

    def append(self, leaves: Iterable[bytes]) -> list[FullTile]:
        """Add leaf hashes, and return the tiles that became full by them."""
        full: list[FullTile] = []
        added = list(leaves)
        level = 0
        while added:
            if level == len(self._rows):
                self._rows.append([])
                self._counts.append(0)
            row = self._rows[level]
            row += added
            n = self._counts[level] // tile.WIDTH
            self._counts[level] += len(added)
            added = []
            for start in range(0, len(row) - tile.WIDTH + 1, tile.WIDTH):
                hashes = row[start : start + tile.WIDTH]
                root = merkle.full_root(hashes)
                full.append(FullTile(level, n + len(added), b"".join(hashes), root))
                added.append(root)
            del row[: tile.WIDTH * len(added)]
            level += 1
        return full

    def root(self) -> bytes:
        """Return the root hash of the tree as it stands."""
        root = None
        for row in self._rows:
            while row:
                if len(row) % 2:
                    root = row[-1] if root is None else merkle.node_hash(row[-1], root)
                row = merkle.parents(row)  # noqa: PLW2901 - up one level, inside the tile
        return merkle.EMPTY_ROOT if root is None else root
