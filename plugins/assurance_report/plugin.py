"""What this plugin offers: the report as text, JSON and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl
from assurance_report.json_view import JsonView
from assurance_report.markdown_view import MarkdownView
from assurance_report.text_view import TextView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import Renderer


@hookimpl
def assurance_renderers() -> Iterable[Renderer]:
    """Return the three views."""
    return (TextView(), JsonView(), MarkdownView())
