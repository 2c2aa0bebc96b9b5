"""Keys of signed notes: what a `vkey` says, and how its signatures are verified.

Specifications: C2SP signed-note v1.0.0 ("Signature types"), tlog-cosignature v1.0.0
("Format"). Type 1 is a log's Ed25519, type 2 ECDSA P-256 with SHA-256 (read only, for other
people's logs; no other curve), type 4 a witness's timestamped Ed25519.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError
from assurance.tlog import base64_strict, decimals
from assurance.value import Value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

ED25519: Final = 1
ECDSA: Final = 2
COSIGNATURE: Final = 4

_VKEY: Final = re.compile(r"([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_RAW_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
_REMEDY: Final = "copy the whole vkey from the log's or witness's operator"


class NoteKey(Value):
    """A public key with the name it signs under."""

    name: str
    kind: int
    """1, 2 or 4."""
    public: bytes
    """Ed25519: 32 raw bytes; ECDSA: SPKI DER."""
    key_hash: bytes
    """First four bytes of the key's hash, as signature lines have them."""

    def vkey(self) -> str:
        """Return `name+hash+base64`."""
        key = base64_strict.encode(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.key_hash.hex()}+{key}"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Say whether `signature` (without the key hash) is this key's over `text`."""
        if self.kind == ECDSA:
            return _ecdsa(self.public, text, signature)
        if self.kind == COSIGNATURE:
            if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
                return False
            seconds = cosigned_at(signature)
            # Of the specifications: at most 2^63 - 1, and a witness never leaves its time out.
            return 1 <= seconds <= decimals.MAX and _ed25519(
                self.public, cosigned_message(text, seconds), signature[_TIME_BYTES:]
            )
        return _ed25519(self.public, text, signature)


def cosigned_at(signature: bytes) -> int:
    """Return the time in a cosignature, seconds since 1970 UTC."""
    return int.from_bytes(signature[:_TIME_BYTES], "big")


def cosigned_message(text: bytes, seconds: int) -> bytes:
    """Return what a witness signs: a header with the time, then the checkpoint's text."""
    return f"cosignature/v1\ntime {seconds}\n".encode() + text


def key_hash(name: str, kind: int, public: bytes) -> bytes:
    """Return the four bytes that signature lines carry for this key."""
    if kind == ECDSA:
        return sha256(public).digest()[:4]
    return sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def from_public(name: str, kind: int, public: bytes) -> NoteKey:
    """Return the key of raw public bytes under a name.

    Raises:
        FormatError: the name has a space or a plus, is no UTF-8, or is empty or longer than 255.
    """
    if not re.fullmatch(r"[^\s+\ud800-\udfff]{1,255}", name):
        raise FormatError(
            f"{name!r} cannot be a key's name",
            remedy="use 1 to 255 characters without spaces and plus, such as a host and a path",
        )
    return NoteKey(name=name, kind=kind, public=public, key_hash=key_hash(name, kind, public))


def read(vkey: str) -> NoteKey:
    """Read a verifier key.

    Raises:
        FormatError: the form, type, length or hash is wrong.
    """
    match = _VKEY.fullmatch(vkey)
    if match is None:
        raise FormatError("not a vkey of the form `name+hash+base64`", remedy=_REMEDY)
    name, claimed, text = match.groups()
    data = base64_strict.decode(text)
    if data is None:
        raise FormatError("the vkey's base64 is not canonical", remedy=_REMEDY)
    kind, public = data[0], data[1:]
    if kind not in {ED25519, ECDSA, COSIGNATURE}:
        raise FormatError(f"the vkey is of type {kind}; read are 1, 2 and 4", remedy=_REMEDY)
    if kind != ECDSA and len(public) != _RAW_BYTES:
        raise FormatError(
            f"the vkey's Ed25519 key has {len(public)} bytes, not {_RAW_BYTES}", remedy=_REMEDY
        )
    if kind == ECDSA and _p256(public) is None:
        raise FormatError("the vkey's ECDSA key is not on the curve P-256", remedy=_REMEDY)
    key = from_public(name, kind, public)
    if key.key_hash.hex() != claimed:
        raise FormatError("the vkey's hash does not belong to its name and key", remedy=_REMEDY)
    return key


def _ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _p256(public: bytes) -> EllipticCurvePublicKey | None:
    """Return the key of an SPKI; None where it is none, or of another curve."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(public)
    except (UnsupportedAlgorithm, ValueError):
        return None
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    return None


def _ecdsa(public: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _p256(public)
    if key is None:
        return False
    try:
        key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
