"""How an entry gets into the log, and when it is acknowledged.

1. One transaction takes the entries, the tiles that became full, the tree's new root, and swaps
   the state from what this writer knew to what it made. Another writer's epoch fences it off.
2. Outside of any transaction the committed roots are signed, each signature is verified.
3. A second transaction keeps the signed checkpoints, chained to those before.
4. Witnesses are asked; the anchor is replaced.

Only then is an entry acknowledged. A crash leaves roots that are committed and not signed: the
next writer computes exactly those again and signs them. Nothing uncommitted is ever signed. When a
commit fails, nobody knows what is on the disk: this process writes no more (`database`), and
a new one looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, RefusedError
from assurance.tlog import checkpoint, merkle, note, tile
from assurance.value import Value
from assurance_log import anchor, records, rows
from assurance_log.tree import Tree, right_edge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from assurance.tlog import note_key
    from assurance.tlog.edge import Edge
    from assurance_log.database import Database
    from assurance_log.witnesses import Witnesses

Sign = Callable[[bytes], bytes]
"""Ed25519 over a message: 64 bytes."""
MAX_BATCH: Final = 4096
"""Entries in one transaction."""
_TRIES: Final = 10
"""How often a writer takes over again from one that was quicker."""


class Appended(Value):
    """Where entries are, and the checkpoint that covers them."""

    indexes: tuple[int, ...]
    """One for each entry given, in order; one that was there already keeps its index."""
    checkpoint: note.Note
    """Durable, signed, with the witnesses' lines."""
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


class _FencedError(Exception):
    """Another writer changed the state since this one looked."""


def _nothing(_point: str) -> None:
    """Do what a running log does at a failpoint."""


class Writer:
    """Appends to one log. For one thread; several writers of one log may run side by side."""

    def __init__(
        self,
        database: Database,
        sign: Sign,
        key: note_key.NoteKey,
        *,
        clock: Callable[[], int],
        anchor_path: Path | None = None,
        witnesses: Witnesses | None = None,
        failpoint: Callable[[str], None] = _nothing,
    ) -> None:
        """Look at the log, compare it with the anchor, and sign what a crash left unsigned.

        Args:
            database: With the newest schema.
            sign: Signs with the log's private key.
            key: Its public key, under the log's origin.
            clock: Seconds since 1970 UTC; informative only.
            anchor_path: None: no anchor, which `check` calls a weakness.
            witnesses: Asked for each checkpoint; None: nobody.
            failpoint: Called with the name of each step; tests stop the process there.

        Raises:
            LogError: the key is not the log's, or the database is behind its anchor.
        """
        self._database = database
        self._sign = sign
        self._key = key
        self._clock = clock
        self._anchor = anchor_path
        self._witnesses = witnesses
        self._failpoint = failpoint
        self._epoch = -1
        self._edge: Edge | None = None
        """Of the newest tree, from one batch to the next; None: read it again."""
        self._made: tuple[int, bytes] | None = None
        """Size and root that this writer committed last."""
        self._alone = False
        """Whether that root was the only one that waited for a signature."""
        self._newest: rows.StoredCheckpoint | None = None
        """The newest checkpoint that this writer has seen."""
        self._spent: str | None = None
        remembered = None if anchor_path is None else anchor.load(anchor_path)
        with database.read() as connection:
            newest = rows.vkeys(connection)[-1:]
            if [vkey for _, vkey in newest] != [key.vkey()]:
                raise LogError(
                    f"the key is not the log's: it is {key.vkey()}, the log's is "
                    f"{newest[0][1] if newest else 'none'}",
                    remedy="give the log's own key; a log never changes its key in silence",
                )
            if rows.origin(connection) != key.name:
                raise LogError(
                    f"the database calls itself {rows.origin(connection)}, its key {key.name}",
                    remedy="see what was changed: assurance log check",
                )
            if remembered is not None:
                anchor.check(remembered, connection)
        self._publish(opening=True)

    def append(self, entries: Sequence[bytes], *, contents: Sequence[bytes] = ()) -> Appended:
        """Append a batch, and return once a durable signed checkpoint covers all of it.

        Args:
            entries: At most 4,096 of at most 65,535 bytes.
            contents: Bodies to keep by digest, in the same transaction.

        Raises:
            RefusedError: an entry is too long, or there are none or too many.
            LogError: not acknowledged. The entries may be in the log all the same: append
                them again, and those that are keep their index.
        """
        if self._spent:
            raise LogError(f"this writer is spent: {self._spent}", remedy="start again")
        demand_batch(entries)
        try:
            indexes = self._integrate(entries, contents)
            signed, size = self._publish()
        except LogError as err:
            self._spent = err.problem
            raise
        return Appended(indexes=indexes, checkpoint=signed, size=size)

    def _integrate(self, entries: Sequence[bytes], contents: Sequence[bytes]) -> tuple[int, ...]:
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        for _ in range(_TRIES):
            # It grows before the commit: who does not come so far reads it again from the database.
            edge, self._edge, self._made = self._edge, None, None
            try:
                with self._database.write() as connection:
                    old = rows.state(connection)
                    if edge is None or (old.epoch, old.size) != (self._epoch, edge.size):
                        edge = right_edge(connection, old.size)
                    epoch = old.epoch if old.epoch == self._epoch else old.epoch + 1
                    known = self._add(connection, edge, dict(zip(leaves, entries, strict=True)))
                    _keep_contents(connection, entries, contents, known)
                    new = rows.State(epoch=epoch, size=edge.size, published=old.published)
                    if not rows.compare_and_swap(connection, old, new):
                        raise _FencedError
                    self._failpoint("before-commit")
            except _FencedError:
                self._epoch = -1
                continue
            self._epoch, self._edge = epoch, edge
            published = None if self._newest is None else self._newest.size
            self._alone = old.size == old.published == published
            self._failpoint("after-commit")
            return tuple(known[leaf] for leaf in leaves)
        raise LogError(f"another writer was quicker {_TRIES} times", remedy="append again later")

    def _add(
        self, connection: Connection, edge: Edge, entries: dict[bytes, bytes]
    ) -> dict[bytes, int]:
        """Insert the entries, by leaf hash, that are not in the log; return the index of each."""
        known = rows.indexes(connection, tuple(entries))
        fresh = [(leaf, entry) for leaf, entry in entries.items() if leaf not in known]
        if fresh:
            start = edge.size
            rows.add_entries(connection, start, fresh)
            self._failpoint("entries-inserted")
            rows.add_tiles(connection, edge.append(leaf for leaf, _ in fresh))
            self._made = (edge.size, edge.root())
            rows.add_head(connection, *self._made)
            known.update((leaf, start + i) for i, (leaf, _) in enumerate(fresh))
        return known

    def _publish(self, *, opening: bool = False) -> tuple[note.Note, int]:
        """Sign what is committed and not signed, and return the newest checkpoint.

        When the log is opened, the witnesses are asked even about a checkpoint that they have
        signed: one that has seen more shows a rollback, before anything new is signed.
        """
        if opening and self._witnesses is not None:
            self._compare_with_witnesses(self._witnesses)
        for _ in range(_TRIES):
            before, pending = self._waiting()
            fresh = self._signed_heads(before, pending)
            self._failpoint("signed")
            newest = fresh[-1] if fresh else before
            if newest is None:
                raise LogError("the log has no checkpoint", remedy="assurance log check")
            if fresh and not self._keep(before, fresh):
                self._newest = None
                continue
            self._newest = newest
            self._failpoint("published")
            signed = self._witnessed(note.read(newest.note), newest.size)
            if signed is None:
                continue
            if self._anchor is not None:
                anchor.write(self._anchor, newest.note)
            self._failpoint("anchored")
            return signed, newest.size
        raise LogError(f"another writer was quicker {_TRIES} times", remedy="append again later")

    def _waiting(self) -> tuple[rows.StoredCheckpoint | None, Sequence[tuple[int, bytes]]]:
        """Return the newest checkpoint, and the heads (size, root) that wait for one."""
        if self._alone and self._newest is not None:
            # Nobody else's head was there when this writer's was committed: `_keep` sees whether
            # somebody signed it since.
            self._alone = False
            return self._newest, () if self._made is None else (self._made,)
        with self._database.read() as connection:
            state = rows.state(connection)
            pending = rows.heads_after(connection, state.published)
            self._demand_roots(connection, state.size, pending)
            return next(rows.checkpoints(connection, newest_first=True), None), pending

    def _signed_heads(
        self, before: rows.StoredCheckpoint | None, heads: Sequence[tuple[int, bytes]]
    ) -> list[rows.StoredCheckpoint]:
        chain = rows.FIRST_CHAIN if before is None else before.chain
        fresh = []
        for size, root in heads:
            self._failpoint("signing")
            text = checkpoint.Checkpoint(origin=self._key.name, size=size, root=root).text()
            data = self._signed(text).encode()
            now = self._clock()
            chain = rows.chained(chain, data, now)
            fresh.append(rows.StoredCheckpoint(size=size, note=data, chain=chain, signed_at=now))
        return fresh

    def _demand_roots(
        self, connection: Connection, size: int, pending: Sequence[tuple[int, bytes]]
    ) -> None:
        """See that every root that waits for a signature is the tree's; this writer's own is.

        A head is a row that whoever has the file can add: signed unseen, it would be a fork under
        the log's own key.
        """
        tree = Tree(connection, size)
        for at, root in pending:
            if (at, root) == self._made:
                continue
            try:
                same = at <= size and merkle.range_root(0, at, tree.node) == root
            except RefusedError as err:
                raise LogError(err.problem, remedy=err.remedy) from err
            if not same:
                raise LogError(
                    f"the root of {at} entries that waits for its signature is not the one that "
                    "the entries give; it is not signed",
                    remedy="keep the file as evidence, see `assurance log check --depth full`, and "
                    "restore the newest backup: `assurance log restore`",
                )

    def _keep(
        self, before: rows.StoredCheckpoint | None, fresh: Sequence[rows.StoredCheckpoint]
    ) -> bool:
        """Keep the signed checkpoints behind `before`; False where another one is the newest."""
        try:
            with self._database.write() as connection:
                now = rows.state(connection)
                if now.published != (-1 if before is None else before.size):
                    return False
                for stored in fresh:
                    rows.add_checkpoint(connection, stored)
                new = rows.State(epoch=now.epoch, size=now.size, published=fresh[-1].size)
                if not rows.compare_and_swap(connection, now, new):
                    raise _FencedError
        except _FencedError:
            return False
        return True

    def _signed(self, text: str) -> note.Note:
        signature = self._sign(text.encode())
        if not self._key.verify(text.encode(), signature):
            raise LogError(
                "the log's signer gave a signature that does not verify",
                remedy="see to the signer; nothing was published with it",
            )
        line = note.NoteSignature(
            name=self._key.name, key_hash=self._key.key_hash, signature=signature
        )
        return note.Note(text=text, signatures=(line,))

    def _compare_with_witnesses(self, witnesses: Witnesses) -> None:
        for _ in range(_TRIES):
            with self._database.read() as connection:
                newest = next(rows.checkpoints(connection, newest_first=True), None)
            if newest is None or witnesses.ask(
                self._database, note.read(newest.note), newest.size, again=True
            ):
                return

    def _witnessed(self, signed: note.Note, size: int) -> note.Note | None:
        """Return the checkpoint with its witnesses' lines; None where there is a newer one."""
        if self._witnesses is not None and not self._witnesses.ask(self._database, signed, size):
            return None
        with self._database.read() as connection:
            lines = rows.cosignatures(connection, size)
        witnessed = note.read_signature_lines("".join(lines)) if lines else ()
        whole = note.Note(text=signed.text, signatures=(*signed.signatures, *witnessed))
        if self._witnesses is not None:
            self._witnesses.demand(whole)
        return whole


def _keep_contents(
    connection: Connection,
    entries: Sequence[bytes],
    contents: Sequence[bytes],
    indexes: dict[bytes, int],
) -> None:
    """Keep bodies by their digest, and the search fields of those that an entry names."""
    kept = {rows.add_content(connection, body): body for body in contents}
    for entry in entries if kept else ():
        body = kept.get(records.digest_in(entry) or b"")
        if body is not None:
            records.keep(connection, indexes[merkle.leaf_hash(entry)], records.derive(body))
