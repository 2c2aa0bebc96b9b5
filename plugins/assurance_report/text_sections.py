"""What the text report says of the launch gate, below its findings, a few lines a section.

Sign-offs, waivers, grade by area, checklist, what changed, timeline, controls and what nobody
checked: the same sections as the page and Markdown. A section without content says so. All text
goes through `calm`: it may be foreign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.report_text import calm, moment, short
from assurance_report.page import page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.cli.terminal import Terminal

SHOWN: Final = 10
"""Rows of one section at a terminal; `-v` shows all that the page shows."""
TOLD: Final = ("checklist.", "milestone.", "risk.")
"""Checks that the checklist's section tells, so that the findings need not."""
_MESSAGE: Final = 400
_WIDE: Final = 13
"""Of the longest status."""


def sections(report: Mapping[str, Any], terminal: Terminal, *, every: bool = False) -> list[str]:
    """Return the lines of all sections.

    Args:
        report: The document of `assurance.report`.
        terminal: What may be shown.
        every: All rows of each section, and controls whose checks all pass, too.
    """
    seen = page(report)
    room = None if every else SHOWN
    made: list[tuple[str, Iterable[str], str]] = [
        ("Sign-offs", _sign_offs(report, seen, terminal), "None are asked for."),
        ("Waivers", _waivers(seen, terminal), "None. Nothing is being let through."),
        ("Grade by area", _grades(seen), "No check carries weight."),
        ("Checklist", _checklist(seen, terminal), "None is part of what was judged."),
        ("Since the last release", _since(report, seen, room), _NO_LAST),
        ("Timeline", _timeline(seen), "No moment is known."),
        ("Controls", _controls(seen, terminal, every=every), "No check names a control."),
        (
            "Not checked",
            [f" {calm(text, _MESSAGE)}" for text in seen["not_checked"]],
            "Nothing was left out of what is configured.",
        ),
    ]
    lines = []
    for title, found, empty in made:
        rows = list(found)
        lines += ["", terminal.paint(title, "bold"), *(rows or [f" {empty}"])]
    return [*lines, ""]


_NO_LAST: Final = "No earlier release to compare with."


def _mark(status: str, terminal: Terminal) -> str:
    """Return a status with its symbol, as wide as the longest."""
    return f"{terminal.symbol(status)} {terminal.word(status)}{' ' * (_WIDE - len(status))}"


def _sign_offs(
    report: Mapping[str, Any], seen: Mapping[str, Any], terminal: Terminal
) -> Iterable[str]:
    if not seen["sign_offs"]:
        return
    over = (report.get("evidence") or {}).get("sha256")
    yield f" {seen['given']} of {len(seen['sign_offs'])}" + (
        f", over evidence {short(over)}" if over else ""
    )
    wide = max(len(calm(state["area"])) for state, _ in seen["sign_offs"])
    for state, approvals in seen["sign_offs"]:
        word = {"GIVEN": "PASS", "VOID": "FAIL"}.get(state["state"], "MISSING")
        said = f"{state['has']} of {state['needs']}"
        if state["reason"]:
            said += f": {calm(state['reason'], _MESSAGE)}"
        yield (
            f" {terminal.word_symbol(word)} {calm(state['state']):<8} "
            f"{calm(state['area']):<{wide}}  {said}"
        )
        for item in approvals:
            digest = item["evidence_sha256"]
            about = "this evidence" if item["today"] else short(calm(digest)) if digest else "none"
            at = item["approved_at"]
            when = moment(calm(at)) if at else "at no time"
            yield f"     {calm(item['approver'] or 'nobody')}, {when}, over {about}"
            if item["comment"]:
                yield f"     │ {calm(item['comment'])}"


def _waivers(seen: Mapping[str, Any], terminal: Terminal) -> Iterable[str]:
    for check, waiver in seen["waived"]:
        subject = f" {calm(check['subject'])}" if check["subject"] else ""
        would = f"(would {check['would_be']})"
        head = f" {terminal.word_symbol('WAIVED')} {calm(check['id'])}{subject} {would}"
        if waiver is None:
            yield f"{head}  the waiver is not part of this report"
            continue
        end = waiver["expires_at"]
        yield f"{head}  until {moment(calm(end)) if end else 'no end'}, {calm(waiver['left'])}"
        people = [
            f"{word} {calm(waiver[key] or 'nobody')}"
            for key, word in (
                ("requester", "asked by"),
                ("approver", "approved by"),
                ("owner", "mended by"),
            )
        ]
        yield f"     {', '.join(people)}"
        yield f"     │ {calm(waiver['reason'] or 'no reason is given')}"


def _grades(seen: Mapping[str, Any]) -> Iterable[str]:
    wide = max((len(calm(area["name"])) for area in seen["grades"]), default=0)
    for area in seen["grades"]:
        counted = "item" if seen["checklist"] else "check"
        said = f"{area['count']} {counted}{'' if area['count'] == 1 else 's'}"
        yield (
            f" {calm(area['name']):<{wide}}  {area['grade']:>3}   "
            f"{area['earned']} of {area['possible']} points, {said}"
        )


def _checklist(seen: Mapping[str, Any], terminal: Terminal) -> Iterable[str]:
    found = seen["checklist"]
    if not found:
        return
    count = len(found["items"]) + found["more"]
    yield f" {found['open']} of {count} items open" + (
        f"; frozen from {calm(found['frozen_from'])}" if found["frozen_from"] else ""
    )
    areas: dict[str, list[Mapping[str, Any]]] = {}
    for item in found["items"]:
        areas.setdefault(item["area"], []).append(item)
    for area, items in areas.items():
        yield f" {calm(area)}"
        for item in items:
            yield f"  {_mark(item['status'], terminal)} {calm(item['id'])}: {_item(item)}"
    if found["more"]:
        yield f" … and {found['more']} more"
    for title in ("milestones", "risks"):
        yield f" {title}" + ("" if found[title] else ": none are named")
        for item in found[title]:
            said = calm(item["said"], _MESSAGE)
            yield f"  {_mark(item['status'], terminal)} {calm(item['id'])}: {said}"


def _item(item: Mapping[str, Any]) -> str:
    """Return what became of an item, whose it is and by when."""
    said = f"{calm(item['said'], _MESSAGE)} ({calm(item['owner'] or 'nobody')}"
    if item["day"]:
        said += f", due {calm(item['day']['day'])}{', late' if item['late'] else ''}"
    return f"{said})"


def _since(report: Mapping[str, Any], seen: Mapping[str, Any], room: int | None) -> Iterable[str]:
    last = report.get("previous")
    if last and last["problem"]:
        yield f" Not compared: {calm(last['problem'], _MESSAGE)}"
    elif last:
        yield " " + " · ".join(
            f"{calm(item['version'])} {calm(item['verdict'])} {item['grade']}"
            for item in seen["trend"]
        )
        if not last["changes"]:
            yield " Every check says what it said then."
        rows = [
            f" {calm(change['check'])}: {change['from'] or 'not made'} → "
            f"{change['to'] or 'no longer made'}"
            for change in last["changes"]
        ]
        yield from _some(rows, room)
    if (found := report.get("difference")) is None:
        return
    side = found["a"]
    if side["verified"]:
        trusted = "which was verified"
    elif side["problem"]:
        trusted = f"which does not verify: {calm(side['problem'], _MESSAGE)}"
    else:
        trusted = "whose signatures were not checked"
    yield f" Everything that differs from {calm(side['path'])}, {trusted}:"
    if not seen["differences"]:
        yield "  nothing"
    for section in seen["differences"]:
        rows = [
            f"  {section['title']}: {row.mark} {calm(row.what)}{'  ' if row.what else ''}"
            f"{calm(row.said, _MESSAGE)}"
            for row in section["rows"]
        ]
        yield from _some(rows, room, section["more"], indent="  ")


def _some(
    rows: Sequence[str], room: int | None, more: int = 0, *, indent: str = " "
) -> Iterable[str]:
    """Return as many rows as there is room for, and say how many are left out."""
    shown = rows if room is None else rows[:room]
    yield from shown
    if left := len(rows) - len(shown) + more:
        yield f"{indent}… and {left:,} more: {'-o json has' if room is None else '-v shows'} them"


def _timeline(seen: Mapping[str, Any]) -> Iterable[str]:
    for item in seen["moments"]:
        yield f" {moment(calm(item.at))}  {calm(item.what)} ({calm(item.more)})"


def _controls(seen: Mapping[str, Any], terminal: Terminal, *, every: bool) -> Iterable[str]:
    found = seen["controls"]
    if not found:
        return
    well = sum(control["worst"] == "PASS" for control in found)
    yield f" {well} of {len(found)} are supported by checks that all pass" + (
        "" if every or not well else ": -v lists them"
    )
    for control in found:
        if not every and control["worst"] == "PASS":
            continue
        checks = ", ".join(f"{calm(group.id)} {group.status}" for group in control["checks"][:20])
        more = len(control["checks"]) - 20
        yield (
            f"  {terminal.word_symbol(control['worst'])} {calm(control['id'])}: supported by "
            f"{checks}{f' and {more} more' if more > 0 else ''}"
        )
    if seen["controls_more"]:
        yield f"  … and {seen['controls_more']} more"
