"""Several reports as one run: every case counted once, every id unique.

Rules, in this order:

- files with the same bytes are refused: `inputs` match one report twice;
- a suite that an earlier file holds too, with the same name, times, cases and outcomes, is the
  same run of it (Surefire beside a merged report, a shard that was uploaded twice): its cases
  count once, under the first file. Equal suites end equally, so nothing is hidden;
- whatever differs is another run. Cases keep the order of the reports (sorted by name) and of
  the document; the second case of an id is called `ID #2`, the third `ID #3`: a matrix of jobs
  writes the same ids. Nothing is merged, so a failure never hides behind a pass of the same
  name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from assurance.errors import CollectError
from assurance_tests.junit import BROKEN, MAX_CASES, Outcome, read
from assurance_tests.report_age import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from assurance_tests.case_text import Span
    from assurance_tests.input_file import InputFile
    from assurance_tests.junit import Case, Report, SuiteRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One report, and which of its cases count."""

    report: Report
    cases: tuple[Case, ...]
    """Those that no earlier report holds."""

    @property
    def repeated(self) -> int:
        """How many cases an earlier report holds too."""
        return len(self.report.cases) - len(self.cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all reports together say."""

    reports: tuple[Counted, ...]
    """Sorted by name."""
    ids: dict[Outcome, tuple[str, ...]]
    """Sorted; every outcome is a key, and every id stands under one outcome only."""
    seconds: Decimal | None
    """Sum over the cases; None if no case says how long it took."""
    problems: tuple[str, ...]
    """Why the run is no pass although no case failed, or what else does not fit."""

    @property
    def result(self) -> str:
        """Return PASSED, WARNED (nothing worse than flaky cases) or FAILED."""
        if self.problems or any(self.ids[outcome] for outcome in BROKEN):
            return "FAILED"
        return "WARNED" if self.ids[Outcome.FLAKY] else "PASSED"

    @property
    def started(self) -> datetime | None:
        """Earliest start that a report claims, UTC."""
        return min((span.start for span in self._spans), default=None)

    @property
    def ended(self) -> datetime | None:
        """Latest end that a report claims, UTC."""
        return max((span.end for span in self._spans), default=None)

    def claims(self) -> tuple[Claim, ...]:
        """Return from when each suite is, as its report claims."""
        return tuple(
            Claim(name=counted.report.name, moment=span.start, zoned=span.zoned)
            for counted in self.reports
            for span in counted.report.spans
        )

    @property
    def _spans(self) -> tuple[Span, ...]:
        return tuple(span for counted in self.reports for span in counted.report.spans)


def read_run(files: Iterable[InputFile]) -> Run:
    """Read the reports of one run.

    Raises:
        CollectError: a report cannot be read; two hold the same bytes; totals disagree
            with the cases although none failed.
    """
    reports: list[Report] = []
    left = MAX_CASES
    for file in sorted(files, key=lambda file: file.name):
        report = read(file, max_cases=left)
        left -= len(report.cases)
        reports.append(report)
    refuse_same_bytes((report.name, report.sha256) for report in reports)
    counted = tuple(_counted(reports))
    ids: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for identity, outcome in _unique(counted):
        ids[outcome].append(identity)
    failed = any(ids[outcome] for outcome in BROKEN)
    disagreements = [
        f"{report.name}: {text}" for report in reports for text in report.disagreements
    ]
    if disagreements and not failed:
        raise CollectError(
            f"the totals of a report disagree with its cases: {disagreements[0]}",
            remedy="run the tests again, to the end; nothing can be said about a report "
            "that contradicts itself",
        )
    times = [case.seconds for each in counted for case in each.cases if case.seconds is not None]
    return Run(
        reports=counted,
        ids={outcome: tuple(sorted(found)) for outcome, found in ids.items()},
        seconds=sum(times, Decimal(0)) if times else None,
        problems=(*_empty(counted), *disagreements),
    )


def refuse_same_bytes(files: Iterable[tuple[str, str]]) -> None:
    """Raise CollectError where two of these (name, SHA-256) hold the same bytes."""
    seen: dict[str, str] = {}
    for name, digest in files:
        first = seen.setdefault(digest, name)
        if first != name:
            raise CollectError(
                f"{first} and {name} hold the same bytes; what they say would count twice",
                remedy="let `inputs` match each report once",
                where=name,
            )


def _counted(reports: Iterable[Report]) -> Iterator[Counted]:
    seen: set[SuiteRun] = set()
    for report in reports:
        new = [suite for suite in report.suites if suite not in seen]
        seen.update(new)
        yield Counted(report=report, cases=tuple(case for suite in new for case in suite.cases))


def _empty(reports: Iterable[Counted]) -> Iterator[str]:
    """Say which reports hold no test that ran, if not the whole run."""
    cases = 0
    skipped = True
    for counted in reports:
        if not counted.report.cases:
            yield f"{counted.report.name}: no test case"
        cases += len(counted.cases)
        skipped = skipped and all(case.outcome is Outcome.SKIPPED for case in counted.cases)
    if cases and skipped:
        yield f"no test ran: all {cases} were skipped"


def _unique(reports: Iterable[Counted]) -> Iterator[tuple[str, Outcome]]:
    cases = [case for counted in reports for case in counted.cases]
    taken = {case.id for case in cases}
    given: set[str] = set()
    number: dict[str, int] = {}
    for case in cases:
        identity = case.id
        while identity in given or (identity != case.id and identity in taken):
            number[case.id] = number.get(case.id, 1) + 1
            identity = f"{case.id} #{number[case.id]}"
        given.add(identity)
        yield identity, case.outcome
