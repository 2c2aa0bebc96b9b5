"""`assurance trust add` and `remove`: change whose signatures count, one version at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assurance import keys, trust
from assurance.bounded_file import open_file
from assurance.cli import time_flag
from assurance.cli.command import Outcome
from assurance.errors import ExitCode, FormatError, TrustFileError, UsageError
from assurance.evidence_files import write_atomic
from assurance.value import replace

if TYPE_CHECKING:
    import argparse

    from assurance.trust import Trust, TrustKey

_SHORTEST = 8
"""Hex digits of a key's id that are enough to name it, where they are unique."""
_MAX_KEY = 64 * 1024
"""More than `keys.load_public` takes, so that it refuses what is longer."""


def configure_add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trust add`."""
    parser.add_argument("key", metavar="PUBLIC", type=Path, help="public key: SPKI in PEM")
    parser.add_argument(
        "--holder", metavar="NAME", required=True, help="person or machine that has the private key"
    )
    parser.add_argument(
        "--role",
        metavar="ROLE",
        action="append",
        required=True,
        help="what it may sign (repeatable): collector, releaser, verifier, policy, vex, reviewer, "
        "waiver-requester, waiver-approver, sign-off:AREA",
    )
    parser.add_argument(
        "--predicate-type", metavar="URI", action="append", help="only this kind (repeatable)"
    )
    parser.add_argument(
        "--until",
        metavar="TIME",
        help="end of the key, RFC 3339 (default: when the trust file expires)",
    )


def configure_remove(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `trust remove`."""
    parser.add_argument(
        "key", metavar="ID", help=f"the key's id, or its first {_SHORTEST} digits or more"
    )


def add(arguments: argparse.Namespace, old: Trust, path: Path) -> Outcome:
    """Add a key.

    Raises:
        UsageError: the key file cannot be read, or a value is not as a trust file wants it.
        TrustFileError: the key is there already, or the file would break a rule.
    """
    try:
        with open_file(arguments.key) as file:
            public = keys.load_public(file.read(_MAX_KEY), where=str(arguments.key))
    except OSError as error:
        raise UsageError(
            f"the public key cannot be read: {error.strerror}",
            remedy="give the .pub file that `assurance key generate` wrote",
            where=str(arguments.key),
        ) from error
    except FormatError as error:
        raise UsageError(error.problem, remedy=error.remedy, where=error.where) from error
    known = old.key(public.key_id)
    if known is not None:
        raise TrustFileError(
            f"the key {public.key_id[:16]}… is in the file already, of {known.holder}",
            remedy=f"to change it: assurance trust remove {public.key_id[:16]}, then add it again",
            where=str(path),
        )
    made = trust.TrustKey(
        id=public.key_id,
        holder=arguments.holder,
        roles=tuple(sorted(set(arguments.role))),
        not_before=datetime.now(tz=UTC).replace(microsecond=0),
        not_after=old.expires
        if arguments.until is None
        else time_flag.read(arguments.until, "--until", example="2027-01-01T00:00:00Z"),
        public=public,
        predicate_types=None
        if arguments.predicate_type is None
        else tuple(sorted(set(arguments.predicate_type))),
    )
    return _write(replace(old, keys=(*old.keys, made)), path, f"added {_about(made)}")


def remove(arguments: argparse.Namespace, old: Trust, path: Path) -> Outcome:
    """Remove a key.

    Raises:
        UsageError: no key, or more than one, has this id.
        TrustFileError: the file would break a rule without it.
    """
    wanted = arguments.key.lower()
    found = [key for key in old.keys if len(wanted) >= _SHORTEST and key.id.startswith(wanted)]
    if len(found) != 1:
        raise UsageError(
            f"{len(found) or 'no'} keys of the trust file have the id {arguments.key:.80}",
            remedy="give more of the id, as `assurance trust show` lists it",
            where=str(path),
        )
    (gone,) = found
    kept = tuple(key for key in old.keys if key is not gone)
    return _write(replace(old, keys=kept), path, f"removed {_about(gone)}")


def _about(key: TrustKey) -> str:
    return f"{key.holder} ({', '.join(key.roles)}), key {key.id[:16]}…"


def _write(changed: Trust, path: Path, what: str) -> Outcome:
    """Write the next version, after reading it back as strictly as anybody's."""
    data = trust.write(replace(changed, version=changed.version + 1))
    written = trust.read(data, where=str(path))
    # Behind a link, lest the file that others read stays as it was.
    write_atomic(path.resolve(), data)
    return Outcome(
        exit=ExitCode.YES,
        text=f"{path}: version {written.version}, {what}\nsha256:{written.digest}",
        document={"trust": {"path": str(path), "sha256": written.digest, **trust.to_json(written)}},
    )
