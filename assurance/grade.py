"""The grade: the share of weight that the checks earned, 0 to 100. No I/O and no clock.

PASS earns all of a check's weight, WARN and WAIVED half, the others nothing; NOT_APPLICABLE does
not count. Each check counts once, with its worst finding. With a readiness checklist, the share
of its items' weights takes the place of the checks'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.model import Status
from assurance.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assurance.model import Finding

GRADE: Final = "gate.grade"
"""The check that says that the grade is below its target."""
_CHECKLIST: Final = "checklist."
_HALF: Final = frozenset({Status.WARN, Status.WAIVED})
_RANK = (
    Status.FAIL,
    Status.MISSING,
    Status.STALE,
    Status.INDETERMINATE,
    Status.WAIVED,
    Status.WARN,
    Status.PASS,
    Status.NOT_APPLICABLE,
)
"""Worst first."""


def rank(status: Status) -> int:
    """Return how bad a status is: 0 is the worst."""
    return _RANK.index(status)


def worst_findings(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Return the first worst finding of each check."""
    worst: dict[str, Finding] = {}
    for finding in findings:
        known = worst.get(finding.check)
        if known is None or rank(finding.status) < rank(known.status):
            worst[finding.check] = finding
    return worst


def worst_statuses(findings: Iterable[Finding]) -> dict[str, Status]:
    """Return the worst status of each check."""
    return {name: finding.status for name, finding in worst_findings(findings).items()}


class GradeItem(Value):
    """One check's share of the grade."""

    check: str
    status: Status
    """The worst of its findings."""
    weight: int
    earned: int
    """Half-weights: twice `weight` for PASS, once for WARN and WAIVED, else 0."""


def grade_items(
    findings: Iterable[Finding], *, unknown_passes: bool = False
) -> tuple[GradeItem, ...]:
    """Return what the grade is made of, sorted by check; what does not apply is left out.

    Args:
        findings: All of them; each check counts once, with its worst status.
        unknown_passes: Count INDETERMINATE as PASS: the best grade that repaired tools
            could bring.
    """
    worst = worst_findings(findings)
    # With a checklist, its weights are the grade: a check that no item names counts for nothing.
    items = {name for name in worst if name.startswith(_CHECKLIST)}
    found = []
    for name in sorted(items or worst):
        finding = worst[name]
        if finding.status is Status.NOT_APPLICABLE:
            continue
        earned = 0
        if finding.status is Status.PASS or (
            unknown_passes and finding.status is Status.INDETERMINATE
        ):
            earned = 2 * finding.weight
        elif finding.status in _HALF:
            earned = finding.weight
        found.append(
            GradeItem(check=name, status=finding.status, weight=finding.weight, earned=earned)
        )
    return tuple(found)


def grade(findings: Iterable[Finding], *, unknown_passes: bool = False) -> int:
    """Return the grade, 0 to 100, rounded down; 0 when nothing carries weight.

    See `grade_items` for the arguments.
    """
    items = grade_items(findings, unknown_passes=unknown_passes)
    total = 2 * sum(item.weight for item in items)
    return 100 * sum(item.earned for item in items) // total if total else 0


def fewest(findings: Iterable[Finding], target: int) -> list[tuple[Finding, int]]:
    """Return the fewest checks that, passing, bring the grade to `target`: the heaviest first.

    Each is its worst finding, with the grade once it and those before it pass.
    """
    found = list(findings)
    worst = worst_findings(found)
    # Of what the grade is made of, and nothing else, lest a check beside the checklist is named.
    gains = sorted(
        (item.earned - 2 * item.weight, item.check)
        for item in grade_items(found)
        if item.earned < 2 * item.weight
    )
    reached, chosen = grade(found), []
    for _, name in gains:
        if reached >= target:
            break
        found = passing(found, name)
        reached = grade(found)
        chosen.append((worst[name], reached))
    return chosen


def passing(findings: Sequence[Finding], check: str) -> list[Finding]:
    """Return `findings` as they would be with `check` passing."""
    rest = [finding for finding in findings if finding.check != check]
    own = [finding for finding in findings if finding.check == check]
    best = max(own, key=lambda finding: finding.weight)
    return [*rest, replace(best, status=Status.PASS, would_be=None, waiver=None)]
