"""The views of a report: text, JSON, Markdown."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.report import document
from assurance_report import plugin
from assurance_report.json_view import JsonView
from assurance_report.markdown_view import MarkdownView, Safe, code, markdown_escape

if TYPE_CHECKING:
    from assurance.interfaces import Renderer


def report(**more: Any) -> dict[str, Any]:
    """Return a small report."""
    check: dict[str, Any] = {
        "id": "a.b",
        "area": "a",
        "status": "FAIL",
        "would_be": None,
        "blocking": True,
        "severity": "high",
        "message": "m",
        "actual": "1",
        "required": "0",
        "subject": "s",
        "owner": "o",
        "remedy": "r",
        "evidence": [],
        "waiver": None,
    }
    return document(
        "report",
        0,
        verdict="NO-GO",
        environment="production",
        grade=31,
        target_grade=60,
        release={
            "name": "inkwell",
            "version": "0.3.0",
            "revision": None,
            "resource_uri": "pkg:pypi/inkwell",
            "artifacts": [{"name": "a.whl", "sha256": "0" * 64, "size": None, "platform": None}],
        },
        checks=[{**check, **more}],
        decided_at="2026-11-23T14:05:00Z",
    )


def test_views() -> None:
    """The plugin offers the views, each a Renderer of its own name and suffix."""
    views: list[Renderer] = list(plugin.assurance_renderers())
    assert {
        "text": ".txt",
        "json": ".json",
        "html": ".html",
        "markdown": ".md",
        "junit": ".junit.xml",
        "sarif": ".sarif",
        "github": ".github.txt",
    } == {view.name: view.suffix for view in views}
    for view in views:
        assert "inkwell" in view.render(report())
        assert view.render(report()).endswith("\n")


def test_json_view_is_the_document() -> None:
    """The JSON view says exactly what the document says."""
    view = JsonView()
    assert report() == json.loads(view.render(report()))


def test_markdown_says_what_is_empty() -> None:
    """No section vanishes."""
    said = MarkdownView().render({**report(), "checks": []})
    for sentence in (
        "Nothing blocks.",
        "No warnings and no waivers.",
        "None are asked for.",
        "## Not checked",
    ):
        assert sentence in said


def test_markdown_tells_everything() -> None:
    """A finding's parts, sign-offs, weakenings, collectors and the bundle are shown."""
    found = report()
    found.update(
        weakenings=["no log"],
        not_checked=["slo"],
        valid_until="2026-11-24T08:57:00Z",
        signatures_checked=False,
        bundle={"path": "b", "sha256": "1" * 64, "lines": 3},
        sign_offs=[
            {"area": "qa", "state": "VOID", "needs": 1, "has": 0, "by": ["n", "m"], "reason": "why"}
        ],
        plugins=[
            {
                "name": "sbom",
                "status": "MISSING",
                "reason": "no file",
                "self_test": "none",
                "distribution": "d",
                "version": "1",
            }
        ],
    )
    found["checks"].append({**found["checks"][0], "status": "WAIVED", "would_be": "FAIL"})
    said = html.unescape(MarkdownView().render(found))
    for part in (
        "# NO-GO: inkwell 0.3.0 for production",
        "Grade **31** of 100, needs 60",
        "**Signatures were not checked.**",
        "- **FAIL** <code>a.b</code> (o)",
        "  - About: <code>s</code>",
        "  - Found: 1",
        "  - Allowed: 0",
        "  - Next: r",
        "- **WAIVED** (would FAIL) <code>a.b</code>",
        "- qa: **VOID**, 0 of 1 by n, m. why",
        "- no log",
        "- slo",
        "| <code>sbom</code> | MISSING: no file | none | d 1 |",
        f"| <code>a.whl</code> |  | <code>{'0' * 64}</code> |",
        f"SHA-256 <code>{'1' * 64}</code>",
        "holds until 2026-11-24T08:57:00Z",
    ):
        assert part in said


HOSTILE = [
    "[click](javascript:alert(1))",
    "![x](https://evil.example/t.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\n# GO: forged\n",
    "a\r\n\r\n| b |",
    "`code` **bold** _it_ ~~no~~ $x$ :smile:",
    "@maintainers please merge #1 GH-1",
    "https://evil.example www.evil.example a@evil.example",
    "&lt;script&gt; &#60;b&#62;",
    "1. one",
    "- item",
    "+ item",
    "> quote",
    "=====",
    "\x1b[2J\u202egnp",
    "a | b | c",
    "{{ 7*7 }}{% include 'x' %}",
    "\\<b\\>",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "key", ["id", "message", "subject", "actual", "required", "owner", "remedy"]
)
def test_markdown_injection(key: str, text: str) -> None:
    """Foreign text shows its characters; it formats, links, mentions and runs nothing."""
    calm = MarkdownView().render(report(**{key: "calm"}))
    said = MarkdownView().render(report(**{key: text}))
    assert calm.count("\n") == said.count("\n"), "a line was added"
    escaped = markdown_escape(text)
    assert calm.replace("calm", escaped) == said, "something else changed, too"
    assert not re.search(r"[<>\[\]`*_|@~$\\(){}!\x00-\x1f\u202e]", escaped)
    assert not re.search(r"https?:|www\.", escaped)
    assert not re.match(r"\s*([-+=#]|\d+[.)])", escaped)
    assert not re.search(r"&(?!#\d+;)", escaped)


@given(st.text())
def test_markdown_escape_is_one_calm_line(text: str) -> None:
    """Whatever comes in: one line, no character with a meaning, and the same text to read."""
    escaped = markdown_escape(text)
    assert escaped.isprintable()
    rest = re.sub(r"&#\d+;", "", escaped)
    assert not set(rest) & set("&<>\\`*_{}[]()#+-!|~@$^=:\"'/")
    if text.isprintable() and len(text) <= 400:
        assert text == html.unescape(escaped)


def test_escaped_once() -> None:
    """What is Markdown already is not escaped again."""
    assert "<code>a&#42;</code>" == markdown_escape(code("a*"))
    assert isinstance(code("x"), Safe)
