"""What is appended at once, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from assurance.errors import RefusedError
from assurance.tlog import tile
from assurance.value import Value

if TYPE_CHECKING:
    from assurance.tlog import note

MAX_BATCH: Final = 4096
"""Entries in one transaction."""
Batch = tuple[Sequence[bytes], Sequence[bytes]]
"""Entries, and bodies to keep by digest."""


class Appended(Value):
    """Where entries are, and the checkpoint that covers them."""

    indexes: tuple[int, ...]
    """One for each entry given, in order; one that was there already keeps its index."""
    checkpoint: note.Note
    """Durable, signed, with the witnesses' lines."""
    size: int


class Covered(Value):
    """A durable signed checkpoint with its witnesses' lines, and the size of its tree."""

    checkpoint: note.Note
    size: int


def demand_batch(entries: Sequence[bytes]) -> None:
    """See that a batch can be appended at all.

    Raises:
        RefusedError: an entry is too long, or there are none or too many.
    """
    if not 1 <= len(entries) <= MAX_BATCH:
        raise RefusedError(
            f"{len(entries)} entries in one batch; it takes 1 to {MAX_BATCH}",
            remedy="append them in parts",
        )
    for entry in entries:
        if len(entry) > tile.MAX_ENTRY:
            raise RefusedError(
                f"the entry has {len(entry)} bytes; a log takes at most {tile.MAX_ENTRY}",
                remedy="log the body's digest: `assurance log append FILE` does so",
            )
