"""Coverage as lines and branches of source files: what every format is read into, and merged as.

Percentages in the reports are not looked at: coverage.py calls nothing of nothing 100 %. What
several reports say of one source is joined line by line, so that nothing counts twice:

- a line is covered where any report covers it;
- a branch that a report names by where it goes counts in the same way; where a report only says
  how many branches of a line were taken, the most that one report took counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assurance.errors import CollectError
from assurance_tests.test_run import refuse_same_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance_tests.report_age import Claim


@dataclass(slots=True, kw_only=True)
class Source:
    """What is known of one source file."""

    lines: dict[int, bool] = field(default_factory=dict)
    """Line with a statement: whether it ran."""
    jumps: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Branch, as the lines from and to which it goes: whether it was taken."""
    taken: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Line with branches: how many were taken, and how many there are."""

    def see_line(self, number: int, *, ran: bool) -> None:
        """Take note of a line; that it ran once is enough."""
        self.lines[number] = ran or self.lines.get(number, False)

    def see_jump(self, jump: tuple[int, int], *, ran: bool) -> None:
        """Take note of a branch that is known by where it goes."""
        self.jumps[jump] = ran or self.jumps.get(jump, False)

    def see_taken(self, line: int, taken: int, total: int) -> None:
        """Take note of the branches of a line that are only counted."""
        before = self.taken.get(line, (0, 0))
        self.taken[line] = (max(taken, before[0]), max(total, before[1]))

    def add(self, other: Source) -> None:
        """Take note of everything that another report says of the same file."""
        for line, ran in other.lines.items():
            self.see_line(line, ran=ran)
        for jump, ran in other.jumps.items():
            self.see_jump(jump, ran=ran)
        for line, (taken, total) in other.taken.items():
            self.see_taken(line, taken, total)

    def branches(self) -> tuple[int, int]:
        """Return how many branches were taken, and how many there are."""
        counted = dict(self.taken)
        jumps: dict[int, tuple[int, int]] = {}
        for (line, _), ran in self.jumps.items():
            taken, total = jumps.get(line, (0, 0))
            jumps[line] = (taken + ran, total + 1)
        for line, (taken, total) in jumps.items():
            before = counted.get(line, (0, 0))
            counted[line] = (max(taken, before[0]), max(total, before[1]))
        return sum(it[0] for it in counted.values()), sum(it[1] for it in counted.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """One report file."""

    name: str
    sha256: str
    format: str
    """`coverage.py` or `cobertura`."""
    tool: str | None
    """Name and version of what wrote it, as far as it says."""
    measured: Claim | None
    """When it was written, as it claims."""
    has_branches: bool
    """Whether branches were measured."""
    sources: dict[str, Source]
    """By path, relative to the project where that is known."""

    @property
    def statements(self) -> int:
        """How many lines it measured."""
        return sum(len(source.lines) for source in self.sources.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What all reports together say."""

    reports: tuple[CoverageReport, ...]
    """Sorted by name."""
    lines: tuple[int, int]
    """Covered, and all."""
    branches: tuple[int, int] | None
    """Taken, and all; None unless every report measured branches."""
    sources: int
    """Source files with at least one statement."""
    uncovered: tuple[str, ...]
    """Those of them that did not run at all, sorted."""


def merge(reports: Iterable[CoverageReport]) -> Coverage:
    """Return the coverage that the reports show together.

    Raises:
        CollectError: two hold the same bytes, or call one source by two names.
    """
    ordered = tuple(sorted(reports, key=lambda report: report.name))
    refuse_same_bytes((report.name, report.sha256) for report in ordered)
    _refuse_two_names(ordered)
    merged: dict[str, Source] = {}
    for report in ordered:
        for path, source in report.sources.items():
            merged.setdefault(path, Source()).add(source)
    known = {path: source for path, source in merged.items() if source.lines}
    branches = [source.branches() for source in known.values()]
    return Coverage(
        reports=ordered,
        lines=(
            sum(sum(source.lines.values()) for source in known.values()),
            sum(len(source.lines) for source in known.values()),
        ),
        branches=(sum(it[0] for it in branches), sum(it[1] for it in branches))
        if all(report.has_branches for report in ordered)
        else None,
        sources=len(known),
        uncovered=tuple(
            sorted(path for path, source in known.items() if not any(source.lines.values()))
        ),
    )


def _refuse_two_names(reports: Iterable[CoverageReport]) -> None:
    """Refuse `pkg/a.py` in one report and `src/pkg/a.py` in another: it would count twice."""
    homes: dict[str, set[str]] = {}
    for report in reports:
        for path, source in report.sources.items():
            if source.lines:
                homes.setdefault(path, set()).add(report.name)
    for path, where in sorted(homes.items()):
        short = path
        while "/" in short:
            short = short.partition("/")[2]
            if short in homes and where.isdisjoint(homes[short]):
                raise CollectError(
                    f"{min(where)} and {min(homes[short])} seem to measure one source under two "
                    f"names, {path!r:.200} and {short!r:.200}; it would count twice",
                    remedy="let both tools write paths relative to the project, or give one report",
                    where=min(where),
                )
