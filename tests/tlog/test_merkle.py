"""Merkle trees against other people's probes, Go's sumdb, and themselves."""

from __future__ import annotations

import base64
import functools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.tlog import merkle

DATA = Path(__file__).parents[1] / "data/tlog"
INCLUSION = sorted((DATA / "inclusion").rglob("*.json"))
CONSISTENCY = sorted((DATA / "consistency").rglob("*.json"))
assert len(INCLUSION) > 90
assert len(CONSISTENCY) > 90


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


class Tree:
    """Every full node of a tree, for asking."""

    def __init__(self, leaves: list[bytes]) -> None:
        """Hash all of it once."""
        self.levels = [leaves]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append(
                [merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            )

    def node(self, level: int, index: int) -> bytes:
        """Return a full node."""
        return self.levels[level][index]

    def root(self, size: int) -> bytes:
        """Return the root at a size."""
        return merkle.range_root(0, size, self.node)


@functools.cache
def _small() -> Tree:
    return Tree([merkle.leaf_hash(b"%d" % i) for i in range(600)])


@pytest.mark.parametrize("path", INCLUSION, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_inclusion_probe(path: Path) -> None:
    """Each inclusion probe is accepted or refused as its authors want."""
    probe = json.loads(path.read_text())
    root = merkle.inclusion_root(
        probe["leafIdx"],
        probe["treeSize"],
        _bytes(probe["leafHash"]),
        [_bytes(part) for part in probe["proof"] or ()],
    )
    assert probe["wantErr"] is (root != _bytes(probe["root"]))


@pytest.mark.parametrize("path", CONSISTENCY, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_consistency_probe(path: Path) -> None:
    """Each consistency probe is accepted or refused as its authors want."""
    probe = json.loads(path.read_text())
    consistent = merkle.is_consistent(
        probe["size1"],
        probe["size2"],
        _bytes(probe["root1"]),
        _bytes(probe["root2"]),
        [_bytes(part) for part in probe["proof"] or ()],
    )
    assert probe["wantErr"] is not consistent


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513])
def test_frontier_has_the_root_of_the_whole_tree(size: int) -> None:
    """A frontier grown leaf by leaf, or taken up anywhere, has the tree's root."""
    tree = _small()
    grown = merkle.Frontier(0, ())
    for leaf in tree.levels[0][:size]:
        grown.append(leaf)
    taken_up = merkle.Frontier(size, [tree.node(*node) for node in merkle.frontier_nodes(size)])
    assert tree.root(size) == grown.root() == taken_up.root()
    assert size == grown.copy().size


def test_frontier_of_wrong_hashes_is_refused() -> None:
    """A frontier is not taken up with more or fewer hashes than its size has."""
    with pytest.raises(ValueError, match="1 hashes for a tree of 3 leaves"):
        merkle.Frontier(3, [b"x" * 32])


@given(st.data())
def test_proofs_verify_and_changed_ones_do_not(data: st.DataObject) -> None:
    """What is proven verifies; one changed bit, size or index does not."""
    tree = _small()
    size = data.draw(st.integers(1, 600))
    index = data.draw(st.integers(0, size - 1))
    leaf = tree.levels[0][index]
    proof = merkle.inclusion_proof(index, size, tree.node)
    assert tree.root(size) == merkle.inclusion_root(index, size, leaf, proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bad = [*proof]
        bad[at] = bytes([bad[at][0] ^ 1]) + bad[at][1:]
        assert tree.root(size) != merkle.inclusion_root(index, size, leaf, bad)
        assert merkle.inclusion_root(index, size, leaf, proof[:-1]) != tree.root(size)
    assert merkle.inclusion_root(index, size, leaf, (*proof, leaf)) is None
    old = data.draw(st.integers(1, size))
    grown = merkle.consistency_proof(old, size, tree.node)
    assert merkle.is_consistent(old, size, tree.root(old), tree.root(size), grown)
    assert not merkle.is_consistent(old, size, b"\0" * 32, tree.root(size), grown)
    assert not merkle.is_consistent(old, size, tree.root(old), tree.root(size), (*grown, leaf))


@given(st.integers(1, 600), st.lists(st.integers(0, 599), max_size=40))
def test_many_proofs_are_those_of_each(size: int, indexes: list[int]) -> None:
    """Proofs that are made together are the ones made alone, and take no more hashes than those."""
    tree = _small()
    there = [index for index in indexes if index < size]
    asked: list[tuple[int, int]] = []

    def node(level: int, index: int) -> bytes:
        asked.append((level, index))
        return tree.node(level, index)

    found = merkle.inclusion_proofs(there, size, node)
    together, asked = len(asked), []
    assert {n: merkle.inclusion_proof(n, size, node) for n in there} == found
    assert together <= len(asked)


def test_impossible_proofs_are_not_made() -> None:
    """There is no proof of a leaf outside the tree, nor of a tree that shrinks."""
    with pytest.raises(ValueError, match="no leaf 5 in a tree of 5"):
        merkle.inclusion_proof(5, 5, _small().node)
    for indexes in ([5, 1], [-1, 1]):
        with pytest.raises(ValueError, match="in a tree of 5"):
            merkle.inclusion_proofs(indexes, 5, _small().node)
    assert {} == merkle.inclusion_proofs([], 5, _small().node)
    with pytest.raises(ValueError, match="no consistency from 6 to 5"):
        merkle.consistency_proof(6, 5, _small().node)
    with pytest.raises(ValueError, match="3 is no start of a subtree of 4 leaves"):
        merkle.range_root(3, 7, _small().node)
