"""Several SARIF files as one: every result counted once, the worst of them listed.

A result of one run that an earlier file holds too, alike in everything that is kept of it, is the
same one. Within one file nothing is taken for a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance_tests.test_run import refuse_same_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance_tests.sarif import Result, SarifLog, ToolRun

BLOCKING: Final = frozenset({"critical", "high", "unknown"})
"""Severities that are listed one by one whatever the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRun:
    """One run, and which of its results count."""

    run: ToolRun
    results: tuple[Result, ...]
    """Those that no earlier file holds."""

    @property
    def repeated(self) -> int:
        """How many results an earlier file holds too."""
        return len(self.run.results) - len(self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticAnalysis:
    """What all files together say."""

    logs: tuple[SarifLog, ...]
    """Sorted by name."""
    runs: tuple[CountedRun, ...]
    problems: tuple[str, ...]
    """Why the results may not be all there are."""

    @property
    def results(self) -> tuple[Result, ...]:
        """Every result that counts."""
        return tuple(result for counted in self.runs for result in counted.results)


def merge(logs: Iterable[SarifLog]) -> StaticAnalysis:
    """Return what `logs` say together.

    Raises:
        CollectError: two hold the same bytes.
    """
    ordered = tuple(sorted(logs, key=lambda log: log.name))
    refuse_same_bytes((log.name, log.sha256) for log in ordered)
    seen: set[Result] = set()
    runs: list[CountedRun] = []
    for log in ordered:
        counted = [
            CountedRun(run=run, results=tuple(it for it in run.results if it not in seen))
            for run in log.runs
        ]
        seen.update(result for each in counted for result in each.results)
        runs += counted
    return StaticAnalysis(
        logs=ordered,
        runs=tuple(runs),
        problems=tuple(
            problem
            for log in ordered
            for problem in (*log.problems, *(it for run in log.runs for it in run.problems))
        ),
    )


def is_listed(result: Result) -> bool:
    """Return whether a result is told one by one: errors, severe ones, and what is not decided."""
    if result.state == "absent":
        return False
    if result.state == "undecided":
        return True
    return result.level == "error" or result.severity in BLOCKING
