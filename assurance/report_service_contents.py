"""What fuzzing, objectives, drills and the other service evidence say, as tables and charts.

The readers behind `assurance.report_contents`, for the predicates of docs/predicates. Each takes
any JSON object and fails on none.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from assurance.report_entry import at, entry, objects, table, text, texts, yes_no

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DAYS: Final = 62
"""Days of a strip; of a longer window the newest."""
MAX_CHART_ROWS: Final = 40
_DAY: Final = len("2026-11-23")


def fuzz(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return targets as a strip of days, and the crashes."""
    targets = objects(predicate, "targets")
    open_crashes = text(at(predicate, "totals", "open"))
    return entry(
        "Fuzzing",
        facts=(
            ("Window", _window(predicate)),
            ("CPU seconds", text(at(predicate, "totals", "cpuSeconds"))),
            ("Inputs tried", text(at(predicate, "totals", "executions"))),
            ("Open crashes", open_crashes),
            ("Clean days at the end", text(at(predicate, "totals", "cleanDays"))),
        ),
        charts=(_strip(predicate, targets),),
        tables=(
            table(
                "Targets",
                ("Target", "Engine", "Corpus", "Clean days", "Planted bug"),
                [
                    (
                        text(item.get("name")),
                        _pair(at(item, "engine", "name"), at(item, "engine", "version")),
                        _pair(at(item, "corpus", "files"), "files"),
                        text(item.get("cleanDays")),
                        _planted(item),
                    )
                    for item in targets
                ],
            ),
            table(
                "Distinct crashes",
                ("Target", "Where", "Kind", "Severity", "State", "Fix or mitigation"),
                [
                    (
                        text(item.get("name")),
                        text(crash.get("frame")) or text(crash.get("stackKey")),
                        text(crash.get("kind")),
                        text(crash.get("severity")),
                        text(crash.get("state")),
                        text(crash.get("fixedIn")) or text(crash.get("mitigation")),
                    )
                    for item in targets
                    for crash in objects(item, "crashes")
                ],
            ),
        ),
    )


def _planted(item: Mapping[str, Any]) -> str:
    found = at(item, "canary", "found")
    return "found" if found is True else "not found" if found is False else "none was planted"


def _strip(predicate: Mapping[str, Any], targets: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return one row of days a target; a day without a run is null."""
    first = _date(at(predicate, "window", "start"))
    last = _date(at(predicate, "window", "end"))
    if first is None or last is None or last <= first or not targets:
        return None
    days = [
        last - timedelta(days=back) for back in range(min((last - first).days, MAX_DAYS), 0, -1)
    ]
    rows = []
    for item in targets[:MAX_CHART_ROWS]:
        clean = {str(day.get("date")): day.get("clean") is True for day in objects(item, "days")}
        rows.append(
            {
                "name": text(item.get("name")) or "a target without a name",
                "days": [clean.get(day.isoformat()) for day in days],
                "clean": sum(clean.get(day.isoformat()) is True for day in days),
            }
        )
    return {
        "chart": "days",
        "title": "Clean days",
        "start": days[0].isoformat(),
        "end": days[-1].isoformat(),
        "rows": rows,
        "more": max(0, len(targets) - MAX_CHART_ROWS),
    }


def slo(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return the objectives with their error budgets, and the alerts that guard them."""
    objectives = objects(predicate, "objectives")
    budgets = [_budget(item) for item in objectives[:MAX_CHART_ROWS]]
    return entry(
        "Service objectives",
        facts=(
            ("Service", text(at(predicate, "service", "name"))),
            ("Window", _window(predicate)),
            ("Source", _pair(at(predicate, "source", "kind"), at(predicate, "source", "version"))),
            ("Planted failure shows", yes_no(at(predicate, "canary", "found"))),
        ),
        charts=(
            {
                "chart": "budgets",
                "title": "Error budget left",
                "rows": [row for row in budgets if row],
                "more": max(0, len(objectives) - MAX_CHART_ROWS),
            }
            if any(budgets)
            else None,
        ),
        tables=(
            table(
                "Objectives",
                ("Objective", "Promised", "Attained", "Points", "Met"),
                [
                    (
                        text(item.get("name")),
                        _percent(item.get("objective")),
                        _percent(item.get("attained")) or "no data",
                        _of(at(item, "points", "present"), at(item, "points", "expected")),
                        yes_no(item.get("met")),
                    )
                    for item in objectives
                ],
            ),
            table(
                "Alerts",
                ("Alert", "Objective", "Kind", "Burn rate", "Tested"),
                [
                    (
                        text(item.get("name")),
                        text(item.get("objective")),
                        text(item.get("kind")),
                        text(item.get("burnRate")),
                        yes_no(item.get("tested")),
                    )
                    for item in objects(predicate, "alerts")
                ],
            ),
        ),
    )


def _budget(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how much of an error budget is left, in whole percent; below 0 it is overspent."""
    allowed = _decimal(at(item, "budget", "allowed"))
    spent = _decimal(at(item, "budget", "spent"))
    if allowed is None or spent is None or allowed <= 0:
        return None
    left = 100 - 100 * spent / allowed
    return {
        "name": text(item.get("name")) or "an objective without a name",
        "left_percent": max(-999, int(left.to_integral_value(rounding="ROUND_FLOOR"))),
        "met": item.get("met") is True,
    }


def drill(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return the steps, and what is still to be done."""
    seconds = at(predicate, "timings")
    return entry(
        f"Drill: {text(at(predicate, 'kind')) or 'of no named kind'}",
        facts=(
            ("Outcome", text(at(predicate, "outcome"))),
            ("Scenario", text(at(predicate, "scenario"))),
            ("Service", text(at(predicate, "service", "name"))),
            ("Window", _window(predicate)),
            ("Mitigated after", _pair(at(seconds, "mitigateSeconds"), "s")),
            ("Recovered after", _pair(at(seconds, "recoverSeconds"), "s")),
            ("Target", _pair(at(seconds, "targetSeconds"), "s")),
            ("Way back", text(at(predicate, "rollback", "outcome"))),
            ("People reacted", yes_no(at(predicate, "human"))),
        ),
        tables=(
            table(
                "Steps",
                ("Step", "Outcome", "Expected", "What happened"),
                [
                    tuple(text(item.get(key)) for key in ("name", "outcome", "expected", "actual"))
                    for item in objects(predicate, "steps")
                ],
            ),
            table(
                "What the drill showed",
                ("Action", "Owner", "Due", "State"),
                [
                    tuple(text(item.get(key)) for key in ("title", "owner", "dueAt", "state"))
                    for item in objects(predicate, "actions")
                ],
            ),
        ),
    )


def telemetry(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return the signals that are there and those that are not."""
    return entry(
        "Telemetry",
        facts=(
            ("Service", text(at(predicate, "service", "name"))),
            ("Window", _window(predicate)),
            ("Requests followed", text(at(predicate, "correlation", "requests"))),
            ("Dropped on purpose and noticed", yes_no(at(predicate, "canary", "found"))),
        ),
        tables=(
            table(
                "Signals that are missing",
                ("Signal", "Kind", "Why"),
                [
                    tuple(text(item.get(key)) for key in ("name", "kind", "reason"))
                    for item in objects(predicate, "absent")
                ],
            ),
            table(
                "Signals that are there",
                ("Signal", "Kind", "Samples", "Last seen"),
                [
                    tuple(text(item.get(key)) for key in ("name", "kind", "samples", "lastSeenAt"))
                    for item in objects(predicate, "present")
                ],
            ),
        ),
    )


def auth_hardening(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return how tokens were accepted and refused, and every deviation."""
    return entry(
        "Authentication",
        facts=(
            ("Service", text(at(predicate, "service", "name"))),
            ("Algorithms", ", ".join(texts(predicate, "policy", "algorithms")) or None),
            (
                "Accepted",
                _of(at(predicate, "accepted", "actual"), at(predicate, "accepted", "expected")),
            ),
            (
                "Refused",
                _of(at(predicate, "refused", "actual"), at(predicate, "refused", "expected")),
            ),
        ),
        tables=(
            table(
                "Deviations",
                ("Vector", "Suite", "Expected", "What happened", "Message"),
                [
                    tuple(
                        text(item.get(key))
                        for key in ("id", "suite", "expected", "actual", "message")
                    )
                    for item in objects(predicate, "deviations")
                ],
            ),
            table(
                "Known bypasses",
                ("Bypass", "State", "How it was tried"),
                [
                    tuple(text(item.get(key)) for key in ("name", "state", "evidence"))
                    for item in objects(predicate, "bypasses")
                ],
            ),
        ),
    )


def checkpoint(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return the log's state and who witnessed it."""
    return entry(
        "Transparency log",
        facts=(
            ("Log", text(at(predicate, "origin"))),
            ("Entries", text(at(predicate, "size"))),
            ("Root", text(at(predicate, "rootHash"))),
            ("Seen at", text(at(predicate, "observedAt"))),
            ("Read again", _pair(at(predicate, "replay", "entries"), "entries")),
        ),
        tables=(
            table(
                "Witnesses",
                ("Witness", "Key", "Cosigned at"),
                [
                    tuple(text(item.get(key)) for key in ("name", "keyId", "timestamp"))
                    for item in objects(predicate, "cosignatures")
                ],
            ),
        ),
    )


def _window(predicate: Mapping[str, Any]) -> str | None:
    start, end = text(at(predicate, "window", "start")), text(at(predicate, "window", "end"))
    return f"{_minute(start)} to {_minute(end)} UTC" if start and end else None


def _minute(moment: str) -> str:
    """Return `2026-10-25T00:00:00Z` as `2026-10-25 00:00`."""
    return moment.replace("T", " ").removesuffix("Z").removesuffix(":00")


def _pair(first: object, second: object) -> str | None:
    one, two = text(first), text(second)
    if one is None:
        return None
    return f"{one} {two}" if two else one


def _of(part: object, whole: object) -> str | None:
    one, two = text(part), text(whole)
    return f"{one} of {two}" if one and two else None


def _percent(value: object) -> str | None:
    said = text(value)
    return f"{said} %" if said else None


def _decimal(value: object) -> Decimal | None:
    if not isinstance(value, str) or len(value) > 40:  # noqa: PLR2004 - no longer figures
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 40 else None  # noqa: PLR2004 - the same


def _date(value: object) -> date | None:
    """Return the day of an RFC 3339 time."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:_DAY])
    except ValueError:
        return None
