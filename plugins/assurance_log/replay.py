"""Goes through the log's history again: entries in, and every checkpoint must come out.

Neither tiles nor stored heads are used, so that a replay after a restart or restore is a second
opinion on both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import AssuranceError
from assurance.tlog import checkpoint, merkle, note, note_key
from assurance.value import Value
from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


class Replayed(Value):
    """One checkpoint, gone through again."""

    size: int
    root: bytes
    """As computed from the entries; 32 bytes."""
    signed_at: int | None
    """Seconds since 1970 by the log's own clock, as far as that is known."""
    problem: str | None
    """None: the checkpoint says the same and is signed by the log."""


def replay(connection: Connection) -> Iterator[Replayed]:
    """Yield every checkpoint in order, with what the entries before it give.

    Time is linear in the entries; memory does not grow with them.

    Raises:
        FormatError: a key of the log cannot be read.
    """
    keys = [note_key.read(vkey) for _, vkey in rows.vkeys(connection)]
    frontier = merkle.Frontier(0, ())
    end = rows.state(connection).size
    entries = rows.entries(connection, 0, end)
    for stored in rows.checkpoints(connection):
        problem = None
        while frontier.size < stored.size:
            found = next(entries, None)
            if found is None or found[0] != frontier.size:
                problem = f"entry {frontier.size} is missing"
                break
            frontier.append(merkle.leaf_hash(found[1]))
        root = frontier.root()
        yield Replayed(
            size=stored.size,
            root=root,
            signed_at=stored.signed_at,
            problem=problem or _problem(stored, root, keys),
        )
        if problem:
            return


def _problem(
    stored: rows.StoredCheckpoint, root: bytes, keys: list[note_key.NoteKey]
) -> str | None:
    try:
        signed = note.read(stored.note)
        head = checkpoint.read(signed.text)
        by = note.verified(signed, keys)
    except AssuranceError as err:
        return err.problem
    if not by:
        return "no key of the log signed it"
    if (head.size, head.root) != (stored.size, root):
        return "it says another root than the entries give"
    return None
