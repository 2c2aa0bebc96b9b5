"""`assurance run`: the gate step of a pipeline, `collect` and `decide` in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli import gate_options, report_outputs
from assurance.cli.progress import progress_on
from assurance.cli.verdict_view import outcome
from assurance.gate import collect_draft, decide_draft, load_host

if TYPE_CHECKING:
    import argparse

    from assurance.cli.command import Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "collect, judge and seal: the gate step of a pipeline"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Collect the evidence that the settings name, sign it, judge it with the policies, decide "
        "GO, NO-GO or INDETERMINATE for the environment, and seal it into one bundle that "
        "`assurance verify` checks offline."
    )
    parser.epilog = (
        "example: assurance run --env production\n"
        "exit codes: 0 GO, 1 NO-GO, 2 usage or settings, 3 could not decide"
    )
    gate_options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Do both halves and answer with the verdict's exit code."""
    found = gate_options.read_settings(arguments)
    now, weakenings = gate_options.clock(arguments)
    out = gate_options.out_folder(arguments, found)
    with gate_options.at_work(found, out):
        host = load_host(found)
        reports = report_outputs.planned(found, host, out)
        report_outputs.remove(reports)
        draft = collect_draft(
            found,
            host,
            out=out,
            now=now,
            progress=progress_on(terminal),
            weakenings=weakenings,
            decides=True,
        )
        gate_options.note_replaced(draft.replaced, terminal)
        # Collecting may take long: the verdict is about the moment it is given.
        if arguments.now is None:
            now, _ = gate_options.clock(arguments)
        decided = decide_draft(
            found,
            host,
            draft=draft.files.draft,
            out=out,
            now=now,
            weakenings=weakenings,
            judging=draft.judging,
        )
        return outcome("run", decided, found, reports, terminal)
