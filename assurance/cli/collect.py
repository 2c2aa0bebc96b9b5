"""`assurance collect`: the first half of a release's way; ends with the signed draft."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from assurance.cli import gate_options
from assurance.cli.command import Outcome
from assurance.cli.progress import progress_on
from assurance.cli.terminal import escape
from assurance.errors import ExitCode
from assurance.gate import collect_draft, load_host
from assurance.report import release_fields, run_fields

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.gate import Draft

SUMMARY = "gather and sign the evidence of a release"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Run every collector that the settings name, each in a process of its own, and sign what "
        "they report. Ends with the draft, over which people can look and sign off; "
        "`assurance decide` does the rest."
    )
    parser.epilog = "example: assurance collect --env production"
    gate_options.configure(parser, judges=False)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Collect and sign; a failed collector is in the draft, not an error here."""
    found = gate_options.read_settings(arguments)
    now, weakenings = gate_options.clock(arguments)
    out = gate_options.out_folder(arguments, found)
    with gate_options.at_work(found, out):
        host = load_host(found)
        draft = collect_draft(
            found, host, out=out, now=now, progress=progress_on(terminal), weakenings=weakenings
        )
    gate_options.note_replaced(draft.replaced, terminal)
    following = _following(arguments)
    return Outcome(
        exit=ExitCode.YES, text=_text(draft, terminal, following), document=_document(draft)
    )


def _following(arguments: argparse.Namespace) -> str:
    """Return the command that decides on this very draft: with the same options."""
    words = ["assurance", "decide"]
    for flag, value in (
        ("--config", arguments.config),
        ("--out", arguments.out),
        ("--env", arguments.environment),
        ("--now", arguments.now),
    ):
        words += [] if value is None else [flag, str(value)]
    return shlex.join(words)


def _text(draft: Draft, terminal: Terminal, following: str) -> str:
    release = draft.release
    failed = [item for item in draft.runs if item.status != "ok"]
    lines = [
        (
            f"Collected {len(draft.runs) - len(failed)} of {len(draft.runs)} kinds of evidence "
            f"for {escape(release.name)} {escape(release.version)} "
            f"({escape(release.environment)})"
        )
    ]
    lines += [
        f"  {terminal.symbol(item.status)} {escape(item.name)}: {escape(item.reason or '')}"
        for item in failed
    ]
    lines.append(f"Draft  {draft.files.draft}  {draft.lines} lines")
    lines.append(terminal.next(escape(following, None)))
    return "\n".join(lines)


def _document(draft: Draft) -> dict[str, Any]:
    return {
        "environment": draft.release.environment,
        "release": release_fields(draft.release),
        "plugins": [run_fields(item) for item in draft.runs],
        "draft": {"path": str(draft.files.draft), "lines": draft.lines},
    }
