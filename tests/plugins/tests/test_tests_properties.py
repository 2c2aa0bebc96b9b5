"""What holds for every input: only our error, and totals that add up."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assurance.errors import CollectError
from assurance_tests import cobertura, coverage_json, coverage_lines, sarif
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
OWN = json.loads((VECTORS / "coverage" / "coverage-py.json").read_text("utf-8"))
SARIF = {
    "version": "2.1.0",
    "runs": [
        run
        for name in (
            "codeql-severity-in-an-extension",
            "level-raised-by-configuration",
            "notification-of-an-error",
            "suppressed-and-accepted",
            "converter-failed",
            "part-of-a-rule",
        )
        for run in json.loads((VECTORS / "sarif" / f"{name}.sarif").read_text("utf-8"))["runs"]
    ],
}
COBERTURA = (VECTORS / "cobertura" / "coverage-py.xml").read_bytes()


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every part of a document."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += paths(value[key], (*path, key))
    return found


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return the document with another value at `path`."""
    copied = copy.deepcopy(document)
    parent = copied
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return copied


@given(st.sampled_from(paths(OWN)), JSON)
@settings(max_examples=80, deadline=None)
def test_changed_coverage_never_covers_more(path: tuple[Any, ...], value: Any) -> None:
    """One changed value of a report is refused, or takes nothing from what is missing."""
    try:
        report = coverage_json.read(changed(OWN, path, value), name="c.json", sha256="0" * 64)
    except CollectError as err:
        remedy = err.remedy
        assert remedy
        return
    assert (4, 10) == coverage_lines.merge([report]).lines


@given(st.sampled_from(paths(SARIF)), JSON)
@settings(max_examples=80, deadline=None)
def test_changed_sarif_raises_only_our_error(path: tuple[Any, ...], value: Any) -> None:
    """One changed value of a file is read, or refused with a remedy."""
    try:
        log = sarif.read(
            changed(SARIF, path, value),
            name="s.sarif",
            sha256="0" * 64,
            root=Path("/src"),
            revision="8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29",
        )
    except CollectError as err:
        remedy = err.remedy
        assert remedy
    else:
        assert all(run.tool for run in log.runs)


@given(
    st.integers(0, len(COBERTURA) - 1),
    st.integers(0, 30),
    st.sampled_from([b"", b"<", b'"', b"&", b"\x00", b"\xff", b"-", b"9", b"</class>"]),
)
@settings(max_examples=80, deadline=None)
def test_changed_cobertura_raises_only_our_error(at: int, cut: int, put: bytes) -> None:
    """Bytes that are nearly a report are read, or refused; the totals bound what they cover."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.xml")
        path.write_bytes(COBERTURA[:at] + put + COBERTURA[at + cut :])
        try:
            report = cobertura.read(InputFile(name="c.xml", path=path), root=Path(folder))
        except CollectError as err:
            remedy = err.remedy
            assert remedy
        else:
            assert report.name == "c.xml"


part = st.dictionaries(st.integers(1, 6), st.booleans(), max_size=6)


@given(st.lists(part, min_size=1, max_size=4))
@settings(deadline=None)
def test_merged_coverage_is_the_union(shards: list[dict[int, bool]]) -> None:
    """Each line counts once, and is covered exactly where any shard covers it."""
    reports = []
    for number, lines in enumerate(shards):
        source = coverage_lines.Source()
        for line, ran in lines.items():
            source.see_line(line, ran=ran)
        reports.append(
            coverage_lines.CoverageReport(
                name=f"{number}.xml",
                sha256=str(number),
                format="cobertura",
                tool=None,
                measured=None,
                has_branches=False,
                sources={"a.py": source},
            )
        )
    merged = coverage_lines.merge(reports)
    every = {line for lines in shards for line in lines}
    covered = {line for lines in shards for line, ran in lines.items() if ran}
    assert (len(covered), len(every)) == merged.lines
    assert merged == coverage_lines.merge(reversed(reports))
