"""`assurance report`: a sealed bundle's verdict in one or more views."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from assurance.cli.command import Outcome
from assurance.entry_points import own
from assurance.errors import ExitCode, UndecidedError, UsageError
from assurance.report_bundle import open_bundle

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from assurance.cli.terminal import Terminal
    from assurance.interfaces import Renderer

SUMMARY = "show a sealed bundle's verdict as a page, text or data"


_STANDARD_OUTPUT = frozenset({"", "-", "/dev/stdout"})


class _Output(NamedTuple):
    """One `-o`."""

    view: str
    path: Path | None
    """None: standard output."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Show what a sealed bundle says: the verdict, what blocks, and what it rests on. Without "
        "--trust no signature is checked, and every view says so; `assurance verify` is what a "
        "deployment needs."
    )
    parser.epilog = (
        "example: assurance report evidence/app-1.2.0.intoto.jsonl -o text -o html=report.html"
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="the sealed bundle (.intoto.jsonl)")
    parser.add_argument(
        "-o",
        "--output",
        dest="views",
        action="append",
        metavar="FORMAT[=PATH]",
        help="text (default), json, html, markdown, junit, sarif or github; to standard output "
        "without a path (repeatable)",
    )
    parser.add_argument(
        "--trust", metavar="FILE", help="check every line's signature and signer with this file"
    )
    parser.add_argument(
        "--previous",
        metavar="OLD",
        help="the last release's sealed bundle: the report tells everything that differs",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Read the bundle, check it where a trust file is given, and write the views.

    Raises:
        UsageError: an unknown format, two views for standard output, or no such file.
        UndecidedError: a view, or GitHub's summary or outputs, cannot be written.
        FormatError: the bundle is no sealed bundle.
        SignatureError: with `--trust`, a line does not hold.
    """
    views: Mapping[str, Renderer] = {
        view.name: view for view in own("report").assurance_renderers()
    }
    outputs = [_output(text, views) for text in arguments.views or [arguments.output]]
    if sum(output.path is None for output in outputs) > 1:
        raise UsageError(
            "two views cannot both go to standard output",
            remedy="give all but one a path: -o markdown=report.md",
            where="--output",
        )
    opened = open_bundle(arguments.bundle, arguments.trust, now=datetime.now(tz=UTC))
    report = opened.document("report")
    exit_code = ExitCode.YES
    if arguments.previous is not None:
        from assurance.cli.diff import compared, open_or_say

        older = open_or_say(arguments.previous, arguments.trust)
        newer = (opened, None)
        report["difference"] = compared(older, newer, checked=arguments.trust is not None)
        if older[1] is not None:
            exit_code = ExitCode.NO
    if not report["signatures_checked"]:
        terminal.note(
            "note: signatures were not checked; give --trust FILE, or use assurance verify"
        )
    text, written = "", []
    for output in outputs:
        if output.path is not None:
            from assurance.evidence_files import write_view

            write_view(output.path, views[output.view].render(report))
            written.append(str(output.path))
        elif output.view == "text":
            text = _as_text(views[output.view], report, terminal)
        else:
            text = views[output.view].render(report)
        if output.view == "github":
            _append_for_step(views[output.view], report, os.environ)
    return Outcome(
        exit=exit_code,
        text=text or "\n".join(f"wrote {path}" for path in written),
        document={**report, "written": written},
    )


def _output(text: str, views: Mapping[str, Renderer]) -> _Output:
    view, equals, path = text.partition("=")
    if view not in views:
        raise UsageError(
            f"there is no view {view!r:.60}",
            remedy=f"choose from {', '.join(sorted(views))}",
            where="--output",
        )
    if equals and not path:
        raise UsageError(
            f"`{text}` names no file", remedy=f"write {view}=PATH, or {view}", where="--output"
        )
    return _Output(view, Path(path) if path not in _STANDARD_OUTPUT else None)


def _append_for_step(view: Renderer, report: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Append to the files that GitHub gives a step; elsewhere there are none."""
    for variable, part in (("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "outputs")):
        path = environ.get(variable)
        if not path:
            continue
        text: str = getattr(view, part)(report)
        try:
            with Path(path).open("ab") as file:
                file.write(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise UndecidedError(
                f"${variable} cannot be written: {error.strerror}",
                remedy="unset it, or run this in a step of a GitHub workflow",
                where=path,
            ) from error


def _as_text(view: Renderer, report: Mapping[str, Any], terminal: Terminal) -> str:
    shown: str = getattr(view, "on")(  # noqa: B009 - only the text view knows of terminals
        report, terminal, quiet=terminal.quiet, verbose=terminal.verbose
    )
    return shown
