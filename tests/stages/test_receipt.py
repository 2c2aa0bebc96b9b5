"""Receipts at deployment: what shows a bundle in a trusted log, and what a proven time rescues."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance import receipt
from assurance.deploy import Answer
from assurance.errors import AssuranceError, FormatError
from assurance.log_entry import entry
from assurance.tlog import checkpoint, merkle, note, note_key, proof
from assurance.trust_model import LogKey, Revoked, TrustedLog

ORIGIN = "log.example/releases"
LOG = Ed25519PrivateKey.from_private_bytes(b"l" * 32)
LOG_KEY = note_key.from_public(ORIGIN, note_key.ED25519, LOG.public_key().public_bytes_raw())
WITNESSES = [Ed25519PrivateKey.from_private_bytes(bytes([50 + i]) * 32) for i in range(3)]
WITNESS_KEYS = [
    note_key.from_public(
        f"w{i}.example", note_key.COSIGNATURE, private.public_key().public_bytes_raw()
    )
    for i, private in enumerate(WITNESSES)
]
LOGGED = datetime(2026, 11, 23, 14, 6, tzinfo=UTC)
OTHERS = [merkle.leaf_hash(b"another"), merkle.leaf_hash(b"one more")]


def line(key: note_key.NoteKey, signature: bytes) -> note.NoteSignature:
    """A signature line."""
    return note.NoteSignature(name=key.name, key_hash=key.key_hash, signature=signature)


def made(
    bundle: bytes, *, witnesses: dict[int, datetime] | None = None, origin: str = ORIGIN
) -> bytes:
    """Return a receipt of `bundle` at index 2 of a log with three entries."""
    leaf = merkle.leaf_hash(entry(sha256(bundle).hexdigest()))
    left = merkle.node_hash(*OTHERS)
    head = checkpoint.Checkpoint(origin=origin, size=3, root=merkle.node_hash(left, leaf))
    text = head.text().encode()
    lines = [line(LOG_KEY, LOG.sign(text))]
    for number, moment in (witnesses or {}).items():
        seconds = int(moment.timestamp())
        signature = WITNESSES[number].sign(note_key.cosigned_message(text, seconds))
        lines.append(line(WITNESS_KEYS[number], seconds.to_bytes(8, "big") + signature))
    return proof.TlogProof(
        index=2,
        hashes=(left,),
        signed_checkpoint=note.Note(text=head.text(), signatures=tuple(lines)),
    ).encode()


def trusting(world: Any, *, quorum: int = 0, **span: int) -> None:
    """Let the world's trust file name the log, and demand a receipt."""
    world.trust = replace(
        world.trust,
        expect=replace(world.trust.expect, receipt="required"),
        logs=(
            TrustedLog(
                origin=ORIGIN,
                vkeys=(LogKey(vkey=LOG_KEY.vkey(), **span),),
                witnesses=tuple(key.vkey() for key in WITNESS_KEYS),
                quorum=quorum,
            ),
        ),
    )


def failed(decision: Any) -> str:
    """The step that failed, and why."""
    return next(f"{s.id}: {s.message}" for s in decision.steps if s.status == "FAIL")


def test_receipt_that_is_demanded_and_holds(world: Any) -> None:
    """A bundle in a trusted log verifies, and the answer says where it is."""
    trusting(world)
    data = world.seal().bundle
    decision = world.verify(data, receipt=made(data))
    assert Answer.VERIFIED == decision.answer
    assert (ORIGIN, 2, 3) == (
        decision.proven.origin,
        decision.proven.index,
        decision.proven.size,
    )
    assert decision.proven.proven_at is None
    assert "entry 2 of 3 in log.example/releases" == decision.steps[-1].message


@pytest.mark.parametrize(
    ("span", "reason"),
    [({"from_size": 4}, "signs from 4 to now"), ({"to_size": 2}, "signs from 0 to 2")],
)
def test_key_out_of_its_interval(world: Any, span: dict[str, int], reason: str) -> None:
    """A checkpoint by a key whose turn it was not is refused."""
    trusting(world, **span)
    data = world.seal().bundle
    decision = world.verify(data, receipt=made(data))
    assert (Answer.REFUSED, True) == (decision.answer, reason in failed(decision))


def test_receipt_of_another_bundle(world: Any) -> None:
    """A receipt proves the very file that it was made for, and no other."""
    trusting(world)
    data = world.seal().bundle
    decision = world.verify(data, receipt=made(b"another file"))
    assert Answer.REFUSED == decision.answer
    assert "receipt: the proof does not show the entry at index 2" in failed(decision)
    assert decision.proven is None


def test_log_that_trust_does_not_name(world: Any) -> None:
    """A log that the trust file does not name proves nothing, whoever signs it."""
    trusting(world)
    data = world.seal().bundle
    decision = world.verify(data, receipt=made(data, origin="log.example/other"))
    assert "receipt: the trust file names no log log.example/other" == failed(decision)


def test_too_few_witnesses(world: Any) -> None:
    """Fewer witnesses than the quorum are refused; enough of them prove the quorum's time."""
    trusting(world, quorum=2)
    data = world.seal().bundle
    one = made(data, witnesses={0: LOGGED})
    assert "receipt: 1 of 2 witnesses have signed" in failed(world.verify(data, receipt=one))
    times = {0: LOGGED, 1: LOGGED + timedelta(seconds=9), 2: LOGGED + timedelta(seconds=5)}
    decision = world.verify(data, receipt=made(data, witnesses=times))
    assert Answer.VERIFIED == decision.answer
    assert LOGGED + timedelta(seconds=5) == decision.proven.proven_at
    assert ("w0.example", "w1.example", "w2.example") == decision.proven.witnesses


def test_proven_time_counts_for_keys(world: Any) -> None:
    """A key that was good when the bundle was logged is still good for it after it expired."""
    trusting(world, quorum=1)
    data = world.seal().bundle
    (key,) = world.trust.keys
    expired = replace(key, not_after=LOGGED + timedelta(minutes=1))
    later = world.now + timedelta(days=1)
    world.trust = replace(world.trust, keys=(expired,))
    assert "expired on" in failed(world.verify(data, now=later))
    good = made(data, witnesses={0: LOGGED})
    assert Answer.VERIFIED == world.verify(data, now=later, receipt=good).answer
    late = made(data, witnesses={0: LOGGED + timedelta(minutes=2)})
    assert "signatures: " in failed(world.verify(data, now=later, receipt=late))
    unseen = replace(world.trust.logs[0], quorum=0)
    world.trust = replace(world.trust, logs=(unseen,))
    assert "signatures: " in failed(world.verify(data, now=later, receipt=good))


def test_proven_time_in_the_future(world: Any) -> None:
    """Witnesses whose time has not come yet prove none: this clock or theirs is wrong."""
    trusting(world, quorum=1)
    data = world.seal().bundle
    edge = world.now + timedelta(minutes=5)
    decision = world.verify(data, receipt=made(data, witnesses={0: edge}))
    assert Answer.VERIFIED == decision.answer
    late = world.verify(data, receipt=made(data, witnesses={0: edge + timedelta(seconds=1)}))
    assert Answer.INDETERMINATE == late.answer
    assert late.proven is None
    assert "the witnesses' time is in the future" in late.steps[-1].message


@pytest.mark.parametrize(
    ("log", "index", "good"),
    [(ORIGIN, 3, True), (ORIGIN, 2, False), (ORIGIN, 0, False), ("other.example", 9, False)],
)
def test_revocation_is_by_log_position(world: Any, log: str, index: int, *, good: bool) -> None:
    """A revoked key counts for what was logged before it was revoked, and for nothing else."""
    trusting(world, quorum=1)
    data = world.seal().bundle
    (key,) = world.trust.keys
    revoked = replace(key, revoked=Revoked(reason="stolen", log=log, index=index))
    world.trust = replace(world.trust, keys=(revoked,))
    receipt_of = made(data, witnesses={0: LOGGED})
    decision = world.verify(data, receipt=receipt_of)
    assert good is (decision.answer is Answer.VERIFIED)
    if not good:
        assert "was revoked: stolen" in failed(decision)
    assert "was revoked: stolen" in failed(world.verify(data))


def test_log_line_must_come_first() -> None:
    """A witness's line above the log's is another spelling of the checkpoint, and refused."""
    signed = proof.read(made(b"x", witnesses={0: LOGGED})).signed_checkpoint
    swapped = replace(signed, signatures=signed.signatures[::-1])
    log = TrustedLog(origin=ORIGIN, vkeys=(LogKey(vkey=LOG_KEY.vkey()),))
    assert 3 == receipt.trusted(signed, (log,)).checkpoint.size
    with pytest.raises(AssuranceError, match="first signature is not by a key"):
        receipt.trusted(swapped, (log,))


def test_log_line_of_a_rotation() -> None:
    """While a log changes its key it may sign with both: one whose turn it is counts."""
    signed = proof.read(made(b"x")).signed_checkpoint
    private = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    old = note_key.from_public(ORIGIN, note_key.ED25519, private.public_key().public_bytes_raw())
    also = line(old, private.sign(signed.text.encode()))
    both = replace(signed, signatures=(also, *signed.signatures))
    turns = LogKey(vkey=old.vkey(), to_size=2), LogKey(vkey=LOG_KEY.vkey(), from_size=3)
    for known in (turns, turns[1:]):
        assert 3 == receipt.trusted(both, (log_of(known),)).checkpoint.size
    with pytest.raises(AssuranceError, match="signed by a key that signs from 0 to 2"):
        receipt.trusted(replace(both, signatures=(also,)), (log_of(turns),))


def log_of(vkeys: tuple[LogKey, ...]) -> TrustedLog:
    """A log without witnesses."""
    return TrustedLog(origin=ORIGIN, vkeys=vkeys)


def test_time_beyond_the_calendar() -> None:
    """A witness whose time no calendar has is refused, not a crash."""
    seconds = 2**63 - 1
    signed = proof.read(made(b"x")).signed_checkpoint
    signature = WITNESSES[0].sign(note_key.cosigned_message(signed.text.encode(), seconds))
    cosigned = line(WITNESS_KEYS[0], seconds.to_bytes(8, "big") + signature)
    log = TrustedLog(
        origin=ORIGIN,
        vkeys=(LogKey(vkey=LOG_KEY.vkey()),),
        witnesses=(WITNESS_KEYS[0].vkey(),),
        quorum=1,
    )
    with pytest.raises(FormatError, match="beyond the year 9999"):
        receipt.trusted(replace(signed, signatures=(*signed.signatures, cosigned)), (log,))
