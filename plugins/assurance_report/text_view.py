"""The report as plain text: what a terminal shows, without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.cli.terminal import Terminal
from assurance.report_text import render

if TYPE_CHECKING:
    from collections.abc import Mapping


class TextView:
    """For people, and for logs."""

    name = "text"
    suffix = ".txt"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return everything that the report says, passing checks included."""
        return render(report, Terminal.plain(), verbose=1) + "\n"
