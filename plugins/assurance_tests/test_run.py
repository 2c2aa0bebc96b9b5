"""Several reports as one run: every case counted once, every id unique.

Cases keep the order of the reports (sorted by name) and of the document. The second case
of an id is called `ID #2`, the third `ID #3`: a matrix of jobs writes the same ids, and so
does pytest for a test whose call and teardown both failed. Nothing is merged, so a failure
never hides behind a pass of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from assurance.errors import CollectError
from assurance_tests.junit import BROKEN, MAX_CASES, Outcome, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from assurance_tests.junit import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all reports together say."""

    reports: tuple[Report, ...]
    """Sorted by name."""
    ids: dict[Outcome, tuple[str, ...]]
    """Sorted; every outcome is a key, and every id stands under one outcome only."""
    seconds: Decimal | None
    """Sum over the cases; None if no case says how long it took."""
    started: datetime | None
    ended: datetime | None
    problems: tuple[str, ...]
    """Why the run is no pass although no case failed, or what else does not fit."""

    @property
    def result(self) -> str:
        """Return PASSED, WARNED (nothing worse than flaky cases) or FAILED."""
        if self.problems or any(self.ids[outcome] for outcome in BROKEN):
            return "FAILED"
        return "WARNED" if self.ids[Outcome.FLAKY] else "PASSED"


def read_run(files: Iterable[tuple[str, Path]]) -> Run:
    """Read the reports of one run.

    Args:
        files: (name, path) of each report.

    Raises:
        CollectError: a report cannot be read; two hold the same bytes; totals disagree
            with the cases although none failed.
    """
    reports: list[Report] = []
    left = MAX_CASES
    for name, path in sorted(files):
        report = read(path, name=name, max_cases=left)
        left -= len(report.cases)
        reports.append(report)
    _refuse_same_bytes(reports)
    ids: dict[Outcome, list[str]] = {outcome: [] for outcome in Outcome}
    for identity, outcome in _unique(reports):
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
    times = [
        case.seconds for report in reports for case in report.cases if case.seconds is not None
    ]
    spans = [span for report in reports for span in report.spans]
    return Run(
        reports=tuple(reports),
        ids={outcome: tuple(sorted(found)) for outcome, found in ids.items()},
        seconds=sum(times, Decimal(0)) if times else None,
        started=min((start for start, _ in spans), default=None),
        ended=max((end for _, end in spans), default=None),
        problems=(*_empty(reports), *disagreements),
    )


def _empty(reports: list[Report]) -> Iterator[str]:
    """Say which reports hold no test that ran, if not the whole run."""
    for report in reports:
        if not report.cases:
            yield f"{report.name}: no test case"
    cases = [case for report in reports for case in report.cases]
    if cases and all(case.outcome is Outcome.SKIPPED for case in cases):
        yield f"no test ran: all {len(cases)} were skipped"


def _refuse_same_bytes(reports: list[Report]) -> None:
    seen: dict[str, str] = {}
    for report in reports:
        first = seen.setdefault(report.sha256, report.name)
        if first != report.name:
            raise CollectError(
                f"{first} and {report.name} hold the same bytes; the same tests would count twice",
                remedy="let `inputs` match each report once",
                where=report.name,
            )


def _unique(reports: list[Report]) -> Iterator[tuple[str, Outcome]]:
    taken = {case.id for report in reports for case in report.cases}
    given: set[str] = set()
    number: dict[str, int] = {}
    for report in reports:
        for case in report.cases:
            identity = case.id
            while identity in given or (identity != case.id and identity in taken):
                number[case.id] = number.get(case.id, 1) + 1
                identity = f"{case.id} #{number[case.id]}"
            given.add(identity)
            yield identity, case.outcome
