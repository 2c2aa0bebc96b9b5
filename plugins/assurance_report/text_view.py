"""The report as text: at a terminal, and in a file without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.cli.terminal import Terminal
from assurance.report_text import render
from assurance_report.text_sections import TOLD, sections

if TYPE_CHECKING:
    from collections.abc import Mapping


class TextView:
    """For people, and for logs."""

    name = "text"
    suffix = ".txt"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return everything that the report says, passing checks included."""
        return self.on(report, Terminal.plain(), verbose=1) + "\n"

    def on(
        self,
        report: Mapping[str, Any],
        terminal: Terminal,
        *,
        quiet: bool = False,
        verbose: int = 0,
    ) -> str:
        """Return the report as a terminal shows it: short, with `verbose` all of it.

        Args:
            report: The document of `assurance.report`.
            terminal: Colour, symbols, width.
            quiet: Only the verdict's line and the bundle's path.
            verbose: From 1 on, passing checks and every row, too.
        """
        return render(
            report,
            terminal,
            quiet=quiet,
            verbose=verbose,
            sections=() if quiet else sections(report, terminal, every=verbose > 0),
            told=TOLD if report.get("checklist") else (),
        )
