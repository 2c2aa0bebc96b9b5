"""What the store's tables hold, as SQL in one place: each function is one statement.

Every function takes a connection inside a transaction (`database`) and neither commits nor signs.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import LogError
from assurance.tlog.merkle import EMPTY_ROOT
from assurance.value import Value
from assurance_log.kinds import blob, integer, seconds, text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from assurance.tlog.note_key import NoteKey

_FETCH: Final = 64
"""Rows that are held at a time: of entries at most 4 MiB, and usually what a core's cache holds."""
_IN: Final = 500
"""Values in one `IN (...)`."""
STREAMED: Final = {"stream_results": True, "max_row_buffer": 256}
"""For a statement that may find more than fits in memory: PostgreSQL then gives it in parts."""
FIRST_CHAIN: Final = sha256(b"").digest()
"""What the first checkpoint's chain hash is over, instead of one before it."""


_BY_INDEX: Final = (
    "SELECT set_config('enable_seqscan', 'off', true), "
    "set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)"
)


class State(Value):
    """The one row that changes."""

    epoch: int
    """Goes up when another writer takes over; a writer of an older epoch is fenced off."""
    size: int
    """Entries in the tree."""
    published: int
    """Size of the newest signed checkpoint; -1 before the first."""


class StoredCheckpoint(Value):
    """A checkpoint with its place in the chain."""

    size: int
    note: bytes
    """With the log's signature only."""
    chain: bytes
    """SHA-256 over the chain hash before it, `signed_at` and `note`."""
    signed_at: int
    """Seconds since 1970 UTC, as this machine's clock had it; proves nothing."""


def chained(before: bytes, note: bytes, signed_at: int) -> bytes:
    """Return a checkpoint's chain hash: over 32 bytes, 8 bytes big-endian, and the note."""
    return sha256(before + signed_at.to_bytes(8, "big") + note).digest()


def scan(
    connection: Connection, statement: str, values: tuple[int | bytes, ...] = ()
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all that a statement finds, 64 rows at a time, as the driver gives them.

    For whole tables: what SQLAlchemy makes of each row costs more than hashing it.
    """
    if connection.dialect.name == "postgresql":
        from assurance_log.postgresql import bulk

        yield from bulk.scan(connection, statement, values, 4 * _FETCH)  # a round trip each
        return
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    cursor = driver.execute(statement, values)
    while part := cursor.fetchmany(_FETCH):
        yield part


def origin(connection: Connection) -> str:
    """Return the log's origin."""
    row = connection.exec_driver_sql("SELECT origin FROM identity").first()
    if row is None:
        raise LogError(
            "the row that names the log is gone", remedy="restore a backup: `assurance log restore`"
        )
    return text(row[0])


def vkeys(connection: Connection) -> tuple[tuple[int, str], ...]:
    """Return (first size, vkey) of each of the log's keys, oldest first."""
    rows = connection.exec_driver_sql("SELECT from_size, vkey FROM log_key ORDER BY from_size")
    return tuple((integer(size), text(vkey)) for size, vkey in rows)


def state(connection: Connection) -> State:
    """Return the state.

    Raises:
        LogError: the row is not there.
        ValueError: no log has such sizes.
    """
    row = connection.exec_driver_sql("SELECT epoch, size, published FROM state").first()
    if row is None:
        raise LogError(
            "the log's state row is gone", remedy="restore a backup: `assurance log restore`"
        )
    found = State(epoch=integer(row[0]), size=integer(row[1]), published=integer(row[2]))
    if found.epoch < 0 or found.size < 0 or found.published < -1:
        raise ValueError(f"no log has such a state: {found}")
    return found


def is_empty(connection: Connection, table: str) -> bool:
    """Say whether a table of the log has no row."""
    found = connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608 - our names
    return found.first() is None


def compare_and_swap(connection: Connection, old: State, new: State) -> bool:
    """Change the state from `old` to `new`; False where it is not `old` any more."""
    done = connection.exec_driver_sql(
        "UPDATE state SET epoch = ?, size = ?, published = ? "
        "WHERE id = 1 AND epoch = ? AND size = ? AND published = ?",
        (new.epoch, new.size, new.published, old.epoch, old.size, old.published),
    )
    return done.rowcount == 1


def indexes(connection: Connection, leaves: Sequence[bytes]) -> dict[bytes, int]:
    """Return the index of each leaf hash that is in the log."""
    found: dict[bytes, int] = {}
    for start in range(0, len(leaves), _IN):
        within, values = among(connection, leaves[start : start + _IN])
        rows = connection.exec_driver_sql(
            f"SELECT leaf_hash, idx FROM leaf WHERE leaf_hash {within}",  # noqa: S608 - marks only
            values,
        )
        found.update((blob(leaf), integer(idx)) for leaf, idx in rows)
    return found


def by_index(connection: Connection) -> None:
    """Have a server look by index only, until the transaction ends.

    It has no statistics of a table that grew quickly, and would rather read all of it.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_BY_INDEX)


def among(connection: Connection, values: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """Return what follows a column that is one of at most 500 values, and what is bound there."""
    if connection.dialect.name == "postgresql":
        # One statement for every length, where a value may be a list: it is prepared once.
        return "= ANY(?)", (list(values),)
    return f"IN ({','.join('?' * len(values))})", tuple(values)


def add_entries(connection: Connection, start: int, entries: Sequence[tuple[bytes, bytes]]) -> None:
    """Insert (leaf hash, body) pairs from index `start` on."""
    connection.exec_driver_sql(
        "INSERT INTO entry (idx, body) VALUES (?, ?)",
        [(start + i, body) for i, (_, body) in enumerate(entries)],
    )
    connection.exec_driver_sql(
        "INSERT INTO leaf (leaf_hash, idx) VALUES (?, ?)",
        sorted((leaf, start + i) for i, (leaf, _) in enumerate(entries)),
    )


def end(connection: Connection) -> int:
    """Return the index after the last entry that is there."""
    return int(
        connection.exec_driver_sql("SELECT coalesce(max(idx) + 1, 0) FROM entry").scalar_one()
    )


def entries(connection: Connection, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield (index, body) of the entries [start, end) in order."""
    rows = connection.exec_driver_sql(
        "SELECT idx, body FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx",
        (start, end),
        execution_options=STREAMED,
    )
    for idx, body in rows:
        yield integer(idx), blob(body)


def bodies(connection: Connection, start: int, end: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows with the body of each of the entries [start, end), some at a time.

    They are fewer than `end - start` where some are missing: see `first_gap`.
    """
    return scan(
        connection,
        "SELECT body FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx",
        (start, end),
    )


def first_gap(connection: Connection, start: int) -> int:
    """Return the first index from `start` on that is not there."""
    at = start
    for part in scan(connection, "SELECT idx FROM entry WHERE idx >= ? ORDER BY idx", (start,)):
        for (idx,) in part:
            if idx != at:
                return at
            at += 1
    return at


def add_tiles(connection: Connection, tiles: Sequence[tuple[int, int, bytes, bytes]]) -> None:
    """Insert full tiles: (level, n, hashes, root)."""
    if tiles:
        connection.exec_driver_sql(
            "INSERT INTO tile (level, n, hashes, root) VALUES (?, ?, ?, ?)", list(tiles)
        )


def tile(connection: Connection, level: int, n: int) -> bytes | None:
    """Return the hashes of a full tile; None where it is not stored."""
    row = connection.exec_driver_sql(
        "SELECT hashes FROM tile WHERE level = ? AND n = ?", (level, n)
    ).first()
    return None if row is None else blob(row[0])


def tile_roots(connection: Connection, level: int, start: int, end: int) -> tuple[bytes, ...]:
    """Return the roots of the full tiles [start, end) of a level."""
    rows = connection.exec_driver_sql(
        "SELECT root FROM tile WHERE level = ? AND n >= ? AND n < ? ORDER BY n",
        (level, start, end),
    )
    return tuple(blob(row[0]) for row in rows)


def add_head(connection: Connection, size: int, root: bytes) -> None:
    """Insert the root of a tree size: from here on that size has no other."""
    connection.exec_driver_sql("INSERT INTO head (size, root) VALUES (?, ?)", (size, root))


def heads_after(connection: Connection, size: int) -> tuple[tuple[int, bytes], ...]:
    """Return (size, root) of the heads above `size`: committed and not yet signed."""
    rows = connection.exec_driver_sql(
        "SELECT size, root FROM head WHERE size > ? ORDER BY size", (size,)
    )
    return tuple((integer(found), blob(root)) for found, root in rows)


def heads(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """Yield (size, root) of every head, in order."""
    for part in scan(connection, "SELECT size, root FROM head ORDER BY size"):
        yield from part


def root_of(connection: Connection, size: int) -> bytes | None:
    """Return the root at a size that was a head; None where it was not."""
    row = connection.exec_driver_sql("SELECT root FROM head WHERE size = ?", (size,)).first()
    return None if row is None else blob(row[0])


def add_checkpoint(connection: Connection, stored: StoredCheckpoint) -> None:
    """Insert a signed checkpoint."""
    connection.exec_driver_sql(
        "INSERT INTO checkpoint (size, note, chain, signed_at) VALUES (?, ?, ?, ?)",
        (stored.size, stored.note, stored.chain, stored.signed_at),
    )


def checkpoints(
    connection: Connection, *, start: int = 0, newest_first: bool = False
) -> Iterator[StoredCheckpoint]:
    """Yield the checkpoints of at least `start` entries."""
    order = "DESC" if newest_first else "ASC"
    rows = connection.exec_driver_sql(
        "SELECT size, note, chain, signed_at FROM checkpoint WHERE size >= ? "  # noqa: S608 - a constant
        f"ORDER BY size {order}",
        (start,),
        execution_options=STREAMED,
    )
    for size, note, chain, signed_at in rows:
        yield StoredCheckpoint(
            size=integer(size),
            note=blob(note),
            chain=blob(chain),
            signed_at=seconds(signed_at),
        )


def clock_steps(connection: Connection) -> tuple[int, ...]:
    """Return the sizes of the checkpoints whose time is before that of the one before them."""
    found = connection.exec_driver_sql("SELECT size FROM clock_set_back ORDER BY size")
    return tuple(integer(row[0]) for row in found)


def add_witness_key(connection: Connection, key: NoteKey) -> None:
    """Keep the key that a witness's lines are verified with, once."""
    connection.exec_driver_sql(
        "INSERT INTO witness_key (name, key_hash, vkey) SELECT ?, ?, ? WHERE NOT EXISTS "
        "(SELECT 1 FROM witness_key WHERE name = ? AND key_hash = ?)",
        (key.name, key.key_hash, key.vkey(), key.name, key.key_hash),
    )


def witness_keys(connection: Connection) -> tuple[tuple[str, bytes, str], ...]:
    """Return (name, key hash, vkey) of each witness that ever signed."""
    rows = connection.exec_driver_sql("SELECT name, key_hash, vkey FROM witness_key ORDER BY 1, 2")
    return tuple((text(name), blob(key_hash), text(vkey)) for name, key_hash, vkey in rows)


def checkpoint_between(connection: Connection, first: int, last: int) -> int | None:
    """Return the size of a checkpoint from `first` to `last` entries; None where there is none."""
    row = connection.exec_driver_sql(
        "SELECT size FROM checkpoint WHERE size >= ? AND size <= ? LIMIT 1", (first, last)
    ).first()
    return None if row is None else integer(row[0])


def add_cosignature(
    connection: Connection, size: int, name: str, key_hash: bytes, line: str, cosigned_at: int
) -> None:
    """Keep a witness's line; a second one of the same key and size is not needed."""
    connection.exec_driver_sql(
        "INSERT INTO cosignature (size, name, key_hash, line, cosigned_at) "
        "SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS "
        "(SELECT 1 FROM cosignature WHERE size = ? AND name = ? AND key_hash = ?)",
        (size, name, key_hash, line, cosigned_at, size, name, key_hash),
    )


def cosignatures(connection: Connection, size: int) -> tuple[str, ...]:
    """Return the witnesses' lines below a checkpoint, by name."""
    return cosignatures_of(connection, [size]).get(size, ())


def cosignatures_of(connection: Connection, sizes: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the same for at most 500 checkpoints, of those that have some."""
    found: dict[int, tuple[str, ...]] = {}
    if not sizes:
        return found
    within, values = among(connection, sizes)
    for size, line in connection.exec_driver_sql(
        f"SELECT size, line FROM cosignature WHERE size {within} ORDER BY size, name, key_hash",  # noqa: S608 - marks only
        values,
    ):
        found[int(size)] = (*found.get(int(size), ()), text(line))
    return found


def add_content(connection: Connection, body: bytes) -> bytes:
    """Keep a body by its SHA-256, once; return the digest."""
    digest = sha256(body).digest()
    connection.exec_driver_sql(
        "INSERT INTO content (sha256, body) SELECT ?, ? WHERE NOT EXISTS "
        "(SELECT 1 FROM content WHERE sha256 = ?)",
        (digest, body, digest),
    )
    return digest


def content(connection: Connection, digest: bytes) -> bytes | None:
    """Return a kept body."""
    row = connection.exec_driver_sql("SELECT body FROM content WHERE sha256 = ?", (digest,)).first()
    return None if row is None else blob(row[0])


def last_cosigned(connection: Connection, name: str, key_hash: bytes) -> int:
    """Return the size of the newest checkpoint that a witness signed; 0 if none."""
    row = connection.exec_driver_sql(
        "SELECT max(size) FROM cosignature WHERE name = ? AND key_hash = ?", (name, key_hash)
    ).first()
    return integer(row[0]) if row is not None and row[0] is not None else 0


def create(connection: Connection, origin_name: str, vkey: str) -> None:
    """Fill a fresh schema with a log of no entries, whose first head waits to be signed."""
    connection.exec_driver_sql("INSERT INTO identity (id, origin) VALUES (1, ?)", (origin_name,))
    connection.exec_driver_sql("INSERT INTO log_key (from_size, vkey) VALUES (0, ?)", (vkey,))
    add_head(connection, 0, EMPTY_ROOT)
    connection.exec_driver_sql(
        "INSERT INTO state (id, epoch, size, published) VALUES (1, 0, 0, -1)"
    )
