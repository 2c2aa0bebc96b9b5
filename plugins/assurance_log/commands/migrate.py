"""`assurance log migrate`: a database of an older version, brought to this one's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode
from assurance_log import migrate, opening, store
from assurance_log.commands import options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "bring an older log's database to this version's schema"

_EPILOG = """\
example: assurance log backup --to before.db && assurance log migrate
exit codes: 0 done or nothing to do, 2 no such log, 3 the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Upgrade the schema in one transaction: it is done wholly or not at all. Entries, roots "
        "and checkpoints stay as they are."
    )
    parser.epilog = _EPILOG
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Upgrade."""
    place = options.place(arguments)
    before = opening.schema(place.at)  # a connection that writes would touch what is no log
    database = store.connect(place.at)
    try:
        with database.define() as connection:
            migrate.upgrade(connection)
    finally:
        database.close()
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit(f"Schema {before} → {migrate.NEWEST}.\n"),
        document={"log": {"url": place.url, "from": before, "to": migrate.NEWEST}},
    )
