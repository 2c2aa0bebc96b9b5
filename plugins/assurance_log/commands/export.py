"""`assurance log export`: the log as tiles for a web server or another verifier."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance_log.commands import options
from assurance_log.commands.counting import counting
from assurance_log.export import export

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "write the log as C2SP tiles, for a web server or another verifier"

_EPILOG = """\
example: assurance log export --to public/
exit codes: 0 written, 2 usage, 3 the folder or the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Write checkpoint, tile/ and tile/entries/ as C2SP tlog-tiles has them. What is there "
        "already is not written again, and the checkpoint is written last: a reader who has it "
        "finds every tile."
    )
    parser.epilog = _EPILOG
    parser.add_argument("--to", metavar="DIR", required=True, help="the folder")
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Export."""
    place = options.place(arguments)
    folder = Path(arguments.to)

    database = place.reader()
    try:
        with counting(terminal, "exported tiles:") as progress, database.read() as connection:
            size, written = export(connection, folder, progress=progress)
    finally:
        database.close()
    return Outcome(
        exit=ExitCode.YES,
        text=f"Exported {size} entries to {folder}: {written} files written.\n",
        document={
            "log": {"url": place.url, "size": size, "folder": str(folder), "written": written}
        },
    )
