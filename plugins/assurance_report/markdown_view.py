"""The report as Markdown (CommonMark with GitHub's tables), from `templates/*.md.j2`.

Everything that the template prints is escaped (`markdown_escape`) unless it is `Safe`: text
of the report comes from advisories, file names and tools, and must neither format, link,
mention anybody nor become HTML.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import difference_rows
from assurance.cli.terminal import escape
from assurance.report_text import blocks, count_checks
from assurance_report.page import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

_ENTITIES: Final = {
    ord(character): f"&#{ord(character)};" for character in "&<>\\`*_{}[]()#+-!|~@$^=:\"'/"
}
"""Numeric references: CommonMark gives a character written so no meaning but itself."""
_DOT: Final = re.compile(r"(^\s*[0-9]+|\bwww)\.", re.IGNORECASE)
"""A dot that would begin a list, or make GitHub link a host name."""
MAX_TEXT: Final = 400
"""Characters of one piece of foreign text."""
MAX_FINDINGS: Final = 500
"""Findings of one section; the JSON view has all of them."""

_HERE: Final = Path(__file__).parent
_FOLDERS: Final = (_HERE / "templates", _HERE.parents[1] / "templates")
"""In the wheel, and in a checkout."""


class Safe(str):
    """Markdown that has been escaped already."""

    __slots__ = ()


def markdown_escape(value: object) -> Safe:
    """Return `value` as Markdown that shows exactly its characters, on one line."""
    if isinstance(value, Safe):
        return value
    text = escape(str(value), MAX_TEXT).translate(_ENTITIES)
    return Safe(_DOT.sub(r"\1&#46;", text))


def code(value: object) -> Safe:
    """Return `value` in the type of code, as HTML: a code span cannot hold every character."""
    return Safe(f"<code>{markdown_escape(value)}</code>")


class MarkdownView:
    """For pull requests, job summaries and release notes."""

    name = "markdown"
    suffix = ".md"

    def render(self, report: Mapping[str, Any], *, shown: int = MAX_FINDINGS) -> str:
        """Return the report; empty sections say that they are empty.

        Args:
            report: The document of `assurance.report`.
            shown: Findings that block, and findings to watch, that are told at most; how many
                more there are is said.
        """
        checks = report["checks"]
        blocking = [check for check in checks if blocks(check)]
        watching = [
            check
            for check in checks
            if not blocks(check) and check["status"] not in {"PASS", "NOT_APPLICABLE"}
        ]
        seen = page(report)
        names = (
            "grades",
            "checklist",
            "trend",
            "moments",
            "waived",
            "controls",
            "not_checked",
            "differences",
        )
        return _template("report.md.j2").render(
            {name: seen[name] for name in names},
            report=report,
            due=report.get("due") or {},
            approvals=report.get("approvals") or (),
            estimate=report.get("estimate"),
            blocking=blocking[:shown],
            blocking_more=max(0, len(blocking) - shown),
            watching=watching[:shown],
            watching_more=max(0, len(watching) - shown),
            counts=count_checks(checks),
            previous=report.get("previous"),
            shown=shown,
        )

    def difference(self, found: Mapping[str, Any], *, shown: int = MAX_FINDINGS) -> str:
        """Return what differs between two bundles, for `assurance diff`.

        Args:
            found: What `assurance.bundle_difference.difference` gives.
            shown: Rows of one section that are told at most; how many more there are is said.
        """
        return _template("diff.md.j2").render(
            found=found,
            sections=difference_rows.rows(found),
            same=difference_rows.unchanged(found),
            titles=difference_rows.TITLES,
            shown=shown,
        )


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDERS),
        # Not HTML: `finalize` escapes every expression for Markdown instead.
        autoescape=False,  # noqa: S701 - see above
        finalize=markdown_escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = code
    return environment.get_template(name)
