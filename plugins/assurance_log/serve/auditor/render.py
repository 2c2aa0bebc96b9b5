"""Puts pages together: templates that escape everything, and headers that allow nothing foreign."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import jinja2
from starlette.responses import Response

from assurance.report_text import calm
from assurance_log.serve.answers import answer

if TYPE_CHECKING:
    from starlette.requests import Request

    from assurance_log.serve.problems import ProblemError

ROOT: Final = "/auditor"
"""Where the pages are."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""No script and no style but the files of this folder, and text that never becomes HTML."""
_HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PROBLEM_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""A problem has no tag: what is asked for again is the page, and never answered without one."""
FILES: Final = {
    "auditor.css": "text/css; charset=utf-8",
    "proof.js": "text/javascript; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "entry.js": "text/javascript; charset=utf-8",
    "growth.js": "text/javascript; charset=utf-8",
    "keys.js": "text/javascript; charset=utf-8",
}
"""What a page asks for beside itself."""
_MAX_SHOWN: Final = 300


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("assurance_log.serve", "auditor"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["foreign"] = lambda value: calm(str(value), _MAX_SHOWN)
    made.filters["moment"] = _moment
    made.filters["count"] = lambda number: f"{number:,}"
    return made


def page(request: Request, name: str, **values: Any) -> Response:
    """Return a page from its template.

    Args:
        request: For 304.
        name: Of the template, without `.html.j2`.
        **values: What the template shows; text from outside is escaped there.
    """
    return answer(request, _body(name, values), _HTML, headers=_HEADERS)


def problem(told: ProblemError, **values: Any) -> Response:
    """Return the page that says what is wrong, with the problem's status and headers."""
    return Response(
        _body("problem", {**values, "problem": told.document()}),
        told.status,
        media_type=_HTML,
        headers={**_PROBLEM_HEADERS, **_HEADERS, **told.headers},
    )


def _body(name: str, values: dict[str, Any]) -> bytes:
    return _templates().get_template(f"{name}.html.j2").render(**values).encode()


@cache
def file(name: str) -> bytes:
    """Return one of `FILES`."""
    return resources.files(__package__).joinpath(name).read_bytes()


def _moment(text: str | None) -> str:
    """Return an RFC 3339 time in UTC as people read it."""
    return "at a time that is not known" if text is None else f"{text[:10]} {text[11:19]} UTC"
