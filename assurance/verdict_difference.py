"""What differs between two verdicts' grades, checks and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.grade import grade_items, rank, worst_statuses
from assurance.keyed_difference import entries, pair
from assurance.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.grade import GradeItem
    from assurance.model import Finding, Verdict


def grade(a: Verdict, b: Verdict) -> dict[str, Any]:
    """Compare the grades; an item is told where its status or weight differs, with its points."""
    old, new = grade_items(a.findings), grade_items(b.findings)
    points = [_points(items) for items in (old, new)]
    items = entries(_grade_parts(old), _grade_parts(new), "check")
    for item in items:
        for side, earned in zip(("from", "to"), points, strict=True):
            if item[side] is not None:
                item[side] = {**item[side], "points": earned[item["check"]]}
    found = pair(a.grade, b.grade)
    targets = pair(a.target_grade, b.target_grade)
    return {
        **found,
        "target": {"from": a.target_grade, "to": b.target_grade},
        "items": items,
        "changed": found["changed"] or targets["changed"] or bool(items),
    }


def _grade_parts(items: Iterable[GradeItem]) -> dict[tuple[str], dict[str, Any]]:
    return {
        (item.check,): {"status": item.status.value, "weight": item.weight}
        for item in items
        if item.weight
    }


def _points(items: Sequence[GradeItem]) -> dict[str, float]:
    """Return what each item adds to the grade, of 100, with one decimal."""
    total = 2 * sum(item.weight for item in items)
    return {item.check: round(100 * item.earned / total, 1) for item in items if item.weight}


def checks(old: Sequence[Finding], new: Sequence[Finding]) -> list[dict[str, Any]]:
    """Compare the worst status of each check, what got worse first."""
    return statuses(worst_statuses(old), worst_statuses(new))


def statuses(before: Mapping[str, Status], after: Mapping[str, Status]) -> list[dict[str, Any]]:
    """Compare two lists of checks with their status, what got worse first."""
    found = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was != now:
            found.append(
                {
                    "check": name,
                    "from": was and was.value,
                    "to": now and now.value,
                    "turn": _turn(was, now),
                }
            )
    order = ("worse", "gone", "new", "better")
    return sorted(found, key=lambda item: order.index(item["turn"]))


def _turn(old: Status | None, new: Status | None) -> str:
    """Say which way a check went; one that is no longer made has not got better."""
    if new is None:
        return "gone"
    if old is None:
        return "new" if rank(new) >= rank(Status.PASS) else "worse"
    if Status.PASS in {old, new} and Status.NOT_APPLICABLE in {old, new}:
        # To pass is to have been looked at.
        return "better" if new is Status.PASS else "worse"
    return "worse" if rank(new) < rank(old) else "better"


def findings(old: Sequence[Finding], new: Sequence[Finding]) -> list[dict[str, Any]]:
    """Compare finding by finding: of one check about one subject the worst counts."""
    return entries(_by_subject(old), _by_subject(new), "check", "subject")


def _by_subject(findings: Iterable[Finding]) -> dict[tuple[str | None, ...], dict[str, Any]]:
    found: dict[tuple[str | None, ...], Finding] = {}
    for finding in findings:
        key = (finding.check, finding.subject)
        if key not in found or rank(finding.status) < rank(found[key].status):
            found[key] = finding
    return {
        key: {
            "status": finding.status.value,
            "would_be": finding.would_be and finding.would_be.value,
            "blocking": finding.blocking,
            "message": finding.message,
            "actual": finding.actual,
            "required": finding.required,
        }
        for key, finding in found.items()
    }
