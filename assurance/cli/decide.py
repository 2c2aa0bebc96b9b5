"""`assurance decide`: the second half of a release's way; never collects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli import gate_options, report_outputs
from assurance.cli.verdict_view import outcome
from assurance.gate import decide_draft, load_host

if TYPE_CHECKING:
    import argparse

    from assurance.cli.command import Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "judge the draft that `collect` left, and seal it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Verify and judge a draft, decide GO, NO-GO or INDETERMINATE, and seal everything into "
        "one bundle. Never collects, so that a sign-off stays true to what was seen."
    )
    parser.epilog = "example: assurance decide --env production"
    parser.add_argument(
        "draft",
        metavar="DRAFT",
        nargs="?",
        help="the draft (default: NAME-VERSION.draft.jsonl in the output folder)",
    )
    gate_options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Decide, write the results, and answer with the verdict's exit code."""
    found = gate_options.read_settings(arguments)
    now, weakenings = gate_options.clock(arguments)
    out = gate_options.out_folder(arguments, found)
    with gate_options.at_work(found, out):
        host = load_host(found)
        reports = report_outputs.planned(found, host, out)
        report_outputs.remove(reports)
        decided = decide_draft(
            found,
            host,
            draft=None if arguments.draft is None else Path(arguments.draft),
            out=out,
            now=now,
            weakenings=weakenings,
        )
        return outcome("decide", decided, found, reports, terminal)
