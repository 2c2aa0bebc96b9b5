"""One JUnit XML report, read strictly: pytest, Surefire, Jest, Node, Go, GoogleTest dialects.

The format has no standard. What is read is the part that they share: `testsuites` and
`testsuite` nested in any way, `testcase` with `classname`, `name`, `time`, and below it
`failure`, `error`, `skipped` and Surefire's rerun elements. A case passes only if nothing
says otherwise, and what is not known inside a case is refused, because it could mean a
failure. Cases of one report stay in document order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance_tests import case_text, xml_stream
from assurance_tests.suite_totals import Suite, declared

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from assurance_tests.input_file import InputFile

MAX_CASES: Final = 1_000_000
"""Limit of test cases in one run, over all its reports."""

_REMEDY: Final = "let the test runner write the report again, as JUnit XML"

_SUITES: Final = frozenset({"testsuites", "testsuite"})
_NOTES: Final = frozenset({"properties", "property", "system-out", "system-err"})
"""Elements that say nothing about a result; they and all below them are passed over."""
_CASE_NOTES: Final = _NOTES | {"attachments", "attachment", "description", "assertions"}

_RAN: Final = frozenset({"run", "completed", "passed", "pass", "success", "successful", "ok"})
_NOT_RUN: Final = frozenset(
    {"notrun", "skipped", "skip", "suppressed", "disabled", "ignored", "pending", "todo"}
)
_BROKEN: Final = frozenset({"failed", "fail", "failure", "error", "errored", "broken", "timeout"})


class Outcome(Enum):
    """How one case ended; each case has exactly one, the worst that is said of it."""

    ERROR = "error"
    FAILED = "failed"
    SKIPPED = "skipped"
    FLAKY = "flaky"
    """Passed in the end, after at least one failed try."""
    PASSED = "passed"


_WORST_FIRST: Final = tuple(Outcome)
BROKEN: Final = frozenset({Outcome.ERROR, Outcome.FAILED})
_SAYS: Final = {
    "error": Outcome.ERROR,
    "failure": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    # Surefire: a failed try of a case that passed in the end, or that failed every time. The
    # second kind stands beside `failure`; alone it is no pass either.
    "flakyError": Outcome.FLAKY,
    "flakyFailure": Outcome.FLAKY,
    "rerunError": Outcome.ERROR,
    "rerunFailure": Outcome.FAILED,
}
"""Elements below a case that say how it ended."""
_STAMPS: Final = ("timestamp", "time", "hostname", "id")
"""Attributes of a suite that tell two runs of it apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One `testcase` element, or a failure that a suite itself reports."""

    id: str
    """`classname::name`, or the name alone; not yet unique."""
    outcome: Outcome
    seconds: Decimal | None
    whole: bool = False
    """A failure that a suite reports of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRun:
    """The cases directly below one suite; equal ones are reports of the same run of it."""

    label: str
    stamps: tuple[str | None, ...]
    """Its `timestamp`, `time`, `hostname` and `id` as they are written."""
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report file."""

    name: str
    """Path relative to the project, POSIX."""
    sha256: str
    suites: tuple[SuiteRun, ...]
    """Those that have cases, in the order in which they end."""
    disagreements: tuple[str, ...]
    """Totals that the cases do not bear out, one sentence each."""
    spans: tuple[case_text.Span, ...]
    """Start and end of each suite that has a `timestamp`."""

    @property
    def cases(self) -> tuple[Case, ...]:
        """All cases of the report."""
        return tuple(case for suite in self.suites for case in suite.cases)


def read(file: InputFile, *, max_cases: int = MAX_CASES) -> Report:
    """Read one report.

    Args:
        file: Where it is, and what it is called in messages and in the evidence.
        max_cases: How many cases it may hold.

    Raises:
        CollectError: it cannot be read, is cut, is no JUnit XML, or says something odd.
    """
    digest = sha256()
    target = _Reader(file.name, max_cases)
    xml_stream.parse(file.chunks(digest.update), target, where=file.name)
    return Report(
        name=file.name,
        sha256=digest.hexdigest(),
        suites=tuple(target.runs),
        disagreements=tuple(target.disagreements),
        spans=tuple(target.spans),
    )


@dataclass(slots=True, kw_only=True)
class _OpenCase:
    """A `testcase` whose end has not been seen."""

    id: str
    seconds: Decimal | None
    said: Outcome
    """What its attributes say."""
    seen: set[Outcome] = field(default_factory=set)
    """What its elements say."""

    def outcome(self) -> Outcome:
        """Return the worst of what was said; nothing said is a pass."""
        return next(outcome for outcome in _WORST_FIRST if outcome in {self.said, *self.seen})


@dataclass(slots=True, kw_only=True)
class _OpenSuite:
    """A suite whose end has not been seen."""

    totals: Suite
    stamps: tuple[str | None, ...]
    cases: list[Case] = field(default_factory=list)
    """Directly below."""


class _Reader:
    """Sees the elements of one report (`xml_stream.Target`)."""

    def __init__(self, name: str, max_cases: int) -> None:
        self._name = name
        self._max_cases = max_cases
        self._seen = 0
        self._open: list[str] = []
        self._suites: list[_OpenSuite] = []
        self._ignored = 0
        """Depth inside an element that is passed over; 0 outside."""
        self._case: _OpenCase | None = None
        self.runs: list[SuiteRun] = []
        self.disagreements: list[str] = []
        self.spans: list[case_text.Span] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._ignored:
            self._ignored += 1
            if self._case is not None and tag == "property" and case_text.says_rerun(attributes):
                self._case.seen.add(Outcome.FLAKY)
            return
        if not self._open and tag not in _SUITES:
            raise self._refuse(f"the root element is `{tag:.40}`, not `testsuites` or `testsuite`")
        if self._case is not None:
            self._start_in_case(self._case, tag)
        elif tag in _SUITES:
            self._start_suite(tag, attributes)
        elif tag == "testcase":
            self._case = _OpenCase(
                id=case_text.identity(attributes, where=self._name),
                seconds=case_text.seconds(attributes.get("time"), where=self._name),
                said=self._status(attributes),
            )
            self._open.append(tag)
        elif tag in {"failure", "error"}:
            name = f"{self._suites[-1].totals.label} as a whole"
            self._keep(Case(id=name, outcome=_SAYS[tag], seconds=None, whole=True))
            self._ignored = 1
        elif tag in _NOTES:
            self._ignored = 1
        else:
            raise self._refuse(f"the element `{tag:.40}` is not known inside a suite")

    def end(self, tag: str) -> None:
        if self._ignored:
            self._ignored -= 1
            return
        self._open.pop()
        if tag == "testcase" and self._case is not None:
            case, self._case = self._case, None
            self._keep(Case(id=case.id, outcome=case.outcome(), seconds=case.seconds))
        elif tag in _SUITES:
            self._end_suite(self._suites.pop())

    def _end_suite(self, suite: _OpenSuite) -> None:
        totals = suite.totals
        tests = [case for case in suite.cases if not case.whole]
        names = len({case.id for case in tests})
        if names < len(tests) and totals.are_tries(len(tests), names):
            suite.cases = [*_joined(tests), *(case for case in suite.cases if case.whole)]
        for case in suite.cases:
            totals.direct += not case.whole
            totals.cases += not case.whole
            totals.skipped += case.outcome is Outcome.SKIPPED
            totals.flaky += case.outcome is Outcome.FLAKY
            totals.bad += case.outcome in BROKEN
        self.disagreements.extend(totals.disagreements())
        if suite.cases:
            run = SuiteRun(label=totals.label, stamps=suite.stamps, cases=tuple(suite.cases))
            self.runs.append(run)
        if self._suites:
            self._suites[-1].totals.add(totals)

    def _start_suite(self, tag: str, attributes: Mapping[str, str]) -> None:
        label = case_text.label(tag, attributes.get("name"), where=self._name)
        self._suites.append(
            _OpenSuite(
                totals=Suite(label=label, declared=declared(attributes, where=self._name)),
                stamps=tuple(attributes.get(key) for key in _STAMPS),
            )
        )
        seconds = case_text.seconds(attributes.get("time"), where=self._name)
        span = case_text.span(attributes.get("timestamp"), seconds)
        if span is not None:
            self.spans.append(span)
        self._open.append(tag)

    def _start_in_case(self, case: _OpenCase, tag: str) -> None:
        if tag in _SAYS:
            case.seen.add(_SAYS[tag])
        elif tag not in _CASE_NOTES:
            raise self._refuse(f"the element `{tag:.40}` is not known inside a test case")
        self._ignored = 1

    def _status(self, attributes: Mapping[str, str]) -> Outcome:
        """Return what `status` and `result` say (GoogleTest, CTest); the worst counts."""
        found = Outcome.PASSED
        for name in ("status", "result"):
            word = attributes.get(name, "run").lower()
            if word in _BROKEN:
                return Outcome.FAILED
            if word in _NOT_RUN:
                found = Outcome.SKIPPED
            elif word not in _RAN:
                raise self._refuse(f"`{name}` of a test case is {word!r:.40}, which is not known")
        return found

    def _keep(self, case: Case) -> None:
        self._seen += 1
        if self._seen > self._max_cases:
            raise self._refuse(f"the run has more than {MAX_CASES:,} test cases, the limit")
        self._suites[-1].cases.append(case)

    def _refuse(self, problem: str) -> CollectError:
        return CollectError(problem, remedy=_REMEDY, where=self._name)


def _joined(elements: list[Case]) -> list[Case]:
    """Join the tries of each test: the worst of them counts, and none but passes is flaky.

    A try that failed and was followed by another one says nothing in such a report, so that
    the elements before the last cannot be told from passes.
    """
    tries: dict[str, list[Case]] = {}
    for element in elements:
        tries.setdefault(element.id, []).append(element)
    return [_join(found) if len(found) > 1 else found[0] for found in tries.values()]


def _join(tries: list[Case]) -> Case:
    seen = {case.outcome for case in tries}
    worst = next(outcome for outcome in _WORST_FIRST if outcome in {Outcome.FLAKY, *seen})
    times = [case.seconds for case in tries if case.seconds is not None]
    return Case(
        id=tries[0].id, outcome=worst, seconds=sum(times, start=times[0] * 0) if times else None
    )
