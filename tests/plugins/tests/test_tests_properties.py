"""What holds for every input: only our error, and totals that add up."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assurance.errors import CollectError
from assurance_tests.input_file import InputFile
from assurance_tests.junit import BROKEN, Outcome
from assurance_tests.test_run import read_run

if TYPE_CHECKING:
    from assurance_tests.test_run import Run

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
JUNIT = (VECTORS / "junit" / "surefire-flaky.xml").read_bytes()

BELOW = {
    "": Outcome.PASSED,
    "<system-out>failure</system-out>": Outcome.PASSED,
    "<skipped/>": Outcome.SKIPPED,
    "<failure/>": Outcome.FAILED,
    "<error/>": Outcome.ERROR,
    "<flakyFailure/>": Outcome.FLAKY,
}
case = st.tuples(
    st.sampled_from(["a", "b", "b #2", "c"]),
    st.sampled_from(sorted(BELOW)),
    st.sampled_from(["", ' time="0.5"', ' time="2"']),
)
suites = st.lists(st.tuples(st.sampled_from(["x", "y"]), st.lists(case, max_size=4)), max_size=3)


def run_of(*contents: bytes) -> Run:
    """Read reports with these contents."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, content in enumerate(contents):
            path = Path(folder, f"{number}.xml")
            path.write_bytes(content)
            files.append(InputFile(name=path.name, path=path))
        return read_run(files)


def result_of(content: bytes) -> str:
    """Return the result of a run, or the remedy of the only error that reading may raise."""
    try:
        return run_of(content).result
    except CollectError as err:
        return err.remedy


def written(parts: list[tuple[str, list[tuple[str, str, str]]]], *, totals: bool = True) -> bytes:
    """Write suites as a runner would."""
    lines = ["<testsuites>"]
    for name, cases in parts:
        counts = f' tests="{len(cases)}"' if totals else ""
        lines.append(f"<testsuite name={quoteattr(name)}{counts}>")
        lines += [f"<testcase name={quoteattr(it[0])}{it[2]}>{it[1]}</testcase>" for it in cases]
        lines.append("</testsuite>")
    return "".join([*lines, "</testsuites>"]).encode()


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=60, deadline=None)
@example(b"\xff\xfe")
@example(b"<testsuite/>")
def test_any_bytes_are_a_run_or_our_error(data: bytes) -> None:
    """No bytes raise anything else, and none of them pass by chance."""
    assert "PASSED" != result_of(data)


@given(
    st.integers(0, len(JUNIT) - 1),
    st.integers(0, 20),
    st.sampled_from([b"", b"<", b">", b'"', b"&", b"\x00", b"\xff", b"-", b"9", b"</testcase>"]),
)
@settings(max_examples=60, deadline=None)
def test_changed_report_raises_only_our_error(at: int, cut: int, put: bytes) -> None:
    """A report that is nearly right is read, or refused with a remedy."""
    assert result_of(JUNIT[:at] + put + JUNIT[at + cut :])


@given(st.integers(1, len(JUNIT) - 2))
@settings(max_examples=60, deadline=None)
def test_cut_report_is_refused(at: int) -> None:
    """No beginning of a report is a report."""
    with pytest.raises(CollectError, match="cut or not well-formed"):
        run_of(JUNIT[:at].rstrip())


@given(suites, suites)
@settings(max_examples=60, deadline=None)
def test_every_case_counts_once(
    first: list[tuple[str, list[tuple[str, str, str]]]],
    second: list[tuple[str, list[tuple[str, str, str]]]],
) -> None:
    """Outcomes partition the cases; each failure is there; what is repeated is told apart."""
    one, two = written(first), b" " + written(second)
    run = run_of(one, two)
    total = sum(len(found) for found in run.ids.values())
    cases = [it for part in (first, second) for _, found in part for it in found]
    assert total == sum(len(counted.cases) for counted in run.reports)
    assert total + sum(counted.repeated for counted in run.reports) == len(cases)
    names = [name for found in run.ids.values() for name in found]
    assert len(names) == len(set(names))
    said = {BELOW[it[1]] for it in cases}
    assert said == {outcome for outcome, found in run.ids.items() if found}
    if said & BROKEN or not cases or said == {Outcome.SKIPPED}:
        assert "FAILED" == run.result


@given(suites)
@settings(max_examples=60, deadline=None)
def test_merging_never_improves(parts: list[tuple[str, list[tuple[str, str, str]]]]) -> None:
    """One failed test fails the run, whatever stands beside it."""
    bad = [("x", [("a", "<failure/>", "")])]
    assert "FAILED" == run_of(written(parts), b" " + written(bad)).result
