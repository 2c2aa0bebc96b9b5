"""How `run` and `decide` end: the verdict file, the configured reports, text and JSON."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from assurance.cli.command import Outcome
from assurance.cli.output import encode
from assurance.cli.terminal import escape
from assurance.errors import AssuranceError, ExitCode
from assurance.evidence_files import write_atomic
from assurance.model import Result
from assurance.release import artifact_files
from assurance.report import report_document, trust_fields
from assurance.report_bundle import open_bundle
from assurance.report_details import DETAILS
from assurance.report_text import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.cli.report_outputs import ReportOutput
    from assurance.cli.terminal import Terminal
    from assurance.gate import Decided
    from assurance.settings import Settings

EXITS = {
    Result.GO: ExitCode.YES,
    Result.NO_GO: ExitCode.NO,
    Result.INDETERMINATE: ExitCode.UNDECIDED,
}


def outcome(
    command: str,
    decided: Decided,
    settings: Settings,
    reports: Sequence[ReportOutput],
    terminal: Terminal,
) -> Outcome:
    """Write the reports and, last of all, the verdict file; return what to print.

    Raises:
        UndecidedError: a file cannot be written.
    """
    for line in decided.printed:
        terminal.detail(escape(line))
    verdict = decided.verdict
    exit_code = EXITS[verdict.result]
    receipt = decided.receipt
    document = report_document(
        verdict,
        command=command,
        exit=exit_code,
        bundle={
            "path": str(decided.files.bundle),
            "sha256": decided.bundle_sha256,
            "lines": decided.lines,
        },
        receipt=None
        if receipt is None
        else {
            "path": str(decided.files.receipt),
            "origin": receipt.origin,
            "index": receipt.index,
        },
        trust=trust_fields(decided.trust, str(settings.gate.trust)),
    )
    if reports:
        detailed = {**document, **_details(decided, settings)}
        for report in reports:
            report.write(detailed)
    # Last: where it stands, the run has come to its end.
    write_atomic(decided.files.verdict, encode(document).encode() + b"\n")
    return Outcome(
        exit=exit_code,
        text=render(
            document,
            terminal,
            quiet=terminal.quiet,
            verbose=terminal.verbose,
            files=_artifacts(settings),
        ),
        document=document,
    )


def _artifacts(settings: Settings) -> list[str]:
    """Return where the artifacts are, seen from here; none when that cannot be told any more."""
    try:
        return [os.path.relpath(path) for path in artifact_files(settings)]
    except AssuranceError:
        return []


def _details(decided: Decided, settings: Settings) -> dict[str, Any]:
    """Return what a report says besides the verdict: the bundle's lines, with their signers."""
    path, now = str(decided.files.bundle), decided.verdict.decided_at
    try:
        opened = open_bundle(path, str(settings.root / settings.gate.trust), now=now)
    except AssuranceError:
        # A trust file that does not allow our own seal: the report says that nothing was checked.
        opened = open_bundle(path, None, now=now)
    found = opened.document("report")
    return {key: found[key] for key in ("signatures_checked", *DETAILS)}
