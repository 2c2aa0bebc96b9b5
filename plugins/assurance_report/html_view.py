"""The report as one HTML page, from `templates/report.html.j2` and `report.css`.

The page is one file without script, request or link to anywhere else. Its Content-Security-Policy
allows nothing but the one style sheet, by the hash of its text. Jinja's autoescape escapes every
expression for HTML; before that, `terminal.escape` makes control and bidirectional characters of
foreign text visible. No address, id, class or style is ever made of foreign text.
"""

from __future__ import annotations

import base64
import shlex
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import __version__
from assurance.cli.terminal import escape
from assurance.report_text import moment
from assurance_report.page import SHOWN_CHECKS, SHOWN_TILES, WORDS, page
from assurance_report.page_evidence import TONES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

MAX_TEXT: Final = 1000
"""Characters of one piece of foreign text."""
MAX_LABEL: Final = 20
"""Characters below a point of the timeline."""
_HERE: Final = Path(__file__).parent
_FOLDERS: Final = (_HERE / "templates", _HERE.parents[1] / "templates")
"""In the wheel, and in a checkout."""


class HtmlView:
    """For release managers: verdict first, what blocks, who can change it, what it rests on."""

    name = "html"
    suffix = ".html"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the page; the same report always gives the same text."""
        return _template().render(report=report, **page(report))


def style_hash(style: str) -> str:
    """Return the source expression that allows this style sheet (CSP level 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(sha256(style.encode()).digest()).decode()}"


def short(digest: str) -> str:
    """Return the ends of a hexadecimal digest."""
    return f"{digest[:8]}…{digest[-4:]}" if digest else "not said"


def clip(text: str) -> str:
    """Return what has room below a point of the timeline."""
    return text if len(text) <= MAX_LABEL else f"{text[: MAX_LABEL - 1]}…"


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def harmless(value: object) -> object:
        """Make what no terminal should see visible here, too; then autoescape escapes it."""
        if isinstance(value, Markup) or not isinstance(value, str):
            return value
        return escape(value, MAX_TEXT)

    loader = FileSystemLoader(_FOLDERS)
    environment = Environment(
        loader=loader,
        autoescape=True,
        finalize=harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    source = loader.get_source(environment, "report.css")[0]
    # In one line: the Nu HTML checker gets the hash of a style with line breaks wrong.
    style = "".join(line.strip() for line in source.splitlines())
    environment.globals.update(
        # Our own file: it goes in as it is, and its hash is over these very characters.
        style=Markup(style),  # noqa: S704 - see above
        style_hash=style_hash(style),
        tones=TONES,
        words=WORDS,
        tiles=SHOWN_TILES,
        shown_checks=SHOWN_CHECKS,
        version=__version__,
    )
    environment.filters.update(clip=clip, moment=moment, short=short, quote=shlex.quote)
    return environment.get_template("report.html.j2")
