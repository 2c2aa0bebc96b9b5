"""`assurance sign-off AREA`: approve an area over exactly the evidence in the draft."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from assurance import sign_offs, timestamps
from assurance.cli import gate_options
from assurance.cli.command import Outcome
from assurance.cli.open_draft import open_draft
from assurance.cli.terminal import escape
from assurance.decide import blocks
from assurance.errors import ExitCode, RefusedError, UsageError
from assurance.model import Result, Status
from assurance.predicates import SIGN_OFF
from assurance.report import verdict_fields
from assurance.sign_offs import APPROVED, REVOKED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal
    from assurance.draft import Look
    from assurance.model import Finding

SUMMARY = "approve an area over the evidence in the draft"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Sign that an area approves this release, over exactly the evidence, waivers and policies "
        "of the draft. A sign-off is void as soon as any of these changes. It is signed with the "
        'key of [sign."sign-off:AREA"], whose holder has that role in the trust file and neither '
        "collected nor released nor asked for a waiver."
    )
    parser.epilog = (
        "example: assurance sign-off qa --show\n"
        'example: assurance sign-off qa --comment "load test of 22 November looked at"\n'
        "example: assurance sign-off qa --revoke\n"
        "exit codes: 0 shown or signed, 1 the draft or the signer is refused, 2 usage, 3 could not "
        "sign"
    )
    parser.add_argument("area", metavar="AREA", help="such as security, qa or release")
    parser.add_argument(
        "draft", metavar="DRAFT", nargs="?", help="the draft (default: the release's own)"
    )
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--show", action="store_true", help="show what would be signed; sign nothing")
    does.add_argument("--revoke", action="store_true", help="take back an earlier sign-off")
    parser.add_argument("--comment", metavar="TEXT", help="what is to be read beside it")
    gate_options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Show, sign or revoke."""
    found = gate_options.read_settings(arguments)
    area = arguments.area
    if area not in found.gate.areas:
        near = difflib.get_close_matches(area, found.gate.areas, n=1)
        raise UsageError(
            f"the settings name no sign-off area `{area:.80}`"
            + (f"; did you mean `{near[0]}`?" if near else ""),
            remedy=f"areas of [gate]: {', '.join(found.gate.areas) or 'none'}",
            where="gate.areas",
        )
    opened = open_draft(arguments, found, named=arguments.draft)
    seen = opened.seen
    shown = _shown(seen, area)
    if arguments.show:
        text = [*_text(seen, area), terminal.next(f"assurance sign-off {area}")]
        return Outcome(exit=ExitCode.YES, text="\n".join(text), document=shown)
    role = f"sign-off:{area}"
    signer, holder = opened.signer(role)
    if holder in sign_offs.makers(seen.verified.evidence) and not arguments.revoke:
        raise RefusedError(
            f"{holder} also collected or released this evidence, or asked for a waiver, and cannot "
            f"sign off {area}",
            remedy=f"have another holder of role {role} sign",
            where=str(seen.path),
        )
    verdict = seen.verdict
    predicate = {
        "area": area,
        "decision": REVOKED if arguments.revoke else APPROVED,
        "release": {"name": verdict.release.name, "version": verdict.release.version},
        "environment": verdict.environment,
        "evidenceDigest": {"sha256": verdict.evidence_digest},
        "policyDigest": {"sha256": verdict.policy_digest},
        "saw": shown["saw"],
        "approver": holder,
        "approvedAt": timestamps.format_utc(opened.now),
        "comment": arguments.comment,
    }
    line = opened.add(SIGN_OFF, predicate, signer)
    word = "takes back its sign-off of" if arguments.revoke else "signs off"
    text = [
        f"{holder} {word} {area}: line {line} of {seen.path}",
        *_text(seen, area)[1:],
        terminal.next("assurance decide"),
    ]
    return Outcome(
        exit=ExitCode.YES,
        text="\n".join(text),
        document={**shown, "line": line, "signed": predicate},
    )


def _open(findings: Sequence[Finding]) -> list[Finding]:
    """Return what blocks, apart from the sign-offs themselves."""
    return [item for item in findings if blocks(item) and not item.check.startswith("signoff.")]


def _saw(seen: Look) -> dict[str, Any]:
    verdict = seen.verdict
    blocking = _open(verdict.findings)
    known = [item for item in blocking if item.status is not Status.INDETERMINATE]
    result = Result.NO_GO if known else Result.INDETERMINATE if blocking else Result.GO
    return {
        "result": result.value,
        "grade": verdict.grade,
        "blocking": len(blocking),
        "waived": sum(item.status is Status.WAIVED for item in verdict.findings),
        "weakenings": len(verdict.weakenings),
    }


def _shown(seen: Look, area: str) -> dict[str, Any]:
    return {
        **verdict_fields(seen.verdict),
        "area": area,
        "draft": str(seen.path),
        "saw": _saw(seen),
    }


def _text(seen: Look, area: str) -> list[str]:
    """Return what the approver is about to sign, in words."""
    verdict, saw = seen.verdict, _saw(seen)
    release = verdict.release
    lines = [
        (
            f"Sign-off of {area} for {escape(release.name)} {escape(release.version)}, "
            f"{verdict.environment}: nothing is signed yet"
        ),
        f"  without sign-offs  {saw['result']}, grade {saw['grade']} of {verdict.target_grade}",
        f"  evidence  sha256:{verdict.evidence_digest}",
        f"  policies  sha256:{verdict.policy_digest}",
    ]
    lines += [f"  artifact  {escape(item.name)} sha256:{item.sha256}" for item in release.artifacts]
    for title, some in (
        ("blocks", _open(verdict.findings)),
        ("waived", [item for item in verdict.findings if item.status is Status.WAIVED]),
        ("warns", [item for item in verdict.findings if item.status is Status.WARN]),
    ):
        for item in some:
            hides = "" if item.would_be is None else f" (would be {item.would_be})"
            lines.append(
                f"  {title:<8}  {item.status}{hides} {item.check}: {escape(item.message, 200)}"
            )
    lines += [f"  weaker    {escape(item, 200)}" for item in verdict.weakenings]
    for state in verdict.sign_offs:
        by = f" by {', '.join(escape(name) for name in state.by)}" if state.by else ""
        lines.append(f"  sign-off  {state.area}: {state.state}, {state.has} of {state.needs}{by}")
    return lines
