"""SARIF files, one a case under tests/vectors/sarif, read as they say and never more kindly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import CollectError

if TYPE_CHECKING:
    from tests.plugins.tests.conftest import Project

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "sarif"
EXPECTED: dict[str, dict[str, Any]] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
assert {path.name for path in VECTORS.iterdir()} - {"expected.json"} == EXPECTED.keys()
GOOD = {name: each for name, each in EXPECTED.items() if "error" not in each}
BAD = {name: each["error"] for name, each in EXPECTED.items() if "error" in each}
assert GOOD
assert BAD
TESTS = '<testsuite name="s" tests="1"><testcase classname="t" name="a"/></testsuite>'


def analysis(project: Project) -> dict[str, Any]:
    """Collect, and return what is said of static analysis; its figures have to add up."""
    found = project.collect().detail["staticAnalysis"]
    assert isinstance(found, dict)
    totals = dict(found["totals"])
    assert totals.pop("results") == sum(totals.values())
    assert sum(totals.values()) == sum(run["results"] for run in found["runs"])
    states = [finding["state"] for finding in found["findings"]]
    assert totals["errors"] <= states.count("open")
    assert totals["undecided"] == states.count("undecided")
    return found


@pytest.mark.parametrize("name", GOOD)
def test_file_says(name: str, project: Project) -> None:
    """Each file gives the totals, findings and problems that the vector says."""
    expected = GOOD[name]
    project.add("tests.xml", TESTS)
    project.add(name, (VECTORS / name).read_bytes())
    found = analysis(project)
    assert expected["totals"] == found["totals"]
    if "completed" in expected:
        assert expected["completed"] == [run["completed"] for run in found["runs"]]
    if "findings" in expected:
        keys = ("rule", "level", "severity", "place", "state")
        assert expected["findings"] == [[it[key] for key in keys] for it in found["findings"]]
    if "severities" in expected:
        assert expected["severities"] == {k: v for k, v in found["severities"].items() if v}
    for pattern, problem in zip(expected.get("problems", ()), found["problems"], strict=True):
        assert re.search(pattern, problem)
        assert problem.startswith(f"{name}: ")


@pytest.mark.parametrize("name", BAD)
def test_file_is_refused(name: str, project: Project) -> None:
    """A file with this defect says nothing, for the reason that the vector gives."""
    project.add("tests.xml", TESTS)
    project.add(name, (VECTORS / name).read_bytes())
    with pytest.raises(CollectError, match=BAD[name]) as caught:
        project.collect()
    assert not caught.value.missing
    assert caught.value.remedy
    assert name in str(caught.value.where)


def log(*results: dict[str, Any], tool: str = "lint", **run: Any) -> str:
    """Write a file with one run."""
    return json.dumps(
        {
            "version": "2.1.0",
            "runs": [{"tool": {"driver": {"name": tool}}, "results": list(results), **run}],
        }
    )


def result(text: str = "found", **more: Any) -> dict[str, Any]:
    """Return a result of level error."""
    return {"ruleId": "R1", "level": "error", "message": {"text": text}, **more}


def test_result_in_two_files_counts_once(project: Project) -> None:
    """A second file with the same results is shown, and adds nothing but what is new."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result("a"), result("b")))
    project.add("2.sarif", log(result("b"), result("c")))
    found = analysis(project)
    assert 3 == found["totals"]["errors"]
    assert [(2, None), (1, 1)] == [(it["results"], it.get("repeated")) for it in found["runs"]]


def test_like_results_in_one_file(project: Project) -> None:
    """Within one run nothing is taken for a copy."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result(), result()))
    assert 2 == analysis(project)["totals"]["errors"]


@pytest.mark.parametrize(
    "other",
    [
        log(result(), tool="other"),
        log(result(suppressions=[{"kind": "external", "status": "accepted"}])),
        log(result(properties={"security-severity": "9.9"})),
    ],
    ids=["another tool", "suppressed there", "rated there"],
)
def test_open_result_never_hides_behind_another_file(other: str, project: Project) -> None:
    """What differs in tool, state or severity is another result: both count."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result()))
    project.add("2.sarif", other)
    found = analysis(project)
    assert 2 == found["totals"]["results"]
    assert "open" in {finding["state"] for finding in found["findings"]}


def test_same_bytes_are_refused(project: Project) -> None:
    """One file under two names is a mistake in `inputs`."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log())
    project.add("2.sarif", log())
    with pytest.raises(CollectError, match=r"1\.sarif and 2\.sarif hold the same bytes"):
        project.collect()


def test_place_is_told_relative_to_the_project(project: Project) -> None:
    """Places inside the project are told as people write them."""
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": f"file://{project.root}/src/a.py"},
            "region": {"startLine": 7},
        }
    }
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result(locations=[location])))
    assert "src/a.py:7" == analysis(project)["findings"][0]["place"]


@pytest.mark.parametrize(
    "locations",
    [
        [{}],
        [{"physicalLocation": None}],
        [{"physicalLocation": {"artifactLocation": {"uri": 7}}}],
        [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": "x"}}}],
    ],
)
def test_place_that_is_none(locations: list[Any], project: Project) -> None:
    """A place that nobody can read hides no result."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result(locations=locations)))
    assert 1 == analysis(project)["totals"]["errors"]


def test_hostile_text_is_one_clean_line(project: Project) -> None:
    """Text of tools reaches the evidence without control characters and at a bounded length."""
    project.add("tests.xml", TESTS)
    project.add("1.sarif", (VECTORS / "hostile-text.sarif").read_bytes())
    (finding,) = analysis(project)["findings"]
    assert all(character.isprintable() for text in finding.values() if text for character in text)
    assert len(finding["message"]) <= 300


@pytest.mark.parametrize("commit", ["8f3c1d2", "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29", "r12"])
def test_run_on_the_released_commit(commit: str, project: Project) -> None:
    """A run on the released commit is read, shortened or not; what is no commit says nothing."""
    provenance = [{"repositoryUri": "https://example.com/r", "revisionId": commit}]
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result(), versionControlProvenance=provenance))
    assert 1 == analysis(project)["totals"]["errors"]


def test_old_scan_makes_the_detail_old(project: Project) -> None:
    """The latest time of a run counts; one that cannot be read counts for nothing."""
    times = {"startTimeUtc": "2026-11-20T10:00:00Z", "endTimeUtc": "2026-11-20T11:00:00.5Z"}
    invocations = [
        {"executionSuccessful": True, **times},
        {"executionSuccessful": True, "endTimeUtc": "never"},
    ]
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(invocations=invocations))
    result_statement, detail = project.collect().statements
    assert project.now == result_statement.collected_at
    assert "2026-11-20 11:00:00" == f"{detail.collected_at:%Y-%m-%d %H:%M:%S}"
    assert "2026-11-20T11:00:00Z" == analysis(project)["runs"][0]["ended"]


def test_scan_from_the_future(project: Project) -> None:
    """A scan that has not ended yet is refused."""
    invocation = {"executionSuccessful": True, "endTimeUtc": "2999-01-01T00:00:00Z"}
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(invocations=[invocation]))
    with pytest.raises(CollectError, match=r"1\.sarif: .* is in the future"):
        project.collect()


def test_too_many_results(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are limits."""
    monkeypatch.setattr("assurance_tests.sarif.MAX_RESULTS", 1)
    project.add("tests.xml", TESTS)
    project.add("1.sarif", log(result("a"), result("b")))
    with pytest.raises(CollectError, match="more than 1 results, the limit"):
        project.collect()
