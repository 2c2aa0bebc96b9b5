"""Public keys: Ed25519 and ECDSA P-256, read strictly, and signatures verified with them.

A key is its SubjectPublicKeyInfo (SPKI, RFC 5280 section 4.1) in DER; its id is the SHA-256
of those bytes. Only the one DER form that RFC 8410 (Ed25519) and RFC 5480 (P-256,
uncompressed point) prescribe is read, so a key has exactly one id. The general PEM and DER
loaders are not used: they accept more than this and cost several milliseconds to import.
"""

from __future__ import annotations

import binascii
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError
from assurance.value import Value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_BEGIN: Final = "-----BEGIN PUBLIC KEY-----\n"
_END: Final = "\n-----END PUBLIC KEY-----\n"
_LINE: Final = 64
_MAX_PEM: Final = 8192

_ED25519_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
_P256_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_ED25519_POINT: Final = 32
_P256_POINT: Final = 65
_UNCOMPRESSED: Final = 4

_FIELD: Final = 2**255 - 19
_ORDER_8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER: Final = frozenset({0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8})
"""The y of the eight points of order 1, 2, 4 and 8 (RFC 7748 section 7): such a key has
signatures that verify for many messages."""

_OTHER_KINDS: Final = {
    "2a864886f70d010101": "an RSA key",
    "2b81040022": "an ECDSA P-384 key",
    "2b81040023": "an ECDSA P-521 key",
    "2b8104000a": "an ECDSA secp256k1 key",
    "2b6571": "an Ed448 key",
    "2b656e": "an X25519 key",
    "2a8648ce3d030107": "an ECDSA P-256 key in another form than the uncompressed point",
}
_REMEDY: Final = "use an Ed25519 or ECDSA P-256 public key as `assurance key generate` writes it"


class KeyType(StrEnum):
    """The kinds of key that may sign."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256"


class PublicKey(Value):
    """One public key; make it with `load_public` or `from_spki`, which check it."""

    type: KeyType
    spki: bytes
    """SubjectPublicKeyInfo, DER."""

    @property
    def key_id(self) -> str:
        """SHA-256 of the SPKI, 64 lowercase hex digits."""
        return key_id(self.spki)

    @property
    def pem(self) -> bytes:
        """The SPKI as PEM, RFC 7468 strict form."""
        return _to_pem(self.spki).encode("ascii")

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether `signature` is this key's over `message`; never raises.

        Ed25519 (RFC 8032): 64 bytes. ECDSA over SHA-256: strict DER of `Ecdsa-Sig-Value`
        (RFC 3279 section 2.2.3); high and low `s` are both accepted, as the standard says.
        """
        from cryptography.exceptions import InvalidSignature

        try:
            if self.type is KeyType.ED25519:
                _ed25519(self.spki).verify(signature, message)
            else:
                # Loaded here: a trust file of Ed25519 keys does without these modules.
                from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
                from cryptography.hazmat.primitives.hashes import SHA256

                _p256(self.spki).verify(signature, message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def key_id(spki: bytes) -> str:
    """Return the id of the key with this SPKI DER: its SHA-256, 64 lowercase hex digits."""
    return sha256(spki).hexdigest()


def load_public(pem: bytes, *, where: str) -> PublicKey:
    """Read one public key from PEM.

    Args:
        pem: Exactly one `PUBLIC KEY` block in the strict form of RFC 7468 section 3 (64
            characters a line, nothing before or after); CRLF and a missing last newline
            are tolerated.
        where: File or JSON pointer, for messages.

    Raises:
        FormatError: anything else, a private key or certificate, a key of another kind, a
            point that is not on the curve or has small order.
    """
    text = pem[: _MAX_PEM + 1].decode("ascii", "replace").replace("\r\n", "\n")
    if "PRIVATE KEY-----" in text:
        raise FormatError(
            "this is a private key; only its public key belongs here",
            remedy="use the .pub file, and treat the private key as disclosed if it was shared",
            where=where,
        )
    text = text.rstrip("\n") + "\n"
    if not text.startswith(_BEGIN) or not text.endswith(_END) or len(pem) > _MAX_PEM:
        raise _error("not one PEM block `PUBLIC KEY`", where)
    try:
        spki = binascii.a2b_base64(text[len(_BEGIN) : -len(_END)])
    except ValueError as err:
        raise _error(f"the PEM's base64 is wrong: {err}", where) from err
    if _to_pem(spki) != text:
        raise _error("the PEM is not in the strict form of RFC 7468", where)
    return from_spki(spki, where=where)


def from_spki(spki: bytes, *, where: str) -> PublicKey:
    """Check the SPKI DER of a public key; see `load_public`.

    Raises:
        FormatError: not an Ed25519 or P-256 key in its one DER form, or a bad point.
    """
    if spki.startswith(_ED25519_PREFIX) and len(spki) == len(_ED25519_PREFIX) + _ED25519_POINT:
        y = int.from_bytes(spki[-_ED25519_POINT:], "little") & (2**255 - 1)
        if y >= _FIELD or y in _SMALL_ORDER:
            raise _error("the Ed25519 key is a point of small order or not canonical", where)
        return PublicKey(type=KeyType.ED25519, spki=spki)
    if (
        spki.startswith(_P256_PREFIX)
        and len(spki) == len(_P256_PREFIX) + _P256_POINT
        and spki[len(_P256_PREFIX)] == _UNCOMPRESSED
    ):
        try:
            _p256(spki)
        except ValueError as err:
            raise _error("the ECDSA P-256 key is not a point on the curve", where) from err
        return PublicKey(type=KeyType.ECDSA_P256, spki=spki)
    for oid, name in _OTHER_KINDS.items():
        if bytes.fromhex(f"06{len(oid) // 2:02x}{oid}") in spki[:40]:
            raise _error(f"{name} cannot be used here", where)
    raise _error("not the SPKI of an Ed25519 or ECDSA P-256 key", where)


def _to_pem(spki: bytes) -> str:
    text = binascii.b2a_base64(spki, newline=False).decode("ascii")
    lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
    return _BEGIN + "\n".join(lines) + _END


@lru_cache(maxsize=1024)
def _ed25519(spki: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(spki[-_ED25519_POINT:])


@lru_cache(maxsize=1024)
def _p256(spki: bytes) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), spki[-_P256_POINT:])


def _error(problem: str, where: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY, where=where)
