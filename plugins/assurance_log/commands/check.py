"""`assurance log check`: is the log whole?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import AssuranceError, ExitCode
from assurance.tlog import counted
from assurance_log import anchor, check, listing
from assurance_log.commands import options
from assurance_log.commands.counting import counting

if TYPE_CHECKING:
    import argparse

    from sqlalchemy.engine import Connection

    from assurance.cli.terminal import Terminal

SUMMARY = "look whether anything in the log was changed, lost or forked"

_EPILOG = """\
examples:
  assurance log check
  assurance log check --depth full --anchor /mnt/other-disk/releases.checkpoint
exit codes: 0 whole, 1 something is wrong (each is named), 2 usage, 3 the database failed
"""
_MOST = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "quick: tables and triggers, state, checkpoints (signatures, order, chain, keys, "
        "witnesses), newest root, anchor. tiles: every tile and every root as well. full: every "
        "entry, the index of leaves, kept contents, search fields and SQLite's indexes as well."
    )
    parser.epilog = _EPILOG
    parser.add_argument(
        "--depth",
        choices=[str(depth) for depth in check.Depth],
        default=str(check.Depth.TILES),
        help="how far to look (default: tiles)",
    )
    options.configure(parser)


def _size(connection: Connection) -> int | None:
    """Return how many entries the log has; None where the row that says it is damaged."""
    try:
        return listing.size(connection)
    except (AssuranceError, TypeError, ValueError):
        return None


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Check."""
    place = options.place(arguments)
    database = place.reader()
    try:
        remembered = None if place.anchor is None else anchor.load(place.anchor)
        depth = check.Depth(arguments.depth)
        with counting(terminal, "checked") as progress, database.read() as connection:
            found = list(check.problems(connection, depth, anchor=remembered, progress=progress))
            size = _size(connection)
    finally:
        database.close()
    lines = [
        f"{terminal.symbol('FAIL')} {escape(item.where)}: {escape(item.message)} ({item.kind})"
        for item in found[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append(f"and {len(found) - _MOST} more: see -o json")
    if not found and size is not None:
        lines.append(
            f"{terminal.symbol('PASS')} {counted.entries(size)}, whole ({arguments.depth})"
        )
    if place.anchor is None:
        lines.append("no anchor is kept: a rolled back database cannot be told from a whole one")
    return Outcome(
        exit=ExitCode.NO if found or size is None else ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={
            "log": {
                "url": place.url,
                "size": size,
                "depth": arguments.depth,
                "anchor": None if place.anchor is None else str(place.anchor),
                "problems": [
                    {"kind": item.kind, "where": item.where, "message": item.message}
                    for item in found
                ],
            }
        },
    )
