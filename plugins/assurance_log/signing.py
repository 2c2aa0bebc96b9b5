"""Signs what is committed, outside of any transaction, and believes no signature unseen.

The signer may be a key in a file, a token or a service: it is slow, it may fail, and what it
returns is verified before it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assurance.errors import LogError, RefusedError
from assurance.tlog import checkpoint, counted, merkle, note
from assurance_log import rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from assurance.tlog import note_key

Sign = Callable[[bytes], bytes]
"""Ed25519 over a message: 64 bytes."""


class Signing:
    """Makes the checkpoints of one log."""

    def __init__(
        self,
        sign: Sign,
        key: note_key.NoteKey,
        clock: Callable[[], int],
        failpoint: Callable[[str], None],
    ) -> None:
        """Take the log's key, private and public; see `Writer` for the rest."""
        self._sign = sign
        self.key = key
        self._clock = clock
        self._failpoint = failpoint

    def checkpoints(
        self, before: rows.StoredCheckpoint | None, heads: Sequence[tuple[int, bytes]]
    ) -> list[rows.StoredCheckpoint]:
        """Return signed checkpoints of heads (size, root), chained to the one before them.

        Raises:
            LogError: the signer gave a signature that does not verify.
        """
        chain = rows.FIRST_CHAIN if before is None else before.chain
        fresh = []
        for size, root in heads:
            self._failpoint("signing")
            text = checkpoint.Checkpoint(origin=self.key.name, size=size, root=root).text()
            data = self._note(text).encode()
            now = self._clock()
            chain = rows.chained(chain, data, now)
            fresh.append(rows.StoredCheckpoint(size=size, note=data, chain=chain, signed_at=now))
        return fresh

    def _note(self, text: str) -> note.Note:
        signature = self._sign(text.encode())
        if not self.key.verify(text.encode(), signature):
            raise LogError(
                "the log's signer gave a signature that does not verify",
                remedy="see to the signer; nothing was published with it",
            )
        line = note.NoteSignature(
            name=self.key.name, key_hash=self.key.key_hash, signature=signature
        )
        return note.Note(text=text, signatures=(line,))


def demand_roots(
    connection: Connection,
    size: int,
    pending: Sequence[tuple[int, bytes]],
    *,
    known: tuple[int, bytes] | None,
) -> None:
    """See that every root that waits for a signature is the tree's; `known` is.

    A head is a row that whoever has the file can add: signed unseen, it would be a fork under
    the log's own key.

    Raises:
        LogError: one of them is not.
    """
    tree = Tree(connection, size)
    for at, root in pending:
        if (at, root) == known:
            continue
        try:
            same = at <= size and merkle.range_root(0, at, tree.node) == root
        except RefusedError as err:
            raise LogError(err.problem, remedy=err.remedy) from err
        if not same:
            raise LogError(
                f"the root of {counted.entries(at)} that waits for its signature is not the one "
                "that the entries give; it is not signed",
                remedy="keep the file as evidence, see `assurance log check --depth full`, and "
                "restore the newest backup: `assurance log restore`",
            )
