"""How an entry gets into the log, and when it is acknowledged.

1. One transaction takes the entries, the tiles that became full, the tree's new root, and swaps
   the state from what this writer knew to what it made. Another writer's epoch fences it off.
2. Outside of any transaction the committed roots are signed, each signature is verified.
3. A second transaction keeps the signed checkpoints, chained to those before.
4. Witnesses are asked; the anchor is replaced.

Who has another batch at hand gives it in before the third step: its transaction keeps the signed
checkpoints along with the new entries, one sync for both (`hand_in`). The earlier batch is
acknowledged after that, as it would be after a transaction of its own.

Only then is an entry acknowledged. A crash leaves roots that are committed and not signed: the
next writer computes exactly those again and signs them. Nothing uncommitted is ever signed. When a
commit fails, nobody knows what is on the disk: this process writes no more (`database`), and
a new one looks again.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from assurance.errors import AssuranceError, LogError
from assurance.tlog import merkle, note
from assurance_log import anchor, receipts, records, rows, turns
from assurance_log.batches import Appended, Covered, demand_batch
from assurance_log.signing import Signing, demand_roots
from assurance_log.tree import right_edge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from assurance.tlog import note_key
    from assurance.tlog.edge import Edge
    from assurance_log.batches import Batch
    from assurance_log.signing import Sign
    from assurance_log.store import Store
    from assurance_log.witnesses import Witnesses

_HELD: Final = 4
"""Batches that are acknowledged together, by one anchor."""
_TRIES: Final = 10
"""How often a writer takes over again from one that was quicker."""


class _FencedError(Exception):
    """Another writer changed the state since this one looked."""


class Writer:
    """Appends to one log. For one thread; several writers of one log may run side by side."""

    def __init__(
        self,
        database: Store,
        sign: Sign,
        key: note_key.NoteKey,
        *,
        clock: Callable[[], int],
        anchor_path: Path | None = None,
        witnesses: Witnesses | None = None,
        failpoint: Callable[[str], None] = lambda _: None,
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
        self._signing = Signing(sign, key, clock, failpoint)
        self._anchor = anchor_path
        self._witnesses = witnesses
        self._failpoint = failpoint
        self._epoch = -1
        self._edge: Edge | None = None
        """Of the newest tree, from one batch to the next; None: read it again."""
        self._made: tuple[int, bytes] | None = None
        """Size and root that this writer committed last."""
        self._ready: Sequence[rows.StoredCheckpoint] | None = None
        """Signed for the batch that was handed in last, and not kept; None: none was handed in."""
        self._covered: Covered | None = None
        """What covers that batch already."""
        self._newest: rows.StoredCheckpoint | None = None
        """The newest checkpoint that this writer has seen."""
        self._unanchored: rows.StoredCheckpoint | None = None
        """Known to witnesses; the anchor is to be replaced with it."""
        self._later = False
        """Whether that is done for several batches at once."""
        self._alone = False
        """Whether no head but this writer's own waited for a signature when it was committed."""
        self._spent: str | None = None
        remembered = None if anchor_path is None else anchor.load(anchor_path)
        with database.read() as connection:
            turns.demand_key(connection, key, after=rows.state(connection).published)
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
        indexes, _ = self.hand_in(entries, contents=contents)
        done = self.settle()
        return Appended(indexes=indexes, checkpoint=done.checkpoint, size=done.size)

    def append_each(self, batches: Iterable[Batch]) -> Iterator[Appended]:
        """Append batch after batch, and yield each when it is acknowledged, as `append` returns it.

        The next batch is taken before the one before it is acknowledged: what keeps its checkpoint
        takes the next batch along, and the anchor is replaced once for up to four batches, which
        are acknowledged after that.

        Raises:
            RefusedError: as `append`.
            LogError: as `append`; what was yielded is acknowledged.
            AssuranceError: whatever taking the next batch raises, after those before were yielded.
        """
        waiting: tuple[int, ...] | None = None
        held: list[Appended] = []
        problem: AssuranceError | None = None
        given = iter(batches)
        while True:
            try:
                entries, contents = next(given)
                demand_batch(entries)
                with self._anchored_later():
                    indexes, earlier = self.hand_in(entries, contents=contents)
            except StopIteration:
                break
            except AssuranceError as err:
                if self._spent:
                    raise
                problem = err
                break
            if waiting is not None and earlier is not None:
                held.append(
                    Appended(indexes=waiting, checkpoint=earlier.checkpoint, size=earlier.size)
                )
            waiting = indexes
            if len(held) == _HELD:
                with self._once():
                    self._replace_anchor()
                yield from held
                held.clear()
        if waiting is not None:
            done = self.settle()
            yield from held
            yield Appended(indexes=waiting, checkpoint=done.checkpoint, size=done.size)
        if problem is not None:
            raise problem

    def hand_in(
        self, entries: Sequence[bytes], *, contents: Sequence[bytes] = ()
    ) -> tuple[tuple[int, ...], Covered | None]:
        """Commit and sign a batch that is *not* acknowledged yet; `settle` or the next one does.

        Returns:
            The batch's indexes; and what covers the batch that was handed in before it, which is
            acknowledged by this, None where there was none.

        Raises:
            RefusedError: as `append`; what was handed in before still waits.
            LogError: as `append`, for both batches.
        """
        demand_batch(entries)
        with self._once():
            waits = self._ready is not None
            indexes, kept = self._integrate(entries, contents)
            earlier = self._acknowledged(kept=kept) if waits else None
            self._ready, self._covered = self._signed()
            return indexes, earlier

    def settle(self) -> Covered:
        """Acknowledge the batch that was handed in last.

        Raises:
            LogError: as `append`.
        """
        with self._once():
            kept = True
            if self._ready and self._covered is None:
                kept = self._keep(self._newest, self._ready)
                if kept:
                    self._published(self._ready[-1])
            covered = self._acknowledged(kept=kept)
            if self._unanchored is not None:
                self._replace_anchor()
            self._ready = self._covered = None
            return covered

    @contextmanager
    def _once(self) -> Iterator[None]:
        """Let a writer that failed do nothing more."""
        if self._spent:
            raise LogError(f"this writer is spent: {self._spent}", remedy="start again")
        try:
            yield
        except LogError as err:
            if not isinstance(err, turns.TurnError):
                self._spent = err.problem
            raise

    def _acknowledged(self, *, kept: bool) -> Covered:
        """Return what covers the batch that waits, once witnesses and anchor know it.

        Args:
            kept: Whether its checkpoints are in the database; another writer may have been there.
        """
        if self._covered is not None:
            return self._covered
        covered = self._remembered(self._newest) if kept and self._newest else None
        return self._publish() if covered is None else covered

    def _signed(self) -> tuple[Sequence[rows.StoredCheckpoint], Covered | None]:
        """Sign what was just committed; where other heads wait too, publish all of them at once."""
        if not self._alone:
            return (), self._publish()
        # Nobody else's head was there when this writer's was committed: who keeps the checkpoint
        # sees whether somebody signed it since.
        fresh = self._signing.checkpoints(self._newest, (self._made,) if self._made else ())
        self._failpoint("signed")
        return fresh, None

    def _integrate(
        self, entries: Sequence[bytes], contents: Sequence[bytes]
    ) -> tuple[tuple[int, ...], bool]:
        """Commit a batch, and with it the checkpoints that are ready.

        Returns:
            The indexes, and whether those checkpoints are kept (also when there were none).
        """
        leaves = merkle.leaf_hashes(entries)
        ready = self._ready or ()
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
                    records.keep_contents(connection, entries, contents, known)
                    ours = old.published == self._newest_size()
                    for stored in ready if ours else ():
                        rows.add_checkpoint(connection, stored)
                    published = ready[-1].size if ready and ours else old.published
                    new = rows.State(epoch=epoch, size=edge.size, published=published)
                    if not rows.compare_and_swap(connection, old, new):
                        raise _FencedError
                    self._failpoint("before-commit")
            except _FencedError:
                self._epoch = -1
                continue
            self._epoch, self._edge = epoch, edge
            self._failpoint("after-commit")
            if ready and ours:
                self._published(ready[-1])
            self._alone = old.size == published == self._newest_size()
            return tuple(known[leaf] for leaf in leaves), ours or not ready
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
            turns.demand(connection, self._signing.key, edge.size)
            self._made = (edge.size, edge.root())
            rows.add_head(connection, *self._made)
            known.update((leaf, start + i) for i, (leaf, _) in enumerate(fresh))
        return known

    def _publish(self, *, opening: bool = False) -> Covered:
        """Sign what is committed and not signed, and return the newest checkpoint.

        When the log is opened, the witnesses are asked even about a checkpoint that they have
        signed: one that has seen more shows a rollback, before anything new is signed.
        Heads that come later are left to those who made them: who is slow would sign for ever.
        """
        wanted = None if opening or self._made is None else self._made[0]
        if opening and self._witnesses is not None:
            self._witnesses.compare(self._database)
        for _ in range(_TRIES):
            with self._database.read() as connection:
                state = rows.state(connection)
                wanted = state.size if wanted is None else wanted
                pending = turns.ours(connection, self._signing.key, state.published, wanted)
                demand_roots(connection, state.size, pending, known=self._made)
                before = next(rows.checkpoints(connection, newest_first=True), None)
            fresh = self._signing.checkpoints(before, pending)
            self._failpoint("signed")
            newest = fresh[-1] if fresh else before
            if newest is None:
                raise LogError("the log has no checkpoint", remedy="assurance log check")
            if fresh and not self._keep(before, fresh):
                continue
            self._published(newest)
            if newest.size < wanted:
                continue  # another key signs the next one: the second look says which
            covered = self._remembered(newest)
            if covered is not None:
                return covered
        raise LogError(f"another writer was quicker {_TRIES} times", remedy="append again later")

    def _published(self, newest: rows.StoredCheckpoint) -> None:
        """Remember the newest checkpoint that is kept: none before it is ready any more."""
        self._newest = newest
        if self._ready:
            self._ready = ()
        self._failpoint("published")

    def _newest_size(self) -> int:
        return -1 if self._newest is None else self._newest.size

    def _remembered(self, newest: rows.StoredCheckpoint) -> Covered | None:
        """Have witnesses and the anchor know a checkpoint; None where there is a newer one."""
        signed = self._witnessed(newest)
        if signed is None:
            return None
        self._unanchored = newest
        if not self._later:
            self._replace_anchor()
        return Covered(checkpoint=signed, size=newest.size)

    def _replace_anchor(self) -> None:
        """Have the anchor know the newest checkpoint that witnesses know."""
        newest, self._unanchored = self._unanchored, None
        if newest is not None and self._anchor is not None:
            anchor.remember(self._anchor, newest.note, self._database)
        self._failpoint("anchored")

    @contextmanager
    def _anchored_later(self) -> Iterator[None]:
        """Leave the anchor as it is: nothing of this is acknowledged before it is replaced."""
        self._later = True
        try:
            yield
        finally:
            self._later = False

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

    def _witnessed(self, newest: rows.StoredCheckpoint) -> note.Note | None:
        """Return the checkpoint with its witnesses' lines; None where there is a newer one."""
        if self._witnesses is not None:
            signed = note.read(newest.note)
            if not self._witnesses.ask(self._database, signed, newest.size):
                return None
        with self._database.read() as connection:
            whole = receipts.witnessed(connection, newest)
        if self._witnesses is not None:
            self._witnesses.demand(whole)
        return whole
