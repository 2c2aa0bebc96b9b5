"""`assurance log keys`: which keys signed which sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import counted
from assurance_log import documents, rows
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "show the log's keys, as trust files name them"

_EPILOG = """\
example: assurance log keys -o json
exit codes: 0 shown, 2 no such log, 3 the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Show each vkey and the tree sizes that it signs: what belongs into `logs` of a trust file."
    )
    parser.epilog = _EPILOG
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Show."""
    place = options.place(arguments)
    database = place.reader()
    try:
        with database.read() as connection:
            origin = rows.origin(connection)
            vkeys = rows.vkeys(connection)
    finally:
        database.close()
    spans = documents.key_spans(vkeys)
    lines = [
        f"{span['vkey']}  from {counted.entries(span['from_size'])} on"
        + ("" if span["to_size"] is None else f" to {span['to_size']}")
        for span in spans
    ]
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join([origin, *lines]) + "\n"),
        document={"log": {"url": place.url, "origin": origin, "vkeys": spans}},
    )
