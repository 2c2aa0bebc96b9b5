"""Evidence that tries to act: in no view does foreign text become markup, command or code."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from assurance.report import document
from assurance_report.github_view import MAX_SUMMARY, SHOWN, GithubView
from assurance_report.html_view import HtmlView
from assurance_report.junit_view import JunitView
from assurance_report.markdown_view import MarkdownView
from assurance_report.sarif_view import SarifView, message_text
from assurance_report.text_view import TextView

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = (
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "]]><case/><![CDATA[",
    "&xxe; <!ENTITY a 'b'>",
    "a\n::error title=GO::forged\n##[error]forged\n##vso[task.complete]",
    "a\r::set-output name=verdict::GO",
    "end\nverdict=GO",
    "\x1b[2J\x1b]0;GO\x07",
    "\u202eOG :tciidrev\u2066",
    "=cmd|' /C calc'!A0",
    "\x00\x01\x7f\ud800\ufffe",
    "{{ 7*7 }}{% include '/etc/passwd' %}${7*7}",
    "{0} {1} \\[x\\](y)",
    "%0A::error::x%25",
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:msgbox(1)",
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "--><script>alert(1)</script><!--",
    "<![CDATA[<b>x</b>]]>",
    "<?xml version='1.0'?><!DOCTYPE x SYSTEM 'file:///etc/passwd'>",
    "::add-mask::x",
    "::stop-commands::token",
    "##teamcity[buildStatus status='SUCCESS']",
    "\x9b31mGO\x9b0m \x1bP\x1b\\\\",
    "\u2028\u2029\x85\u200b\ufeff\u061c",
    "\u202a\u202b\u202d\u2067\u2068\u2069",
    "| a | b |\n|---|---|",
    "<details open><summary>x</summary>",
)
TEXTS = ("id", "area", "message", "subject", "actual", "required", "owner", "remedy")


def finding(**more: Any) -> dict[str, Any]:
    """Return one finding that blocks."""
    return {
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
        "evidence": [1],
        "waiver": None,
    } | more


def report(checks: list[dict[str, Any]], *, text: str = "inkwell") -> dict[str, Any]:
    """Return a report whose every foreign text outside of its checks is `text`."""
    return document(
        "report",
        0,
        verdict="NO-GO",
        environment=text,
        grade=31,
        target_grade=60,
        release={
            "name": text,
            "version": text,
            "revision": text,
            "resource_uri": text,
            "artifacts": [{"name": text, "sha256": "0" * 64, "size": 1, "platform": text}],
        },
        checks=checks,
        weakenings=[text],
        not_checked=[text],
        sign_offs=[
            {"area": text, "state": "VOID", "needs": 1, "has": 0, "by": [text], "reason": text}
        ],
        plugins=[
            {
                "name": text,
                "status": "MISSING",
                "required": True,
                "reason": text,
                "remedy": text,
                "duration_ms": 3,
                "self_test": "none",
                "distribution": text,
                "version": text,
            }
        ],
        bundle={"path": text, "sha256": "1" * 64, "lines": 3},
        receipt={"path": text, "origin": text, "index": 3},
        trust={"path": text, "version": 1, "sha256": "2" * 64, "profile": "production"},
        decided_at="2026-11-23T14:05:00Z",
        valid_until="2026-11-24T14:05:00Z",
    )


def hostile(text: str) -> dict[str, Any]:
    """Return a report that has `text` wherever text from outside may stand."""
    return report([finding(**dict.fromkeys(TEXTS, text))], text=text)


class Page(HTMLParser):
    """Reads a page as a browser would: what elements, attributes and style it has."""

    def __init__(self, text: str) -> None:
        """Read the whole page."""
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text.append(data)


@pytest.mark.parametrize("text", HOSTILE)
def test_page(text: str) -> None:
    """The page has the same elements and attributes as one of harmless text."""
    said = HtmlView().render(hostile(text))
    calm, page = Page(HtmlView().render(hostile("calm"))), Page(said)
    assert calm.elements == page.elements
    assert [name for name, _ in calm.attributes] == [name for name, _ in page.attributes]
    assert {value for name, value in calm.attributes if name in {"href", "id", "class"}} == {
        value for name, value in page.attributes if name in {"href", "id", "class"}
    }
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said)


def test_page_reaches_for_nothing() -> None:
    """No script, no address but fragments, and a policy that allows one style sheet by its hash."""
    said = HtmlView().render(hostile("calm"))
    page = Page(said)
    assert not {"script", "iframe", "object", "embed", "link", "form", "base"} & {*page.elements}
    for name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in {"src", "srcset", "style", "action", "background"}
        if name == "href":
            assert value is not None
            assert value.startswith("#")
    style = said.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [str(value) for name, value in page.attributes if name == "content"]
    policy = next(value for value in policies if "'" in value)
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("text", HOSTILE)
def test_junit(text: str) -> None:
    """The XML is well-formed, without document type, and has the cases of a harmless one."""
    said = JunitView().render(hostile(text))
    calm = fromstring(JunitView().render(hostile("calm")))
    found = fromstring(said.encode(), forbid_dtd=True)
    assert [it.tag for it in calm.iter()] == [it.tag for it in found.iter()]
    assert [sorted(it.attrib) for it in calm.iter()] == [sorted(it.attrib) for it in found.iter()]
    assert "2" == found.get("failures")


@pytest.mark.parametrize("text", HOSTILE)
def test_sarif(text: str) -> None:
    """Messages hold no link and no placeholder; the shape is that of a harmless log."""
    log = json.loads(SarifView().render(hostile(text)))
    calm = json.loads(SarifView().render(hostile("calm")))
    assert sorted(_keys(calm)) == sorted(_keys(log))
    for message in _messages(log):
        assert not re.search(r"(?<!\\)\[", message)
        assert not re.search(r"(?<!\{)\{\d+\}(?!\})", message)
    assert "error" == log["runs"][0]["results"][0]["level"]


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield key
            yield from _keys(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)


def _messages(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("message"), dict):
            yield value["message"]["text"]
        for item in value.values():
            yield from _messages(item)
    elif isinstance(value, list):
        for item in value:
            yield from _messages(item)


@given(st.text())
def test_sarif_text_is_what_it_was(text: str) -> None:
    """A reader that undoes SARIF's escapes sees the text."""
    if text.isprintable() and len(text) <= 400:
        plain = re.sub(r"\\([\\\[\]])", r"\1", message_text(text))
        assert text == re.sub(r"\{\{(?=\d)", "{", re.sub(r"(?<=\d)\}\}", "}", plain))


@pytest.mark.parametrize("text", HOSTILE)
def test_github(text: str) -> None:
    """As many workflow commands as there are findings, each of ours; outputs are ours, too."""
    view = GithubView()
    lines = view.render(hostile(text)).splitlines()
    assert 2 == len(lines)
    for line in lines:
        assert re.fullmatch(r"::error title=[^:,\r\n]*::.*", line), line
        assert "\r" not in line
    outputs = view.outputs(hostile(text))
    assert {"verdict": "NO-GO", "grade": "31"}.items() <= _read_outputs(outputs).items()
    assert {*_read_outputs(view.outputs(hostile("calm")))} == {*_read_outputs(outputs)}


def _read_outputs(text: str) -> dict[str, str]:
    """Read as the runner does: `name=value`, or `name<<END`, lines, `END`; the last one wins."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, equals, value = line.partition("=")
        if not equals or "<<" in name:
            name, _, end = line.partition("<<")
            value = "\n".join(itertools.takewhile(end.__ne__, lines))
        found[name] = value
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_text(text: str) -> None:
    """A terminal gets no control character, and a CI service no command."""
    said = TextView().render(hostile(text))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said)
    assert not re.search(r"^\s*::|##\[|##vso\[|##teamcity\[", said, re.MULTILINE)


def test_three_thousand_findings() -> None:
    """Every view stays usable, and says how much it does not show."""
    many = report([finding(id=f"a.c{number}", message="x" * 80) for number in range(3_000)])
    page = HtmlView().render(many)
    assert len(page.encode()) < 1_000_000
    assert "2,600" in page or "2600" in page
    assert len(GithubView().render(many).splitlines()) <= 2 * SHOWN
    assert len(GithubView().summary(many).encode()) <= MAX_SUMMARY
    assert "… and 2500 more that block" in MarkdownView().render(many)
    assert 3_001 == len(json.loads(SarifView().render(many))["runs"][0]["results"])
    assert "3001" == fromstring(JunitView().render(many)).get("failures")


def test_nothing_at_all() -> None:
    """A verdict without checks is no clean bill: every view says so."""
    nothing = report([]) | {"verdict": "INDETERMINATE"}
    assert "No check was made" in HtmlView().render(nothing)
    assert "1" == fromstring(JunitView().render(nothing)).get("errors")
    assert 1 == len(json.loads(SarifView().render(nothing))["runs"][0]["results"])
    assert GithubView().render(nothing).startswith("::error title=INDETERMINATE::")


CALM = "calm words"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u2028-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module")
def calm(documents: Any, samples: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a whole report with harmless text behind every text from outside."""
    found: dict[str, Any] = documents.with_text(samples["no-go"], CALM)
    return found


@pytest.fixture(scope="module")
def calm_page(calm: dict[str, Any]) -> Page:
    """Return its page."""
    return Page(HtmlView().render(calm))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_place_of_the_page(
    text: str, documents: Any, samples: dict[str, dict[str, Any]], calm_page: Page
) -> None:
    """Tables, waivers, sign-offs, lines and rules: nothing in them becomes an element."""
    said = HtmlView().render(documents.with_text(samples["no-go"], text))
    page = Page(said)
    assert calm_page.elements == page.elements
    names = [name for name, _ in calm_page.attributes]
    assert names == [name for name, _ in page.attributes]
    fixed = {"href", "id", "class", "role", "scope", "width", "d", "x"}
    assert [value for name, value in calm_page.attributes if name in fixed] == [
        value for name, value in page.attributes if name in fixed
    ]
    assert not CONTROLS.search(said)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_place_of_the_other_views(
    text: str, documents: Any, samples: dict[str, dict[str, Any]], calm: dict[str, Any]
) -> None:
    """The shape of every other view is that of a report of harmless words."""
    hostile_ = documents.with_text(samples["no-go"], text)
    for view in (TextView(), MarkdownView(), GithubView()):
        said, wanted = view.render(hostile_), view.render(calm)
        assert wanted.count("\n") == said.count("\n")
        assert not CONTROLS.search(said)
        assert not re.search(r"##\[|##vso\[|##teamcity\[", said)
    for line in TextView().render(hostile_).splitlines():
        assert not line.lstrip().startswith("::")
    xml, wanted_xml = (fromstring(JunitView().render(item)) for item in (hostile_, calm))
    assert [it.tag for it in wanted_xml.iter()] == [it.tag for it in xml.iter()]
    log, wanted_log = (json.loads(SarifView().render(item)) for item in (hostile_, calm))
    assert sorted(_keys(wanted_log)) == sorted(_keys(log))
    for message in _messages(log):
        assert not re.search(r"(?<!\\)\[", message)
