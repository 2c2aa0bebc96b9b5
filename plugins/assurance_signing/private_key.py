"""Private keys in PKCS8 PEM files (RFC 5958, RFC 7468): reading, making and writing them.

Ed25519 and ECDSA P-256 only. `cryptography.hazmat.primitives.serialization` is imported
where it is used: it costs tens of milliseconds, and only signing needs it.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance import keys
from assurance.errors import FormatError, SignerError
from assurance.keys import KeyType

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from assurance.keys import PublicKey

MAX_BYTES: Final = 64 * 1024
"""A larger key file is refused."""

_PLAIN: Final = b"-----BEGIN PRIVATE KEY-----"
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_OTHERS: Final = 0o077
_GENERATE: Final = "use a key as `assurance key generate` writes it"
_CONVERT: Final = "convert it: openssl pkcs8 -topk8 -in FILE -out NEWFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """A private key in memory, with its public key; never shown by `repr`."""

    public: PublicKey
    _secret: Ed25519PrivateKey | EllipticCurvePrivateKey

    def __repr__(self) -> str:
        """Name the key by its id only."""
        return f"PrivateKey({self.public.type} {self.public.key_id})"

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message`, unverified."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self._secret, EllipticCurvePrivateKey):
            return self._secret.sign(message, ECDSA(SHA256()))
        return self._secret.sign(message)

    def to_pem(self, passphrase: bytes | None) -> bytes:
        """Return PKCS8 PEM, encrypted (PBES2, AES-256-CBC) where a passphrase is given."""
        from cryptography.hazmat.primitives.serialization import (
            BestAvailableEncryption,
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
        return self._secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def generate(kind: KeyType) -> PrivateKey:
    """Make a new key from the operating system's random numbers."""
    if kind is KeyType.ED25519:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return _with_public(Ed25519PrivateKey.generate(), where="new key")
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    return _with_public(generate_private_key(SECP256R1()), where="new key")


def is_encrypted(pem: bytes) -> bool | None:
    """Say whether this PKCS8 PEM is encrypted; None for what is no PKCS8 private key."""
    text = pem.lstrip()
    if text.startswith(_ENCRYPTED):
        return True
    return False if text.startswith(_PLAIN) else None


def read_file(path: Path, passphrase: Callable[[], bytes | None]) -> PrivateKey:
    """Read one private key.

    Args:
        path: A regular file, or a link to one.
        passphrase: Asked only when the key is encrypted; None: there is none.

    Raises:
        SignerError: see `FileSignerProvider.open`.
    """
    where = str(path)
    pem, mode = _read_bytes(path, where)
    if is_encrypted(pem) is False and mode & _OTHERS and os.name == "posix":
        raise SignerError(
            f"the private key is not encrypted and others may use it (mode {mode:04o})",
            remedy=f"chmod 600 {where}",
            where=where,
        )
    return read_pem(pem, passphrase, where=where)


def read_pem(pem: bytes, passphrase: Callable[[], bytes | None], *, where: str) -> PrivateKey:
    """Read one private key from PKCS8 PEM; see `read_file`."""
    encrypted = is_encrypted(pem)
    if encrypted is None:
        raise _not_pkcs8(pem, where)
    secret = None
    if encrypted:
        secret = passphrase()
        if secret is None:
            raise SignerError(
                "the private key is encrypted and there is no passphrase for it",
                remedy="set ASSURANCE_KEY_PASSPHRASE or ASSURANCE_KEY_PASSPHRASE_FILE, "
                "or run at a terminal",
                where=where,
            )
    return _with_public(_load(pem, secret, where), where=where)


def _read_bytes(path: Path, where: str) -> tuple[bytes, int]:
    """Return the file's content and mode, both of the file that was opened."""
    try:
        # Not blocking: a named pipe in the key's place must not hang the run.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            status = os.fstat(descriptor)
            regular = stat.S_ISREG(status.st_mode)
            # A regular file gives all that is asked for, up to its end.
            pem = os.read(descriptor, MAX_BYTES + 1) if regular else b""
        finally:
            os.close(descriptor)
    except OSError as err:
        raise SignerError(
            f"the private key cannot be opened: {err.strerror}",
            remedy="correct the key's URI, or run assurance key generate",
            where=where,
        ) from err
    if not regular:
        raise SignerError("the private key is no file", remedy=_GENERATE, where=where)
    if len(pem) > MAX_BYTES:
        raise SignerError(
            f"the private key has over {MAX_BYTES:,} bytes", remedy=_GENERATE, where=where
        )
    return pem, stat.S_IMODE(status.st_mode)


def _not_pkcs8(pem: bytes, where: str) -> SignerError:
    if b"-----BEGIN PUBLIC KEY-----" in pem:
        return SignerError(
            "this is a public key", remedy="name the private key's file", where=where
        )
    for label in (b"EC PRIVATE KEY", b"RSA PRIVATE KEY", b"OPENSSH PRIVATE KEY"):
        if b"-----BEGIN " + label in pem:
            remedy = _CONVERT if label.startswith(b"EC ") else _GENERATE
            return SignerError(
                f"the private key is in the form `{label.decode()}`, not PKCS8",
                remedy=remedy,
                where=where,
            )
    return SignerError("not a PKCS8 private key in PEM", remedy=_GENERATE, where=where)


def _load(pem: bytes, secret: bytes | None, where: str) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, secret)
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        # The library says no more than "bad decrypt" for a wrong passphrase, and words it
        # differently from release to release; an intact outer form tells the two apart.
        if secret is not None and _is_whole(pem):
            raise SignerError(
                "the passphrase does not open the private key",
                remedy="give the passphrase that the key was written with",
                where=where,
            ) from err
        raise SignerError(
            "the private key is cut or damaged, or of a kind that cannot sign here",
            remedy="restore the file from its backup, or generate a new key",
            where=where,
        ) from err


def _is_whole(pem: bytes) -> bool:
    """Say whether the PEM has an end, and a DER sequence of the length that it claims."""
    import base64

    body = pem.strip().removeprefix(_ENCRYPTED)
    if not body.endswith(_ENCRYPTED.replace(b"BEGIN", b"END")):
        return False
    body = body.removesuffix(_ENCRYPTED.replace(b"BEGIN", b"END"))
    try:
        der = base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        return False
    if len(der) < 2 or der[0] != 0x30:  # noqa: PLR2004 - tag and length of a SEQUENCE
        return False
    count = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + count], "big") if count else der[1]
    return len(der) == 2 + count + length


def _with_public(secret: object, *, where: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not isinstance(secret, Ed25519PrivateKey | EllipticCurvePrivateKey):
        kind = type(secret).__name__.removeprefix("_").removesuffix("PrivateKey")
        raise SignerError(
            f"a private key of kind {kind} cannot sign here", remedy=_GENERATE, where=where
        )
    spki = secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        public = keys.from_spki(spki, where=where)
    except FormatError as err:
        raise SignerError(err.problem, remedy=_GENERATE, where=where) from err
    return PrivateKey(public=public, _secret=secret)
