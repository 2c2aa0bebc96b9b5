"""Verifier keys of C2SP signed notes and tlog-cosignatures: `name+hash+base64`, read strictly.

Specifications: C2SP signed-note v1.0.0 ("Verifier keys") and tlog-cosignature v1.0.0.
"""

from __future__ import annotations

import binascii
import re
from hashlib import sha256
from typing import Final

ED25519: Final = 1
"""Signature type of a log's key."""
COSIGNATURE: Final = 4
"""Signature type of a witness's key: timestamped Ed25519 cosignature."""

_VKEY: Final = re.compile(r"([!-*,-~]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_KEY_BYTES: Final = 33


def problem_with(vkey: str, *, signature_type: int) -> str | None:
    """Say what is wrong with `vkey` as a key of this type; None: nothing.

    Checked are the form, the type byte, the length and that the hash is the first four
    bytes of SHA-256 over name, newline, type and key.
    """
    match = _VKEY.fullmatch(vkey)
    if match is None:
        return "not a vkey of the form `name+hash+base64`"
    name, claimed, text = match.groups()
    try:
        key = binascii.a2b_base64(text)
    except ValueError:
        return "the vkey's base64 is wrong"
    if binascii.b2a_base64(key, newline=False).decode("ascii") != text:
        return "the vkey's base64 is not canonical"
    if len(key) != _KEY_BYTES or key[0] != signature_type:
        return f"the vkey's key is not of type {signature_type} with 32 bytes"
    if sha256(name.encode() + b"\n" + key).hexdigest()[:8] != claimed:
        return "the vkey's hash does not belong to its name and key"
    return None


def name_of(vkey: str) -> str:
    """Return the name in a vkey without problems."""
    return vkey.split("+", 1)[0]


def key_of(vkey: str) -> str:
    """Return the type and public key in a vkey without problems, as base64."""
    return vkey.split("+", 2)[2]
