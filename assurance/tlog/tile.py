"""Tiles: how a log's tree is cut into files of 256 hashes or entries.

Specification: C2SP tlog-tiles v1.0.0. Tile (level, n) of the tree holds the nodes of level
`8 * level` from `256 * n` on; an entry bundle holds entries with their lengths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError
from assurance.tlog import merkle

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH: Final = 256
"""Hashes in a full tile, entries in a full bundle."""
HEIGHT: Final = 8
"""Levels of the tree in a tile."""
MAX_ENTRY: Final = 65_535
"""Bytes of an entry: its length is two bytes."""
_LENGTH_BYTES: Final = 2
_GROUP: Final = 1000


def path(level: int | None, n: int, width: int = WIDTH) -> str:
    """Return the path of a tile below the log's prefix.

    Args:
        level: Of the tile, from 0 (leaf hashes) up; None for an entry bundle.
        n: Number of the tile in its level.
        width: Hashes or entries in it; below 256 it is a partial tile.
    """
    groups = [f"{n % _GROUP:03d}"]
    while n >= _GROUP:
        n //= _GROUP
        groups.append(f"x{n % _GROUP:03d}")
    name = "/".join(reversed(groups))
    kind = "entries" if level is None else str(level)
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{kind}/{name}{partial}"


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Return an entry bundle.

    Raises:
        FormatError: an entry is longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise FormatError(
                f"the entry has {len(entry)} bytes; a log takes at most {MAX_ENTRY}",
                remedy="log the digest of the body and keep the body elsewhere",
            )
        parts += [len(entry).to_bytes(_LENGTH_BYTES, "big"), entry]
    return b"".join(parts)


def decode_entries(data: bytes) -> tuple[bytes, ...]:
    """Return the entries of a bundle.

    Raises:
        FormatError: it is cut, empty, or has more than 256 entries.
    """
    entries = []
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        end = start + int.from_bytes(data[at:start], "big")
        if end > len(data) or start > len(data):
            raise FormatError(
                f"the entry bundle is cut at byte {at}", remedy="take the tile again from the log"
            )
        entries.append(data[start:end])
        at = end
    if not 1 <= len(entries) <= WIDTH:
        raise FormatError(
            f"the entry bundle has {len(entries)} entries, not 1 to {WIDTH}",
            remedy="take the tile again from the log",
        )
    return tuple(entries)


def _demand_hashes(data: bytes) -> None:
    count, rest = divmod(len(data), merkle.HASH_BYTES)
    if rest or not 1 <= count <= WIDTH:
        raise FormatError(
            f"the tile has {len(data)} bytes, not 1 to {WIDTH} hashes of {merkle.HASH_BYTES}",
            remedy="take the tile again from the log",
        )


def split(data: bytes) -> tuple[bytes, ...]:
    """Return the hashes of a tile.

    Raises:
        FormatError: not 1 to 256 hashes of 32 bytes.
    """
    _demand_hashes(data)
    return tuple(data[i : i + merkle.HASH_BYTES] for i in range(0, len(data), merkle.HASH_BYTES))


def full_root(data: bytes) -> bytes:
    """Return the root over a tile whose number of hashes is a power of two.

    Raises:
        FormatError: not 1, 2, 4 … 256 hashes of 32 bytes.
    """
    _demand_hashes(data)
    if (len(data) // merkle.HASH_BYTES).bit_count() != 1:
        raise FormatError(
            f"the tile has {len(data) // merkle.HASH_BYTES} hashes, not a power of two",
            remedy="take the tile again from the log",
        )
    return merkle.packed_root(data)


def expand(hashes: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], ...]:
    """Return every full node inside a tile: by level above the tile's own, then by position."""
    levels = [hashes]
    while len(levels) < HEIGHT and len(levels[-1]) > 1:
        levels.append(tuple(merkle.parents(levels[-1])))
    return tuple(levels)
