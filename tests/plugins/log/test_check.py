"""A log that somebody changed: what was changed is named, table by table."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.errors import LogError
from assurance.tlog import checkpoint, merkle, note, note_key
from assurance_log import anchor, check, check_leaves, leaf_worker, opening, records, rows
from assurance_log.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable

WITNESS_PRIVATE = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
WITNESS = note_key.from_public(
    "w.example", note_key.COSIGNATURE, WITNESS_PRIVATE.public_key().public_bytes_raw()
)
BUNDLE = (Path(__file__).parents[2] / "data/log/small.intoto.jsonl").read_bytes()


def filled(log_at: Callable[..., Any]) -> Any:
    """A log with full tiles, several checkpoints, a cosignature and a bundle."""
    log = log_at()
    writer = log.writer()
    writer.append([b"%d" % i for i in range(300)])
    done = writer.append([records.entry_of(BUNDLE)], contents=[BUNDLE])
    writer.append([b"the last one"])
    signed = WITNESS_PRIVATE.sign(note_key.cosigned_message(done.checkpoint.text.encode(), 5))
    signature = note.NoteSignature(
        name=WITNESS.name, key_hash=WITNESS.key_hash, signature=(5).to_bytes(8, "big") + signed
    )
    with log.database().write() as connection:
        rows.add_witness_key(connection, WITNESS)
        rows.add_cosignature(connection, 301, WITNESS.name, WITNESS.key_hash, signature.line(), 5)
    return log


def found(log: Any, depth: check.Depth = check.Depth.FULL) -> list[tuple[str, str]]:
    """What the check names."""
    remembered = anchor.load(log.anchor)
    with log.database(read_only=True).read() as connection:
        problems = check.problems(connection, depth, anchor=remembered)
        return [(item.kind, item.where) for item in problems]


@pytest.mark.parametrize("depth", list(check.Depth))
def test_whole_log(log_at: Callable[..., Any], depth: check.Depth) -> None:
    """A log that nobody changed is whole, at every depth."""
    assert [] == found(filled(log_at), depth)


def test_anchor_of_a_log_with_a_telling_name(log_at: Callable[..., Any]) -> None:
    """What is wrong with an anchor does not hang on the words in a log's name."""
    log = filled(log_at)
    data = log.anchor.read_bytes().replace(b"log.example/releases", b"behind.example/forked")
    log.anchor.write_bytes(data)
    assert [("anchor", str(log.anchor))] == found(log, check.Depth.QUICK)


FLIP = "cast(substr({0}, 1, 5) || x'{1}' || substr({0}, 7) AS BLOB)"


@pytest.mark.parametrize(
    ("statement", "kind", "where"),
    [
        ("UPDATE identity SET origin = 'log.example/releasez'", "checkpoint", "checkpoint 300"),
        (
            "UPDATE log_key SET vkey = replace(vkey, 'releases', 'releasez')",
            "key",
            "log_key 0",
        ),
        ("UPDATE log_key SET from_size = 1", "key-interval", "checkpoint 0"),
        ("UPDATE entry SET body = x'31' WHERE idx = 17", "entry", "entry 17"),
        ("UPDATE entry SET body = x'31' WHERE idx = 300", "fork", "head 301"),
        ("UPDATE leaf SET idx = 18 WHERE idx = 17", "leaf", "leaf 18"),
        ("UPDATE leaf SET idx = -285 WHERE idx = 17", "leaf", "leaf -285"),
        (
            f"UPDATE tile SET hashes = {FLIP.format('hashes', '00')} WHERE level = 0 AND n = 0",
            "tile",
            "tile/0/000",
        ),
        ("UPDATE tile SET root = zeroblob(32) WHERE n = 0", "tile", "tile/0/000"),
        ("UPDATE head SET root = zeroblob(32) WHERE size = 300", "fork", "checkpoint 300"),
        ("UPDATE head SET root = zeroblob(32) WHERE size = 302", "fork", "head 302"),
        (
            f"UPDATE checkpoint SET note = {FLIP.format('note', '41')} WHERE size = 300",
            "signature",
            "checkpoint 300",
        ),
        (
            "UPDATE checkpoint SET chain = zeroblob(32) WHERE size = 300",
            "broken-chain",
            "checkpoint 300",
        ),
        (
            "UPDATE checkpoint SET signed_at = signed_at + 1 WHERE size = 300",
            "broken-chain",
            "checkpoint 300",
        ),
        ("UPDATE cosignature SET cosigned_at = 6", "cosignature", "cosignature 301 w.example"),
        ("UPDATE cosignature SET name = 'v.example'", "cosignature", "cosignature 301 v.example"),
        ("UPDATE cosignature SET line = 'x'", "cosignature", "cosignature 301 w.example"),
        (
            "UPDATE cosignature SET line = replace(line, 'AAAAAF', 'AAAAAG')",
            "cosignature",
            "cosignature 301 w.example",
        ),
        ("UPDATE cosignature SET size = 299", "cosignature", "cosignature 299 w.example"),
        ("UPDATE cosignature SET size = 302", "cosignature", "cosignature 302 w.example"),
        ("DELETE FROM witness_key", "witness-key", "cosignature 301 w.example"),
        ("UPDATE witness_key SET vkey = vkey || 'x'", "key", "witness_key w.example"),
        ("UPDATE witness_key SET name = 'v.example'", "key", "witness_key v.example"),
        ("DELETE FROM record", "record", "record 300"),
        ("UPDATE record SET verdict = 'NO-GO'", "record", "record 300"),
        ("UPDATE record SET release = 'other'", "record", "record 300"),
        ("UPDATE record_field SET value = 'x' WHERE field = 'signer'", "record", "record 300"),
        ("DELETE FROM record_field WHERE field = 'subject'", "record", "record 300"),
        ("UPDATE state SET size = 303", "missing-tail", "entry 302"),
        ("UPDATE state SET published = 301", "missing-tail", "checkpoint 301"),
        ("DELETE FROM checkpoint WHERE size = 302", "missing-tail", "checkpoint 302"),
        ("DELETE FROM checkpoint WHERE size = 300", "broken-chain", "checkpoint 301"),
        ("DELETE FROM entry WHERE idx = 301", "missing-tail", "entry 301"),
        ("DELETE FROM entry WHERE idx = 17", "entry", "entry 17"),
        ("DELETE FROM tile", "tile", "tile/0/000"),
        ("DELETE FROM head WHERE size = 302", "missing-tail", "head 302"),
        ("INSERT INTO head VALUES (400, zeroblob(32))", "fork", "head 400"),
        ("DELETE FROM leaf WHERE idx = 5", "leaf", "leaf"),
    ],
)
def test_what_was_changed_is_named(
    log_at: Callable[..., Any], statement: str, kind: str, where: str
) -> None:
    """One change in one table is found, and named."""
    log = filled(log_at)
    log.damage(statement)
    assert (kind, where) in found(log)


def test_changed_content_is_named(log_at: Callable[..., Any]) -> None:
    """A kept bundle that was changed is named by the digest that it had."""
    log = filled(log_at)
    with log.database().read() as connection:
        digest = bytes(connection.exec_driver_sql("SELECT sha256 FROM content").scalar_one())
    log.damage("UPDATE content SET body = x'00'")
    assert {("content", f"content {digest.hex()}"), ("record", "record 300")} <= set(found(log))


def test_lost_content_is_named(log_at: Callable[..., Any]) -> None:
    """A kept bundle that is gone is named by the digest that its entry has."""
    log = filled(log_at)
    digest = sha256(BUNDLE).hexdigest()
    log.damage("DELETE FROM content")
    assert [("content", f"content {digest}")] == found(log)


@pytest.mark.parametrize("gone", ["1", "2", "1, 2"])
def test_removed_rows_that_nothing_names(log_at: Callable[..., Any], gone: str) -> None:
    """A witness's line, or the kept body of a plain file, is missed where later ones are there."""
    log = log_at()
    bodies = [b"body %d" % number for number in range(3)]
    log.writer().append([b"entry %d" % number for number in range(3)], contents=bodies)
    log.writer().append([b"more"])
    line = f"— {WITNESS.name} AAAA\n"  # no signature of a witness: only its row matters
    with log.database().write() as connection:
        for size in (0, 3, 4):
            rows.add_cosignature(connection, size, WITNESS.name, WITNESS.key_hash, line, 5)
    before = found(log)
    log.damage(*(f"DELETE FROM {table} WHERE rowid IN ({gone})" for table in BESIDE))
    for table in BESIDE:
        where = (table, f"{table}, row {gone[0]}")
        assert where not in before
        assert where in found(log)


BESIDE = ("cosignature", "content")
"""Tables whose rows the tree does not cover."""


def test_swapped_rows_are_named(log_at: Callable[..., Any]) -> None:
    """Two entries that changed places are both named."""
    log = filled(log_at)
    log.damage(
        "UPDATE entry SET idx = -1 WHERE idx = 3",
        "UPDATE entry SET idx = 3 WHERE idx = 9",
        "UPDATE entry SET idx = 9 WHERE idx = -1",
    )
    assert [("entry", "entry 3"), ("entry", "entry 9")] == found(log)[:2]


def test_suffix_rewritten_without_the_key(log_at: Callable[..., Any]) -> None:
    """A tail with new roots and no new signatures is a fork, by its checkpoint."""
    log = filled(log_at)
    other = log_at("other")
    writer = other.writer()
    writer.append([b"%d" % i for i in range(300)])
    writer.append([b"another"])
    with other.database().read() as connection:
        root = rows.root_of(connection, 301)
    assert root is not None
    log.damage(
        "UPDATE entry SET body = CAST('another' AS BLOB) WHERE idx = 300",
        f"UPDATE head SET root = x'{root.hex()}' WHERE size = 301",
    )
    assert ("fork", "checkpoint 301") in found(log, check.Depth.QUICK)


def test_suffix_rewritten_with_the_key(log_at: Callable[..., Any]) -> None:
    """Whoever has the key can write a whole other history: only the anchor shows it."""
    log = filled(log_at)
    other = log_at("other")
    other.writer().append([b"%d" % i for i in range(301)] + [b"forged"])
    assert [] == found(other)
    other.anchor = log.anchor
    assert [("fork", str(log.anchor))] == found(other, check.Depth.QUICK)


def test_key_out_of_its_interval(log_at: Callable[..., Any]) -> None:
    """A checkpoint by a key whose turn was over is named."""
    log = filled(log_at)
    later = note_key.from_public(log.key.name, note_key.ED25519, b"n" * 32)
    log.damage(f"INSERT INTO log_key VALUES (301, '{later.vkey()}')")
    assert ("key-interval", "checkpoint 301") in found(log)
    assert ("key-interval", "checkpoint 300") not in found(log)


def test_replay_names_the_checkpoint(log_at: Callable[..., Any]) -> None:
    """A changed entry shows in the first checkpoint after it, from the entries alone."""
    log = filled(log_at)
    log.damage("UPDATE entry SET body = x'00' WHERE idx = 300")
    with log.database().read() as connection:
        problems = {item.size: item.problem for item in replay(connection)}
    assert problems[300] is None
    assert "it says another root than the entries give" == problems[301]


def test_replay_of_a_cut_table(log_at: Callable[..., Any]) -> None:
    """A replay ends at the first entry that is missing."""
    log = filled(log_at)
    log.damage("DELETE FROM entry WHERE idx >= 100")
    with log.database().read() as connection:
        last = list(replay(connection))[-1]
    assert (300, "entry 100 is missing") == (last.size, last.problem)


def test_checkpoint_that_is_kept_at_another_size(log_at: Callable[..., Any]) -> None:
    """A signed checkpoint in another's place is named."""
    log = filled(log_at)
    with log.database().read() as connection:
        notes = {stored.size: stored.note for stored in rows.checkpoints(connection)}
    assert 302 == checkpoint.read(note.read(notes[302]).text).size
    log.damage(f"UPDATE checkpoint SET note = x'{notes[302].hex()}' WHERE size = 301")
    assert ("checkpoint", "checkpoint 301") in found(log)


@pytest.mark.parametrize("worker", [leaf_worker.__file__, "no-such-script.py"])
def test_second_process(
    log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, worker: str
) -> None:
    """A second process hashes a large log's entries; what it did not come to is hashed here."""
    monkeypatch.setattr(check_leaves, "LEAST", 1)
    monkeypatch.setattr(leaf_worker, "__file__", worker)
    log = filled(log_at)
    with log.database(read_only=True).read() as connection:
        told: list[tuple[int, int]] = []
        with check_leaves.begun(connection) as leaves:
            made = leaves(lambda done, of: told.append((done, of)))
        expected = [merkle.leaf_hash(body) for _, body in rows.entries(connection, 0, 302)]
    assert (b"".join(expected), (302, 302)) == (made, told[-1])
    log.damage("UPDATE entry SET body = x'31' WHERE idx = 17")
    assert ("entry", "entry 17") in found(log)
    log.damage("DELETE FROM entry WHERE idx = 30")
    assert ("entry", "entry 30") in found(log)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE entry SET body = CAST(body AS TEXT) WHERE idx = 17", "entry 17"),
        ("UPDATE entry SET body = 1.5 WHERE idx = 301", "entry 301"),
        ("UPDATE head SET root = 7.5 WHERE size = 300", "head 300"),
        ("UPDATE checkpoint SET signed_at = 'noon' WHERE size = 300", "checkpoint 300"),
        ("UPDATE record_field SET idx = 'x' WHERE field = 'signer'", "record_field 'signer'"),
        ("UPDATE leaf SET idx = 1.5 WHERE idx = 17", "leaf X'"),
        ("UPDATE leaf SET idx = 'x' WHERE idx = 0", "leaf X'"),
    ],
)
def test_value_of_another_kind(log_at: Callable[..., Any], statement: str, where: str) -> None:
    """SQLite keeps a text where bytes should be: the row is named, and nothing falls over."""
    log = filled(log_at)
    log.damage("PRAGMA ignore_check_constraints = ON", statement)
    assert any(kind in {"type", "entry"} and row.startswith(where) for kind, row in found(log)), (
        found(log)
    )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE state SET size = 'x'", "state 1: its size is text, not integer (type)"),
        ("UPDATE state SET epoch = x'00'", "state 1: its epoch is blob, not integer (type)"),
        ("UPDATE state SET size = -5, published = -6", "state 1: its size is -5, less than 0 "),
        ("UPDATE state SET published = -2", "state 1: its published is -2, less than -1 (type)"),
        ("UPDATE state SET epoch = -1", "state 1: its epoch is -1, less than 0 (type)"),
        ("DELETE FROM state", "state 1: it is gone (state)"),
        ("DELETE FROM identity", "identity 1: it is gone (state)"),
    ],
)
def test_damaged_state(log_at: Callable[..., Any], run: Any, statement: str, told: str) -> None:
    """The one row that changes, and the one that names the log, are named like any other."""
    log = filled(log_at)
    log.damage("PRAGMA ignore_check_constraints = ON", statement)
    assert told in run("check", "--log", log.url, wanted=1).stdout
    reader = log.database(read_only=True)
    for depth in check.Depth:
        with reader.read() as connection:
            named = [item.where for item in check.problems(connection, depth, anchor=None)]
        assert told.partition(":")[0] in named
    other = "keys" if "identity" in statement else "list"
    assert "our bug" not in run(other, "--log", log.url, wanted=3).stderr


@pytest.mark.parametrize("version", ["0000", "0002", "zzzz"])
def test_two_schemas(log_at: Callable[..., Any], run: Any, version: str) -> None:
    """A second row where the schema is named is told, read past, and nothing is appended."""
    log = filled(log_at)
    log.damage(f"INSERT INTO alembic_version VALUES ('{version}')")
    both = ", ".join(sorted(["0003", version]))
    told = f"the table alembic_version has rows for {both}; a log is of one schema"
    assert f"schema: {told} (guard)" in run("check", "--log", log.url, wanted=1).stdout
    for depth in check.Depth:
        assert [("guard", "schema")] == found(log, depth)
    assert "302" in run("list", "--log", log.url).stdout
    with pytest.raises(LogError, match=told):
        opening.writer(log.path, None, origin=None, anchor=None, witness_policy=None)  # type: ignore[arg-type]


def test_state_that_is_far_beyond(log_at: Callable[..., Any]) -> None:
    """A size that no log has does not keep the check busy for ever."""
    log = filled(log_at)
    log.damage("UPDATE state SET size = 9223372036854775807")
    assert ("missing-tail", "entry 302") in found(log)
