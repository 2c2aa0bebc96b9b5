"""The collector `tests`: the JUnit XML reports that the settings' `inputs` matched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance.interfaces import SelfTest
from assurance.predicates import TEST_RESULT, TESTS_DETAIL
from assurance_tests.junit import Outcome
from assurance_tests.statements import statements
from assurance_tests.test_run import read_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

    from assurance.interfaces import CollectContext
    from assurance.model import Statement
    from assurance_tests.test_run import Run

MAX_FILES: Final = 10_000
"""Reports of one run; Surefire writes one a class."""

_OPTIONS: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "format": {
            "description": "Format of the reports.",
            "enum": ["junit"],
            "default": "junit",
        }
    },
}

_FAILING: Final = (
    b'<testsuites><testsuite name="planted" tests="2" failures="1">'
    b'<testcase classname="planted" name="passes" time="0.1"/>'
    b'<testcase classname="planted" name="fails" time="0.1"><failure message="planted"/></testcase>'
    b"</testsuite></testsuites>\n"
)
_CUT: Final = b'<testsuites><testsuite name="planted"><testcase name="passes"/></testsuite>\n'


class JUnitCollector:
    """Turns JUnit XML into `test-result/v0.1` and `tests-detail/v1`."""

    name: str = "tests"
    predicate_types: tuple[str, ...] = (TEST_RESULT, TESTS_DETAIL)
    options_schema: Mapping[str, Any] = _OPTIONS

    def collect(self, context: CollectContext) -> Iterable[Statement]:
        """Read every report; see `assurance.interfaces.Collector`.

        Raises:
            CollectError: no report (MISSING), or one that nothing can be said about.
        """
        return statements(_run(context), context.release, now=context.now)

    def self_test(self, context: CollectContext) -> SelfTest:
        """Plant a report with a failure and a cut one, and see both through `_run`."""
        failing = _plant(context, "failing.xml", _FAILING)
        run = _run(failing)
        seen = run.result == "FAILED" and run.ids[Outcome.FAILED] == ("planted::fails",)
        try:
            _run(_plant(context, "cut.xml", _CUT))
        except CollectError as err:
            cut = not err.missing
        else:
            cut = False
        missed = [what for what, found in (("failed test", seen), ("cut report", cut)) if not found]
        return SelfTest(
            planted="a report with one failed test of two, and a report that is cut",
            found=not missed,
            message=f"did not see the planted {' and '.join(missed)}" if missed else "saw both",
        )


def _run(context: CollectContext) -> Run:
    if not context.inputs:
        raise CollectError(
            "there is no test report",
            remedy="run the tests with a JUnit report, such as "
            "`pytest --junitxml=build/junit.xml`, and name it in `inputs`",
            missing=True,
        )
    if len(context.inputs) > MAX_FILES:
        raise CollectError(
            f"{len(context.inputs):,} test reports; the limit is {MAX_FILES:,}",
            remedy="let `inputs` match the reports of this run only",
        )
    return read_run((_name(path, context.root), path) for path in context.inputs)


def _name(path: Path, root: Path) -> str:
    """Return a name for people and for the evidence: relative, and printable."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )


def _plant(context: CollectContext, name: str, content: bytes) -> CollectContext:
    path = context.workdir / name
    path.write_bytes(content)
    return replace(context, root=context.workdir, inputs=(path,))
