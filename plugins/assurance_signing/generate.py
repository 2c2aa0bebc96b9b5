"""`assurance key generate`: a new private key in a file that only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, UsageError
from assurance.keys import KeyType
from assurance_signing import private_key

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "Write a new private key and its public key"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `key generate`."""
    parser.description = (
        "Write a new private key (PKCS8 PEM, mode 0600) and beside it the public key (.pub). "
        "Nothing is overwritten."
    )
    parser.add_argument(
        "--type",
        choices=[kind.value for kind in KeyType],
        default=KeyType.ED25519.value,
        help="kind of key (default: %(default)s)",
    )
    parser.add_argument(
        "--encrypt",
        action="store_true",
        help="encrypt it; the passphrase comes from ASSURANCE_KEY_PASSPHRASE, from the file that "
        "ASSURANCE_KEY_PASSPHRASE_FILE names, or from a prompt",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("keys/release.pem"),
        metavar="PATH",
        help="file of the private key (default: %(default)s)",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Make the key, write both files, say its id.

    Raises:
        UsageError: a file is there already, or cannot be written.
        SignerError: `--encrypt` without a passphrase.
    """
    path: Path = arguments.out
    public_path = path.with_suffix(".pub") if path.suffix == ".pem" else Path(f"{path}.pub")
    passphrase = _passphrase(path) if arguments.encrypt else None
    key = private_key.generate(KeyType(arguments.type))
    write_pair(path, public_path, key.to_pem(passphrase), key.public.pem)
    encrypted = "encrypted" if arguments.encrypt else "not encrypted"
    private, public = escape(str(path), None), escape(str(public_path), None)
    then = (
        "list the id, with holder and roles, in the trust file (docs/trust.md), name the key in "
        f"the settings as file:{private}, and keep {private} out of Git"
    )
    return Outcome(
        exit=ExitCode.YES,
        text=(
            f"Wrote {private} ({key.public.type}, mode 0600, {encrypted}) and {public}.\n"
            f"Key id: {key.public.key_id}\n"
            f"{terminal.next(then)}"
        ),
        document={
            "key": {
                "id": key.public.key_id,
                "type": key.public.type.value,
                "encrypted": bool(arguments.encrypt),
                "private": str(path),
                "public": str(public_path),
                "pem": key.public.pem.decode("ascii"),
            }
        },
    )


def write_pair(path: Path, public_path: Path, private: bytes, public: bytes) -> None:
    """Write both files or none of them; neither may be there yet.

    Raises:
        UsageError: one is there, or cannot be written.
    """
    _write_new(path, private, 0o600)
    try:
        _write_new(public_path, public, 0o644)
    except UsageError:
        path.unlink()
        raise


def _passphrase(path: Path) -> bytes:
    from assurance.errors import SignerError
    from assurance.secrets import process_secrets

    secret = process_secrets().new_passphrase(f"file:{path}")
    if secret is None:
        raise SignerError(
            "--encrypt needs a passphrase",
            remedy="set ASSURANCE_KEY_PASSPHRASE_FILE, or run at a terminal",
        )
    return secret


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL follows no link and never opens what is there; the mode holds from the start.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as err:
        raise UsageError(
            "the file is there already, and a key is never overwritten",
            remedy="give another path with --out, or move the old key away",
            where=str(path),
        ) from err
    except OSError as err:
        raise _not_written(path, err) from err
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as err:
        # Half a key is none, and would keep the next one from being written.
        path.unlink(missing_ok=True)
        raise _not_written(path, err) from err


def _not_written(path: Path, err: OSError) -> UsageError:
    return UsageError(
        f"the file cannot be written: {err.strerror}",
        remedy="give another path with --out",
        where=str(path),
    )
