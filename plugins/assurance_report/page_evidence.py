"""What the page shows of evidence: lines with freshness, what they say, waivers, sign-offs, times.

As in `page`: no text is escaped here, no markup is made, and every list is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from assurance.predicates import (
    CHECKPOINT,
    CYCLONEDX,
    DRILL,
    FUZZ,
    PROVENANCE,
    SLO,
    SPDX,
    TEST_RESULT,
    VSA,
    VULNERABILITIES,
)
from assurance.report_text import STATUSES, duration

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
LIMIT_AT: Final = 0.75
"""Where on a freshness bar the limit stands, so that an overrun is seen."""
SHOWN_ROWS: Final = 1_500
"""Rows of all tables of evidence together."""
OPEN_ROWS: Final = 50
"""A fold with more rows than this stays closed, whatever it says."""
SHOWN_MOMENTS: Final = 6
SHOWN_LINES: Final = 400
_WELL: Final = frozenset({"PASS", "NOT_APPLICABLE"})
_KINDS: Final = (
    ("components", (CYCLONEDX, SPDX)),
    ("vulnerabilities", (VULNERABILITIES,)),
    ("tests", (TEST_RESULT,)),
    ("fuzzing", (FUZZ,)),
    ("service objectives", (SLO,)),
    ("drills", (DRILL,)),
    ("how it was built", (PROVENANCE,)),
    ("the state of the log", (CHECKPOINT,)),
)
"""What people expect a report to speak about, and the evidence that does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One point of the timeline."""

    at: str
    """RFC 3339, UTC."""
    what: str
    more: str
    tone: str
    weight: int
    """The lighter ones are left out of the drawing first."""


def worst_of_lines(report: Mapping[str, Any]) -> dict[int, str]:
    """Return the worst status of the checks that read each line."""
    found: dict[int, str] = {}
    for check in report["checks"]:
        for line in check["evidence"]:
            known = found.get(line, check["status"])
            found[line] = min(known, check["status"], key=STATUSES.index)
    return found


def rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of the bundle with their freshness and what was made of them."""
    worst = worst_of_lines(report)
    return [
        {**_row(item), "worst": worst.get(item["line"])}
        for item in (report.get("attestations") or ())[:SHOWN_LINES]
    ]


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line with its freshness: words, tone, and the bar's share of its limit."""
    age, limit = item["age_seconds"], item["max_age_seconds"]
    stale = limit is not None and (age is None or age > limit)
    share = None if age is None or not limit else min(1.0, LIMIT_AT * max(0, age) / limit)
    return {
        **item,
        "fresh": None if age is None else duration(age),
        "limit": None if limit is None else duration(limit),
        "stale": stale,
        "tone": "old" if stale else "warn" if share and share > LIMIT_AT * 0.8 else "ok",
        "share": share,
    }


def contents(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what each line says; over the whole page at most `SHOWN_ROWS` rows of tables."""
    worst = worst_of_lines(report)
    says = {item["line"]: item["says"] for item in report.get("attestations") or ()}
    room = SHOWN_ROWS
    found = []
    for item in (report.get("contents") or ())[:SHOWN_LINES]:
        tables = []
        for table in item["tables"]:
            shown = table["rows"][:room]
            room -= len(shown)
            more = table["more"] + len(table["rows"]) - len(shown)
            tables.append({**table, "rows": shown, "more": more})
        status = worst.get(item["line"])
        count = sum(len(table["rows"]) for table in tables)
        found.append(
            {
                **item,
                "tables": tables,
                "says": says.get(item["line"]),
                "worst": status,
                "open": status is not None and status not in _WELL and count <= OPEN_ROWS,
            }
        )
    return found


def waived(report: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], dict[str, Any] | None]]:
    """Return each waived finding with its waiver, and what is left of that."""
    known = {item["line"]: item for item in report.get("waivers") or ()}
    return [
        (check, _waiver(known.get(check["waiver"]), str(report["decided_at"])))
        for check in report["checks"]
        if check["status"] == "WAIVED"
    ]


def _waiver(item: Mapping[str, Any] | None, decided_at: str) -> dict[str, Any] | None:
    if item is None:
        return None
    start, end = item["requested_at"], item["expires_at"]
    left = _seconds(decided_at, end)
    whole = _seconds(start, end)
    share = None
    if left is not None and whole is not None and whole > 0:
        share = min(1.0, max(0.0, 1 - left / whole))
    if left is None:
        said = "no end is given"
    elif left <= 0:
        said = "over"
    else:
        said = f"{duration(left)} left" + (f" of {duration(whole)}" if whole else "")
    return {**item, "share": share, "left": said}


def _seconds(start: str | None, end: str | None) -> int | None:
    """Return the seconds between two times of the document, which are RFC 3339 in UTC."""
    if not start or not end:
        return None
    try:
        return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    except (TypeError, ValueError):
        return None


def sign_offs(
    report: Mapping[str, Any],
) -> list[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
    """Return each area with the approvals that the bundle has for it."""
    here = (report.get("evidence") or {}).get("sha256")
    given: dict[str, list[dict[str, Any]]] = {}
    for item in report.get("approvals") or ():
        today = here is not None and item["evidence_sha256"] == here
        given.setdefault(item["area"], []).append({**item, "today": today})
    return [(state, given.get(state["area"], [])) for state in report["sign_offs"]]


def moments(report: Mapping[str, Any]) -> list[Moment]:
    """Return the timeline: evidence, sign-offs, the decision, and what ends when."""
    collected = [
        item
        for item in report.get("attestations") or ()
        if item["as_of"] and item["max_age_seconds"] is not None
    ]
    found = []
    for what, pick in (("Oldest evidence", min), ("Newest evidence", max)):
        if collected:
            item = pick(collected, key=lambda item: (item["as_of"], item["line"]))
            found.append(
                Moment(at=item["as_of"], what=what, more=item["kind"], tone="ok", weight=3)
            )
    if len({(moment.at, moment.more) for moment in found}) < len(found):
        found.pop()
    for state, approvals in sign_offs(report):
        found += [
            Moment(
                at=item["approved_at"],
                what=f"Signed off: {state['area']}",
                more=state["state"].lower() if state["state"] != "GIVEN" else str(item["approver"]),
                tone=TONES.get(state["state"], "gap"),
                weight=1,
            )
            for item in approvals
            if item["approved_at"]
        ]
    found.append(
        Moment(
            at=report["decided_at"],
            what="Decided",
            more=str(report["verdict"]),
            tone=TONES.get(str(report["verdict"]), "und"),
            weight=5,
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
                weight=4,
            )
        )
    found += [
        Moment(
            at=waiver["expires_at"],
            what="Waiver ends",
            more=str(check["id"]),
            tone="gap",
            weight=2,
        )
        for check, waiver in waived(report)[:SHOWN_LINES]
        if waiver and waiver["expires_at"]
    ]
    return sorted(found, key=lambda moment: moment.at)


def drawn(found: Sequence[Moment]) -> list[Moment]:
    """Return the moments that the drawing has room for; the list has all of them."""
    kept = sorted(found, key=lambda moment: -moment.weight)[:SHOWN_MOMENTS]
    return sorted(kept, key=lambda moment: moment.at)


def goes_stale(report: Mapping[str, Any]) -> str:
    """Return the sentence about what goes stale first."""
    fresh = [
        (item["max_age_seconds"] - item["age_seconds"], item)
        for item in report.get("attestations") or ()
        if item["age_seconds"] is not None
        and item["max_age_seconds"] is not None
        and item["age_seconds"] <= item["max_age_seconds"]
    ]
    if not fresh:
        return "Nothing else here goes stale." if report.get("attestations") else ""
    left, item = min(fresh, key=lambda pair: (pair[0], pair[1]["line"]))
    return (
        f"What goes stale next is line {item['line']}, {item['kind']}: "
        f"{duration(left)} after the verdict."
    )


def not_checked(report: Mapping[str, Any]) -> list[str]:
    """Return what the verdict itself names, and the kinds of evidence that nobody gave."""
    found = list(report["not_checked"])
    lines: Iterable[Mapping[str, Any]] = report.get("attestations") or ()
    there = {item["predicate_type"] for item in lines}
    if there:
        found += [
            f"No line of the bundle is about {about}, so nothing is said about that."
            for about, kinds in _KINDS
            if not there & set(kinds)
        ]
    return found


def vsa_line(report: Mapping[str, Any]) -> int | None:
    """Return the line of the verification summary, which other tools check; None without one."""
    for item in report.get("attestations") or ():
        if item["predicate_type"] == VSA:
            return int(item["line"])
    return None
