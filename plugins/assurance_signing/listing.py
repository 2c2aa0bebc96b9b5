"""`assurance key list`: what keys lie in files, and what the trust file lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import keys, trust_file
from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import AssuranceError, ExitCode, UsageError
from assurance_signing.private_key import MAX_BYTES, is_encrypted, read_pem

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.keys import PublicKey
    from assurance.trust import Trust

SUMMARY = "Show keys in files: id, type, encrypted or not, roles"
_SUFFIXES = (".pem", ".pub")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    path: Path
    kind: str
    """`public`, `private`, `encrypted` or `unusable`."""
    public: PublicKey | None = None
    """None where the file does not show it: unusable, or encrypted without a `.pub`."""
    roles: tuple[str, ...] | None = None
    """None: not in the trust file, or no trust file."""
    problem: str | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `key list`."""
    parser.description = (
        "Show the keys in files and folders (*.pem and *.pub). Nothing is decrypted: the id of "
        "an encrypted key is read from the .pub file beside it."
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        default=[Path("keys")],
        metavar="PATH",
        help="files or folders (default: keys)",
    )
    parser.add_argument(
        "--trust",
        type=Path,
        metavar="FILE",
        help="trust file that gives the roles (default: trust.json, where it is there)",
    )


def run(arguments: argparse.Namespace, _terminal: Terminal) -> Outcome:
    """List the keys; a file that holds no usable key is listed with the reason.

    Raises:
        UsageError: a path is not there.
        TrustFileError: the trust file cannot be used.
    """
    trusted = _trust(arguments.trust)
    entries = [_entry(path, trusted) for path in _files(arguments.paths)]
    return Outcome(
        exit=ExitCode.YES,
        text="".join(_lines(entry, trusted) for entry in entries) or "No keys found.\n",
        document={"keys": [_json(entry) for entry in entries]},
    )


def _trust(path: Path | None) -> Trust | None:
    file = Path("trust.json") if path is None else path
    if path is None and not file.exists():
        return None
    return trust_file.load(file, remedy="give its path with --trust")


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise UsageError(
                "there is no such file or folder",
                remedy="run assurance key generate, or give another path",
                where=str(path),
            )
    return found


def _entry(path: Path, trusted: Trust | None) -> _Entry:
    try:
        kind, public = _look(path, _pem(path))
    except OSError as err:
        return _Entry(path=path, kind="unusable", problem=err.strerror)
    except AssuranceError as err:
        return _Entry(path=path, kind="unusable", problem=err.problem)
    known = None if trusted is None or public is None else trusted.key(public.key_id)
    return _Entry(path=path, kind=kind, public=public, roles=None if known is None else known.roles)


def _look(path: Path, pem: bytes) -> tuple[str, PublicKey | None]:
    encrypted = is_encrypted(pem)
    if encrypted is None:
        return "public", keys.load_public(pem, where=str(path))
    if encrypted:
        return "encrypted", _beside(path)
    return "private", read_pem(pem, lambda: None, where=str(path)).public


def _pem(path: Path) -> bytes:
    if not path.is_file():  # a named pipe would block
        raise UsageError("not a file", remedy="give another path", where=str(path))
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _beside(path: Path) -> PublicKey | None:
    public_path = path.with_suffix(".pub")
    if not public_path.is_file():
        return None
    return keys.load_public(_pem(public_path), where=str(public_path))


def _lines(entry: _Entry, trusted: Trust | None) -> str:
    path = escape(str(entry.path), limit=None)
    if entry.problem is not None:
        return f"{path}  unusable: {entry.problem}\n"
    if entry.public is None:
        return f"{path}  encrypted private key; no .pub file beside it shows its id\n"
    kind = "encrypted private key" if entry.kind == "encrypted" else f"{entry.kind} key"
    if entry.roles is not None:
        roles = ", ".join(entry.roles)
    else:
        roles = "not in the trust file" if trusted is not None else "no trust file"
    return f"{path}  {entry.public.type} {kind}\n  id     {entry.public.key_id}\n  roles  {roles}\n"


def _json(entry: _Entry) -> dict[str, Any]:
    return {
        "path": str(entry.path),
        "kind": entry.kind,
        "id": None if entry.public is None else entry.public.key_id,
        "type": None if entry.public is None else entry.public.type.value,
        "roles": None if entry.roles is None else list(entry.roles),
        "problem": entry.problem,
    }
