"""Signers of the scheme `file`: a PKCS8 PEM file, such as `file:keys/development.pem`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import SignerError
from assurance_signing.private_key import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import Secrets
    from assurance_signing.private_key import PrivateKey

_SCHEME = "file"


class FileSigner:
    """One private key, read from a file into memory."""

    def __init__(self, key: PrivateKey, *, where: str) -> None:
        """Take the key; `where` is its file's name, for messages."""
        self._key = key
        self._where = where
        self.key_id = key.public.key_id
        self.public_key_pem = key.public.pem

    def sign(self, message: bytes) -> bytes:
        """Return Ed25519 (64 bytes) or ECDSA P-256 SHA-256 (DER) over `message`.

        Raises:
            SignerError: the signature that was made does not verify: the file's private
                and public parts do not belong together, or the machine is faulty.
        """
        signature = self._key.sign(message)
        if not self._key.public.verify(message, signature):
            raise SignerError(
                "the key made a signature that does not verify",
                remedy="do not use this key file again; restore it, or generate a new key",
                where=self._where,
            )
        return signature


class FileSignerProvider:
    """Opens `file:` URIs. The path is taken as it stands: no percent escapes, no host."""

    scheme = _SCHEME

    def open(self, uri: str, *, root: Path, secrets: Secrets) -> FileSigner:
        """Open the key at `uri`; a relative path is relative to `root`.

        Raises:
            SignerError: the URI is none of ours, or the file is missing, readable by
                others, encrypted with another passphrase, or no key that may sign.
        """
        scheme, _, path = uri.partition(":")
        if scheme != _SCHEME or not path or "\0" in path:
            raise SignerError(
                f"`{uri!a}` is not a `file:` URI", remedy="write it as file:keys/NAME.pem"
            )
        if path.startswith("//"):
            if not path.startswith("///"):
                raise SignerError(
                    f"`{uri}` names a host", remedy="write file:PATH, or file:///PATH from the root"
                )
            path = path[2:]
        file = root / path
        key = read_file(file, lambda: secrets.passphrase(uri))
        return FileSigner(key, where=str(file))
