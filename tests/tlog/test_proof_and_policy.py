"""Receipts and policies: what proves, what counts, and what is refused."""

from __future__ import annotations

import contextlib
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from assurance.errors import AssuranceError, FormatError
from assurance.tlog import base64_strict, checkpoint, merkle, note, note_key, policy, proof

ORIGIN = "log.example/releases"
LEAVES = [merkle.leaf_hash(b"%d" % i) for i in range(7)]


def _key(seed: int, name: str, kind: int) -> tuple[Ed25519PrivateKey, note_key.NoteKey]:
    private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = private.public_key().public_bytes_raw()
    return private, note_key.from_public(name, kind, public)


LOG, LOG_KEY = _key(1, ORIGIN, note_key.ED25519)
WITNESSES = [_key(10 + i, f"w{i}.example", note_key.COSIGNATURE) for i in range(3)]


def _node(level: int, index: int) -> bytes:
    if level == 0:
        return LEAVES[index]
    return merkle.node_hash(_node(level - 1, 2 * index), _node(level - 1, 2 * index + 1))


def _log_line(text: str) -> note.NoteSignature:
    return note.NoteSignature(
        name=ORIGIN, key_hash=LOG_KEY.key_hash, signature=LOG.sign(text.encode())
    )


def _witness_line(number: int, text: str, seconds: int) -> note.NoteSignature:
    private, key = WITNESSES[number]
    signed = private.sign(note_key.cosigned_message(text.encode(), seconds))
    return note.NoteSignature(
        name=key.name, key_hash=key.key_hash, signature=seconds.to_bytes(8, "big") + signed
    )


@cache
def _receipt(index: int = 5, witnesses: tuple[int, ...] = (0, 1)) -> bytes:
    text = checkpoint.Checkpoint(origin=ORIGIN, size=7, root=merkle.range_root(0, 7, _node)).text()
    lines = (_log_line(text), *(_witness_line(w, text, 1_700_000_000 + w) for w in witnesses))
    return proof.TlogProof(
        index=index,
        hashes=merkle.inclusion_proof(index, 7, _node),
        signed_checkpoint=note.Note(text=text, signatures=lines),
    ).encode()


def _policy(*lines: str) -> policy.TlogPolicy:
    head = [f"log {LOG_KEY.vkey()} https://log.example"]
    head += [f"witness W{i} {key.vkey()}" for i, (_, key) in enumerate(WITNESSES)]
    return policy.read("\n".join((*head, *lines)).encode(), where="policy")


ANY_TWO = ("group g 2 W0 W1 W2", "quorum g")


def _accept(data: bytes) -> policy.Seen:
    receipt = proof.read(data)
    receipt.includes(LEAVES[5])
    return _policy(*ANY_TWO).check(receipt.signed_checkpoint)


def test_receipt_proves_the_entry_and_its_witnesses() -> None:
    """A receipt reads, prints the same, and leads to the witnessed checkpoint."""
    data = _receipt()
    assert data == proof.read(data).encode()
    seen = _accept(data)
    assert 7 == seen.checkpoint.size
    assert (("W0", 1_700_000_000), ("W1", 1_700_000_001)) == seen.witnessed


@pytest.mark.parametrize("kind", ["next key", "type that is not read"])
def test_log_with_another_line_of_its_own(kind: str) -> None:
    """A log may sign with a second key, first: in a rotation, or of a type of signature to come."""
    signed = proof.read(_receipt()).signed_checkpoint
    private, key = _key(2, ORIGIN, note_key.ED25519)
    signature = private.sign(signed.text.encode()) if kind == "next key" else b"x" * 2428
    other = note.NoteSignature(name=ORIGIN, key_hash=key.key_hash, signature=signature)
    both = note.Note(text=signed.text, signatures=(other, *signed.signatures))
    assert _policy(*ANY_TWO).check(signed) == _policy(*ANY_TWO).check(both)
    stranger = note.NoteSignature(name="stranger.example", key_hash=b"1234", signature=b"x" * 64)
    moved = note.Note(text=signed.text, signatures=(stranger, *signed.signatures))
    with pytest.raises(FormatError, match="another signature than the log's is the first one"):
        _policy(*ANY_TWO).check(moved)


def _mutants() -> dict[str, bytes]:
    good = _receipt().decode()
    lines = good.split("\n")
    hashes = lines[2:5]
    head, _, tail = good.rpartition("\n\n")
    signatures = tail.split("\n")[:-1]
    index = "index 5"
    named = {
        "header v2": good.replace("@v1", "@v2"),
        "header with a space": good.replace("@v1\n", "@v1 \n"),
        "leading zero": good.replace(index, "index 05"),
        "plus": good.replace(index, "index +5"),
        "underscore": good.replace(index, "index 5_0"),
        "two spaces": good.replace(index, "index  5"),
        "fullwidth digit": good.replace(index, "index \uff15"),
        "no index": good.replace(index + "\n", ""),
        "index twice": good.replace(index, index + "\n" + index),
        "other index": good.replace(index, "index 4"),
        "index beyond": good.replace(index, "index 7"),
        "huge index": good.replace(index, f"index {2**63}"),
        "extra behind the index": good.replace(index, index + "\nextra AA=="),
        "bad extra": good.replace(index, "extra AB==\n" + index),
        "CRLF": good.replace("\n", "\r\n"),
        "CR in the head": good.replace(index + "\n", index + "\r\n"),
        "U+2028": good.replace(index + "\n", index + "\u2028"),
        "doubled hash": good.replace(hashes[0], hashes[0] + "\n" + hashes[0]),
        "dropped hash": good.replace(hashes[0] + "\n", ""),
        "swapped hashes": good.replace(f"{hashes[0]}\n{hashes[1]}", f"{hashes[1]}\n{hashes[0]}"),
        "short hash": good.replace(hashes[0], base64_strict.encode(b"x" * 31)),
        "doubled log line": head + "\n\n" + signatures[0] + "\n" + tail,
        "doubled witness line": good + signatures[1] + "\n",
        "witness before the log": head
        + "\n\n"
        + "\n".join((signatures[1], signatures[0], *signatures[2:]))
        + "\n",
        "one witness": head + "\n\n" + "\n".join(signatures[:2]) + "\n",
        "no log line": head + "\n\n" + "\n".join(signatures[1:]) + "\n",
        "no last newline": good[:-1],
        "65 hashes": good.replace(hashes[0], "\n".join([hashes[0]] * 65)),
    }
    for number, part in enumerate(hashes):
        named[f"hash {number} without padding"] = good.replace(part, part.rstrip("="))
        named[f"hash {number} with a space"] = good.replace(part, part + " ")
    mutants = {name: text.encode() for name, text in named.items()}
    raw = _receipt()
    for at in range(len(raw)):
        mutants[f"byte {at} flipped"] = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        if at % 3 == 0:
            mutants[f"cut at {at}"] = raw[:at]
    return mutants


def test_no_mutant_of_a_receipt_is_accepted() -> None:
    """No receipt that differs in one respect is accepted; there are more than 500."""
    mutants = _mutants()
    assert len(mutants) > 500
    accepted = []
    for name, data in mutants.items():
        assert data != _receipt(), name
        try:
            _accept(data)
        except FormatError:
            continue
        accepted.append(name)
    assert not accepted


@given(st.binary(max_size=400) | st.text(max_size=300).map(str.encode))
def test_readers_raise_only_our_error(data: bytes) -> None:
    """Anything else than a receipt or a policy is our error."""
    for raw in (data, proof.HEADER.encode() + b"\n" + data):
        with pytest.raises(AssuranceError):
            proof.read(raw)
    with contextlib.suppress(AssuranceError):
        policy.read(data, where="x")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "no `quorum` line"),
        (("quorum x",), "no witness or group above"),
        (("quorum none", "quorum none"), "expected one `quorum"),
        (("group g 2 W0", "quorum g"), "is not any, all or 1 to 1"),
        (("group g 0 W0", "quorum g"), "is not any, all or 1 to 1"),
        (("group g 01 W0", "quorum g"), "is not any, all or 1 to 1"),
        (("group g any", "quorum g"), "expected `group"),
        (("group g any W9", "quorum g"), "`?'W9' is no witness or group above"),
        (("group g any none", "quorum g"), "is no witness or group above"),
        (("group g any W0 W0", "quorum g"), "stands in a group already"),
        (("group g any W0", "group h any W0", "quorum h"), "stands in a group already"),
        (("group W0 any W1", "quorum W1"), "is taken"),
        (("group none any W1", "quorum W1"), "is taken"),
        (("frobnicate", "quorum none"), "none of log, witness, group, quorum"),
        (("log", "quorum none"), "expected `log"),
        (("witness a", "quorum none"), "expected `witness"),
        ((f"log {WITNESSES[0][1].vkey()}", "quorum none"), "is a witness's"),
        ((f"log {LOG_KEY.vkey()}", "quorum none"), "two logs have one key"),
        ((f"witness a {LOG_KEY.vkey()}", "quorum none"), "not a witness's"),
        ((f"witness a {WITNESSES[0][1].vkey()}", "quorum none"), "two witnesses have one key"),
        (("quorum none\r",), "a control character"),
    ],
)
def test_wrong_policy(lines: tuple[str, ...], reason: str) -> None:
    """A policy file that is wrong in one respect is refused for it, with its line."""
    with pytest.raises(FormatError, match=reason) as caught:
        _policy(*lines)
    assert str(caught.value).startswith("policy")


@pytest.mark.parametrize(
    ("names", "met"),
    [(set(), False), ({"W0"}, False), ({"W0", "W1"}, False), ({"W0", "W2"}, True), ({"W2"}, False)],
)
def test_groups_of_groups(names: set[str], *, met: bool) -> None:
    """A group counts as one member of the next, whatever is in it."""
    nested = _policy("group x any W0 W1", "group y all x W2", "quorum y", "# note", "")
    assert met is nested.is_met(names)


def test_log_that_is_not_listed() -> None:
    """A checkpoint of a log that the policy does not list is refused."""
    other = policy.read(b"quorum none\n", where="policy")
    with pytest.raises(FormatError, match="not signed by a log of the policy"):
        other.check(proof.read(_receipt()).signed_checkpoint)


def test_policy_too_large() -> None:
    """A policy file beyond 64 KiB is refused."""
    with pytest.raises(FormatError, match="at most 65536 are read"):
        policy.read(b"#" * (policy.MAX_BYTES + 1), where="policy")
    with pytest.raises(FormatError, match="at most 1048576 are read"):
        proof.read(b"#" * (proof.MAX_BYTES + 1))
