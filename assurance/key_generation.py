"""A new development key: Ed25519, PKCS8 and SPKI PEM (RFC 8410), not encrypted."""

from __future__ import annotations

from typing import NamedTuple


class KeyPair(NamedTuple):
    """Both halves of a key, as files have them."""

    private_pem: bytes
    """PKCS8 PEM, not encrypted: for a file with mode 0600 that is kept out of Git."""
    public_pem: bytes
    """SPKI PEM."""


def development_pair() -> KeyPair:
    """Return a new key pair from the operating system's random numbers."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    return KeyPair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
