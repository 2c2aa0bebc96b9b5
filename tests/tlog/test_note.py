"""Signed notes, their keys and checkpoints: other people's are read, mutants are not."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from assurance.errors import AssuranceError, FormatError
from assurance.tlog import base64_strict, checkpoint, note, note_key

DATA = Path(__file__).parents[1] / "data/tlog"
GO: list[dict[str, Any]] = json.loads((DATA / "go-notes.json").read_text())["notes"]
REAL: list[dict[str, Any]] = json.loads((DATA / "real-notes.json").read_text())
CASES = [(item["What"], item["Note"], item["Vkeys"]) for item in GO] + [
    (f"real {number}", item["note"], [item["vkey"]]) for number, item in enumerate(REAL)
]
assert len(CASES) > 10
K1 = ec.SECP256K1()
CHECKPOINTS = [case for case in CASES if case[1].partition("\n\n")[0].count("\n") > 1]
assert len(CHECKPOINTS) > 10


@pytest.mark.parametrize(("what", "text", "vkeys"), CASES, ids=[case[0] for case in CASES])
def test_other_peoples_notes_verify(what: str, text: str, vkeys: list[str]) -> None:
    """A note is read, printed the same, and verifies with its keys and no other text."""
    signed = note.read(text.encode())
    keys = [note_key.read(vkey) for vkey in vkeys]
    assert text.encode() == signed.encode()
    assert vkeys == [key.vkey() for key in keys]
    assert len(keys) == len(note.verified(signed, keys)), what
    if (what, text, vkeys) in CHECKPOINTS:
        assert signed.text == checkpoint.read(signed.text).text()
    changed = note.Note(text=signed.text + "x\n", signatures=signed.signatures)
    with pytest.raises(FormatError, match=r"the signature of .* is wrong"):
        note.verified(changed, keys)


def _mutants(text: str) -> dict[str, str]:
    """Return texts that differ from a good note in one respect."""
    body, _, lines = text.rpartition("\n\n")
    first = lines.split("\n")[0]
    origin, size, root = body.split("\n")[:3]
    signature = first.rsplit(" ", 1)[1]
    mutants = {
        "no last newline": text[:-1],
        "doubled line": text + first + "\n",
        "CRLF": text.replace("\n", "\r\n"),
        "CR at the size": text.replace(f"\n{size}\n", f"\n{size}\r\n", 1),
        "leading zero": text.replace(f"\n{size}\n", f"\n0{size}\n", 1),
        "plus": text.replace(f"\n{size}\n", f"\n+{size}\n", 1),
        "underscore": text.replace(f"\n{size}\n", f"\n{size}_0\n", 1),
        "space before the size": text.replace(f"\n{size}\n", f"\n {size}\n", 1),
        "arabic digit": text.replace(f"\n{size}\n", f"\n{size}٣\n", 1),
        "minus": text.replace(f"\n{size}\n", f"\n-{size}\n", 1),
        "U+2028 for a newline": text.replace(f"{origin}\n", f"{origin}\u2028", 1),
        "U+0085 in the signatures": text[:-1] + "\u0085",
        "tab": text.replace(origin, origin + "\t", 1),
        "NUL": text.replace(origin, origin + "\0", 1),
        "no padding of the root": text.replace(root, root.rstrip("="), 1),
        "spare bits of the root": text.replace(root, root[:-2] + _bump(root[-2]) + "=", 1),
        "URL alphabet": text.replace(root, root.translate(str.maketrans("+/", "-_")), 1),
        "no padding of the signature": text.replace(signature, signature.rstrip("="), 1),
        "hyphen for the dash": text.replace("— ", "- ", 1),
        "two spaces": text.replace("— ", "—  ", 1),
        "empty line before the text": "\n" + text,
        "no signature": body + "\n\n",
        "no empty line": body + "\n" + lines,
        "two empty lines": body + "\n\n\n" + lines,
        "a line behind": text + "\n",
        "short signature": body + f"\n\n— {origin} AAAA\n",
        "BOM": "\ufeff" + text,
        "other origin": text.replace(origin, "evil.example/log", 1),
    }
    rows = [line.rsplit(" ", 1) for line in lines.split("\n")[:-1]]
    turned = [row[1] for row in rows[1:] + rows[:1]]
    mutants["signatures under other names"] = f"{body}\n\n" + "".join(
        f"{row[0]} {other}\n" for row, other in zip(rows, turned, strict=True)
    )
    return {name: mutant for name, mutant in mutants.items() if mutant != text}


def _bump(character: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(character) ^ 1]


MUTANTS = [
    pytest.param(mutant, vkeys, id=f"{what}: {name}")
    for what, text, vkeys in CHECKPOINTS
    for name, mutant in _mutants(text).items()
]
assert len(MUTANTS) > 300


@pytest.mark.parametrize(("mutant", "vkeys"), MUTANTS)
def test_no_mutant_is_accepted(mutant: str, vkeys: list[str]) -> None:
    """No note that differs in its spelling is read and verified as a checkpoint."""
    keys = [note_key.read(vkey) for vkey in vkeys]
    with pytest.raises(FormatError):
        _accept(mutant.encode(), keys)


def _accept(data: bytes, keys: list[note_key.NoteKey]) -> None:
    signed = note.read(data)
    checkpoint.read(signed.text)
    if not note.verified(signed, keys):
        raise FormatError("no signature counts", remedy="none")


@given(st.data())
def test_no_changed_byte_is_accepted(data: st.DataObject) -> None:
    """One byte changed anywhere in a note with one signature is refused."""
    _, text, vkeys = data.draw(st.sampled_from([case for case in CHECKPOINTS if len(case[2]) == 1]))
    raw = bytearray(text.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    keys = [note_key.read(vkey) for vkey in vkeys]
    with pytest.raises(FormatError):
        _accept(bytes(raw), keys)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_readers_raise_only_our_error(data: bytes) -> None:
    """Anything else than a note, checkpoint or vkey is our error."""
    text = data.decode("utf-8", "replace")
    reads = (
        lambda: note.read(data),
        lambda: checkpoint.read(text),
        lambda: note_key.read(text),
        lambda: note.read_signature_lines(text),
    )
    for read in reads:
        with contextlib.suppress(AssuranceError):
            read()


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("log.example+00000000", "form"),
        ("log.example+00000000+AQ==", "has 0 bytes"),
        ("log.example+00000000+AR==", "not canonical"),
        ("log.example+00000000+Bg==", "of type 6"),
        ("log example+00000000+AQ==", "form"),
        ("log.example+0000000G+AQ==", "form"),
        ("", "form"),
        (
            "log.example/assurance+81d1e039+AdmNrQVueyqObb7VRXeoRo4S6JNBFS6LGZ5HeUjkFg/V",
            "hash does not belong",
        ),
        (
            "log.example/assurancf+81d1e038+AdmNrQVueyqObb7VRXeoRo4S6JNBFS6LGZ5HeUjkFg/V",
            "hash does not belong",
        ),
    ],
)
def test_wrong_vkey(vkey: str, reason: str) -> None:
    """A vkey that is wrong in one respect is refused for it."""
    with pytest.raises(FormatError, match=reason):
        note_key.read(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "x" * 256])
def test_name_that_no_line_can_carry(name: str) -> None:
    """A key is not made under a name that signature lines cannot have."""
    with pytest.raises(FormatError, match="cannot be a key's name"):
        note_key.from_public(name, note_key.ED25519, b"\0" * 32)


def test_ecdsa_key_of_another_kind_verifies_nothing() -> None:
    """Type 2 with bytes that are no elliptic-curve key verifies nothing."""
    for public in (b"", b"x" * 50):
        key = note_key.from_public("log.example", note_key.ECDSA, public)
        assert not key.verify(b"text\n", b"x" * 70)


def test_ecdsa_keys_are_on_one_curve() -> None:
    """A type 2 key of another curve, or of another kind, is no key of ours."""
    for private in (ec.derive_private_key(7, ec.SECP384R1()), ec.derive_private_key(7, K1)):
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        key = note_key.from_public("log.example", note_key.ECDSA, public)
        assert not key.verify(b"text\n", private.sign(b"text\n", ec.ECDSA(SHA256())))
        with pytest.raises(FormatError, match="not on the curve P-256"):
            note_key.read(key.vkey())


@pytest.mark.parametrize(
    ("seconds", "counts"), [(1, True), (2**63 - 1, True), (0, False), (2**63, False)]
)
def test_time_of_a_cosignature(seconds: int, *, counts: bool) -> None:
    """A cosignature has a time of at least 1 and at most 2^63 - 1, signed or not."""
    private = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    key = note_key.from_public(
        "w.example", note_key.COSIGNATURE, private.public_key().public_bytes_raw()
    )
    signed = private.sign(note_key.cosigned_message(b"text\n", seconds))
    assert counts is key.verify(b"text\n", seconds.to_bytes(8, "big") + signed)
    assert not key.verify(b"text\n", signed)


def test_name_that_is_no_text() -> None:
    """A vkey whose name holds bytes that are no UTF-8, as a policy file can, is refused."""
    key = note_key.from_public("xlog.example", note_key.ED25519, b"\1" * 32)
    with pytest.raises(FormatError, match="cannot be a key's name"):
        note_key.read("\udcff" + key.vkey()[1:])


def test_limits() -> None:
    """Notes beyond 1 MiB or 100 signature lines are refused before they are looked at."""
    with pytest.raises(FormatError, match="at most 1048576 are read"):
        note.read(b"x" * (note.MAX_BYTES + 1))
    line = "— a " + base64_strict.encode(b"12345") + "\n"
    with pytest.raises(FormatError, match="more than 100 signature lines"):
        note.read(("text\n\n" + line * 101).encode())


def test_size_beyond_64_bits() -> None:
    """A tree size that no 64-bit column holds is refused."""
    root = base64_strict.encode(b"\1" * 32)
    assert 2**63 - 1 == checkpoint.read(f"log.example\n{2**63 - 1}\n{root}\n").size
    with pytest.raises(FormatError, match="no decimal number"):
        checkpoint.read(f"log.example\n{2**63}\n{root}\n")


def test_empty_tree_has_one_root() -> None:
    """A checkpoint of size 0 with another root than the empty tree's is refused."""
    with pytest.raises(FormatError, match="not the empty tree's"):
        checkpoint.read(f"log.example\n0\n{base64_strict.encode(bytes(32))}\n")


def test_extension_lines_are_kept() -> None:
    """Lines after the root belong to the text and may not be empty."""
    root = base64_strict.encode(b"\1" * 32)
    text = f"log.example\n5\n{root}\nextra 1\n"
    assert ("extra 1",) == checkpoint.read(text).extensions
    assert text == checkpoint.read(text).text()
    with pytest.raises(FormatError, match="empty line"):
        checkpoint.read(text + "\n")
