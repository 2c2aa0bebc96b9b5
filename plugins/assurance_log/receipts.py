"""Makes receipts: an inclusion proof with the checkpoint that it leads to (C2SP tlog-proof)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import LogError, RefusedError
from assurance.tlog import counted, note, proof
from assurance_log import rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection

    from assurance_log.tree import ExpandedTiles


def newest(connection: Connection) -> tuple[note.Note, int]:
    """Return the newest checkpoint with its witnesses' lines, and its size.

    Raises:
        LogError: the log has none yet.
    """
    stored = next(rows.checkpoints(connection, newest_first=True), None)
    if stored is None:
        raise LogError("the log has no checkpoint yet", remedy="assurance log checkpoint")
    return witnessed(connection, stored), stored.size


def at(connection: Connection, size: int) -> note.Note:
    """Return the checkpoint of exactly this size.

    Raises:
        RefusedError: the log signed none of this size.
    """
    stored = next(rows.checkpoints(connection, start=size), None)
    if stored is None or stored.size != size:
        raise RefusedError(
            f"the log has no checkpoint of {counted.entries(size)}",
            remedy="list the sizes that it has: assurance log checkpoint --all",
        )
    return witnessed(connection, stored)


def witnessed(connection: Connection, stored: rows.StoredCheckpoint) -> note.Note:
    """Return a checkpoint with the witnesses' lines below the log's."""
    return witnessed_each(connection, [stored])[0]


def witnessed_each(
    connection: Connection, found: Sequence[rows.StoredCheckpoint]
) -> list[note.Note]:
    """Return at most 500 checkpoints, each with the witnesses' lines below the log's."""
    lines = rows.cosignatures_of(connection, [stored.size for stored in found])
    return [_below(note.read(stored.note), lines.get(stored.size, ())) for stored in found]


def _below(signed: note.Note, lines: Sequence[str]) -> note.Note:
    more = note.read_signature_lines("".join(lines)) if lines else ()
    return note.Note(text=signed.text, signatures=(*signed.signatures, *more))


def receipt(
    connection: Connection,
    index: int,
    signed: note.Note,
    size: int,
    tiles: ExpandedTiles | None = None,
) -> proof.TlogProof:
    """Return the receipt of an entry under a checkpoint of the log.

    Raises:
        RefusedError: the checkpoint's tree does not have the entry.
    """
    return next(each(connection, (index,), signed, size, tiles))


def each(
    connection: Connection,
    indexes: Iterable[int],
    signed: note.Note,
    size: int,
    tiles: ExpandedTiles | None = None,
) -> Iterator[proof.TlogProof]:
    """Yield the receipts of entries under one checkpoint; neighbours share the tiles read.

    Args:
        connection: In one read transaction.
        indexes: Of the entries.
        signed: The checkpoint.
        size: Of its tree.
        tiles: Kept from one look at this log to the next; None: for this one only.

    Raises:
        RefusedError: the checkpoint's tree does not have one of the entries.
    """
    wanted = tuple(indexes)
    for index in wanted:
        if not 0 <= index < size:
            raise RefusedError(
                f"there is no entry {index} among the log's {size}",
                remedy=f"give an index from 0 to {size - 1}" if size else "append something first",
            )
    proofs = Tree(connection, size, tiles).inclusions(wanted)
    for index in wanted:
        yield proof.TlogProof(index=index, hashes=proofs[index], signed_checkpoint=signed)
