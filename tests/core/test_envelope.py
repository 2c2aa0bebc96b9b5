"""DSSE envelopes in Sigstore bundles: vectors, the PAE, and what must hold for any line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import securesystemslib.dsse
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import envelope
from assurance.errors import FormatError

VECTORS = sorted((Path(__file__).parents[1] / "vectors/envelope").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

KEY_ID = "0a" * 32
LINE = envelope.write(b'{"a":"payload"}', b"s" * 64, key_id=KEY_ID)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    """Each vector is read or refused as it says, for the reason it says, at its place."""
    vector = json.loads(path.read_text())
    line = vector["text"].encode()
    if "error" in vector:
        with pytest.raises(FormatError, match=vector["error"]) as caught:
            envelope.read(line, where="b.jsonl:3")
        assert "b.jsonl:3" == caught.value.where
        assert caught.value.remedy
        return
    found = envelope.read(line, where="b.jsonl:3")
    assert line == found.line
    assert vector["payload"].encode() == found.payload
    assert (vector["hint"], vector["keyid"]) == (found.hint, found.keyid)


def test_pae_is_that_of_the_specification() -> None:
    """The encoding is the one that DSSE v1 `protocol.md` describes, counted in bytes."""
    assert b"DSSEv1 28 application/vnd.in-toto+json 2 \xc3\xa9" == envelope.pae("é".encode())


@given(st.binary())
def test_pae_agrees_with_securesystemslib(payload: bytes) -> None:
    """Another implementation gives the same bytes for every payload."""
    other = securesystemslib.dsse.Envelope(payload, envelope.PAYLOAD_TYPE, {})
    assert other.pae() == envelope.pae(payload)


@given(st.binary(), st.binary(min_size=1, max_size=200))
def test_write_then_read_is_identity(payload: bytes, signature: bytes) -> None:
    """What is written is read back, byte for byte, and says nothing more."""
    line = envelope.write(payload, signature, key_id=KEY_ID)
    assert b"\n" not in line
    found = envelope.read(line, where="x")
    assert (line, payload, signature) == (found.line, found.payload, found.signature)
    assert (KEY_ID, None) == (found.hint, found.keyid)


@given(st.binary())
def test_any_bytes_are_read_or_refused(line: bytes) -> None:
    """No input raises anything but `FormatError`."""
    with pytest.raises(FormatError):
        envelope.read(line, where="x")


@settings(max_examples=500)
@given(st.integers(0, len(LINE) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_changed_line_is_refused_or_differs(at: int, new: bytes, cut: int) -> None:
    """A change of a few bytes is refused, or shows in what is read: one line, one meaning."""
    line = LINE[:at] + new + LINE[at + cut :]
    try:
        found = envelope.read(line, where="x")
    except FormatError:
        return
    before = envelope.read(LINE, where="x")
    same = (found.payload, found.signature, found.hint) == (
        before.payload,
        before.signature,
        before.hint,
    )
    # Space between JSON tokens is all that may change without meaning; the line differs.
    assert not same or line.translate(None, b" \t\r\n") == LINE


def test_long_line_is_refused() -> None:
    """A 100 MB line costs no parse."""
    with pytest.raises(FormatError, match="100,000,000 bytes of JSON; the limit is 94,371,840"):
        envelope.read(b" " * 100_000_000, where="x")
