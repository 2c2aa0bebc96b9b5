"""Coverage in both formats, one file a case under tests/vectors, read line by line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import CollectError

if TYPE_CHECKING:
    from tests.plugins.tests.conftest import Project

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
TESTS = '<testsuite name="s" tests="1"><testcase classname="t" name="a"/></testsuite>'


def _vectors(*, good: bool) -> list[Any]:
    found = []
    for folder in (VECTORS / "coverage", VECTORS / "cobertura"):
        expected = json.loads((folder / "expected.json").read_text("utf-8"))
        assert {path.name for path in folder.iterdir()} - {"expected.json"} == expected.keys()
        found += [
            pytest.param(folder / name, each, id=f"{folder.name}-{name}")
            for name, each in expected.items()
            if ("error" not in each) == good
        ]
    assert found
    return found


def coverage(project: Project) -> dict[str, Any]:
    """Collect, and return what is said of coverage."""
    found = project.collect().detail["coverage"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("path", "expected"), _vectors(good=True))
def test_report_says(path: Path, expected: dict[str, Any], project: Project) -> None:
    """Each report gives the lines, branches and sources that the vector says."""
    project.add("tests.xml", TESTS)
    project.add(path.name, path.read_bytes())
    found = coverage(project)
    (file,) = found["files"]
    assert path.name == file["name"]
    assert found["lines"]["total"] == file["statements"]
    for key in ("lines", "branches"):
        if key in expected:
            share = found[key]
            assert expected[key] == (share and [share["covered"], share["total"]])
    for key in ("sources", "uncovered"):
        if key in expected:
            assert expected[key] == found[key]
    for key in ("measured", "tool"):
        if key in expected:
            assert expected[key] == file[key]


@pytest.mark.parametrize(("path", "expected"), _vectors(good=False))
def test_report_is_refused(path: Path, expected: dict[str, Any], project: Project) -> None:
    """A report with this defect says nothing, for the reason that the vector gives."""
    project.add("tests.xml", TESTS)
    project.add(path.name, path.read_bytes())
    with pytest.raises(CollectError, match=expected["error"]) as caught:
        project.collect()
    assert not caught.value.missing
    assert caught.value.remedy
    assert path.name in str(caught.value.where)


def test_without_a_report_nothing_is_said(project: Project) -> None:
    """No coverage report, no word about coverage: a policy has to notice."""
    project.add("tests.xml", TESTS)
    assert {"coverage", "staticAnalysis"}.isdisjoint(project.collect().detail)


def test_coverage_alone_is_no_test_report(project: Project) -> None:
    """Coverage does not stand for tests."""
    project.add("coverage.xml", (VECTORS / "cobertura" / "coverage-py.xml").read_bytes())
    with pytest.raises(CollectError, match="there is no test report") as caught:
        project.collect()
    assert caught.value.missing


def test_format_junit_takes_nothing_else(project: Project) -> None:
    """With `format = "junit"` a coverage report is a wrong test report."""
    project.options["format"] = "junit"
    project.add("tests.xml", TESTS)
    project.add("coverage.xml", (VECTORS / "cobertura" / "coverage-py.xml").read_bytes())
    with pytest.raises(CollectError, match="the root element is `coverage`"):
        project.collect()


def cobertura(*lines: tuple[int, int, str], name: str = "a.py", at: str = "") -> str:
    """Write a report about one file."""
    body = "".join(
        f'<line number="{number}" hits="{hits}"'
        + (f' branch="true" condition-coverage="50% ({taken})"' if taken else "")
        + "/>"
        for number, hits, taken in lines
    )
    return (
        f'<coverage timestamp="{at}"><packages><package><classes><class filename="{name}">'
        f"<lines>{body}</lines></class></classes></package></packages></coverage>"
    )


def own_json(executed: list[int], missing: list[int], jumps: tuple[Any, Any], name: str) -> str:
    """Write a report of coverage.py about one file."""
    sums = {
        "num_statements": len(executed) + len(missing),
        "covered_lines": len(executed),
        "num_branches": len(jumps[0]) + len(jumps[1]),
        "covered_branches": len(jumps[0]),
    }
    entry = {
        "executed_lines": executed,
        "missing_lines": missing,
        "excluded_lines": [],
        "executed_branches": jumps[0],
        "missing_branches": jumps[1],
        "summary": sums,
    }
    return json.dumps({"meta": {"branch_coverage": True}, "files": {name: entry}, "totals": sums})


def test_shards_join_line_by_line(project: Project) -> None:
    """A line that any shard covers is covered, and none counts twice."""
    project.add("tests.xml", TESTS)
    project.add("1.xml", cobertura((1, 1, ""), (2, 0, "1/4"), (3, 0, "")))
    project.add("2.xml", cobertura((1, 1, ""), (2, 5, "2/4"), (3, 0, "")))
    found = coverage(project)
    assert {"covered": 2, "total": 3} == found["lines"]
    assert {"covered": 2, "total": 4} == found["branches"]
    assert 1 == found["sources"]
    assert [3, 3] == [file["statements"] for file in found["files"]]


def test_branches_join_where_they_are_named(project: Project) -> None:
    """Branches that a report names by where they go join exactly."""
    project.add("tests.xml", TESTS)
    project.add("1.json", own_json([1, 2], [3], ([[1, 2]], [[1, 3]]), "a.py"))
    project.add("2.json", own_json([1, 3], [2], ([[1, 3]], [[1, 2]]), "a.py"))
    found = coverage(project)
    assert {"covered": 3, "total": 3} == found["lines"]
    assert {"covered": 2, "total": 2} == found["branches"]


def test_two_formats_of_one_source(project: Project) -> None:
    """The same measurement in both formats counts once, branches too."""
    project.add("tests.xml", TESTS)
    project.add("1.json", own_json([1, 2], [3], ([[1, 2]], [[1, 3]]), "a.py"))
    project.add("2.xml", cobertura((1, 1, "1/2"), (2, 1, ""), (3, 0, "")))
    found = coverage(project)
    assert {"covered": 2, "total": 3} == found["lines"]
    assert {"covered": 1, "total": 2} == found["branches"]


def test_branches_that_one_report_lacks(project: Project) -> None:
    """Branches are only told where every report measured them."""
    project.add("tests.xml", TESTS)
    project.add("1.xml", cobertura((1, 1, "2/2")))
    project.add("2.xml", cobertura((1, 1, ""), name="b.py"))
    assert coverage(project)["branches"] is None


@pytest.mark.parametrize("second", ["pkg/a.py", "a.py"])
def test_one_source_under_two_names(second: str, project: Project) -> None:
    """Reports that call a source by two names would count it twice, and are refused."""
    project.add("tests.xml", TESTS)
    project.add("1.xml", cobertura((1, 1, ""), name="src/pkg/a.py"))
    project.add("2.xml", cobertura((1, 0, ""), name=second))
    with pytest.raises(CollectError, match="seem to measure one source under two names"):
        project.collect()


def test_like_names_in_one_report(project: Project) -> None:
    """Within one report `a.py` and `src/a.py` are two sources."""
    project.add("tests.xml", TESTS)
    one = cobertura((1, 1, ""), name="src/a.py")
    other = cobertura((1, 0, ""), name="a.py")
    start, end = other.index("<class "), other.index("</classes>")
    project.add("1.xml", one.replace("</classes>", f"{other[start:end]}</classes>"))
    assert 2 == coverage(project)["sources"]


def test_sources_are_called_by_their_place_in_the_project(project: Project) -> None:
    """A `source` folder inside the project tells where a file stands in it."""
    project.add("tests.xml", TESTS)
    report = cobertura((1, 0, ""), name="note.py").replace(
        "<packages>",
        f"<sources><source>{project.root}/src/inkwell</source></sources><packages>",
    )
    project.add("1.xml", report)
    project.add("2.xml", cobertura((2, 0, ""), name=f"{project.root}/src/inkwell/page.py"))
    assert ["src/inkwell/note.py", "src/inkwell/page.py"] == coverage(project)["uncovered"]


def test_same_bytes_are_refused(project: Project) -> None:
    """One report under two names is a mistake in `inputs`."""
    project.add("tests.xml", TESTS)
    project.add("1.xml", cobertura((1, 1, "")))
    project.add("2.xml", cobertura((1, 1, "")))
    with pytest.raises(CollectError, match=r"1\.xml and 2\.xml hold the same bytes"):
        project.collect()


def test_coverage_from_before_the_tests(project: Project) -> None:
    """Coverage that was written before the tests began is of another run."""
    stamped = TESTS.replace('name="s"', 'name="s" timestamp="2026-11-23T12:00:00Z"')
    project.add("tests.xml", stamped)
    report = project.add("c.xml", cobertura((1, 1, ""), at="1795430000"))
    with pytest.raises(CollectError, match=r"c\.xml: .*before the tests of tests\.xml began"):
        project.collect()
    report.write_text(cobertura((1, 1, ""), at="1795442244"))
    assert "2026-11-23T13:57:24Z" == coverage(project)["files"][0]["measured"]


def test_old_coverage_makes_the_detail_old(project: Project) -> None:
    """The second statement is as old as its oldest report; the test result as old as the tests."""
    project.add("tests.xml", TESTS)
    project.add("c.xml", cobertura((1, 1, ""), at="1795442244000"))
    result, detail = project.collect().statements
    assert project.now == result.collected_at
    assert "2026-11-23 13:57:24" == f"{detail.collected_at:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("at", ["0", "-1", "soon", "9" * 18])
def test_time_that_is_none(at: str, project: Project) -> None:
    """A timestamp that cannot be read is none."""
    project.add("tests.xml", TESTS)
    project.add("c.xml", cobertura((1, 1, ""), at=at))
    assert coverage(project)["files"][0]["measured"] is None


def test_too_many_lines(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are limits."""
    monkeypatch.setattr("assurance_tests.cobertura.MAX_LINES", 1)
    project.add("tests.xml", TESTS)
    project.add("c.xml", cobertura((1, 1, ""), (2, 1, "")))
    with pytest.raises(CollectError, match="more than 1 lines, the limit"):
        project.collect()


def test_too_many_sources(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are limits."""
    monkeypatch.setattr("assurance_tests.coverage_json.MAX_SOURCES", 0)
    project.add("tests.xml", TESTS)
    project.add("c.json", own_json([1], [], ([], []), "a.py"))
    with pytest.raises(CollectError, match="1 source files; the limit is 0"):
        project.collect()


def test_what_coverage_py_writes(project: Project) -> None:
    """Both reports of the real coverage.py say the same, and together nothing more."""
    package = project.root / "src" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "used.py").write_text(
        "def f(x):\n    if x:\n        return 1\n    return 2\n\n"
        "if f(0) == 3:  # pragma: no cover\n    print()\n"
    )
    (package / "idle.py").write_text("import os\n\n\ndef g():\n    return os\n")
    (project.root / ".coveragerc").write_text("[run]\nbranch = true\nsource = src\n")
    environment = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    for words in (
        ["run", "-m", "pkg.used"],
        ["json", "-q", "-o", "build/coverage.json"],
        ["xml", "-q", "-o", "build/coverage.xml"],
    ):
        subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=project.root,
            env=environment | {"PYTHONPATH": str(project.root / "src")},
            check=True,
            timeout=60,
        )
    project.add("tests.xml", TESTS)
    project.revision = None
    found = []
    for inputs in (["coverage.json"], ["coverage.xml"], ["coverage.json", "coverage.xml"]):
        project.inputs[1:] = [project.root / "build" / name for name in inputs]
        each = coverage(project)
        found.append({key: each[key] for key in ("lines", "branches", "sources", "uncovered")})
    assert ["src/pkg/idle.py"] == found[0]["uncovered"]
    assert found[0] == found[1] == found[2]
    assert {"covered": 3, "total": 7} == found[0]["lines"]
    assert {"covered": 1, "total": 2} == found[0]["branches"]
