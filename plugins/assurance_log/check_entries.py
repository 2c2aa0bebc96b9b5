"""The `full` depth of a check: entries against tiles, leaves, contents and search fields."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.tlog import counted, merkle, tile
from assurance_log import check_numbering, kinds, records, rows
from assurance_log.check_leaves import HASH_BYTES
from assurance_log.tree import edge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

_Found = dict[str, str]
_OTHERS: Final = (
    "SELECT count(*), total(typeof(idx) <> 'integer' OR idx < 0 "
    "OR leaf_hash IS NOT substr(?, 32 * idx + 1, 32)) FROM leaf"
)
"""How many leaves are indexed, and how many of them are not as in the hashes that are given."""


def problems(connection: Connection, hashed: Callable[[], bytes]) -> Iterator[_Found]:
    """Yield what is wrong with entries and with everything that is derived from them.

    Args:
        connection: In the check's transaction.
        hashed: Returns the leaf hashes of all entries, as `check_leaves` makes them; asked for
            late, as somebody else may be making them.
    """
    expected = _indexed(connection)
    leaves = hashed()
    if leaves != expected:
        yield from _entries(connection, leaves)
        yield from _leaf_index(connection, leaves)
    yield from _contents(connection)
    yield from _records(connection)


def _indexed(connection: Connection) -> bytes | None:
    """Return the leaf hashes that the tiles have, where the index has just these; else None.

    When the entries give the same ones, all three are whole. When not, or where there is None,
    each is compared with the entries, to name what differs. SQLite compares the index itself, in
    a third of the time that reading its rows takes.
    """
    if connection.dialect.name != "sqlite":
        return None
    size = rows.state(connection).size
    try:
        tiles = rows.scan(connection, "SELECT hashes FROM tile WHERE level = 0 ORDER BY n")
        leaves = b"".join([hashes for part in tiles for (hashes,) in part])
        leaves += b"".join(edge(connection, 0, size))
        (((count, wrong),),) = rows.scan(connection, _OTHERS, (leaves,))
    except (TypeError, ValueError, ArithmeticError, sqlite3.Error):
        return None  # found again, and named, by who looks closer
    return leaves if (HASH_BYTES * count, wrong) == (len(leaves), 0) else None


def _entries(connection: Connection, leaves: bytes) -> Iterator[_Found]:
    """Compare every entry with the full tiles of level 0."""
    if len(leaves) != 32 * rows.state(connection).size:
        gap = rows.first_gap(connection, 0)
        yield {"kind": "entry", "where": f"entry {gap}", "message": "it is missing"}
        return
    width = 32 * tile.WIDTH
    statement = "SELECT n, hashes FROM tile WHERE level = 0 ORDER BY n"
    for n, hashes in (row for part in rows.scan(connection, statement) for row in part):
        ours = leaves[n * width : (n + 1) * width]
        if ours == hashes:
            continue
        for i in range(0, min(len(ours), width), 32):
            if ours[i : i + 32] != hashes[i : i + 32]:
                yield {
                    "kind": "entry",
                    "where": f"entry {n * tile.WIDTH + i // 32}",
                    "message": f"its hash is not the one in {tile.path(0, n)}: it was changed",
                }


def _leaf_index(connection: Connection, leaves: bytes) -> Iterator[_Found]:
    count = 0
    for part in rows.scan(connection, "SELECT leaf_hash, idx FROM leaf"):
        count += len(part)
        for idx in [at for leaf, at in part if at < 0 or leaves[32 * at : 32 * at + 32] != leaf]:
            yield {
                "kind": "leaf",
                "where": f"leaf {idx}",
                "message": "it is not the hash of the entry with this index",
            }
    if count != len(leaves) // 32:
        message = f"{count} leaves are indexed, the log has {counted.entries(len(leaves) // 32)}"
        yield {"kind": "leaf", "where": "leaf", "message": message}


def _contents(connection: Connection) -> Iterator[_Found]:
    yield from check_numbering.problems(connection, "content", "content")
    found = connection.exec_driver_sql(
        "SELECT c.sha256, c.body, r.idx FROM content AS c "
        "LEFT JOIN record AS r ON r.bundle_sha256 = c.sha256 ORDER BY c.sha256",
        execution_options={**rows.STREAMED, "max_row_buffer": 1},
    )
    for digest, body, idx in found:
        if sha256(body).digest() != bytes(digest):
            yield {
                "kind": "content",
                "where": f"content {bytes(digest).hex()}",
                "message": "its SHA-256 is another one",
            }
        elif idx is None and (lost := _logged(connection, records.entry_for(digest))) is not None:
            message = "it is missing, though the bundle is kept"
            yield {"kind": "record", "where": f"record {lost}", "message": message}


def _logged(connection: Connection, entry: bytes) -> int | None:
    """Return the index of an entry; None where it is not in the log."""
    leaf = merkle.leaf_hash(entry)
    return rows.indexes(connection, [leaf]).get(leaf)


def _records(connection: Connection) -> Iterator[_Found]:
    indexes = connection.exec_driver_sql(
        "SELECT idx FROM record UNION SELECT idx FROM record_field ORDER BY idx",
        execution_options=rows.STREAMED,
    ).scalars()
    for idx in indexes:
        kept = records.stored(connection, idx)
        entry = connection.exec_driver_sql("SELECT body FROM entry WHERE idx = ?", (idx,)).scalar()
        digest = None if entry is None else records.digest_in(kinds.blob(entry))
        bundle = None if digest is None else rows.content(connection, digest)
        if digest is not None and bundle is None:
            yield {
                "kind": "content",
                "where": f"content {digest.hex()}",
                "message": f"it is missing, though record {idx} is of it",
            }
        elif bundle is None or not records.is_of(kept, bundle):
            yield {
                "kind": "record",
                "where": f"record {idx}",
                "message": "it is not what the logged bundle says",
            }
