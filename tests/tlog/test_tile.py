"""Tiles: their paths, entry bundles, and Go's sumdb tree of 70,000 leaves."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.errors import FormatError
from assurance.tlog import merkle, tile

GO: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data/tlog/go-sumdb-70000.json").read_text()
)


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 273, 112, "tile/0/273.p/112"),
        (1, 1234067, 256, "tile/1/x001/x234/067"),
        (None, 1234067, 8, "tile/entries/x001/x234/067.p/8"),
        (2, 1000, 256, "tile/2/x001/000"),
    ],
)
def test_path(level: int | None, n: int, width: int, path: str) -> None:
    """Paths are as tlog-tiles has them."""
    assert path == tile.path(level, n, width)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=256))
def test_entry_bundle(entries: list[bytes]) -> None:
    """An entry bundle gives back its entries, and none when it is cut inside one."""
    data = tile.encode_entries(entries)
    assert tuple(entries) == tile.decode_entries(data)
    with pytest.raises(FormatError, match=r"cut|0 entries"):
        tile.decode_entries(data[:-1])


def test_entry_bundle_limits() -> None:
    """65,535 bytes fit in a bundle, one more does not; nor do 257 entries or none."""
    assert (b"x" * 65_535,) == tile.decode_entries(tile.encode_entries([b"x" * 65_535]))
    with pytest.raises(FormatError, match="at most 65535"):
        tile.encode_entries([b"x" * 65_536])
    with pytest.raises(FormatError, match="has 257 entries"):
        tile.decode_entries(tile.encode_entries([b""] * 257))
    with pytest.raises(FormatError, match="has 0 entries"):
        tile.decode_entries(b"")


@pytest.mark.parametrize("size", [0, 1, 33, 256 * 32 + 32])
def test_tile_of_a_wrong_size(size: int) -> None:
    """A tile is 1 to 256 whole hashes."""
    with pytest.raises(FormatError, match="not 1 to 256 hashes of 32"):
        tile.split(bytes(size))


def _go_entry(number: int) -> bytes:
    return sha256(b"vector entry %d" % number).digest()[: number % 33]


def test_tree_of_gos_sumdb() -> None:
    """Roots, proofs and tiles are those that Go's sumdb makes of the same 70,000 entries."""
    levels = [[merkle.leaf_hash(_go_entry(i)) for i in range(70_000)]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(
            [merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        )

    def node(level: int, index: int) -> bytes:
        return levels[level][index]

    for size, root in GO["roots"].items():
        assert root == base64.b64encode(merkle.range_root(0, int(size), node)).decode()
    for case in GO["inclusion"]:
        proof = merkle.inclusion_proof(case["Index"], case["Size"], node)
        assert case["Proof"] == [base64.b64encode(part).decode() for part in proof]
    for case in GO["consistency"]:
        proof = merkle.consistency_proof(case["Old"], case["New"], node)
        assert case["Proof"] == [base64.b64encode(part).decode() for part in proof]
    tiles = GO["tile_sha256_gosumdb_paths_size_70000"]
    assert len(tiles) > 270
    for path, digest in tiles.items():
        _, _, level, rest = path.split("/", 3)
        n_text, _, width_text = rest.partition(".p/")
        n, width = int(n_text.replace("x", "").replace("/", "")), int(width_text or 256)
        hashes = levels[8 * int(level)][256 * n : 256 * n + width]
        assert digest == sha256(b"".join(hashes)).hexdigest(), path
        for above, row in enumerate(tile.expand(tuple(hashes))):
            start = (256 * n) >> above
            assert row == tuple(levels[8 * int(level) + above][start : start + len(row)])


@pytest.mark.parametrize("count", [1, 2, 64, 256])
def test_root_of_a_full_tile(count: int) -> None:
    """Over the bytes as over the single hashes."""
    hashes = [sha256(bytes([n])).digest() for n in range(count)]
    assert merkle.full_root(hashes) == tile.full_root(b"".join(hashes))


@pytest.mark.parametrize("size", [0, 31, 96, 257 * 32, 512 * 32])
def test_root_of_no_full_tile(size: int) -> None:
    """A count that is no power of two, or bytes that are no hashes."""
    with pytest.raises(FormatError, match=r"^the tile has"):
        tile.full_root(bytes(size))
