"""The HTML page: its colours can be read, its drawings speak, and no section vanishes."""

from __future__ import annotations

import itertools
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assurance_report import html_view
from assurance_report.html_view import HtmlView

SORTS = ("go", "no-go", "indeterminate", "waived", "unchecked", "huge", "nothing")
SECTIONS = (
    *("blocks", "grade", "checklist", "signoffs", "waivers", "evidence", "details"),
    *("timeline", "diff", "controls", "unchecked", "verify"),
)
TONES = ("ok", "no", "warn", "old", "gap", "und", "wai")
AA = 4.5
"""WCAG 2.2, success criterion 1.4.3: contrast of text."""


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        """Read the whole page."""
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.said.append(data)

    @property
    def text(self) -> str:
        """All of the text, spaces joined."""
        return " ".join(" ".join(self.said).split())


@pytest.fixture(scope="session")
def pages(samples: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the page of each sample."""
    assert set(SORTS) == set(samples)
    return {name: HtmlView().render(report) for name, report in samples.items()}


def palette(block: str) -> dict[str, str]:
    """Return the colours that a block of the style sheet names."""
    return dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", block))


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of light, dark and print."""
    folder = next(path for path in html_view._FOLDERS if path.is_dir())
    style = (Path(folder) / "report.css").read_text(encoding="utf-8")
    light = re.match(r":root\{[^}]*\}", style)
    dark = re.search(r"prefers-color-scheme:dark\)\{:root\{[^}]*\}", style)
    print_ = re.search(r"@media print\{.*?:root\{[^}]*\}", style, re.DOTALL)
    assert light
    assert dark
    assert print_
    return {
        "light": palette(light[0]),
        "dark": {**palette(light[0]), **palette(dark[0])},
        "print": {**palette(light[0]), **palette(print_[0])},
    }


def luminance(colour: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula() -> None:
    """The formula gives the ratios that the standard names."""
    assert 21 == pytest.approx(contrast("#ffffff", "#000000"))
    assert 4.54 == pytest.approx(contrast("#767676", "#ffffff"), abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
def test_contrast(mode: str) -> None:
    """Every text colour reaches 4.5 on every ground that it stands on."""
    found = palettes()[mode]
    grounds = {
        "ink": ["bg", "panel", *(f"{tone}-t" for tone in TONES)],
        # Labels stand in the banner, too, which has the tint of its verdict.
        "muted": ["bg", "panel", "ok-t", "no-t", "und-t"],
        "link": ["bg", "panel"],
        **{tone: ["bg", "panel", f"{tone}-t"] for tone in TONES},
    }
    low = {
        (ink, ground): round(ratio, 2)
        for ink, names in grounds.items()
        for ground in names
        if (ratio := contrast(found[ink], found[ground])) < AA
    }
    assert {} == low


def test_print_is_light() -> None:
    """Paper is white whatever the reader's screen is."""
    found = palettes()
    assert found["light"] == found["print"]


@pytest.mark.parametrize("sort", SORTS)
def test_no_section_vanishes(sort: str, pages: dict[str, str]) -> None:
    """Every section is there, the contents lead to each, and each id stands once."""
    page = Page(pages[sort])
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    assert set(SECTIONS) <= set(ids)
    targets = {
        str(attributes["href"])[1:] for tag, attributes in page.elements if tag in {"a", "use"}
    }
    assert targets <= set(ids)


@pytest.mark.parametrize("sort", SORTS)
def test_drawings_speak(sort: str, pages: dict[str, str]) -> None:
    """Every drawing is either hidden from readers that see nothing, or has a sentence."""
    for tag, attributes in Page(pages[sort]).elements:
        if tag == "svg" and attributes.get("aria-hidden") != "true":
            assert "img" == attributes.get("role")
        if attributes.get("role") == "img":
            assert len(str(attributes.get("aria-label"))) > 5


def test_empty_sections_say_so(pages: dict[str, str]) -> None:
    """What there is nothing of is told in a sentence."""
    said = Page(pages["nothing"]).text
    for sentence in (
        "No check was made, so nothing is known about this release.",
        "Nothing blocks because nothing was checked.",
        "No area asks for a sign-off.",
        "No waivers. Nothing is being let through.",
        "No collector ran.",
        "No earlier release to compare with.",
        "Nothing was left out of what is configured.",
        "No bundle has been sealed yet.",
        "No line of the bundle says more than what is above.",
    ):
        assert sentence in said


def test_no_go(pages: dict[str, str]) -> None:
    """The page answers, names what blocks in the order of mending, and what each thing rests on."""
    said = Page(pages["no-go"]).text
    assert "5 checks block this release: 2 failed, 1 lacks its evidence, 1 has old evidence" in said
    places = [
        said.index(f"assurance explain {name}")
        for name in ("vulnerabilities.unresolved", "drill.rotation", "signoff.qa", "gate.grade")
    ]
    assert sorted(places) == places
    for part in (
        "Found 1 high · allowed 0 high or critical",
        "57.1 points of the grade",
        "Due 2026-11-20, late",
        "Due no day is set",
        "1 of 3 items open",
        "Milestones",
        "68 GO",
        "Supported by",
        "the vulnerability scan changed after it",
        "Harness rewritten on 1 November",
        "11 days left of 13 days",
        "97 days old, limit 90 days",
        "release-assurance-canary 1.0",
        "74 % left",
        "22 of 30",
        "No line of the bundle is about tests, so nothing is said about that.",
        "sed -n 12p evidence/ledger-api-2.4.1.intoto.jsonl > line-12.json",
    ):
        assert part in said, part


def test_a_fold_is_open_where_something_is_not_well(pages: dict[str, str]) -> None:
    """What fails, warns or is waived is open; what passes, and long tables, are folded."""
    open_: list[str] = []
    folded: list[str] = []
    for found in re.findall(r"<details( open)?[^>]*><summary>([^<]*) <", pages["no-go"]):
        (open_ if found[0] else folded).append(found[1])
    assert {"vulnerabilities", "drill", "Fuzzing", "Service objectives"} <= set(open_)
    assert {"log", "Components", "Artifacts", "How the grade is made"} <= set(folded)


def test_development_trust_is_said(documents: Any) -> None:
    """A development trust file is told in the banner."""
    trust = {"path": "t", "version": 1, "sha256": "0" * 64, "profile": "development"}
    page = HtmlView().render(documents.report("GO", documents.passing(), trust=trust))
    assert "Development trust." in page


def test_ten_thousand_findings_take_linear_time(documents: Any) -> None:
    """Four times the findings take less than a square's time, and the page is bounded."""
    view = HtmlView()
    view.render(documents.report("GO", documents.passing()))
    took, sizes = [], []
    for count in (2_500, 10_000):
        many = [
            documents.check(f"a.c{number % 60}", "FAIL", subject=f"s{number}", message="x" * 80)
            for number in range(count)
        ]
        report = documents.report("NO-GO", many)
        start = time.process_time()
        sizes.append(len(view.render(report).encode()))
        took.append(time.process_time() - start)
    assert took[1] < 12 * took[0]
    assert max(sizes) < 1_000_000


@pytest.mark.parametrize("length", [0, 1, 199, 200, 201])
def test_areas_are_bounded(length: int, documents: Any) -> None:
    """Tiles of an area are bounded; the figure beside them is not."""
    checks = [documents.check(f"a.c{number}") for number in range(length)]
    page = HtmlView().render(documents.report("GO", checks))
    assert min(length, 200) == page.count('href="#t-PASS"')
    if length:
        assert f"{length} of {length}<" in page


def test_every_status_has_its_own_look() -> None:
    """No two statuses share colour and symbol."""
    found = palettes()["light"]
    for one, other in itertools.combinations(TONES, 2):
        assert found[one] != found[other]
