"""`assurance log replay`: the whole history again, from the entries alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import base64_strict, counted
from assurance_log import documents, listing
from assurance_log.commands import log_server, options
from assurance_log.commands.counting import counting
from assurance_log.replay import replay

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from assurance.cli.terminal import Terminal
    from assurance_log.commands.log_server import LogServer
    from assurance_log.replay import Replayed

SUMMARY = "compute every checkpoint again from the entries"

_EPILOG = """\
examples:
  assurance log replay
  assurance log replay --log https://log.example.com --trust trust.json
exit codes: 0 every checkpoint came out again, 1 one did not, 2 usage, 3 the database or the \
server failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Read the entries in order, compute the root at the size of every checkpoint that was "
        "ever signed, and compare. Uses neither stored tiles nor stored roots: run it after a "
        "restart, a move or a restore. Of a log server (--log https://…) the whole history is read "
        "as a stream, hashed here, and each checkpoint's signature checked with the trusted key."
    )
    parser.epilog = _EPILOG
    options.configure(parser, asks=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Replay."""
    place = options.place(arguments)
    server = log_server.opened(place, arguments)
    seen = []
    with counting(terminal, "replayed") as progress:
        for item, size in _here(place) if server is None else _there(server):
            seen.append(item)
            progress(item.size, size)
    wrong = [item for item in seen if item.problem is not None]
    lines = [f"{terminal.symbol('FAIL')} checkpoint {item.size}: {item.problem}" for item in wrong]
    if not wrong:
        end = counted.entries(seen[-1].size if seen else 0)
        lines.append(
            f"{terminal.symbol('PASS')} {counted.of(len(seen), 'checkpoint')}, {end}: every root "
            "comes out again, every signature verifies"
        )
    return Outcome(
        exit=ExitCode.NO if wrong or not seen else ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={
            "log": {
                "url": place.url,
                "checkpoints": [
                    {
                        "size": item.size,
                        "root": base64_strict.encode(item.root),
                        "signed_at": documents.when(item.signed_at),
                        "problem": item.problem,
                    }
                    for item in seen
                ],
            }
        },
    )


def _here(place: options.Place) -> Iterator[tuple[Replayed, int]]:
    """Yield each checkpoint of the log in a database, with the size of all of it."""
    database = place.reader()
    try:
        with database.read() as connection:
            size = listing.size(connection)
            for item in replay(connection):
                yield item, size
    finally:
        database.close()


def _there(server: LogServer) -> Iterator[tuple[Replayed, int]]:
    """Yield each checkpoint of a log server's history, up to the newest one."""
    _, head = server.head()
    for item in server.client.replay(head):
        yield item, head.size
