"""Public keys: strict reading, ids, and signatures with the known edge cases."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import keys
from assurance.errors import FormatError

VECTORS = sorted((Path(__file__).parents[1] / "vectors/keys").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

ED = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
EC = ec.derive_private_key(12345, ec.SECP256R1())
PEMS = [
    key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for key in (ED, EC)
]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    """Each key is read or refused, each signature holds or not, as the vector says."""
    vector = json.loads(path.read_text())
    pem = vector["pem"].encode()
    if "error" in vector:
        with pytest.raises(FormatError, match=vector["error"]) as caught:
            keys.load_public(pem, where="x.pub")
        assert "x.pub" == caught.value.where
        assert caught.value.remedy
        return
    key = keys.load_public(pem, where="x.pub")
    if "verifies" in vector:
        message, signature = (bytes.fromhex(vector[name]) for name in ("message", "signature"))
        assert vector["verifies"] is key.verify(message, signature)
    else:
        assert (vector["type"], vector["id"]) == (key.type, key.key_id)


@pytest.mark.parametrize("pem", PEMS, ids=["ed25519", "ecdsa-p256"])
def test_agrees_with_the_general_loader(pem: bytes) -> None:
    """The strict reader and the library's loader see the same key, and PEM comes back as read."""
    key = keys.load_public(pem, where="x")
    other = load_pem_public_key(pem)
    spki = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (spki, sha256(spki).hexdigest(), pem) == (key.spki, key.key_id, key.pem)
    assert keys.key_id(spki) == key.key_id


@given(st.binary(), st.binary())
def test_signatures_of_the_library_verify(message: bytes, other: bytes) -> None:
    """A true signature holds for its message and no other, and for its key and no other."""
    ed, p256 = (keys.load_public(pem, where="x") for pem in PEMS)
    for key, signature, stranger in (
        (ed, ED.sign(message), p256),
        (p256, EC.sign(message, ec.ECDSA(SHA256())), ed),
    ):
        assert key.verify(message, signature)
        assert (message == other) == key.verify(other, signature)
        assert not stranger.verify(message, signature)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_verify_never_raises(signature: bytes) -> None:
    """Any bytes in the place of a signature are a plain no."""
    for pem in PEMS:
        assert not keys.load_public(pem, where="x").verify(b"message", signature)


@pytest.mark.parametrize("key_index", [0, 1])
@given(st.data())
def test_any_bit_of_a_signature_counts(key_index: int, data: st.DataObject) -> None:
    """One flipped bit anywhere in a signature or its message is enough."""
    key = keys.load_public(PEMS[key_index], where="x")
    message = b"a message"
    signature = ED.sign(message) if key_index == 0 else EC.sign(message, ec.ECDSA(SHA256()))
    # DER signatures differ in length from one to the next, and draws must not.
    bit = data.draw(st.integers(0, 8 * 100)) % (8 * (len(signature) + len(message)))
    both = bytearray(signature + message)
    both[bit // 8] ^= 1 << bit % 8
    assert key.verify(message, signature)
    assert not key.verify(bytes(both[len(signature) :]), bytes(both[: len(signature)]))


@settings(max_examples=300)
@given(
    st.binary()
    | st.builds(
        lambda pem, at, new, cut: pem[:at] + new + pem[at + cut :],
        st.sampled_from(PEMS),
        st.integers(0, 180),
        st.binary(max_size=3),
        st.integers(0, 3),
    )
)
def test_any_bytes_are_read_or_refused(pem: bytes) -> None:
    """No input raises anything but `FormatError`, and what is read writes itself back."""
    try:
        key = keys.load_public(pem, where="x")
    except FormatError:
        return
    assert pem.replace(b"\r\n", b"\n").rstrip(b"\n") == key.pem.rstrip(b"\n")


@given(st.binary(max_size=100))
def test_any_spki_is_read_or_refused(tail: bytes) -> None:
    """No DER raises anything but `FormatError`, the point's own bytes included."""
    for pem in PEMS:
        spki = keys.load_public(pem, where="x").spki
        for size in (12, 26, 27):
            with suppress(FormatError):
                keys.from_spki(spki[:size] + tail, where="x")


def test_points_of_small_order_are_all_of_them() -> None:
    """The table holds exactly the points that eight times themselves are nothing."""
    field, constant = 2**255 - 19, -121665 * pow(121666, -1, 2**255 - 19)

    def doubled(y: int) -> int:
        # With x^2 from the curve's equation, y of 2P depends on y alone (RFC 8032, 5.1.4).
        x2 = (y * y - 1) * pow(constant * y * y + 1, -1, field)
        return (y * y + x2) * pow(1 - constant * x2 * y * y, -1, field) % field

    def on_curve(y: int) -> bool:
        x2 = (y * y - 1) * pow(constant * y * y + 1, -1, field) % field
        return x2 == 0 or pow(x2, (field - 1) // 2, field) == 1

    assert 5 == len(keys._SMALL_ORDER)
    for y in keys._SMALL_ORDER:
        assert on_curve(y)
        assert 1 == doubled(doubled(doubled(y)))


def test_verifying_loads_no_serialization() -> None:
    """The verify path never imports the library's PEM loaders; an Ed25519 one not even ECDSA."""
    script = (
        "import sys; from assurance import keys\n"
        f"key = keys.load_public({PEMS[0]!r}, where='x'); key.verify(b'm', b's' * 64)\n"
        "print([m for m in sys.modules if m.startswith('cryptography') and "
        "m.endswith(('.serialization', '.ssh', '.ec'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert "[]\n" == done.stdout
