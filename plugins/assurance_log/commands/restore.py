"""`assurance log restore`: a backup in the log's place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance.tlog import counted
from assurance_log.backup import restore
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "put a backup in the log's place; what was there is moved aside"

_EPILOG = """\
example: assurance log restore --from /mnt/backup/log-2026-11-24.db
exit codes: 0 restored, 1 the backup is not whole, 2 usage, 3 the disk failed, or somebody has the \
log open
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Check a backup, move the log's files aside (as .replaced-N), and put the backup in their "
        "place; nobody may have the log open. A log that is behind its anchor or its witnesses can "
        "be read and not appended to: going on would fork it."
    )
    parser.epilog = _EPILOG
    parser.add_argument("--from", metavar="FILE", required=True, dest="source", help="the backup")
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Restore."""
    place = options.place(arguments)
    size = restore(Path(arguments.source), place.path)
    return Outcome(
        exit=ExitCode.YES,
        text=f"Restored {counted.entries(size)} into {place.path}.\n"
        + terminal.next(
            "compare it with its anchor and its history: assurance log check --depth full\n"
        ),
        document={"log": {"url": place.url, "size": size}},
    )
