"""`assurance waive`: ask for an exception to one finding, or approve what another asked for."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from assurance import timestamps, waivers
from assurance.cli import gate_options, time_flag
from assurance.cli.command import Outcome
from assurance.cli.open_draft import open_draft
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, RefusedError, UsageError
from assurance.model import Status
from assurance.predicates import WAIVER

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from assurance.cli.open_draft import OpenDraft
    from assurance.cli.terminal import Terminal
    from assurance.draft import Look
    from assurance.model import Finding
    from assurance.waivers import Waiver

SUMMARY = "ask for an exception to one finding, or approve one"
DEFAULT_DAYS = 14
_ID = 12
"""How many digits of a fingerprint are shown."""
_DAYS = re.compile(r"([1-9][0-9]{0,3})d")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Add a waiver to the draft that `collect` left: a signed, expiring exception for exactly "
        "one finding. One holder asks for it (role waiver-requester), another one approves it "
        "(role waiver-approver); then `assurance decide` shows the finding as WAIVED and says what "
        "it would be. A waiver ends when it expires, or when the finding changes."
    )
    parser.epilog = (
        'example: assurance waive sbom.supplier --reason "asked the vendor" --owner j.ferreira\n'
        "example: assurance waive sbom.supplier --approve\n"
        "example: assurance waive --list\n"
        "exit codes: 0 added, 1 the draft or the signer is refused, 2 usage, 3 could not sign"
    )
    parser.add_argument("check", metavar="CHECK", nargs="?", help="the check whose finding it is")
    parser.add_argument(
        "--subject", metavar="S", help="what the finding is about, where the check has several"
    )
    parser.add_argument(
        "--finding",
        metavar="ID",
        help="the finding's id, or its first digits, where several have the same subject",
    )
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--approve", action="store_true", help="approve what another one asked for")
    does.add_argument("--list", action="store_true", help="show the waivers of the draft")
    asked = parser.add_argument_group("to ask for one")
    asked.add_argument("--reason", metavar="TEXT", help="why the release may go out all the same")
    asked.add_argument("--owner", metavar="NAME", help="who mends the cause")
    asked.add_argument(
        "--expires",
        metavar="WHEN",
        help=f"`14d`, a date or an RFC 3339 time, at most {waivers.MAX_DAYS} days from now "
        f"(default: {DEFAULT_DAYS}d)",
    )
    asked.add_argument("--mitigation", metavar="TEXT", help="what limits the harm meanwhile")
    asked.add_argument("--reference", metavar="URI", help="ticket or advisory")
    parser.add_argument("--draft", metavar="FILE", help="the draft (default: the release's own)")
    gate_options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Ask, approve or list."""
    found = gate_options.read_settings(arguments)
    if not arguments.list and not arguments.check and not arguments.approve:
        raise UsageError(
            "no check is named", remedy="name one: assurance waive CHECK --reason … --owner …"
        )
    if not arguments.list and not arguments.approve:
        for option in ("reason", "owner"):
            if not (getattr(arguments, option) or "").strip():
                raise UsageError(f"a waiver needs its {option}", remedy=f"add --{option} TEXT")
    opened = open_draft(arguments, found, named=arguments.draft)
    if arguments.list:
        return _list(opened.seen, terminal)
    return (_approve if arguments.approve else _ask)(arguments, opened, terminal)


def _ask(arguments: argparse.Namespace, opened: OpenDraft, terminal: Terminal) -> Outcome:
    seen, now = opened.seen, opened.now
    finding = _finding(seen, arguments.check, arguments.subject, arguments.finding or "")
    expires = _expires(arguments.expires, now)
    signer, holder = opened.signer(waivers.REQUESTER)
    release = seen.verdict.release
    predicate = {
        "release": {"name": release.name, "version": release.version},
        "environment": release.environment,
        "check": finding.check,
        "subject": {
            "name": finding.subject,
            "digest": {"sha256": waivers.subject_digest(finding, release)},
        },
        "fingerprint": {"sha256": waivers.fingerprint(finding)},
        "status": finding.status.value,
        "reason": arguments.reason,
        "mitigation": arguments.mitigation,
        "owner": arguments.owner,
        "reference": arguments.reference,
        "requestedAt": timestamps.format_utc(now),
        "expiresAt": timestamps.format_utc(expires),
        "requester": holder,
        "approver": None,
        "request": None,
    }
    line = opened.add(WAIVER, predicate, signer)
    text = [
        (
            f"{holder} asks to waive {escape(finding.check, None)} ({finding.status.value}) until "
            f"{expires:%Y-%m-%d %H:%M} UTC: line {line} of {seen.path}"
        ),
        "It hides nothing before another holder approves it.",
        terminal.next(f"assurance waive {finding.check} --approve   (role {waivers.APPROVER})"),
    ]
    return _outcome(seen, line, predicate, text)


def _approve(arguments: argparse.Namespace, opened: OpenDraft, terminal: Terminal) -> Outcome:
    seen = opened.seen
    waiting = [
        item
        for item in _pending(seen)
        if arguments.check in {None, item.check}
        and arguments.subject in {None, item.subject}
        and item.fingerprint.startswith((arguments.finding or "").lower())
    ]
    if not waiting:
        raise UsageError(
            "no request"
            + ("" if arguments.check is None else f" for {arguments.check}")
            + " waits for approval in this draft",
            remedy="list them: assurance waive --list",
            where=str(seen.path),
        )
    if len(waiting) > 1:
        raise UsageError(
            f"{len(waiting)} requests wait: "
            + "; ".join(f"{escape(item.about)} {item.fingerprint[:_ID]}" for item in waiting),
            remedy="approve one by one: name the check, --subject or --finding",
            where=str(seen.path),
        )
    (asked,) = waiting
    signer, holder = opened.signer(waivers.APPROVER)
    if holder == asked.requester:
        raise RefusedError(
            f"{holder} asked for this waiver and cannot approve it",
            remedy="have another holder with role waiver-approver approve it",
            where=f"{seen.path}:{asked.line}",
        )
    before = [item.approver for item in _waivers(seen) if item.request == asked.payload_sha256]
    if holder in before:
        raise RefusedError(
            f"{holder} has approved this waiver already",
            remedy="have another holder with role waiver-approver approve it",
            where=f"{seen.path}:{asked.line}",
        )
    if opened.now >= asked.expires_at:
        raise RefusedError(
            f"the request expired on {asked.expires_at:%Y-%m-%d %H:%M} UTC",
            remedy=f"ask again: assurance waive {asked.check} --reason … --owner …",
            where=f"{seen.path}:{asked.line}",
        )
    predicate = {
        **asked.predicate,
        "approver": holder,
        "request": {"sha256": asked.payload_sha256},
    }
    line = opened.add(WAIVER, predicate, signer)
    has, needs = len(before) + 1, seen.trust.threshold(waivers.APPROVER)
    missing = "" if has >= needs else f", with {needs - has} more of {needs} approvals"
    text = [
        (
            f"{holder} approves: {escape(asked.about, None)} is waived until "
            f"{asked.expires_at:%Y-%m-%d %H:%M} UTC{missing}, line {line} of {seen.path}"
        ),
        f"  asked by {escape(asked.requester, None)}, mended by {escape(asked.owner, None)}",
        f"  │ {escape(asked.reason, 200)}",
        terminal.next("assurance decide"),
    ]
    return _outcome(seen, line, predicate, text)


def _list(seen: Look, terminal: Terminal) -> Outcome:
    rows, about = [], []
    pending = {item.line for item in _pending(seen)}
    used = {finding.waiver for finding in seen.verdict.findings if finding.waiver is not None}
    said = {
        line: finding
        for finding in seen.verdict.findings
        if finding.check.startswith("waivers.")
        for line in finding.evidence
    }
    for item in _waivers(seen):
        if item.request is None and item.line not in pending:
            continue
        state = (
            "in use"
            if item.line in used
            else "waits for approval"
            if item.line in pending
            else said[item.line].message
            if item.line in said
            else "not used"
        )
        rows.append(
            {
                "line": item.line,
                "state": state,
                "would_be": item.status,
                "owner": item.owner,
                "expires_at": timestamps.format_utc(item.expires_at),
                "requester": item.requester,
                "approver": item.approver,
                "id": item.check,
                "subject": item.subject,
                "finding": item.fingerprint,
            }
        )
        about.append(
            f"{item.line:>4}  {item.fingerprint[:_ID]}  {escape(item.about, None)} "
            f"(would be {item.status}), until {item.expires_at:%Y-%m-%d %H:%M} UTC, "
            f"{escape(item.owner, None)}: {escape(state)}"
        )
    if not about:
        about.append("No waivers. Nothing is being let through.")
    if pending:
        about.append(terminal.next("assurance waive CHECK --approve"))
    return Outcome(exit=ExitCode.YES, text="\n".join(about), document={"waivers": rows})


def _outcome(seen: Look, line: int, predicate: dict[str, Any], text: list[str]) -> Outcome:
    return Outcome(
        exit=ExitCode.YES,
        text="\n".join(text),
        document={"draft": str(seen.path), "line": line, "waiver": predicate},
    )


def _waivers(seen: Look) -> list[Waiver]:
    return [waivers.read(item) for item in seen.verified.evidence if item.predicate_type == WAIVER]


def _pending(seen: Look) -> list[Waiver]:
    """Return the requests that fewer holders approved than the trust file asks for."""
    every = _waivers(seen)
    approved = Counter(item.request for item in every)
    needed = seen.trust.threshold(waivers.APPROVER)
    return [
        item for item in every if item.request is None and approved[item.payload_sha256] < needed
    ]


def _finding(seen: Look, check: str, subject: str | None, known_id: str) -> Finding:
    """Return the one finding that is meant."""
    findings = [item for item in seen.verdict.findings if item.status in waivers.WAIVABLE]
    of_check = [item for item in findings if item.check == check]
    if not of_check:
        raise _no_finding(seen, findings, check)
    found = [
        item
        for item in of_check
        if subject in {None, item.subject}
        and waivers.fingerprint(item).startswith(known_id.lower())
    ]
    if len(found) != 1:
        several = "; ".join(
            f"{waivers.fingerprint(item)[:_ID]} {escape(item.subject or '')} "
            f"{escape(item.message, 80)}"
            for item in found or of_check
        )
        raise UsageError(
            f"{check} has {len(of_check)} findings, {len(found) or 'none'} of them meant: "
            f"{several}",
            remedy="name one with --subject or --finding ID; each needs a waiver of its own",
        )
    (finding,) = found
    if not finding.waivable:
        raise RefusedError(
            f"{check} cannot be waived", remedy=finding.remedy or "mend what it found"
        )
    return finding


def _no_finding(seen: Look, findings: list[Finding], check: str) -> UsageError:
    known = sorted({item.check for item in findings})
    passed = next((item for item in seen.verdict.findings if item.check == check), None)
    if passed is not None:
        state = "WAIVED already" if passed.status is Status.WAIVED else passed.status.value
        return UsageError(
            f"{check} is {state}: there is nothing to waive", remedy="assurance waive --list"
        )
    near = difflib.get_close_matches(check, known, n=1)
    return UsageError(
        f"no finding of a check `{check:.80}` in this draft"
        + (f"; did you mean `{near[0]}`?" if near else ""),
        remedy=f"findings that can be waived: {', '.join(known) or 'none'}",
        where=str(seen.path),
    )


def _expires(text: str | None, now: datetime) -> datetime:
    text = text or f"{DEFAULT_DAYS}d"
    if days := _DAYS.fullmatch(text):
        moment = now + timedelta(days=int(days[1]))
    else:
        whole = f"{text}T00:00:00Z" if _DATE.fullmatch(text) else text
        moment = time_flag.read(whole, "--expires", example="14d or 2026-12-07")
    if not now < moment <= now + timedelta(days=waivers.MAX_DAYS):
        raise UsageError(
            f"a waiver lasts at most {waivers.MAX_DAYS} days and ends in the future, found "
            f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            remedy=f"choose a time until {now + timedelta(days=waivers.MAX_DAYS):%Y-%m-%d}",
            where="--expires",
        )
    return moment
