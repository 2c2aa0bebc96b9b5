"""Other people's checkers look at the HTML report: the Nu HTML checker, axe-core, Chromium."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance_report.html_view import HtmlView

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SORTS = ("go", "no-go", "indeterminate", "waived", "unchecked", "huge", "nothing", "hostile")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
HOSTILE = (
    "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>\u202e\x1b[2J javascript:alert(1)"
)


def _load(name: str, path: Path) -> Any:
    """Load a module of the tests; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a file with the page of each sort of report."""
    documents = _load("documents", ROOT / "plugins" / "report" / "documents.py")
    folder = tmp_path_factory.mktemp("pages")
    samples = documents.samples()
    samples["hostile"] = documents.with_text(samples["no-go"], HOSTILE)
    found = {}
    for name, report in samples.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(HtmlView().render(report), encoding="utf-8")
    assert set(SORTS) == set(found)
    return found


@pytest.fixture(scope="module")
def browser(chromedriver: Path, chromium: Path) -> Iterator[Any]:
    """Return a browser."""
    module = _load("browser", Path(__file__).parent / "browser.py")
    with module.Browser(chromedriver, chromium) as found:
        yield found


def test_nu_html_checker(vnu: Path, pages: dict[str, Path]) -> None:
    """The Nu HTML checker finds nothing, no warning and no remark, in any page."""
    done = subprocess.run(
        ["java", "-jar", vnu, "--stdout", "--format", "json", *pages.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [] == json.loads(done.stdout)["messages"]
    assert 0 == done.returncode


def test_nu_html_checker_finds_something(vnu: Path, tmp_path: Path) -> None:
    """The checker is awake: a page with a fault, and a wrong hash, are told."""
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
        '<meta http-equiv="Content-Security-Policy" content="style-src \'sha256-AAAA\'">'
        '<style>p{color:red}</style></head><body><p id="a"></p><p id="a"></p></body></html>'
    )
    done = subprocess.run(
        ["java", "-jar", vnu, "--stdout", "--format", "json", page],
        capture_output=True,
        text=True,
        check=False,
    )
    said = " ".join(item["message"] for item in json.loads(done.stdout)["messages"])
    assert "Duplicate ID" in said
    assert "Content Security Policy" in said


@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)]
)
@pytest.mark.parametrize("sort", [sort for sort in SORTS if sort != "huge"])
def test_axe(
    sort: str, width: int, dark: bool, axe: Path, browser: Any, pages: dict[str, Path]
) -> None:
    """axe-core finds no violation of WCAG 2.2 AA or of its best practices, folds opened."""
    browser.open(pages[sort], width=width, dark=dark)
    browser.script("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    found = browser.script_with_callback(
        f"{axe.read_text(encoding='utf-8')};"
        "const done = arguments[arguments.length - 1];"
        f"axe.run(document, {{runOnly: {json.dumps(RULES)}}}).then(done);"
    )
    assert found["passes"], "axe looked at nothing"
    told = [
        (item["id"], node["html"][:200], node["failureSummary"])
        for item in found["violations"]
        for node in item["nodes"]
    ]
    assert [] == told


@pytest.mark.parametrize("width", [1280, 820, 390, 320])
@pytest.mark.parametrize("sort", SORTS)
def test_nothing_sticks_out(sort: str, width: int, browser: Any, pages: dict[str, Path]) -> None:
    """No page scrolls sideways, at any width down to 320 px (WCAG 1.4.10)."""
    browser.open(pages[sort], width=width)
    browser.script("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    assert width >= browser.script("return document.documentElement.scrollWidth")


@pytest.mark.parametrize("sort", SORTS)
def test_the_policy_lets_the_style_in_and_nothing_else(
    sort: str, browser: Any, pages: dict[str, Path]
) -> None:
    """The style counts, nothing is fetched, no script ran, and one put in later does not run."""
    browser.open(pages[sort])
    border = "return getComputedStyle(document.querySelector('.verdict')).borderLeftWidth"
    assert "8px" == browser.script(border)
    assert 0 == browser.script("return performance.getEntriesByType('resource').length")
    assert 0 == browser.script("return document.scripts.length")
    ran = browser.script(
        "const made = document.createElement('script');"
        "made.textContent = 'window.ran = true'; document.body.append(made);"
        "return Boolean(window.ran)"
    )
    assert not ran


def test_paper_opens_the_folds(browser: Any, pages: dict[str, Path]) -> None:
    """Printed, what is folded is there, the navigation is not, and colours are those of paper."""
    browser.open(pages["no-go"], width=700, dark=True, paper=True)
    shown = "return document.querySelector('details:not([open]) .in').checkVisibility()"
    assert browser.script(shown)
    assert "none" == browser.script(
        "return getComputedStyle(document.querySelector('nav')).display"
    )
    ground = "return getComputedStyle(document.body).backgroundColor"
    assert "rgb(255, 255, 255)" == browser.script(ground)
    browser.open(pages["no-go"], width=700, dark=True)
    assert not browser.script(shown)
    assert "rgb(15, 19, 24)" == browser.script(ground)
