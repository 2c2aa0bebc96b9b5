"""Several reports are one run: nothing counts twice, and no failure hides behind a pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assurance.errors import CollectError

if TYPE_CHECKING:
    from tests.plugins.tests.conftest import Project

SUITE = '<testsuite name="{name}" tests="2" timestamp="{at}" time="0.3">{cases}</testsuite>'
CASES = '<testcase classname="t" name="a" time="0.1"/><testcase classname="t" name="b" time="0.2"/>'
AT = "2026-11-23T13:57:02Z"
UNIT = SUITE.format(name="unit", at=AT, cases=CASES)
FAILED = UNIT.replace('name="b" time="0.2"/>', 'name="b" time="0.2"><failure/></testcase>')


def test_shards_add_up(project: Project) -> None:
    """Files with different cases are parts of one run."""
    project.add("1.xml", UNIT)
    project.add("2.xml", UNIT.replace('"a"', '"c"').replace('"b"', '"d"'))
    collected = project.collect()
    assert ["t::a", "t::b", "t::c", "t::d"] == collected.result["passedTests"]
    assert [2, 2] == [file["tests"] for file in collected.detail["files"]]
    assert [False, False] == ["repeated" in file for file in collected.detail["files"]]


def test_suite_in_two_files_counts_once(project: Project) -> None:
    """A merged report beside the reports that it was made from is shown, and adds nothing."""
    project.add("TEST-unit.xml", UNIT)
    project.add("TESTS-all.xml", f"<testsuites>{UNIT}{UNIT.replace('unit', 'more')}</testsuites>")
    collected = project.collect()
    assert {"tests": 4, "passed": 4, "flaky": 0, "failed": 0, "errors": 0, "skipped": 0} == (
        collected.detail["totals"]
    )
    first, second = collected.detail["files"]
    assert (2, None) == (first["tests"], first.get("repeated"))
    assert (2, 2) == (second["tests"], second.get("repeated"))
    assert "0.600" == collected.detail["durationSeconds"]


def test_file_that_only_repeats(project: Project) -> None:
    """A second copy in another shape holds no test of its own, and is no problem."""
    project.add("1.xml", UNIT)
    project.add("2.xml", f"<testsuites>{UNIT}</testsuites>")
    collected = project.collect()
    assert "PASSED" == collected.result["result"]
    assert {"tests": 0, "repeated": 2}.items() <= collected.detail["files"][1].items()


@pytest.mark.parametrize(
    "other",
    [
        UNIT.replace(AT, "2026-11-23T14:57:02Z"),
        UNIT.replace('<testsuite name="unit"', '<testsuite name="unit" hostname="runner-2"'),
        UNIT.replace('time="0.2"', 'time="0.25"'),
        UNIT.replace('name="unit"', 'name="other"'),
    ],
    ids=["another time", "another host", "another duration", "another suite"],
)
def test_other_run_of_the_same_tests(other: str, project: Project) -> None:
    """A job of a matrix runs the same tests again: each run counts, under a name of its own."""
    project.add("1.xml", UNIT)
    project.add("2.xml", other)
    assert ["t::a", "t::a #2", "t::b", "t::b #2"] == project.collect().result["passedTests"]


@pytest.mark.parametrize("names", [("1.xml", "2.xml"), ("2.xml", "1.xml")])
def test_failure_never_hides_behind_a_pass(names: tuple[str, str], project: Project) -> None:
    """The same suite, passed in one file and failed in the other, has failed."""
    project.add(names[0], UNIT)
    project.add(names[1], FAILED)
    collected = project.collect()
    assert "FAILED" == collected.result["result"]
    assert 1 == len(collected.result["failedTests"])
    assert 4 == collected.detail["totals"]["tests"]


def test_failure_counts_once_too(project: Project) -> None:
    """A failed suite that stands in two files failed once."""
    project.add("1.xml", FAILED)
    project.add("2.xml", f"<testsuites>{FAILED}</testsuites>")
    assert ["t::b"] == project.collect().result["failedTests"]


def test_same_bytes_are_refused(project: Project) -> None:
    """One file under two names is a mistake in `inputs`."""
    project.add("1.xml", UNIT)
    project.add("2.xml", UNIT)
    with pytest.raises(CollectError, match=r"1\.xml and 2\.xml hold the same bytes"):
        project.collect()


def test_same_suite_twice_in_one_file(project: Project) -> None:
    """Within one file nothing is taken for a copy: the totals count both."""
    project.add("1.xml", f'<testsuites tests="4">{UNIT}{UNIT}</testsuites>')
    assert 4 == project.collect().detail["totals"]["tests"]


def test_empty_report_beside_a_full_one(project: Project) -> None:
    """A shard whose report is empty is not made up for by the others."""
    project.add("1.xml", UNIT)
    project.add("2.xml", '<testsuites tests="0"/>')
    collected = project.collect()
    assert "FAILED" == collected.result["result"]
    assert ["2.xml: no test case"] == collected.detail["problems"]


def test_copied_suite_that_skips_everything(project: Project) -> None:
    """What was skipped is skipped however often it is written down."""
    skipped = '<testsuite name="s" tests="1"><testcase name="a"><skipped/></testcase></testsuite>'
    project.add("1.xml", skipped)
    project.add("2.xml", f"<testsuites>{skipped}</testsuites>")
    assert ["no test ran: all 1 were skipped"] == project.collect().detail["problems"]
