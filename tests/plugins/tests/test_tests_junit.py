"""JUnit XML of every dialect, one file a case under tests/vectors/junit, read as it says."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import CollectError
from assurance_tests import junit

if TYPE_CHECKING:
    from tests.plugins.tests.conftest import Collected, Project

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "junit"
EXPECTED: dict[str, dict[str, Any]] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
assert {path.name for path in VECTORS.iterdir()} - {"expected.json"} == EXPECTED.keys()
GOOD = {name: each for name, each in EXPECTED.items() if "error" not in each}
BAD = {name: each["error"] for name, each in EXPECTED.items() if "error" in each}
assert GOOD
assert BAD
ONE = '<testsuite name="s" tests="1"><testcase classname="t" name="{}" time="0.1"/></testsuite>'


def adds_up(collected: Collected) -> None:
    """Totals, lists and files say the same."""
    totals = collected.detail["totals"]
    parts = ("passed", "flaky", "failed", "errors", "skipped")
    assert totals["tests"] == sum(totals[key] for key in parts)
    assert totals["tests"] == sum(file["tests"] for file in collected.detail["files"])
    assert totals["passed"] == len(collected.result["passedTests"])
    assert totals["flaky"] == len(collected.result["warnedTests"])
    assert totals["failed"] + totals["errors"] == len(collected.result["failedTests"])
    assert totals["skipped"] == len(collected.detail["skippedTests"])
    names = [
        *collected.result["passedTests"],
        *collected.result["warnedTests"],
        *collected.result["failedTests"],
        *collected.detail["skippedTests"],
    ]
    assert len(names) == len(set(names))
    assert not collected.detail["problems"] or "FAILED" == collected.result["result"]


@pytest.mark.parametrize("name", GOOD)
def test_report_says(name: str, project: Project) -> None:
    """Each report gives the result, totals and names that the vector says."""
    expected = GOOD[name]
    project.add(name, (VECTORS / name).read_bytes())
    collected = project.collect()
    adds_up(collected)
    assert expected["result"] == collected.result["result"]
    assert expected["totals"] == collected.detail["totals"]
    for key in ("passed", "warned", "failed"):
        if key in expected:
            assert expected[key] == collected.result[f"{key}Tests"]
    if "seconds" in expected:
        assert Decimal(expected["seconds"]) == Decimal(collected.detail["durationSeconds"])
    for pattern, problem in zip(
        expected.get("problems", ()), collected.detail["problems"], strict=True
    ):
        assert re.search(pattern, problem)


@pytest.mark.parametrize("name", BAD)
def test_report_is_refused(name: str, project: Project) -> None:
    """A report with this defect says nothing, for the reason that the vector gives."""
    project.add(name, (VECTORS / name).read_bytes())
    with pytest.raises(CollectError, match=BAD[name]) as caught:
        project.collect()
    assert not caught.value.missing
    assert caught.value.remedy
    assert name in str(caught.value)


@pytest.mark.parametrize("name", BAD)
def test_bad_report_beside_a_good_one(name: str, project: Project) -> None:
    """A good report never makes up for one that cannot be read."""
    project.add("a.xml", ONE.format("fine"))
    project.add(name, (VECTORS / name).read_bytes())
    with pytest.raises(CollectError, match=BAD[name]):
        project.collect()


def test_no_report_is_missing(project: Project) -> None:
    """No file is MISSING, and the remedy is a command."""
    with pytest.raises(CollectError, match="there is no test report") as caught:
        project.collect()
    assert caught.value.missing
    assert "pytest --junitxml=" in caught.value.remedy


def test_too_large_a_report(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report above the limit is refused, however well-formed it is."""
    monkeypatch.setattr("assurance_tests.input_file.MAX_BYTES", 100)
    project.add("a.xml", ONE.format("a"))
    assert "PASSED" == project.collect().result["result"]
    project.add("b.xml", ONE.format("b" * 100))
    with pytest.raises(CollectError, match=r"b\.xml: the report is larger than 100 bytes"):
        project.collect()


def test_folder_and_gone_file(project: Project) -> None:
    """What is no regular file is refused with its name."""
    (project.root / "reports.xml").mkdir()
    project.inputs.append(project.root / "reports.xml")
    with pytest.raises(CollectError, match=r"reports\.xml: the report is no regular file"):
        project.collect()
    project.inputs[:] = [project.root / "gone.xml"]
    with pytest.raises(CollectError, match=r"gone\.xml: the report is no regular file"):
        project.collect()


def test_too_many_cases(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts over all reports of a run."""
    monkeypatch.setattr("assurance_tests.test_run.MAX_CASES", 2)
    project.add("a.xml", ONE.format("a"))
    project.add("b.xml", ONE.format("b"))
    assert 2 == project.collect().detail["totals"]["tests"]
    project.add("c.xml", ONE.format("c"))
    with pytest.raises(CollectError, match=f"more than {junit.MAX_CASES:,} test cases"):
        project.collect()


def test_long_name_is_cut_with_its_digest(project: Project) -> None:
    """Two names that differ after the limit stay two names."""
    project.add("a.xml", ONE.format("x" * 2000 + "1"))
    project.add("b.xml", ONE.format("x" * 2000 + "2"))
    first, second = project.collect().result["passedTests"]
    assert first != second
    assert len(first) < 1100


def test_names_that_fill_too_much(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A predicate that nobody's tool could read is not made."""
    monkeypatch.setattr("assurance_tests.statements.MAX_PREDICATE", 100)
    project.add("a.xml", ONE.format("x" * 200))
    with pytest.raises(CollectError, match=r"fill .* bytes; the limit is 100"):
        project.collect()


def test_release_without_a_commit_is_about_its_artifacts(project: Project) -> None:
    """Without a revision the tests are bound to the files that go out."""
    project.add("a.xml", ONE.format("a"))
    assert {("gitCommit", project.revision)} == {
        pair for it in project.collect().statements for pair in it.subjects[0].digest
    }
    project.revision = None
    assert {("sha256", "1" * 64)} == {
        pair for it in project.collect().statements for pair in it.subjects[0].digest
    }


def test_self_test_finds_what_it_plants(project: Project) -> None:
    """The planted failure and the cut report are seen, through the code that reads reports."""
    assert project.self_test().found


@pytest.mark.parametrize(
    ("broken", "missed"),
    [
        ("_failed_test_is_seen", "failed test"),
        ("_cut_report_is_seen", "cut report"),
        ("_uncovered_file_is_seen", "uncovered file"),
        ("_finding_is_seen", "finding of a static analysis"),
    ],
)
def test_self_test_that_misses(
    broken: str, missed: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A collector that does not see one of the plants says which."""
    monkeypatch.setattr(f"assurance_tests.canary.{broken}", lambda _: False)
    seen = project.self_test()
    assert not seen.found
    assert missed in seen.message
