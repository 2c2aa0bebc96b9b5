"""The report for people at a terminal: the verdict first, then what blocks, then the rest.

Needs nothing but the document of `assurance.report`; the `text` view of `assurance report`
is this too. All text of the document may be foreign, so every piece goes through `calm`: it
can act neither on a terminal nor, where the output is a CI service's log, on that service.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from assurance.cli.terminal import MAX_FOREIGN, escape
from assurance.judge import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.cli.terminal import Terminal

STATUSES = ("FAIL", "MISSING", "STALE", "INDETERMINATE", "WAIVED", "WARN", "PASS", "NOT_APPLICABLE")
"""Worst first."""
BLOCKING = frozenset({"FAIL", "MISSING", "STALE", "INDETERMINATE"})
_TURN = {"collect": -1, "checklist": 1, "reviews": 1, "signoff": 2, "gate": 3}
"""Areas that come before the others, because others fail for want of what they give, or after
them: what people sign is about the evidence that is there, a sign-off is void once evidence
changes, and the grade follows from the rest."""
_SIGNED = frozenset({"checklist", "reviews", "signoff"})
"""Areas that people close by what they sign in the draft, which a new collection begins anew."""
_SIGN_OFF = "signoff."
_SIGN_ALL = (
    "when the evidence stands, a holder of each role sign-off:AREA reads it and signs: "
    "assurance sign-off AREA --show, then assurance sign-off AREA"
)
_SHOWN_OF_ONE_CHECK = 5
_COLUMNS = 80
_MAX_MESSAGE = 400
_COMMAND = re.compile(r"#(?=#[A-Za-z]*\[)|^\s*:(?=:)")


def render(
    report: Mapping[str, Any],
    terminal: Terminal,
    *,
    quiet: bool = False,
    verbose: int = 0,
    files: Sequence[str] = (),
    sections: Sequence[str] | None = None,
    told: tuple[str, ...] = (),
) -> str:
    """Return the report as text.

    Args:
        report: The document of `assurance.report.report_document`.
        terminal: What may be shown: colour, symbols, width.
        quiet: Only the verdict's line and the bundle's path.
        verbose: From 1 on, passing checks and every finding of a check too.
        files: Paths of the artifacts, for the command to type next; else their names are there.
        sections: Lines below the findings, which tell of sign-offs and of what was not checked;
            None: these are told in short.
        told: Beginnings of checks that the sections tell: only what blocks is told of them above.
    """
    lines = [_headline(report, terminal)]
    if quiet:
        lines += [calm(str(report["bundle"]["path"]))] if report["bundle"] else []
        return terminal.fit("\n".join(lines))
    checks = report["checks"]
    lines += _summary(report, checks)
    if estimate := report.get("estimate"):
        by, on = calm(str(estimate["by"])), calm(str(estimate["on"]))
        lines.append(f"Estimated by people: {estimate['grade']}, {by} on {on}.")
    lines += since(report)
    lines += _blocking(report, terminal, verbose)
    lines += _others(
        [check for check in checks if not check["id"].startswith(told)], terminal, verbose
    )
    lines += _context(report, terminal, brief=sections is None)
    lines += sections or ()
    lines += _files(report)
    lines.append(terminal.next(_next(report, files)))
    return terminal.fit("\n".join(lines))


def since(report: Mapping[str, Any]) -> list[str]:
    """Return what became of the checks since the last release, as one line; none without one."""
    last = report.get("previous")
    if not last:
        return []
    if last["problem"]:
        return [f"Not compared with the last release: {calm(last['problem'], _MAX_MESSAGE)}"]
    turns = [change["turn"] for change in last["changes"]]
    told = [
        f"{count} {'check' if count == 1 else 'checks'} {word}"
        for turn_, word in (
            ("worse", "worse"),
            ("gone", "no longer made"),
            ("new", "new"),
            ("better", "better"),
        )
        if (count := turns.count(turn_))
    ]
    said = ", ".join(told) or "every check says what it said then"
    return [
        f"Since {calm(last['version'])} ({calm(last['verdict'])}, grade {last['grade']}): {said}."
    ]


def blocks(check: Mapping[str, Any]) -> bool:
    """Whether a finding of the document keeps its verdict from GO."""
    return bool(check["blocking"]) and check["status"] in BLOCKING


def turn(area: str) -> int:
    """Return when a check of `area` has its turn in what blocks: the lowest is mended first."""
    return _TURN.get(area, 0)


def count_checks(checks: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many checks end in each status; a check counts once, with its worst."""
    worst: dict[str, str] = {}
    for check in checks:
        known = worst.get(check["id"], check["status"])
        worst[check["id"]] = min(known, check["status"], key=STATUSES.index)
    return {
        status: count
        for status in STATUSES
        if (count := sum(1 for found in worst.values() if found == status))
    }


def short(digest: str) -> str:
    """Return a digest as terminals show it: `sha256:90ab…d1e4`."""
    hexadecimal = digest.removeprefix("sha256:")
    return f"sha256:{hexadecimal[:4]}…{hexadecimal[-4:]}"


def duration(seconds: int) -> str:
    """Return `97 days`, `30 hours` or `12 minutes`: in the largest unit of which there are two."""
    for unit, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit or seconds == unit:
            number = seconds // unit
            return f"{number:,} {word if number > 1 else word[:-1]}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def calm(text: str, limit: int | None = MAX_FOREIGN) -> str:
    """Return foreign text that acts neither on a terminal nor on a CI service that reads the log.

    GitHub takes a line that begins with `::`, and both GitHub and Azure take `##[` and `##vso[`
    anywhere, for commands; TeamCity takes `##teamcity[`. Their first character is escaped.
    """
    return _COMMAND.sub(lambda found: _visible(found.group()), escape(text, limit))


def _visible(command: str) -> str:
    return command[:-1] + f"\\x{ord(command[-1]):02x}"


def _headline(report: Mapping[str, Any], terminal: Terminal) -> str:
    verdict = str(report["verdict"])
    release = report["release"]
    about = (
        f"{calm(release['name'])} {calm(release['version'])} for {calm(str(report['environment']))}"
    )
    grade = f"grade {report['grade']}, needs {report['target_grade']}"
    colour = {"GO": "green", "NO-GO": "red"}.get(verdict, "magenta")
    space = " " * max(2, min(terminal.width, _COLUMNS) - len(f"{verdict}  {about}{grade}"))
    return f"{terminal.paint(verdict, 'bold', 'inverse', colour)}  {about}{space}{grade}"


def _summary(report: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> list[str]:
    counts = count_checks(check for check in checks if not blocks(check))
    blocking = count_checks(check for check in checks if blocks(check))
    parts = [
        f"{counts[status]} {one if counts[status] == 1 else many}"
        for status, one, many in (
            ("PASS", "passes", "pass"),
            ("WARN", "warns", "warn"),
            ("WAIVED", "is waived", "are waived"),
            ("NOT_APPLICABLE", "does not apply", "do not apply"),
        )
        if counts.get(status)
    ]
    lines = []
    total = sum(blocking.values())
    if total:
        said = f"{total} {'check blocks' if total == 1 else 'checks block'}"
        lines.append(f"{', '.join([said, *parts])}.")
        if not blocking.get("FAIL"):
            lines[0] += " Nothing is known to be wrong; evidence is missing, old or undecided."
    elif parts:
        lines.append(f"{', '.join(parts)}.")
    if report["valid_until"] and report["verdict"] == "GO":
        lines.append(f"Valid until {moment(report['valid_until'])}, when evidence goes stale.")
    if report.get("signatures_checked") is False:
        lines.append("Signatures were not checked: this is what the bundle says about itself.")
    return lines


def moment(text: str) -> str:
    """Return `2026-11-24T08:57:00Z` as `2026-11-24 08:57 UTC`."""
    return f"{text[:10]} {text[11:16]} UTC"


def _steps(report: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    """Return what blocks in the order of mending: by check, and the areas' sign-offs together.

    Checks that only wait for a collector are no steps of their own.
    """
    asked = {f"{_SIGN_OFF}{state['area']}" for state in report["sign_offs"]}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    waiting = _waiting(report)
    for check in report["checks"]:
        if blocks(check) and check["id"] not in waiting:
            name = check["id"]
            groups.setdefault(_SIGN_OFF if name in asked else name, []).append(check)
    return sorted(groups.values(), key=lambda found: turn(found[0]["area"]))


def _waiting(report: Mapping[str, Any]) -> dict[str, set[str]]:
    """Return each check all of whose blocking findings wait for collectors, and for which ones."""
    blocking = [check for check in report["checks"] if blocks(check)]
    ids = {check["id"] for check in blocking}
    collectors = {wait_for(name): name for name in ids if name.startswith("collect.")}
    found: dict[str, set[str]] = {}
    others = set()
    for check in blocking:
        collector = collectors.get(check["remedy"])
        if collector is not None:
            found.setdefault(check["id"], set()).add(collector)
        else:
            others.add(check["id"])
    return {name: waits for name, waits in found.items() if name not in others}


def _wait(report: Mapping[str, Any]) -> list[str]:
    """Return the line of the checks that wait; none where none does."""
    waiting = _waiting(report)
    if not waiting:
        return []
    collectors = ", ".join(sorted(set().union(*waiting.values())))
    word = "check waits" if len(waiting) == 1 else "checks wait"
    return [calm(f"   {len(waiting)} {word} for {collectors}: {', '.join(sorted(waiting))}", None)]


def _blocking(report: Mapping[str, Any], terminal: Terminal, verbose: int) -> list[str]:
    groups = [(_named(found), found) for found in _steps(report)]
    wide = max((len(name) for name, _ in groups), default=0)
    lines = []
    for number, (name, found) in enumerate(groups, 1):
        ids = dict.fromkeys(check["id"] for check in found)
        status = min((check["status"] for check in found), key=STATUSES.index)
        owner = calm(", ".join(dict.fromkeys(check["owner"] or "" for check in found[: len(ids)])))
        if day := min(filter(None, map((report.get("due") or {}).get, ids)), default=None):
            owner += f"{', ' if owner else ''}due {calm(day)}"
        times = f" × {len(ids)}" if len(ids) > 1 else ""
        word = f"{terminal.symbol(status)} {terminal.word(status)}{times}"
        word += " " * (13 - len(status) - len(times))
        lines.append(f"{number:>2} {word}  {name:<{wide}}  {owner}".rstrip())
        if len(ids) > 1:
            lines += [f"   {_message(check)}" for check in found]
            lines.append(f"   {terminal.next(_SIGN_ALL)}")
            continue
        shown = found if verbose else found[:_SHOWN_OF_ONE_CHECK]
        for check in shown:
            lines += _finding(check, "" if check["status"] == status else f"{check['status']}: ")
        if len(found) > len(shown):
            lines.append(f"   … and {len(found) - len(shown)} more: -v shows all")
        remedies = dict.fromkeys(check["remedy"] for check in shown if check["remedy"])
        lines += [f"   {terminal.next(calm(remedy, _MAX_MESSAGE))}" for remedy in remedies]
    return [*lines, *_wait(report)]


def _named(found: Sequence[Mapping[str, Any]]) -> str:
    """Return `a.b`, or `signoff.{qa,slo}` for the sign-offs of several areas."""
    ids = list(dict.fromkeys(check["id"] for check in found))
    if len(ids) == 1:
        return calm(ids[0])
    return f"{_SIGN_OFF}{{{calm(','.join(name.removeprefix(_SIGN_OFF) for name in ids))}}}"


def _finding(check: Mapping[str, Any], status: str) -> list[str]:
    lines = [f"   {status}{_message(check)}"]
    values = [
        f"{word} {calm(str(check[key]))}"
        for key, word in (("actual", "found"), ("required", "allowed"))
        if check[key] is not None
    ]
    if values:
        lines.append(f"   {' · '.join(values)}")
    return lines


def _message(check: Mapping[str, Any]) -> str:
    message = calm(check["message"], _MAX_MESSAGE)
    subject = check["subject"]
    if subject and subject not in check["message"]:
        return f"{calm(subject)}: {message}"
    return message


def _others(checks: Iterable[Mapping[str, Any]], terminal: Terminal, verbose: int) -> list[str]:
    wanted = {"WARN", "WAIVED", *BLOCKING}
    if verbose:
        wanted |= {"PASS", "NOT_APPLICABLE"}
    lines = []
    for check in checks:
        status = check["status"]
        if blocks(check) or status not in wanted:
            continue
        would = f" (would {check['would_be']})" if check["would_be"] else ""
        hidden = "" if check["blocking"] or status not in BLOCKING else " (does not block)"
        lines.append(
            f" {terminal.symbol(status)} {terminal.word(status)}{would}{hidden}  "
            f"{calm(check['id'])}  {_message(check)}"
        )
    return lines


def _context(report: Mapping[str, Any], terminal: Terminal, *, brief: bool) -> list[str]:
    lines = []
    signs = report["sign_offs"]
    if signs and brief:
        given = sum(1 for state in signs if state["state"] == "GIVEN")
        lines.append(f"Sign-offs {given} of {len(signs)}.")
    lines += [
        f" {terminal.symbol('WARN')} weakened: {calm(text, _MAX_MESSAGE)}"
        for text in report["weakenings"]
    ]
    if brief:
        lines += [f"Not checked: {calm(text, _MAX_MESSAGE)}" for text in report["not_checked"]]
    return lines


def _files(report: Mapping[str, Any]) -> list[str]:
    lines = []
    bundle, receipt = report["bundle"], report["receipt"]
    if bundle:
        count = f"   {bundle['lines']} lines" if bundle.get("lines") else ""
        lines.append(f"Bundle   {calm(str(bundle['path']))}   {short(bundle['sha256'])}{count}")
    if receipt:
        lines.append(
            f"Receipt  {calm(str(receipt.get('path')))}   "
            f"{calm(str(receipt.get('origin')))} entry {receipt.get('index')}"
        )
    return lines


def _next(report: Mapping[str, Any], files: Sequence[str]) -> str:
    """Return the one thing to do now."""
    bundle, trust = report["bundle"], report["trust"] or {}
    if report["verdict"] == "GO" and bundle:
        names = files or [artifact["name"] for artifact in report["release"]["artifacts"]]
        words = shlex.join(["assurance", "verify", str(bundle["path"]), *names])
        words += f" --trust {shlex.quote(str(trust.get('path') or 'trust.json'))}"
        if trust.get("profile") == "development":
            words += " --allow-development"
        return calm(words, None)
    if report["verdict"] == "GO":
        return "deliver the release"
    areas = [group[0]["area"] for group in _steps(report)]
    if not areas:
        return "nothing was checked: configure collectors and policies, then assurance run"
    steps = "the step above" if len(areas) == 1 else f"the {len(areas)} steps above"
    # The grade follows from the rest.
    signed = [number for number, area in enumerate(areas, 1) if area in _SIGNED]
    if not signed:
        return f"{steps}, then assurance run"
    last = "then assurance decide: assurance run would collect anew, without what people signed"
    if signed[0] == 1:
        return f"{steps}, {last}"
    first, then = _range(1, signed[0] - 1), _range(signed[0], signed[-1])
    return f"{first}, then assurance collect; after that {then}, {last}"


def _range(first: int, last: int) -> str:
    return f"step {first}" if first == last else f"steps {first} to {last}"
