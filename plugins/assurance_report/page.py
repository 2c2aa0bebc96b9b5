"""What the HTML page shows, worked out of the report: groups, counts, sentences, lengths of bars.

No text is escaped here and no markup is made; the template does both. Lists are bounded, so that
ten thousand findings still make a page that a phone can open; each says how much it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from assurance.report_text import STATUSES, blocks, count_checks, turn
from assurance_report import page_evidence, page_gate
from assurance_report.check_group import CheckGroup
from assurance_report.page_evidence import TONES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WORDS: Final = {
    "FAIL": "fail",
    "STALE": "stale",
    "MISSING": "missing",
    "INDETERMINATE": "could not decide",
    "WARN": "warn",
    "WAIVED": "waived",
    "PASS": "pass",
    "NOT_APPLICABLE": "not applicable",
}
"""Status as the key of the page says it."""
_GATE: Final = frozenset({"collect", "gate", "integrity", "policy", "signoff"})
"""Areas of what the gate itself finds."""
SHOWN_OF_A_CHECK: Final = 20
SHOWN_CHECKS: Final = 400
SHOWN_TILES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One sign-off area."""

    name: str
    groups: tuple[CheckGroup, ...]
    """Worst first; at most `SHOWN_CHECKS`."""
    more: int
    counts: Mapping[str, int]

    @property
    def worst(self) -> str:
        """The worst status of its checks."""
        return next(iter(self.counts))

    @property
    def open(self) -> bool:
        """Whether its fold is open: something is not simply well."""
        return bool(self.counts.keys() - {"PASS", "NOT_APPLICABLE"})

    @property
    def said(self) -> str:
        """`1 fail, 9 pass`."""
        return ", ".join(f"{count} {WORDS[status]}" for status, count in self.counts.items())


def page(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template needs besides the report itself."""
    groups = check_groups(report)
    lost = page_gate.losses(groups)
    points = {group.id: said for group, said in lost}
    groups = [
        replace(group, loss=points.get(group.id), due=page_gate.due(report, group.id))
        for group in groups
    ]
    blocking = [group for group in groups if group.blocking]
    blocking.sort(key=lambda group: turn(group.area))
    watching = [
        group
        for group in groups
        if not group.blocking and group.status not in {"PASS", "NOT_APPLICABLE"}
    ]
    counts = count_checks(report["checks"])
    return {
        "tone": TONES.get(str(report["verdict"]), "und"),
        "counts": counts,
        "total": sum(counts.values()),
        "why": why(report, len(blocking)),
        "blocking": blocking[:SHOWN_CHECKS],
        "blocking_more": max(0, len(blocking) - SHOWN_CHECKS),
        "watching": watching[:SHOWN_CHECKS],
        "watching_more": max(0, len(watching) - SHOWN_CHECKS),
        "areas": areas(groups),
        "losses": lost,
        "grades": page_gate.grade_by_area(report, groups),
        "checklist": page_gate.checklist(report, groups),
        "controls": (found := page_gate.controls(groups))[:SHOWN_CHECKS],
        "controls_more": max(0, len(found) - SHOWN_CHECKS),
        "trend": page_gate.trend(report),
        "differences": page_gate.differences(report),
        "waived": page_evidence.waived(report)[:SHOWN_CHECKS],
        "sign_offs": page_evidence.sign_offs(report),
        "evidence": page_evidence.rows(report),
        "limit_at": page_evidence.LIMIT_AT,
        "contents": page_evidence.contents(report),
        "moments": (moments := page_evidence.moments(report)),
        "drawn": page_evidence.drawn(moments),
        "goes_stale": page_evidence.goes_stale(report),
        "not_checked": page_evidence.not_checked(report),
        "vsa_line": page_evidence.vsa_line(report),
        "previous": previous(report),
        "given": sum(1 for state in report["sign_offs"] if state["state"] == "GIVEN"),
    }


def previous(report: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the last release with what changed in words and tones; None where none was named."""
    last = report.get("previous")
    if not last:
        return None
    changes = [
        {
            "what": change["check"],
            "said": f"{change['from'] or 'not made'} → {change['to'] or 'no longer made'}",
            "icon": change["to"] or "MISSING",
            "tone": TONES.get(change["to"] or "FAIL", "no"),
        }
        for change in last["changes"]
    ]
    return {
        **last,
        "since": last["version"] or "the last release",
        "changes": changes[:SHOWN_CHECKS],
        "more": max(0, len(changes) - SHOWN_CHECKS),
    }


def check_groups(report: Mapping[str, Any]) -> list[CheckGroup]:
    """Return the checks, those that block first, then by worst status and id."""
    rules = {rule["id"]: rule for rule in report.get("rules") or ()}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for check in report["checks"]:
        found.setdefault(check["id"], []).append(check)
    ordered = sorted(
        found.items(),
        key=lambda item: (
            not any(blocks(check) for check in item[1]),
            min(STATUSES.index(check["status"]) for check in item[1]),
            item[0],
        ),
    )
    return [
        _group(number, name, checks, rules.get(name, {}))
        for number, (name, checks) in enumerate(ordered, 1)
    ]


def _group(
    number: int, name: str, checks: Sequence[Mapping[str, Any]], rule: Mapping[str, Any]
) -> CheckGroup:
    ordered = sorted(checks, key=lambda check: (not blocks(check), _rank(check)))
    shown = ordered[:SHOWN_OF_A_CHECK]
    return CheckGroup(
        number=number,
        id=name,
        area=ordered[0]["area"],
        title=rule.get("title"),
        status=min((check["status"] for check in checks), key=STATUSES.index),
        findings=tuple(shown),
        more=len(ordered) - len(shown),
        weight=max(check.get("weight", 0) for check in checks),
        blocking=any(blocks(check) for check in checks),
        owner=next((check["owner"] for check in ordered if check["owner"]), None),
        remedies=tuple(dict.fromkeys(check["remedy"] for check in shown if check["remedy"])),
        evidence=tuple(sorted({line for check in shown for line in check["evidence"]})),
        controls=tuple(rule.get("controls", ())),
        waiver=_waiver(name, ordered, rule),
    )


def _waiver(name: str, checks: Sequence[Mapping[str, Any]], rule: Mapping[str, Any]) -> str:
    line = next((check["waiver"] for check in checks if check["waiver"] is not None), None)
    if line is not None:
        return f"line {line}"
    # What the gate itself finds has no policy, and cannot be waived.
    if rule:
        return "possible, until a date"
    return "never" if name.partition(".")[0] in _GATE else "not said"


def _rank(check: Mapping[str, Any]) -> int:
    return STATUSES.index(check["status"])


def areas(groups: Iterable[CheckGroup]) -> list[Area]:
    """Return the areas, the one with the worst check first; tiles and rows are bounded."""
    found: dict[str, list[CheckGroup]] = {}
    for group in groups:
        found.setdefault(group.area, []).append(group)
    made = []
    for name, members in found.items():
        counted = [group.status for group in members]
        members.sort(key=lambda group: (STATUSES.index(group.status), group.id))
        made.append(
            Area(
                name=name,
                groups=tuple(members[:SHOWN_CHECKS]),
                more=max(0, len(members) - SHOWN_CHECKS),
                counts={status: counted.count(status) for status in STATUSES if status in counted},
            )
        )
    return sorted(made, key=lambda area: (STATUSES.index(area.worst), area.name))


def why(report: Mapping[str, Any], blocking: int) -> str:
    """Return the one sentence below the verdict."""
    checks = report["checks"]
    if not checks:
        return "No check was made, so nothing is known about this release."
    bad = count_checks(check for check in checks if blocks(check))
    rest = count_checks(check for check in checks if not blocks(check))
    named = [
        f"{number} {one if number == 1 else many}"
        for status, one, many in (
            ("FAIL", "failed", "failed"),
            ("MISSING", "lacks its evidence", "lack their evidence"),
            ("STALE", "has old evidence", "have old evidence"),
            ("INDETERMINATE", "could not be decided", "could not be decided"),
        )
        if (number := bad.get(status, 0))
    ]
    others = [
        f"{number} {one if number == 1 else many}"
        for status, one, many in (
            ("PASS", "passes", "pass"),
            ("WARN", "warns", "warn"),
            ("WAIVED", "is waived", "are waived"),
            ("NOT_APPLICABLE", "does not apply", "do not apply"),
        )
        if (number := rest.get(status, 0))
    ]
    said = ""
    if blocking:
        one = blocking == 1
        said = f"{blocking} check{' blocks' if one else 's block'} this release: {_and(named)}. "
    return said + (f"Of the checks, {_and(others)}." if others else "")


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
