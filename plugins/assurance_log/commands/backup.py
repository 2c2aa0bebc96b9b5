"""`assurance log backup`: a consistent copy, while the log is written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import counted
from assurance_log.backup import backup
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "copy the log into one file, and check the copy"

_EPILOG = """\
example: assurance log backup --to /mnt/backup/log-2026-11-24.db
exit codes: 0 copied and whole, 1 copied, and the log is not whole, 2 usage, 3 the disk or the \
database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Copy the log into a new file while others append, sync it, and check its tiles and roots. "
        "A log of an older schema is copied as it is. The key is not in it: keep that apart."
    )
    parser.epilog = _EPILOG
    parser.add_argument("--to", metavar="FILE", required=True, help="the new file")
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Copy."""
    del terminal
    place = options.place(arguments)
    target = Path(arguments.to)
    size = backup(place.path, target)
    return Outcome(
        exit=ExitCode.YES,
        text=f"Copied {counted.entries(size)} to {target}; the copy is whole.\n",
        document={"log": {"url": place.url, "size": size, "backup": str(target)}},
    )
