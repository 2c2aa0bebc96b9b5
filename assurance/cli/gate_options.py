"""The options and steps that `run`, `collect` and `decide` share."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assurance import settings, timestamps
from assurance.cli import time_flag
from assurance.cli.bundle_files import DEFAULT_OUT
from assurance.cli.interruption import stoppable
from assurance.cli.occupied import occupied
from assurance.cli.terminal import escape
from assurance.evidence_files import evidence_files
from assurance.release import name_and_version

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from assurance.cli.terminal import Terminal
    from assurance.replaced_draft import Replaced
    from assurance.settings import Settings


def configure(parser: argparse.ArgumentParser, *, judges: bool = True) -> None:
    """Add the options; `judges` says whether the command looks at the last release, too."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        help=f"folder for the results (default: {DEFAULT_OUT}, beside the settings)",
    )
    parser.add_argument(
        "--environment",
        "--env",
        metavar="E",
        help="where the release is to go (settings: release.environment)",
    )
    if judges:
        parser.add_argument(
            "--previous",
            metavar="BUNDLE",
            help="the last release's sealed bundle, to compare with (settings: release.previous)",
        )
    parser.add_argument(
        "--now", metavar="TIME", help="take this RFC 3339 time for now; listed as a weakening"
    )


def read_settings(arguments: argparse.Namespace) -> Settings:
    """Read the settings with the command line's values over them.

    Raises:
        SettingsError: see `assurance.settings.load`.
    """
    return settings.load(
        None if arguments.config is None else Path(arguments.config),
        environ=os.environ,
        cwd=Path.cwd(),
        flags={
            "release.environment": arguments.environment,
            "release.previous": getattr(arguments, "previous", None),
        },
    )


def out_folder(arguments: argparse.Namespace, found: Settings) -> Path:
    """Return the folder for the results: flag, then `ASSURANCE_OUT`, then `evidence/`."""
    named = arguments.out or os.environ.get("ASSURANCE_OUT")
    return Path(named).absolute() if named else found.root / DEFAULT_OUT


@contextmanager
def at_work(found: Settings, out: Path) -> Iterator[None]:
    """Have `out` for ourselves; whoever stops what is done inside has no verdict afterwards.

    Also where the stop comes before an earlier run's results were removed: its GO is not the
    answer to this run.

    Raises:
        SettingsError: the release cannot be named.
        UndecidedError: another process is at work there.
        KeyboardInterrupt: see `stoppable`.
    """
    with occupied(out), stoppable(out) as undone:
        undone.append(evidence_files(out, *name_and_version(found)).verdict)
        yield


def clock(arguments: argparse.Namespace) -> tuple[datetime, tuple[str, ...]]:
    """Return now, to the second, and the weakening that a stated time is.

    Raises:
        UsageError: `--now` is no time.
    """
    if arguments.now is None:
        return datetime.now(tz=UTC).replace(microsecond=0), ()
    now = time_flag.read(arguments.now, "--now")
    return now, (f"the time was given with --now: {timestamps.format_utc(now)}",)


def note_replaced(replaced: Replaced | None, terminal: Terminal) -> None:
    """Say where the earlier draft is, when people had signed something in it."""
    if replaced is None:
        return
    if replaced.signed is None:
        what = "the earlier draft could not be read"
    else:
        count = replaced.signed
        what = f"people had added {count} line{'' if count == 1 else 's'} to the earlier draft"
    terminal.note(
        f"note: {what}; it is kept as {escape(str(replaced.path))}. They were about the evidence "
        "of then: have it reviewed, waived and signed off anew"
    )
