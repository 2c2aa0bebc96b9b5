"""The `full` depth of a check: entries against tiles, leaves, contents and search fields."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from assurance.tlog import merkle, tile
from assurance_log import records, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_Found = dict[str, str]


def problems(connection: Connection, leaves: bytes) -> Iterator[_Found]:
    """Yield what is wrong with entries and with everything that is derived from them.

    Args:
        connection: In the check's transaction.
        leaves: The leaf hashes of all entries, as `check_leaves` makes them.
    """
    yield from _entries(connection, leaves)
    yield from _leaf_index(connection, leaves)
    yield from _contents(connection)
    yield from _records(connection)


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
        for idx in [at for leaf, at in part if leaves[32 * at : 32 * at + 32] != leaf]:
            yield {
                "kind": "leaf",
                "where": f"leaf {idx}",
                "message": "it is not the hash of the entry with this index",
            }
    if count != len(leaves) // 32:
        message = f"{count} leaves are indexed, the log has {len(leaves) // 32} entries"
        yield {"kind": "leaf", "where": "leaf", "message": message}


def _contents(connection: Connection) -> Iterator[_Found]:
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
        entry = next((body for _, body in rows.entries(connection, idx, idx + 1)), b"")
        digest = records.digest_in(entry)
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
