"""`assurance log init`: a new log with a new key."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, UsageError
from assurance.key_generation import development_pair
from assurance_log import create, folders, opening
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "make a new log with a new key"

_EPILOG = """\
examples:
  assurance log init --origin example.com/releases
  assurance log init --origin example.com/releases --anchor /mnt/other-disk/releases.checkpoint
  assurance log init --origin example.com/releases --app-role appender \\
    --log postgresql://owner@db.example/releases
exit codes: 0 made, 2 something is there already, 3 the disk or the database failed
"""
_FILE = "file:"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Make an empty log: a database, a new Ed25519 key (PKCS8 PEM, mode 0600) and, where one is "
        "wanted, the anchor file. Nothing that is there is overwritten, and no log is made under a "
        "key that is there: a second log under one key is a fork."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        "--origin",
        required=True,
        metavar="O",
        help="the log's name, unique in the world, such as example.com/releases",
    )
    parser.add_argument(
        "--key",
        metavar="URI",
        help=f"where the new key goes (settings: sign.log; default: {options.DEFAULT_KEY})",
    )
    parser.add_argument(
        "--app-role",
        metavar="ROLE",
        help="in PostgreSQL: the role that will append, with no more rights than that takes",
    )
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Make the key, then the log; remove the key again where the log could not be made."""
    place = options.place(arguments)
    if place.origin is not None and place.origin != arguments.origin:
        raise UsageError(
            f"the settings name the log {place.origin}",
            remedy="give that --origin, or correct [log] origin",
            where="--origin",
        )
    if not place.key_uri.startswith(_FILE):
        raise UsageError(
            "a new key is made in a file",
            remedy=f"give --key file:PATH, such as {options.DEFAULT_KEY}",
            where="--key",
        )
    key = place.root / place.key_uri.removeprefix(_FILE)
    public = key.with_suffix(".pub")
    for path in (key, public):
        if os.path.lexists(path):
            raise UsageError(
                "the key is there already, and a new log needs a new key",
                remedy="append to the log that the key signs, or give another --key; where an init "
                "was interrupted and nothing is logged, remove its key, log and anchor, repeat it",
                where=str(path),
            )
    pair = development_pair()
    written: list[Path] = []
    try:
        _write(key, pair.private_pem, 0o600, written)
        _write(public, pair.public_pem, 0o644, written)
        vkey = _create(place, arguments)
    except BaseException:  # an interruption, too: the next try is not told of a key
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit(
            f"Made the log {arguments.origin} in {place.at}\n"
            f"Key   {key} (mode 0600), public half {public}\n"
            f"vkey  {vkey}\n"
        )
        + terminal.next(
            "name the log in [log] and its key in [sign.log] of the settings, and the vkey in "
            "`logs` of the trust file\n"
        ),
        document={
            "log": {
                "origin": arguments.origin,
                "url": place.url,
                "vkey": vkey,
                "key": str(key),
                "public": str(public),
                "anchor": None if place.anchor is None else str(place.anchor),
            }
        },
    )


def _create(place: options.Place, arguments: argparse.Namespace) -> str:
    """Make the log, and return its vkey."""
    signer = place.signer()
    public = opening.public_key(arguments.origin, signer).public
    if isinstance(place.at, Path):
        _demand_none(arguments.app_role)
        made = create.create(place.at, arguments.origin, signer.sign, public, anchor=place.anchor)
    else:
        from assurance_log.postgresql.create import create as create_there

        made = create_there(
            place.at,
            arguments.origin,
            signer.sign,
            public,
            anchor=place.anchor,
            app_role=arguments.app_role,
        )
    return made.vkey()


def _demand_none(app_role: str | None) -> None:
    if app_role is not None:
        raise UsageError(
            "a log in a file knows no roles",
            remedy="leave --app-role away, or give --log postgresql://ROLE@HOST/DATABASE",
            where="--app-role",
        )


def _write(path: Path, data: bytes, mode: int, written: list[Path]) -> None:
    try:
        folders.make(path.parent)
        # O_EXCL follows no link and opens nothing that is there; the mode holds from the start.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        written.append(path)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folders.sync(path.parent)
    except OSError as err:
        raise UsageError(
            f"the key cannot be written: {err.strerror}",
            remedy="give another --key",
            where=str(path),
        ) from err
