"""The right edge: which tiles become full, and the root, against a tree computed in one go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.tlog import merkle
from assurance.tlog.edge import Edge

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(66_000)]


def frontier_root(leaves: list[bytes]) -> bytes:
    """The root, leaf by leaf: another way than the edge's."""
    frontier = merkle.Frontier(0, ())
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5))
def test_any_batches_give_the_same_tree(counts: list[int]) -> None:
    """Whatever the batches: root, size and full tiles are those of one batch."""
    edge, full, end = Edge(), [], 0
    for count in counts:
        full += edge.append(LEAVES[end : end + count])
        end += count
        assert (end, frontier_root(LEAVES[:end])) == (edge.size, edge.root())
    whole = Edge()
    assert sorted(whole.append(LEAVES[:end])) == sorted(full)
    assert end // 256 == sum(tile.level == 0 for tile in full)


def test_tile_of_the_second_level() -> None:
    """65,536 leaves fill 256 tiles and the one above them, each named by its place."""
    edge = Edge()
    full = edge.append(LEAVES)
    assert [(0, n) for n in range(257)] + [(1, 0)] == sorted((t.level, t.n) for t in full)
    assert frontier_root(LEAVES) == edge.root()
    above = next(tile for tile in full if tile.level == 1)
    assert frontier_root(LEAVES[:65_536]) == above.root
    assert b"".join(tile.root for tile in full if tile.level == 0)[:8192] == above.hashes


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600, 65_536, 65_793])
def test_taken_up_where_it_stands(size: int) -> None:
    """An edge taken up from partial tiles goes on like the one that was there before."""
    edge = Edge()
    roots = [tile.root for tile in edge.append(LEAVES[:size]) if tile.level == 0]
    rows = [LEAVES[size - size % 256 : size], roots[len(roots) - len(roots) % 256 :]]
    if size >= 65_536:
        rows.append([frontier_root(LEAVES[:65_536])])
    levels = -(-size.bit_length() // 8)
    taken_up = Edge(size, rows[:levels])
    assert (size, edge.root()) == (taken_up.size, taken_up.root())
    more = LEAVES[size : size + 200]
    assert edge.append(more) == taken_up.append(more)
    assert edge.root() == taken_up.root()


@pytest.mark.parametrize(
    ("size", "rows"), [(1, []), (1, [[]]), (256, [[]]), (0, [[b"x" * 32]]), (2, [[b"x" * 32]])]
)
def test_partial_tiles_of_another_size(size: int, rows: list[list[bytes]]) -> None:
    """Rows that are not those of a tree of the size are refused."""
    with pytest.raises(ValueError, match=f"not the partial tiles of a tree of {size} leaves"):
        Edge(size, rows)
