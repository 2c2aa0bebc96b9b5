"""`assurance log export`: the log as tiles for a web server or another verifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import counted
from assurance_log.commands import options
from assurance_log.commands.counting import counting
from assurance_log.destinations import destination
from assurance_log.export import export

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "write the log as C2SP tiles, for a web server or another verifier"

_EPILOG = """\
examples:
  assurance log export --to public/
  AWS_PROFILE=log assurance log export --to s3://releases-log/v1
exit codes: 0 the newest checkpoint is there with all its tiles, 1 something there is not this \
log's, 2 usage, 3 the place or the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Write checkpoint, tile/ and tile/entries/ as C2SP tlog-tiles has them: what is not there "
        "yet, and the checkpoint last, so that a reader who has it finds every tile. Tiles are "
        "never replaced. What is there must be this log's, and not newer than it; else nothing is "
        "written. The log itself reads nothing from there."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        "--to",
        metavar="PLACE",
        required=True,
        help="a folder, or s3://BUCKET/PREFIX (keys and endpoint as AWS tools have them)",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="read back every tile that is there, not only the last ones",
    )
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Export."""
    place = options.place(arguments)

    database = place.reader()
    try:
        with (
            destination.opened(arguments.to) as to,
            counting(terminal, "exported tiles:") as progress,
            database.read() as connection,
        ):
            done = export(connection, to, compare=arguments.compare, progress=progress)
    finally:
        database.close()
    grown = "" if done.before is None else f", {done.size - done.before} of them new"
    return Outcome(
        exit=ExitCode.YES,
        text=f"Exported {counted.entries(done.size)} to {to.name}{grown}: "
        f"{counted.of(done.written, 'file')} written, "
        f"{done.compared} compared.\n",
        document={
            "log": {
                "url": place.url,
                "size": done.size,
                "to": to.name,
                "before": done.before,
                "written": done.written,
                "compared": done.compared,
            }
        },
    )
