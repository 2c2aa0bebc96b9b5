"""Merkle trees of transparency logs: hashes, roots, inclusion and consistency proofs.

Specifications: RFC 6962 section 2.1 (trees and proofs), RFC 9162 sections 2.1.3.2 and 2.1.4.2
(how proofs are verified). A node (level, index) is the root of the full subtree over the leaves
`index << level` up to `(index + 1) << level`; level 0 are the leaf hashes.
"""

from __future__ import annotations

from bisect import bisect_left
from hashlib import sha256
from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
MAX_PROOF: Final = 64
"""No tree of at most 2^63 leaves needs more hashes."""
_NODE: Final = sha256(b"\x01")
_PAIR: Final = Struct(f"{2 * HASH_BYTES}s")


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Sequence[bytes]) -> list[bytes]:
    """Return the hashes of many entries, without the cost of a call for each."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def parents(row: Sequence[bytes]) -> list[bytes]:
    """Return the nodes above a row of nodes; a last one without a partner has none."""
    pairs = zip(row[::2], row[1::2], strict=False)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def full_root(row: Sequence[bytes]) -> bytes:
    """Return the root over a row of nodes whose number is a power of two."""
    while len(row) > 1:
        row = parents(row)
    return row[0]


def packed_root(row: bytes) -> bytes:
    """Return the same as `full_root` over hashes that stand one after the other."""
    begun = _NODE.copy  # cheaper than a new hash, and than a copy of the pair behind a one
    while len(row) > HASH_BYTES:
        above = []
        for (pair,) in _PAIR.iter_unpack(row):
            node = begun()
            node.update(pair)
            above.append(node.digest())
        row = b"".join(above)
    return row


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, widest first.

    Appending is amortised constant time, the root takes at most 63 hashes, and nothing
    but the edge is kept.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        """Take up a tree where it stands.

        Args:
            size: Number of leaves.
            hashes: One for each bit set in `size`, from the highest bit down.

        Raises:
            ValueError: not as many hashes as `size` has bits set.
        """
        if len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} hashes for a tree of {size} leaves")
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> Iterable[tuple[int, bytes]]:
        """Add a leaf hash and return the nodes that became full: (level, hash), lowest first."""
        full = [(0, leaf)]
        size = self.size
        level = 0
        while size & 1:
            leaf = sha256(b"\x01" + self._hashes.pop() + leaf).digest()
            level += 1
            size >>= 1
            full.append((level, leaf))
        self._hashes.append(leaf)
        self.size += 1
        return full

    def root(self) -> bytes:
        """Return the root hash of the tree as it stands."""
        if not self._hashes:
            return EMPTY_ROOT
        *left, root = self._hashes
        for part in reversed(left):
            root = node_hash(part, root)
        return root

    def copy(self) -> Frontier:
        """Return one that can grow apart from this one."""
        return Frontier(self.size, self._hashes)


def frontier_nodes(size: int) -> tuple[tuple[int, int], ...]:
    """Return the (level, index) of the full subtrees of a tree, widest first."""
    nodes = []
    start = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            nodes.append((level, start >> level))
            start += 1 << level
    return tuple(nodes)


def range_root(start: int, end: int, node: Callable[[int, int], bytes]) -> bytes:
    """Return the root over the leaves [start, end), the empty tree's for none.

    Args:
        start: A multiple of the largest power of two that is at most `end - start`.
        end: Not less than `start`.
        node: Gives the hash of a full subtree by level and index.
    """
    size = end - start
    if size and not size & (size - 1) and not start & (size - 1):  # one full subtree, as most are
        level = size.bit_length() - 1
        return node(level, start >> level)
    parts = [node(level, (start >> level) + index) for level, index in _shifted(start, size)]
    if not parts:
        return EMPTY_ROOT
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def _shifted(start: int, size: int) -> Iterable[tuple[int, int]]:
    for level, index in frontier_nodes(size):
        if start & ((1 << level) - 1):
            raise ValueError(f"{start} is no start of a subtree of {1 << level} leaves")
        yield level, index


def _split(size: int) -> int:
    """Return the largest power of two below `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, node: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` in the tree of `size` (RFC 6962 section 2.1.1).

    Raises:
        ValueError: no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end = 0, size
    path = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return tuple(reversed(path))


def inclusion_proofs(
    indexes: Iterable[int], size: int, node: Callable[[int, int], bytes]
) -> dict[int, tuple[bytes, ...]]:
    """Return the audit paths of many leaves: as `inclusion_proof`, but what they share only once.

    Raises:
        ValueError: one of the leaves is not there.
    """
    wanted = sorted(set(indexes))
    if wanted and not 0 <= wanted[0] <= wanted[-1] < size:
        raise ValueError(f"no leaf {wanted[0]} or {wanted[-1]} in a tree of {size}")
    found: dict[int, tuple[bytes, ...]] = {}
    # (start, end, the leaves wanted in between: a part of `wanted`, the path from there upwards)
    open_parts: list[tuple[int, int, int, int, tuple[bytes, ...]]] = []
    if wanted:
        open_parts.append((0, size, 0, len(wanted), ()))
    while open_parts:
        start, end, first, last, path = open_parts.pop()
        if end - start == 1:
            found[start] = path
            continue
        middle = start + _split(end - start)
        cut = bisect_left(wanted, middle, first, last)
        if first < cut:
            right = range_root(middle, end, node)
            open_parts.append((start, middle, first, cut, (right, *path)))
        if cut < last:
            left = range_root(start, middle, node)
            open_parts.append((middle, end, cut, last, (left, *path)))
    return found


def consistency_proof(old: int, new: int, node: Callable[[int, int], bytes]) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` grew from that of `old` (RFC 6962 section 2.1.2).

    Raises:
        ValueError: `old` is more than `new`, or negative.
    """
    if not 0 <= old <= new:
        raise ValueError(f"no consistency from {old} to {new} leaves")
    if old in {0, new}:
        return ()
    start, end = 0, new
    path = []
    whole = True  # the old tree is a full left part: its root need not be given
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
            whole = False
    if not whole:
        path.append(range_root(start, end, node))
    return tuple(reversed(path))


def inclusion_root(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162 section 2.1.3.2).

    Returns:
        32 bytes to compare with a trusted root; None where the proof is of another length than
        one for this index and size.
    """
    if not 0 <= index < size or len(proof) > MAX_PROOF or len(leaf) != HASH_BYTES:
        return None
    position, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            return None
        if position & 1 or position == last:
            root = node_hash(sibling, root)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        position >>= 1
        last >>= 1
    return root if last == 0 else None


def is_consistent(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether a proof shows that the new tree grew from the old (RFC 9162 section 2.1.4.2).

    From the empty tree nothing can be shown, as every tree grew from it: False.
    """
    if not 1 <= old <= new or len(proof) > MAX_PROOF:
        return False
    if old == new:
        return not proof and old_root == new_root
    # A full left part is its own first hash: a proof does not repeat it.
    parts = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return _roots(old, new, parts) == (old_root, new_root)


def _roots(old: int, new: int, parts: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the (old, new) roots that a consistency proof leads to; None: wrong length."""
    if not parts or any(len(part) != HASH_BYTES for part in parts):
        return None
    position, last = _odd_shift(old - 1, new - 1)
    first = second = parts[0]
    for part in parts[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            first = node_hash(part, first)
            second = node_hash(part, second)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            second = node_hash(second, part)
        position >>= 1
        last >>= 1
    return (first, second) if last == 0 else None


def _odd_shift(position: int, last: int) -> tuple[int, int]:
    while position & 1:
        position >>= 1
        last >>= 1
    return position, last
