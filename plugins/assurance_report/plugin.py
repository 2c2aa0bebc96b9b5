"""What this plugin offers: the report in seven views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl
from assurance_report.github_view import GithubView
from assurance_report.html_view import HtmlView
from assurance_report.json_view import JsonView
from assurance_report.junit_view import JunitView
from assurance_report.markdown_view import MarkdownView
from assurance_report.sarif_view import SarifView
from assurance_report.text_view import TextView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import Renderer


@hookimpl
def assurance_renderers() -> Iterable[Renderer]:
    """Return the views."""
    return (
        TextView(),
        JsonView(),
        HtmlView(),
        MarkdownView(),
        JunitView(),
        SarifView(),
        GithubView(),
    )
