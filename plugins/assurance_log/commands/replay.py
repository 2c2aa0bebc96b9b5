"""`assurance log replay`: the whole history again, from the entries alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import base64_strict
from assurance_log import documents, listing
from assurance_log.commands import options
from assurance_log.commands.counting import counting
from assurance_log.replay import replay

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "compute every checkpoint again from the entries"

_EPILOG = """\
example: assurance log replay
exit codes: 0 every checkpoint came out again, 1 one did not, 2 usage, 3 the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Read the entries in order, compute the root at the size of every checkpoint that was "
        "ever signed, and compare. Uses neither stored tiles nor stored roots: run it after a "
        "restart, a move or a restore."
    )
    parser.epilog = _EPILOG
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Replay."""
    place = options.place(arguments)
    database = place.reader()
    try:
        seen = []
        with counting(terminal, "replayed") as progress, database.read() as connection:
            size = listing.size(connection)
            for item in replay(connection):
                seen.append(item)
                progress(item.size, size)
    finally:
        database.close()
    wrong = [item for item in seen if item.problem is not None]
    lines = [f"{terminal.symbol('FAIL')} checkpoint {item.size}: {item.problem}" for item in wrong]
    if not wrong:
        end = seen[-1].size if seen else 0
        lines.append(
            f"{terminal.symbol('PASS')} {len(seen)} checkpoints, {end} entries: every root comes "
            "out again, every signature verifies"
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
