"""What reports show of the launch gate: grade by area, checklist, controls, trend, days.

As in `page`: no text is escaped here, no markup is made, and every list is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import difference_rows
from assurance.report_text import STATUSES
from assurance_report.page_evidence import TONES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assurance_report.check_group import CheckGroup

CHECKLIST: Final = "checklist."
SHOWN: Final = 400
SHOWN_ROWS: Final = 50
"""Rows of one section of a difference."""
_EARNS: Final = {"PASS": 1.0, "WARN": 0.5, "WAIVED": 0.5}


def weighed(groups: Sequence[CheckGroup]) -> list[CheckGroup]:
    """Return the checks that make the grade: with a readiness checklist, its items alone."""
    items = [group for group in groups if group.id.startswith(CHECKLIST)]
    return [group for group in items or groups if group.weight and group.status != "NOT_APPLICABLE"]


def losses(groups: Sequence[CheckGroup]) -> list[tuple[CheckGroup, str]]:
    """Return what the grade lost by each check, in points with one decimal, the largest first."""
    found = weighed(groups)
    total = sum(group.weight for group in found)
    lost = [
        (group, 100 * group.weight * (1 - _EARNS.get(group.status, 0.0)) / total) for group in found
    ]
    lost.sort(key=lambda item: (-item[1], item[0].id))
    return [(group, f"{points:.1f}") for group, points in lost if points]


def grade_by_area(report: Mapping[str, Any], groups: Sequence[CheckGroup]) -> list[dict[str, Any]]:
    """Return what each area adds to the grade, the one that loses most first.

    An item of the checklist counts for the area that the checklist names, not for `checklist`.
    """
    areas = {
        f"{CHECKLIST}{item['id']}": item["area"]
        for item in (report.get("checklist") or {}).get("items", ())
    }
    found = weighed(groups)
    total = sum(group.weight for group in found)
    sums: dict[str, list[float]] = {}
    for group in found:
        area = sums.setdefault(areas.get(group.id, group.area), [0, 0, 0])
        area[0] += group.weight
        area[1] += group.weight * _EARNS.get(group.status, 0.0)
        area[2] += 1
    made = [
        {
            "name": name,
            "count": int(count),
            "share": earned / weight,
            "earned": f"{100 * earned / total:.1f}",
            "possible": f"{100 * weight / total:.1f}",
            "grade": int(100 * earned // weight),
            "tone": "ok" if earned == weight else "no" if not earned else "warn",
        }
        for name, (weight, earned, count) in sums.items()
    ]
    return sorted(
        made,
        key=lambda area: (float(area["earned"]) - float(area["possible"]), area["name"]),
    )[:SHOWN]


def due(report: Mapping[str, Any], check: str) -> dict[str, Any] | None:
    """Return the day by which a check is to pass, and whether that has gone by; None: no day."""
    day = (report.get("due") or {}).get(check)
    if day is None:
        return None
    return {"day": day, "late": day < str(report["decided_at"])[:10]}


def checklist(report: Mapping[str, Any], groups: Sequence[CheckGroup]) -> dict[str, Any] | None:
    """Return the checklist with what became of each item, milestone and risk; None without one."""
    found = report.get("checklist")
    if not found:
        return None
    known = {group.id: group for group in groups}

    def with_status(prefix: str, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        made = []
        for item in items:
            group = known.get(f"{prefix}{item['id']}")
            day = due(report, f"{prefix}{item['id']}")
            first = group.findings[0] if group else None
            made.append(
                {
                    **item,
                    "status": group.status if group else "INDETERMINATE",
                    "said": first["message"] if first else "the verdict does not speak of it",
                    "parts": first["actual"] if first else None,
                    "day": day,
                    "late": bool(day and day["late"] and group and group.status not in _EARNS),
                }
            )
        made.sort(key=lambda item: (STATUSES.index(item["status"]), item["id"]))
        return made[:SHOWN]

    items = with_status(CHECKLIST, found["items"])
    return {
        "items": items,
        "open": sum(item["status"] not in {*_EARNS, "NOT_APPLICABLE"} for item in items),
        "more": max(0, len(found["items"]) - SHOWN),
        "milestones": sorted(
            with_status("milestone.", found["milestones"]), key=lambda item: item["due"]
        ),
        "risks": with_status("risk.", found["risks"]),
        "frozen_from": found["frozen_from"],
    }


def controls(groups: Sequence[CheckGroup]) -> list[dict[str, Any]]:
    """Return each control with the checks that support it, by control."""
    found: dict[str, list[CheckGroup]] = {}
    for group in groups:
        for name in group.controls:
            found.setdefault(name, []).append(group)
    return [
        {
            "id": name,
            "worst": min((group.status for group in members), key=STATUSES.index),
            "checks": sorted(members, key=lambda group: group.id),
        }
        for name, members in sorted(found.items())
    ]


def differences(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what differs from the bundle that the report was told to compare with, by section."""
    found = report.get("difference")
    if not found:
        return []
    return [
        {
            "title": difference_rows.TITLES[name],
            "rows": rows[:SHOWN_ROWS],
            "more": max(0, len(rows) - SHOWN_ROWS),
        }
        for name, rows in difference_rows.rows(found).items()
    ]


def trend(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the releases that are known, the oldest first and this one last; empty without one."""
    last = report.get("previous")
    if not last or last["problem"]:
        return []
    releases = [
        *reversed(last["history"]),
        last,
        {
            "version": report["release"]["version"],
            "verdict": report["verdict"],
            "grade": report["grade"],
            "decided_at": report["decided_at"],
        },
    ]
    return [
        {
            "version": item["version"],
            "verdict": item["verdict"],
            "grade": item["grade"],
            "decided_at": item["decided_at"],
            "tone": TONES.get(item["verdict"], "und"),
        }
        for item in releases
    ]
