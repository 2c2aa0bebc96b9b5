"""Append: what is acknowledged, what a crash leaves, and who may write."""

from __future__ import annotations

import fcntl
import itertools
import threading
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from assurance.errors import LogError, RefusedError, UsageError
from assurance.tlog import checkpoint, merkle, note, note_key, policy
from assurance_log import anchor, check, create, receipts, records, rows, witnesses
from assurance_log.replay import replay
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAILPOINTS = (
    "before-commit",
    "entries-inserted",
    "after-commit",
    "signed",
    "published",
    "anchored",
)


class StopError(Exception):
    """What a failpoint raises here, in place of the end of the process."""


def stop_at(name: str) -> Callable[[str], None]:
    """Stop at the failpoint `name`, the first time."""

    def reached(point: str) -> None:
        if point == name:
            raise StopError(name)

    return reached


def root_of(entries: list[bytes]) -> bytes:
    """The root of a tree, computed apart from the store."""
    frontier = merkle.Frontier(0, ())
    for entry in entries:
        frontier.append(merkle.leaf_hash(entry))
    return frontier.root()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513, 4096])
def test_sizes(log_at: Callable[..., Any], size: int) -> None:
    """At every size the root is the tree's, and each entry is proven under it."""
    log = log_at()
    entries = [b"%d" % i for i in range(size)]
    done = log.writer().append(entries)
    assert tuple(range(size)) == done.indexes
    head = checkpoint.read(done.checkpoint.text)
    assert (size, root_of(entries)) == (head.size, head.root)
    assert 1 == len(note.verified(done.checkpoint, [log.key]))
    with log.database().read() as connection:
        for index in {0, size // 2, size - 1}:
            receipt = receipts.receipt(connection, index, done.checkpoint, done.size)
            assert head == receipt.includes(merkle.leaf_hash(entries[index]))


@pytest.mark.slow
def test_65536_entries(log_at: Callable[..., Any]) -> None:
    """The first tile of the second level becomes full; tiles, roots and proofs hold."""
    log = log_at()
    entries = [b"%d" % i for i in range(65_537)]
    writer = log.writer()
    done = writer.append(entries[:4096])
    for start in range(4096, 65_537, 4096):
        done = writer.append(entries[start : start + 4096])
    with log.database().read() as connection:
        assert root_of(entries) == rows.root_of(connection, 65_537)
        assert rows.tile(connection, 1, 0) is not None
        receipt = receipts.receipt(connection, 300, done.checkpoint, done.size)
        receipt.includes(merkle.leaf_hash(b"300"))
        tree = Tree(connection, 65_537)
        proof = tree.consistency(65_536)
        old = rows.root_of(connection, 65_536)
    assert old is not None
    assert merkle.is_consistent(65_536, 65_537, old, root_of(entries), proof)


def test_empty_log_has_a_checkpoint(log_at: Callable[..., Any]) -> None:
    """A new log says that it is empty, signed."""
    log = log_at()
    with log.database().read() as connection:
        signed, size = receipts.newest(connection)
    assert 0 == size
    assert merkle.EMPTY_ROOT == checkpoint.read(signed.text).root
    assert log.anchor.read_bytes() == signed.encode()


def test_exact_duplicates_keep_their_index(log_at: Callable[..., Any]) -> None:
    """The same bytes are in the log once, within a batch and across batches."""
    log = log_at()
    writer = log.writer()
    assert (0, 1, 0) == writer.append([b"a", b"b", b"a"]).indexes
    again = writer.append([b"b", b"c", b"c"])
    assert ((1, 2, 2), 3) == (again.indexes, again.size)
    only_old = writer.append([b"a"])
    assert ((0,), 3) == (only_old.indexes, only_old.size)


def test_entry_of_65535_bytes(log_at: Callable[..., Any]) -> None:
    """65,535 bytes are an entry, 65,536 are not; the refusal changes nothing."""
    log = log_at()
    writer = log.writer()
    with pytest.raises(RefusedError, match="65536 bytes; a log takes at most 65535"):
        writer.append([b"ok", b"x" * 65_536])
    assert (0,) == writer.append([b"x" * 65_535]).indexes


@pytest.mark.parametrize("count", [0, 4097])
def test_batch_of_a_wrong_size(log_at: Callable[..., Any], count: int) -> None:
    """A batch has 1 to 4,096 entries."""
    with pytest.raises(RefusedError, match=f"{count} entries in one batch"):
        log_at().writer().append([b"%d" % i for i in range(count)])


@pytest.mark.parametrize("point", FAILPOINTS)
def test_crash_at_each_step(log_at: Callable[..., Any], point: str) -> None:
    """Wherever an append stops: what was acknowledged stays, and the next writer goes on."""
    log = log_at()
    kept = log.writer().append([b"kept"])
    writer = log.writer()
    writer._failpoint = stop_at(point)
    with pytest.raises(StopError):
        writer.append([b"lost or not"])
    with log.database().read() as connection:
        committed = rows.state(connection).size == 2
        signed = rows.state(connection).published
    assert committed is (point not in {"before-commit", "entries-inserted"})
    assert signed <= (2 if point in {"published", "anchored"} else 1)
    done = log.writer().append([b"after"])
    assert (2 if committed else 1,) == done.indexes
    with log.database().read() as connection:
        assert all(item.problem is None for item in replay(connection))
        old = rows.root_of(connection, kept.size)
        assert old is not None
        proof = Tree(connection, done.size).consistency(kept.size)
        new = checkpoint.read(done.checkpoint.text).root
    assert merkle.is_consistent(kept.size, done.size, old, new, proof)


def test_exactly_the_pending_heads_are_signed_again(log_at: Callable[..., Any]) -> None:
    """Committed roots without a checkpoint get one each, and nothing else is signed."""
    log = log_at()
    writer = log.writer()
    writer._failpoint = stop_at("after-commit")
    for entry in (b"a", b"b", b"c"):
        with pytest.raises(StopError):
            writer.append([entry])
    signed: list[bytes] = []

    def sign(message: bytes) -> bytes:
        signed.append(message)
        return bytes(log.private.sign(message))

    log.writer(sign=sign)
    assert [1, 2, 3] == [checkpoint.read(message.decode()).size for message in signed]
    with log.database().read() as connection:
        sizes = [stored.size for stored in rows.checkpoints(connection)]
    assert [0, 1, 2, 3] == sizes


def test_nothing_uncommitted_is_signed(log_at: Callable[..., Any]) -> None:
    """While the signer works, its root is in the database for everyone."""
    log = log_at()

    def sign(message: bytes) -> bytes:
        head = checkpoint.read(message.decode())
        with log.database().read() as connection:
            assert head.root == rows.root_of(connection, head.size)
        return bytes(log.private.sign(message))

    log.writer(sign=sign).append([b"a", b"b"])


def test_wrong_signature_is_not_published(log_at: Callable[..., Any]) -> None:
    """A signer that answers nonsense is found out before anyone sees it."""
    log = log_at()
    writer = log.writer(sign=lambda _: b"x" * 64)
    with pytest.raises(LogError, match="does not verify"):
        writer.append([b"a"])
    with pytest.raises(LogError, match="spent: the log's signer gave"):
        writer.append([b"a"])
    with log.database().read() as connection:
        assert 0 == rows.state(connection).published
    assert (0,) == log.writer().append([b"a"]).indexes


def test_key_of_another_log(log_at: Callable[..., Any]) -> None:
    """A key that is not the log's does not write, whatever it is called."""
    log = log_at()
    log.private = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    with pytest.raises(LogError, match="the key is not the log's"):
        log.writer()


def test_two_writers_side_by_side(log_at: Callable[..., Any]) -> None:
    """A writer that another one overtook takes over again; both see one history."""
    log = log_at()
    first, second = log.writer(), log.writer()
    indexes = []
    for turn in range(6):
        writer = (first, second)[turn % 2]
        indexes += writer.append([b"%d" % turn]).indexes
    assert list(range(6)) == indexes
    with log.database().read() as connection:
        assert rows.state(connection).epoch > 5
        assert all(item.problem is None for item in replay(connection))


def test_many_threads(log_at: Callable[..., Any]) -> None:
    """Writers in several threads all get through, each entry at one place."""
    log = log_at()
    found: dict[bytes, int] = {}
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            writer = log.writer()
            for turn in range(10):
                entry = b"%d-%d" % (number, turn)
                (found[entry],) = writer.append([entry]).indexes
        except BaseException as err:  # noqa: BLE001 - shown below
            problems.append(err)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == problems
    assert list(range(40)) == sorted(found.values())
    with log.database().read() as connection:
        for index, body in rows.entries(connection, 0, 40):
            assert index == found[body]


def test_rolled_back_database_is_not_written(log_at: Callable[..., Any]) -> None:
    """A restored old database is refused by its anchor, which stays as it is."""
    log = log_at()
    log.writer().append([b"a"])
    log.keep()
    log.writer().append([b"b"])
    log.roll_back()
    before = log.anchor.read_bytes()
    with pytest.raises(LogError, match=r"behind its anchor: it ends at 1 entry.*seen 2") as caught:
        log.writer()
    assert "restore the newest backup" in caught.value.remedy
    assert before == log.anchor.read_bytes()


def test_forked_database_is_not_written(log_at: Callable[..., Any]) -> None:
    """A database with another history than the anchor's is refused, though it is as long."""
    log, other = log_at("one"), log_at("two")
    log.writer().append([b"a"])
    other.writer().append([b"b"])
    other.anchor = log.anchor
    with pytest.raises(LogError, match="another root at 1 entry"):
        other.writer()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file"),
        (b"", "no checkpoint of this log"),
        (b"log.example/releases\n0\nAAAA\n\n", "no checkpoint of this log"),
    ],
)
def test_anchor_that_is_lost(
    log_at: Callable[..., Any], content: bytes | None, reason: str
) -> None:
    """Without its anchor a log that has one is not written."""
    log = log_at()
    log.anchor.unlink()
    if content is not None:
        log.anchor.write_bytes(content)
    with pytest.raises(LogError, match=reason):
        log.writer()


def test_anchor_of_another_log(log_at: Callable[..., Any]) -> None:
    """An anchor with another key's signature is refused."""
    log = log_at()
    text = log.anchor.read_bytes().replace(b"releases", b"releasez")
    log.anchor.write_bytes(text)
    with pytest.raises(LogError, match=r"of another log, log\.example/releasez"):
        log.writer()


def test_anchor_that_cannot_be_written(log_at: Callable[..., Any]) -> None:
    """An append whose anchor fails is not acknowledged; appending again finds it."""
    log = log_at()
    writer = log.writer()
    blocker = log.anchor.with_name(log.anchor.name + ".new")
    blocker.mkdir()
    with pytest.raises(LogError, match="the anchor cannot be written"):
        writer.append([b"a"])
    blocker.rmdir()
    assert (0,) == log.writer().append([b"a"]).indexes


def test_anchor_behind_a_link(log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A link to the other volume stays one: the file there is what remembers the head."""
    log = log_at()
    there = log.anchor.rename(tmp_path / "volume")
    log.anchor.symlink_to(there)
    head = log.writer().append([b"a"]).checkpoint.encode()
    assert log.anchor.is_symlink()
    assert head == there.read_bytes()
    assert (tmp_path / "volume.lock").exists(), "writers by either name take turns"


def test_anchor_that_another_process_holds(
    log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that stands still while it replaces the anchor is not waited for without end."""
    monkeypatch.setattr(anchor, "TURN_SECONDS", 0.1)
    log = log_at()
    writer = log.writer()
    with log.anchor.with_name(log.anchor.name + ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LogError, match="another process has held the anchor for mo"):
            writer.append([b"a"])
    done = log.writer().append([b"a"])
    assert ((0,), 1) == (done.indexes, done.size)


def test_slow_writer_is_not_outrun(log_at: Callable[..., Any]) -> None:
    """Others publish its batch, and leave a newer one to sign, each time that it has signed."""
    log = log_at()
    entries = (f"quick {number}".encode() for number in itertools.count())

    def others(point: str) -> None:
        if point == "signed":
            log.writer().hand_in([next(entries)])

    writer = log.writer()
    writer._failpoint = others
    done = writer.append([b"slow"])
    assert (0,) == done.indexes
    assert next(entries) > b"quick 1", "others were there between"
    assert done.size <= log.writer().append([b"slow"]).size


def test_anchor_never_goes_back(log_at: Callable[..., Any]) -> None:
    """A writer that was slower than another does not take back what that one remembered."""
    log = log_at()
    old = log.anchor.read_bytes()
    newer = log.writer().append([b"a"]).checkpoint.encode()
    anchor.write(log.anchor, old)
    assert newer == log.anchor.read_bytes()


@pytest.mark.parametrize(
    ("count", "damage"),
    [
        (3, "UPDATE entry SET body = x'00' WHERE idx = 2"),
        (3, "DELETE FROM entry WHERE idx = 2"),
        (600, "UPDATE tile SET root = zeroblob(32) WHERE n = 1"),
        (3, "UPDATE head SET root = zeroblob(32) WHERE size = 3"),
    ],
)
def test_changed_right_edge_is_not_grown(
    log_at: Callable[..., Any], count: int, damage: str
) -> None:
    """A tree whose end was changed takes nothing more: its next root would be a fork."""
    log = log_at(anchored=False)
    log.writer().append([b"%d" % number for number in range(count)])
    log.damage(damage)
    with pytest.raises(LogError, match=f"do not give the root of {count} entries"):
        log.writer().append([b"more"])
    with log.database().read() as connection:
        assert count == rows.state(connection).published


def test_new_log_over_an_old_one(log_at: Callable[..., Any]) -> None:
    """A log is never made over a file, nor beside an anchor that knows one."""
    log = log_at()
    with pytest.raises(UsageError, match="never made anew over one"):
        create.create(log.path, "x", log.private.sign, log.key.public, anchor=None)
    fresh = log.path.with_name("fresh.db")
    with pytest.raises(UsageError, match="never made anew over one"):
        create.create(fresh, "x", log.private.sign, log.key.public, anchor=log.anchor)
    assert not fresh.exists()
    left = log.path.with_name("fresh.db-wal")
    left.write_bytes(b"of a log whose database was deleted")
    with pytest.raises(UsageError, match="never made anew over one"):
        create.create(fresh, "x", log.private.sign, log.key.public, anchor=None)
    assert left.exists()


def test_two_that_make_one_log(log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second does not take away what the first one has just made."""
    other, log = log_at("other"), log_at(made=False)
    made_meanwhile(monkeypatch, other.path, log.path)
    with pytest.raises(UsageError, match="never made anew over one"):
        log.create()
    assert log.path.exists()
    assert not log.anchor.exists()


def test_two_that_make_one_anchor(
    log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The anchor stays that of the log that was made first, and no other log is left."""
    other, log = log_at("other"), log_at(made=False)
    made_meanwhile(monkeypatch, other.anchor, log.anchor)
    with pytest.raises(UsageError, match="never made anew over one"):
        log.create()
    assert log.anchor.read_bytes() == other.anchor.read_bytes()
    assert not log.path.exists()
    monkeypatch.undo()
    log.anchor.unlink()
    log.create()


def made_meanwhile(monkeypatch: pytest.MonkeyPatch, file: Path, place: Path) -> None:
    """Have another one make a log's file just after it was looked for."""
    prepare = create.prepare

    def meanwhile(*given: Any) -> Any:
        key = prepare(*given)
        place.write_bytes(file.read_bytes())
        return key

    monkeypatch.setattr(create, "prepare", meanwhile)


def test_log_that_cannot_be_made_leaves_nothing(log_at: Callable[..., Any]) -> None:
    """A signer that fails leaves no half log behind."""
    log = log_at()
    path = log.path.with_name("second.db")
    with pytest.raises(LogError, match="does not verify"):
        create.create(path, "x", lambda _: b"x" * 64, log.key.public, anchor=None)
    assert [] == list(path.parent.glob("second.db*"))


def test_bundle_is_kept_and_found(log_at: Callable[..., Any]) -> None:
    """A logged bundle is kept by its digest, once, with its search fields."""
    log = log_at()
    bundle = b"no lines of a bundle, and kept all the same"
    entry = records.entry_of(bundle)
    assert (0,) == log.writer().append([entry], contents=[bundle]).indexes
    assert (0,) == log.writer().append([entry], contents=[bundle]).indexes
    with log.database().read() as connection:
        kept = records.stored(connection, 0)
        assert records.derive(bundle) == kept
        assert kept is not None
        assert bundle == rows.content(connection, kept.bundle_sha256)


class Machine(RuleBasedStateMachine):
    """Append, restart and prove in any order: the log is what a list of entries says."""

    make: Callable[..., Any]
    count = 0

    @initialize()
    def start(self) -> None:
        """Make a log."""
        Machine.count += 1
        self.log = Machine.make(f"machine-{Machine.count}")
        self.restart()
        self.entries: list[bytes] = []
        self.heads: list[tuple[int, bytes]] = []

    @rule(batch=st.lists(st.binary(max_size=3), min_size=1, max_size=300))
    def append(self, batch: list[bytes]) -> None:
        """Append a batch, duplicates and all."""
        for entry in batch:
            if entry not in self.entries:
                self.entries.append(entry)
        done = self.writer.append(batch)
        assert tuple(map(self.entries.index, batch)) == done.indexes
        head = checkpoint.read(done.checkpoint.text)
        assert (len(self.entries), root_of(self.entries)) == (head.size, head.root)
        self.heads.append((head.size, head.root))

    @rule()
    def restart(self) -> None:
        """Open the log again."""
        self.log.close()
        self.writer, self.reader = self.log.writer(), self.log.database()

    @rule(point=st.sampled_from(FAILPOINTS), entry=st.binary(min_size=4, max_size=5))
    def crash(self, point: str, entry: bytes) -> None:
        """Stop in the middle of an append, and open the log again."""
        if entry in self.entries and point == "entries-inserted":
            return  # none is
        writer = self.log.writer(failpoint=lambda _: None)
        writer._failpoint = stop_at(point)
        with pytest.raises(StopError):
            writer.append([entry])
        self.restart()
        committed = point not in {"before-commit", "entries-inserted"}
        if committed and entry not in self.entries:
            self.entries.append(entry)

    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        """Prove an entry under the newest checkpoint."""
        if not self.entries:
            return
        index = data.draw(st.integers(0, len(self.entries) - 1))
        with self.reader.read() as connection:
            signed, size = receipts.newest(connection)
            receipt = receipts.receipt(connection, index, signed, size)
        receipt.includes(merkle.leaf_hash(self.entries[index]))

    @invariant()
    def history_only_grows(self) -> None:
        """Every checkpoint ever given is consistent with the newest one."""
        if len(getattr(self, "heads", ())) < 2:
            return
        with self.reader.read() as connection:
            (old, old_root), (new, new_root) = self.heads[-2:]
            proof = Tree(connection, new).consistency(old)
        if old:
            assert merkle.is_consistent(old, new, old_root, new_root, proof)

    def teardown(self) -> None:
        """Close what was opened."""
        self.log.close()


@pytest.mark.slow
def test_state_machine(log_at: Callable[..., Any]) -> None:
    """Hypothesis finds no order of append, crash, restart and prove that breaks the log."""
    from hypothesis.stateful import run_state_machine_as_test

    Machine.make = staticmethod(log_at)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_each_batch_has_its_own_checkpoint(log_at: Callable[..., Any]) -> None:
    """Batches behind one another: a checkpoint for each, and one sync for all but the last."""
    log = log_at()
    points: list[str] = []
    writer = log.writer(failpoint=points.append)
    points.clear()
    batches = [[b"a", b"b"], [b"b"], [b"c"], [b"a", b"d"]]
    done = list(writer.append_each((entries, ()) for entries in batches))
    assert [(0, 1), (1,), (2,), (0, 3)] == [one.indexes for one in done]
    assert [2, 2, 3, 4] == [one.size for one in done]
    with log.database().read() as connection:
        assert [0, 2, 3, 4] == [stored.size for stored in rows.checkpoints(connection)]
        for batch, one in zip(batches, done, strict=True):
            for entry, index in zip(batch, one.indexes, strict=True):
                receipt = receipts.receipt(connection, index, one.checkpoint, one.size)
                receipt.includes(merkle.leaf_hash(entry))
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
    assert points.index("published") > [i for i, p in enumerate(points) if p == "after-commit"][1]


def test_batch_is_not_acknowledged_by_its_commit(log_at: Callable[..., Any]) -> None:
    """What was handed in waits for its checkpoint, and another writer may be the one to keep it."""
    log = log_at()
    writer, other = log.writer(), log.writer()
    indexes, earlier = writer.hand_in([b"a"])
    assert ((0,), None) == (indexes, earlier)
    with log.database().read() as connection:
        state = rows.state(connection)
    assert (1, 0) == (state.size, state.published)
    assert 2 == other.append([b"b"]).size
    indexes, earlier = writer.hand_in([b"c"])
    assert (2,) == indexes
    assert earlier is not None
    assert earlier.size == 3
    assert 3 == writer.settle().size
    writer.hand_in([b"d"])
    assert 5 == other.append([b"e"]).size
    assert 5 == writer.settle().size
    with log.database().read() as connection:
        sizes = [stored.size for stored in rows.checkpoints(connection)]
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
    assert [0, 1, 2, 3, 4, 5] == sizes


def test_batches_that_end_badly(log_at: Callable[..., Any]) -> None:
    """What came before a wrong batch is acknowledged, and then the wrong one is refused."""
    log = log_at()
    writer = log.writer()
    answers = writer.append_each([([b"a"], ()), ([b"b"], ()), ([b"x" * 65_536], ())])
    assert (0,) == next(answers).indexes
    assert (1,) == next(answers).indexes
    with pytest.raises(RefusedError, match="at most 65535"):
        next(answers)
    assert (2,) == writer.append([b"c"]).indexes


def test_witness_that_changes_its_key(
    log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two keys of one name are two witnesses: the line of one does not stand for the other's."""
    log = log_at()
    signed = note.read(log.writer().append([b"a"]).checkpoint.encode())
    privates = {
        name: Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        for number, name in enumerate(("old", "new"), 1)
    }
    named = tuple(
        policy.PolicyWitness(
            name=name,
            key=note_key.from_public(
                "w.example", note_key.COSIGNATURE, private.public_key().public_bytes_raw()
            ),
            url="http://w.example",
        )
        for name, private in privates.items()
    )
    asked: list[str] = []
    silent = {"new"}

    def post(_self: Any, item: policy.PolicyWitness, _body: bytes) -> Any:
        """Stand in for the network: what is asked of it is what this is about."""
        asked.append(item.name)
        if item.name in silent:
            return f"{item.name} does not answer"
        signature = privates[item.name].sign(note_key.cosigned_message(signed.text.encode(), 9))
        line = note.NoteSignature(
            name=item.key.name,
            key_hash=item.key.key_hash,
            signature=(9).to_bytes(8, "big") + signature,
        )
        return witnesses._Answer(status=200, body=line.line().encode())

    monkeypatch.setattr(witnesses.Witnesses, "_post", post)
    both = policy.TlogPolicy(logs=(), witnesses=named, groups=(), quorum=policy.NONE)
    for _ in range(2):
        assert witnesses.Witnesses(both).ask(log.database(), signed, 1)
        silent.clear()
    assert ["old", "new", "new"] == sorted(asked[:2], reverse=True) + asked[2:]
    with log.database().read() as connection:
        assert 2 == len(rows.cosignatures(connection, 1))


NEXT = Ed25519PrivateKey.from_private_bytes(b"n" * 32)


def with_next(log_at: Callable[..., Any], boundary: int, *, size: int = 0) -> tuple[Any, Any]:
    """A log of some size whose next key signs from a later one; and how that key opens it."""
    log = log_at()
    if size:
        log.writer().append([b"%d" % n for n in range(size)])
    raw = NEXT.public_key().public_bytes_raw()
    key = note_key.from_public(log.key.name, note_key.ED25519, raw)
    log.damage(f"INSERT INTO log_key VALUES ({boundary}, '{key.vkey()}')")
    return log, lambda **more: log.writer(sign=NEXT.sign, key=key, **more)


def whole(log: Any, size: int) -> bool:
    """See that every checkpoint up to this size has the key of its size."""
    with log.database(read_only=True).read() as connection:
        assert size == rows.state(connection).size == rows.state(connection).published
        remembered = anchor.load(log.anchor)
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=remembered))
    return True


def test_each_key_signs_its_sizes(log_at: Callable[..., Any]) -> None:
    """Up to the boundary the current key signs, from it on the next one; no other way round."""
    log, following = with_next(log_at, 5, size=2)
    early = following()
    with pytest.raises(LogError, match=r"a tree of 3 entries is signed by .*begins at 0"):
        early.append([b"too early"])
    current = log.writer()
    assert (2, 3) == current.append([b"2", b"3"]).indexes
    with pytest.raises(LogError, match=r"a tree of 5 entries is signed by .*begins at 5") as told:
        current.append([b"4"])
    assert "--key" in told.value.remedy
    with pytest.raises(LogError, match=r"a tree of 5 entries is signed by .*begins at 5"):
        log.writer()
    assert whole(log, 4)
    assert (4,) == following().append([b"4"]).indexes
    assert (5,) == early.append([b"5"]).indexes
    assert whole(log, 6)


def test_a_batch_over_the_boundary(log_at: Callable[..., Any]) -> None:
    """It is refused before it is committed; parts go in, and what was acknowledged before stays."""
    log, following = with_next(log_at, 5, size=2)
    current = log.writer()
    done = []
    with pytest.raises(LogError, match=r"a tree of 6 entries is signed by .*begins at 5") as told:
        done.extend(current.append_each([([b"2"], ()), ([b"3", b"4", b"5"], ()), ([b"6"], ())]))
    assert "in parts" in told.value.remedy
    assert [(2,)] == [item.indexes for item in done]
    assert whole(log, 3)
    assert (2, 3) == current.append([b"2", b"3"]).indexes
    assert (4, 5) == following().append([b"4", b"5"]).indexes
    assert whole(log, 6)


def test_heads_of_both_keys_wait(log_at: Callable[..., Any]) -> None:
    """After a crash each key signs its own of the heads that wait, in their order."""
    log, following = with_next(log_at, 5, size=2)
    later = following()
    with pytest.raises(StopError):
        log.writer(failpoint=stop_at("after-commit")).append([b"2"])
    with pytest.raises(LogError, match=r"a tree of 3 entries is signed by .*begins at 0"):
        later.append([b"3", b"4", b"5"])
    with pytest.raises(LogError, match=r"a tree of 3 entries is signed by .*begins at 0"):
        following()
    with pytest.raises(LogError, match=r"a tree of 6 entries is signed by .*begins at 5"):
        log.writer()
    with log.database().read() as connection:
        assert 3 == rows.state(connection).published
    assert (6,) == following().append([b"6"]).indexes
    assert whole(log, 7)


def test_a_key_entered_meanwhile(log_at: Callable[..., Any]) -> None:
    """A writer that is open already keeps to the boundary as well."""
    log = log_at()
    current = log.writer()
    current.append([b"0"])
    key = note_key.from_public(log.key.name, note_key.ED25519, b"n" * 32)
    log.damage(f"INSERT INTO log_key VALUES (2, '{key.vkey()}')")
    with pytest.raises(LogError, match=r"a tree of 2 entries is signed by .*begins at 2"):
        current.append([b"1"])
    assert whole(log, 1)
