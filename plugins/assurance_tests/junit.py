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
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024
"""Limit of one report."""
MAX_CASES: Final = 1_000_000
"""Limit of test cases in one run, over all its reports."""

_CHUNK: Final = 4 * 1024 * 1024
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One `testcase` element, or a failure that a suite itself reports."""

    id: str
    """`classname::name`, or the name alone; not yet unique."""
    outcome: Outcome
    seconds: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report file."""

    name: str
    """Path relative to the project, POSIX."""
    sha256: str
    cases: tuple[Case, ...]
    disagreements: tuple[str, ...]
    """Totals that the cases do not bear out, one sentence each."""
    spans: tuple[tuple[datetime, datetime], ...]
    """Start and end of each suite that has a `timestamp`, UTC."""


def read(path: Path, *, name: str, max_cases: int = MAX_CASES) -> Report:
    """Read the report at `path`.

    Args:
        path: A regular file of at most `MAX_BYTES`.
        name: What the report is called in messages and in the evidence.
        max_cases: How many cases it may hold.

    Raises:
        CollectError: it cannot be read, is cut, is no JUnit XML, or says something odd.
    """
    digest = sha256()
    target = _Reader(name, max_cases)
    xml_stream.parse(_chunks(path, name, digest.update), target, where=name)
    return Report(
        name=name,
        sha256=digest.hexdigest(),
        cases=tuple(target.cases),
        disagreements=tuple(target.disagreements),
        spans=tuple(target.spans),
    )


def _chunks(path: Path, name: str, see: Callable[[bytes], None]) -> Iterator[bytes]:
    if not path.is_file():
        raise CollectError(
            "the report is no regular file",
            remedy="let `inputs` match the test runner's XML files only",
            where=name,
        )
    size = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise CollectError(
                        f"the report is larger than {MAX_BYTES:,} bytes",
                        remedy="let the test runner leave out captured output, "
                        "or write several reports",
                        where=name,
                    )
                see(chunk)
                yield chunk
    except OSError as err:
        raise CollectError(
            f"the report cannot be read: {err.strerror}",
            remedy="make the file readable for the user that runs `assurance`",
            where=name,
        ) from err
    if size == 0:
        raise CollectError(
            "the report is an empty file: the test runner was stopped before it wrote",
            remedy="run the tests again, to the end",
            where=name,
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


class _Reader:
    """Sees the elements of one report (`xml_stream.Target`)."""

    def __init__(self, name: str, max_cases: int) -> None:
        self._name = name
        self._max_cases = max_cases
        self._open: list[str] = []
        self._suites: list[Suite] = []
        self._ignored = 0
        """Depth inside an element that is passed over; 0 outside."""
        self._case: _OpenCase | None = None
        self.cases: list[Case] = []
        self.disagreements: list[str] = []
        self.spans: list[tuple[datetime, datetime]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._ignored:
            self._ignored += 1
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
            self._keep(
                Case(id=f"{self._suites[-1].label} as a whole", outcome=_SAYS[tag], seconds=None)
            )
            self._suites[-1].bad += 1
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
            self._end_case(self._case)
            self._case = None
        elif tag in _SUITES:
            suite = self._suites.pop()
            self.disagreements.extend(suite.disagreements())
            if self._suites:
                self._suites[-1].add(suite)

    def _end_case(self, case: _OpenCase) -> None:
        outcome = case.outcome()
        self._keep(Case(id=case.id, outcome=outcome, seconds=case.seconds))
        suite = self._suites[-1]
        suite.direct += 1
        suite.cases += 1
        suite.skipped += outcome is Outcome.SKIPPED
        suite.bad += outcome in BROKEN

    def _start_suite(self, tag: str, attributes: Mapping[str, str]) -> None:
        label = case_text.label(tag, attributes.get("name"), where=self._name)
        self._suites.append(Suite(label=label, declared=declared(attributes, where=self._name)))
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
        if len(self.cases) >= self._max_cases:
            raise self._refuse(f"the run has more than {MAX_CASES:,} test cases, the limit")
        self.cases.append(case)

    def _refuse(self, problem: str) -> CollectError:
        return CollectError(problem, remedy=_REMEDY, where=self._name)
