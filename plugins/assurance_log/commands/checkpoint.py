"""`assurance log checkpoint`: what the log says of itself now, or ever said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, RefusedError, UsageError
from assurance.tlog import counted, note
from assurance_log import anchor, check, documents, folders, receipts, rows
from assurance_log.commands import log_server, options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance_log.commands.log_server import LogServer
    from assurance_log.store import Store

SUMMARY = "show the newest checkpoint, or every one that was ever signed"

_EPILOG = """\
examples:
  assurance log checkpoint
  assurance log checkpoint --size 512
  assurance log checkpoint --all
  assurance log checkpoint --log https://log.example.com --vkey "$VKEY" --anchor seen
exit codes: 0 shown, 1 no checkpoint of that size, or the server's log did not only grow, 2 no \
such log, 3 the database or the server failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Print a checkpoint as the signed note that it is, with the witnesses' signatures. With "
        "--all, list the size, time and root of every checkpoint: none is ever removed."
    )
    parser.epilog = _EPILOG
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--size", metavar="N", type=int, help="the one of exactly N entries")
    which.add_argument("--all", action="store_true", help="list all of them")
    which.add_argument(
        "--write-anchor",
        action="store_true",
        help="check the whole log, then make the newest checkpoint the anchor; only for an anchor "
        "that is lost for good",
    )
    options.configure(parser, asks=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Show."""
    place = options.place(arguments)
    server = log_server.opened(place, arguments)
    if server is not None:
        return _there(server, arguments)
    database = place.reader()
    try:
        if arguments.write_anchor:
            return _write_anchor(database, place)
        if arguments.all:
            return _all(database, terminal)
        with database.read() as connection:
            signed = (
                receipts.newest(connection)[0]
                if arguments.size is None
                else receipts.at(connection, arguments.size)
            )
    finally:
        database.close()
    return _one(place.url, signed)


def _one(url: str, signed: note.Note) -> Outcome:
    return Outcome(
        exit=ExitCode.YES,
        text=signed.encode().decode("utf-8"),
        document={"log": {"url": url, "checkpoint": documents.described(signed)}},
    )


def _there(server: LogServer, arguments: argparse.Namespace) -> Outcome:
    """Show a log server's checkpoint, verified."""
    if arguments.all or arguments.write_anchor:
        raise UsageError(
            "a log server's checkpoints are not listed here, and its anchor writes itself",
            remedy="go through all of them: assurance log replay; with --anchor FILE, each "
            "command remembers the newest one",
            where="--all" if arguments.all else "--write-anchor",
        )
    if arguments.size is None:
        return _one(server.client.url, server.head()[0])
    signed, old = server.client.head(arguments.size)
    if server.anchor is not None:
        server.client.consistency(old, server.head()[1])
    return _one(server.client.url, signed)


def _all(database: Store, terminal: Terminal) -> Outcome:
    with database.read() as connection:
        found = [
            {
                **documents.described(receipts.witnessed(connection, stored)),
                "signed_at": documents.when(stored.signed_at),
            }
            for stored in rows.checkpoints(connection)
        ]
    lines = [f"{item['size']:>10}  {item['signed_at']}  {item['root']}" for item in found]
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit(
            "\n".join([f"{'entries':>10}  signed                root", *lines]) + "\n"
        ),
        document={"log": {"checkpoints": found}},
    )


def _write_anchor(database: Store, place: options.Place) -> Outcome:
    if place.anchor is None:
        raise UsageError("there is no anchor to write", remedy="give --anchor FILE")
    if place.anchor.exists():
        raise UsageError(
            "the anchor is there, and it is never overwritten by hand",
            remedy="if it is the wrong file, move it away and keep it as evidence",
            where=str(place.anchor),
        )
    with database.read() as connection:
        found = next(check.problems(connection, check.Depth.FULL, anchor=None), None)
        if found is not None:
            raise RefusedError(
                f"the log is not whole: {found.where}: {found.message}",
                remedy="see all of it: assurance log check --depth full",
            )
        stored = next(rows.checkpoints(connection, newest_first=True))
    folders.demand(place.anchor.parent)
    anchor.write(place.anchor, stored.note)
    return Outcome(
        exit=ExitCode.YES,
        text=f"Wrote the anchor {place.anchor} at {counted.entries(stored.size)}.\n",
        document={"log": {"checkpoint": documents.described(note.read(stored.note))}},
    )
