"""What the HTML page shows, worked out of the report: groups, counts, sentences, lengths of bars.

No text is escaped here and no markup is made; the template does both. Lists are bounded, so that
ten thousand findings still make a page that a phone can open; each says how much it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assurance.report_text import STATUSES, blocks, count_checks, duration, turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TONES: Final = {
    "PASS": "ok",
    "GO": "ok",
    "FAIL": "no",
    "NO-GO": "no",
    "VOID": "no",
    "WARN": "warn",
    "STALE": "old",
    "MISSING": "gap",
    "INDETERMINATE": "und",
    "WAIVED": "wai",
    "NOT_APPLICABLE": "na",
    "GIVEN": "ok",
}
"""Status or verdict: class of its colour."""
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
SHOWN_OF_A_CHECK: Final = 20
SHOWN_CHECKS: Final = 400
SHOWN_TILES: Final = 200
LIMIT_AT: Final = 0.75
"""Where on a freshness bar the limit stands, so that an overrun is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """One check with all its findings."""

    number: int
    """1-based, in the page's order; its anchor is `c` and this."""
    id: str
    area: str
    title: str | None
    status: str
    """The worst of its findings."""
    findings: tuple[Mapping[str, Any], ...]
    """At most `SHOWN_OF_A_CHECK`, worst first."""
    more: int
    """Findings that are not shown."""
    weight: int
    blocking: bool
    """Whether one of them keeps the release from GO."""
    owner: str | None
    remedies: tuple[str, ...]
    evidence: tuple[int, ...]
    controls: tuple[str, ...]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One point of the timeline."""

    at: str
    """RFC 3339, UTC."""
    what: str
    more: str
    tone: str


def page(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the template needs besides the report itself."""
    groups = check_groups(report)
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
        "waived": [check for check in report["checks"] if check["status"] == "WAIVED"][
            :SHOWN_CHECKS
        ],
        "areas": areas(groups),
        "losses": losses(groups),
        "evidence": [evidence_row(item) for item in report.get("attestations") or ()],
        "moments": moments(report),
        "given": sum(1 for state in report["sign_offs"] if state["state"] == "GIVEN"),
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
    )


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


def losses(groups: Iterable[CheckGroup]) -> list[tuple[CheckGroup, str]]:
    """Return what the grade lost by each check, in points with one decimal, the largest first."""
    weighed = [group for group in groups if group.weight and group.status != "NOT_APPLICABLE"]
    total = sum(group.weight for group in weighed)
    share = {"PASS": 0.0, "WARN": 0.5, "WAIVED": 0.5}
    lost = [(group, 100 * group.weight * share.get(group.status, 1.0) / total) for group in weighed]
    lost.sort(key=lambda item: (-item[1], item[0].id))
    return [(group, f"{points:.1f}") for group, points in lost if points]


def evidence_row(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return one attestation with its freshness: words, tone, and the bar's share of its limit."""
    age, limit = item["age_seconds"], item["max_age_seconds"]
    stale = limit is not None and (age is None or age > limit)
    share = None if age is None or not limit else min(1.0, LIMIT_AT * max(0, age) / limit)
    if item["as_of"] is None and limit is None:
        fresh = "as old as this verdict" if item["age_seconds"] is None else ""
    elif age is None:
        fresh = "no time is known"
    else:
        fresh = duration(age)
    return {
        **item,
        "fresh": fresh,
        "limit": None if limit is None else duration(limit),
        "stale": stale,
        "tone": "old" if stale else "ok",
        "share": share,
        "wide": None if share is None else round(150 * share, 1),
    }


def moments(report: Mapping[str, Any]) -> list[Moment]:
    """Return the timeline: oldest and newest evidence, the decision, the first to go stale."""
    collected = [
        item
        for item in report.get("attestations") or ()
        if item["as_of"] and item["max_age_seconds"] is not None
    ]
    found = []
    if collected:
        oldest = min(collected, key=lambda item: (item["as_of"], item["line"]))
        newest = max(collected, key=lambda item: (item["as_of"], item["line"]))
        found.append(
            Moment(at=oldest["as_of"], what="Oldest evidence", more=oldest["kind"], tone="ok")
        )
        if newest["as_of"] != oldest["as_of"]:
            found.append(
                Moment(at=newest["as_of"], what="Newest evidence", more=newest["kind"], tone="ok")
            )
    found.append(
        Moment(
            at=report["decided_at"],
            what="Decided",
            more=str(report["verdict"]),
            tone=TONES.get(str(report["verdict"]), "und"),
        )
    )
    if report["valid_until"]:
        late = report["valid_until"] <= report["decided_at"]
        found.append(
            Moment(
                at=report["valid_until"],
                what="Evidence was stale since" if late else "Goes stale",
                more="run again" if late else "decide again before",
                tone="old" if late else "gap",
            )
        )
    return sorted(found, key=lambda moment: moment.at)
