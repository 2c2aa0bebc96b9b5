"""The self-test: defects planted for this very run, seen through the code that reads yours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance.interfaces import SelfTest
from assurance_tests import inputs
from assurance_tests.junit import Outcome

if TYPE_CHECKING:
    from assurance.interfaces import CollectContext
    from assurance_tests.inputs import Inputs

_FAILING: Final = (
    b'<testsuites><testsuite name="planted" tests="2" failures="1">'
    b'<testcase classname="planted" name="passes" time="0.1"/>'
    b'<testcase classname="planted" name="fails" time="0.1"><failure message="planted"/></testcase>'
    b"</testsuite></testsuites>\n"
)
_CUT: Final = b'<testsuites><testsuite name="planted"><testcase name="passes"/></testsuite>\n'


_TESTS: Final = (
    b'<testsuite name="planted" tests="1"><testcase classname="planted" name="passes"/></testsuite>'
)
_COVERAGE: Final = (
    b'<coverage lines-valid="3" lines-covered="1"><packages><package><classes>'
    b'<class filename="run.py"><lines><line number="1" hits="1"/></lines></class>'
    b'<class filename="idle.py"><lines><line number="1" hits="0"/><line number="2" hits="0"/>'
    b"</lines></class></classes></package></packages></coverage>\n"
)
_SARIF: Final = (
    b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"planted"}},"results":['
    b'{"ruleId":"P1","level":"error","message":{"text":"planted"}},'
    b'{"ruleId":"P2","level":"error","message":{"text":"planted"},'
    b'"suppressions":[{"kind":"external","status":"underReview"}]}]}]}\n'
)


def self_test(context: CollectContext) -> SelfTest:
    """Plant each defect in the work folder, and say which was not seen."""
    plants = {
        "failed test": _failed_test_is_seen,
        "cut report": _cut_report_is_seen,
        "uncovered file": _uncovered_file_is_seen,
        "finding of a static analysis": _finding_is_seen,
    }
    missed = [what for what, is_seen in plants.items() if not is_seen(context)]
    return SelfTest(
        planted=", ".join(f"a {what}" for what in plants),
        found=not missed,
        message=f"did not see the planted {' and '.join(missed)}" if missed else "saw them all",
    )


def _failed_test_is_seen(context: CollectContext) -> bool:
    run = _read(context, {"failing.xml": _FAILING}).run
    return run.result == "FAILED" and run.ids[Outcome.FAILED] == ("planted::fails",)


def _cut_report_is_seen(context: CollectContext) -> bool:
    try:
        _read(context, {"cut.xml": _CUT})
    except CollectError as err:
        return not err.missing
    return False


def _uncovered_file_is_seen(context: CollectContext) -> bool:
    coverage = _read(context, {"tests.xml": _TESTS, "coverage.xml": _COVERAGE}).coverage
    return coverage is not None and (coverage.uncovered, coverage.lines) == (("idle.py",), (1, 3))


def _finding_is_seen(context: CollectContext) -> bool:
    analysis = _read(context, {"tests.xml": _TESTS, "planted.sarif": _SARIF}).analysis
    seen = [] if analysis is None else [it.rule for it in analysis.results if it.state == "open"]
    return seen == ["P1", "P2"]


def _read(context: CollectContext, plants: dict[str, bytes]) -> Inputs:
    """Read planted files as the run's own are read, whatever format its options name."""
    paths = []
    for name, content in plants.items():
        path = context.workdir / name
        path.write_bytes(content)
        paths.append(path)
    return inputs.read(
        replace(context, root=context.workdir, inputs=tuple(sorted(paths)), options={})
    )
