"""How `assurance verify` shows a decision: text for people, a document for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import timestamps
from assurance.cli.terminal import escape
from assurance.deploy import Answer
from assurance.model import Status
from assurance.report import release_fields, trust_fields, verdict_fields
from assurance.value import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal
    from assurance.deploy import Decision, Step
    from assurance.trust import Trust


def placed(decision: Decision, *, trust_path: str, receipt_path: str | None) -> Decision:
    """Return the decision with the file that is meant, where a step looked at no line of one."""
    places = {"trust": trust_path, "receipt": receipt_path}
    steps = tuple(
        replace(step, where=step.where or places.get(step.id))
        if step.status in {Status.FAIL, Status.INDETERMINATE}
        else step
        for step in decision.steps
    )
    return replace(decision, steps=steps)


def text(
    decision: Decision,
    terminal: Terminal,
    weakenings: Sequence[str],
    *,
    trust: Trust,
    trust_path: str,
) -> str:
    """Return the decision for people: the answer first, then every step and the trust file."""
    lines = [_headline(decision, terminal)]
    failed = next(
        (s for s in decision.steps if s.status not in {Status.PASS, Status.MISSING}), None
    )
    if failed is not None:
        if failed.where is not None:
            lines.append(f"  {escape(failed.where)}")
        if failed.remedy is not None:
            lines.append(terminal.next(escape(failed.remedy, None)))
    lines += [_step(step, terminal) for step in decision.steps]
    shown = [*decision.weakenings, *weakenings]
    if shown:
        lines.append("weaker than it could be:")
        lines += [f"  {terminal.symbol('WARN')} {escape(item)}" for item in shown]
    lines.append(f"Trust  {escape(trust_path)}  version {trust.version}  sha256:{trust.digest}")
    return "\n".join(lines)


def _headline(decision: Decision, terminal: Terminal) -> str:
    word = terminal.word(decision.answer.value)
    claimed = decision.claimed
    if decision.answer is Answer.VERIFIED and claimed is not None:
        release = claimed.release
        return (
            f"{word}  {escape(release.name)} {escape(release.version)}, {claimed.result.value} for "
            f"{escape(claimed.environment)}, grade {claimed.grade}"
        )
    failed = next(s for s in decision.steps if s.status not in {Status.PASS, Status.MISSING})
    prefix = "could not decide: " if decision.answer is Answer.INDETERMINATE else ""
    return f"{word}  {prefix}{escape(failed.message, None)}"


def _step(step: Step, terminal: Terminal) -> str:
    if step.status is Status.MISSING:
        return f"  {terminal.symbol('NOT_APPLICABLE')} {step.id:<13} not checked"
    return f"  {terminal.symbol(step.status.value)} {step.id:<13} {escape(step.message, None)}"


def document(
    decision: Decision,
    trust: Trust,
    weakenings: Sequence[str],
    *,
    path: str,
    trust_path: str,
    receipt_path: str | None = None,
) -> dict[str, Any]:
    """Return the command's fields of the JSON output."""
    claimed = decision.claimed
    verdict = decision.verdict
    proven = decision.proven
    return {
        "receipt": None
        if proven is None
        else {"path": receipt_path, "origin": proven.origin, "index": proven.index},
        "verdict": decision.answer.value,
        "environment": None if claimed is None else claimed.environment,
        "grade": None if verdict is None else verdict.grade,
        "target_grade": None if claimed is None else claimed.target_grade,
        "release": None if claimed is None else release_fields(claimed.release),
        "decided_at": None if claimed is None else timestamps.format_utc(claimed.decided_at),
        "valid_until": None
        if verdict is None or verdict.valid_until is None
        else timestamps.format_utc(verdict.valid_until),
        "checks": [_check(step) for step in decision.steps],
        "claimed": None if claimed is None else verdict_fields(claimed),
        "weakenings": [*decision.weakenings, *weakenings],
        "bundle": {
            "path": path,
            "sha256": decision.bundle_sha256,
            "lines": decision.lines,
        },
        "trust": trust_fields(trust, trust_path),
        "errors": [
            {
                "code": step.id.replace(" ", "-"),
                "problem": step.message,
                "where": step.where,
                "remedy": step.remedy,
            }
            for step in decision.steps
            if step.status in {Status.FAIL, Status.INDETERMINATE}
        ],
    }


def _check(step: Step) -> dict[str, Any]:
    not_reached = step.status is Status.MISSING
    return {
        "id": f"verify.{step.id.replace(' ', '_')}",
        "area": "verify",
        "status": "NOT_APPLICABLE" if not_reached else step.status.value,
        "would_be": None,
        "blocking": not not_reached,
        "severity": "critical",
        "message": step.message,
        "actual": None,
        "required": None,
        "subject": None,
        "owner": None,
        "remedy": step.remedy,
        "evidence": [],
        "waiver": None,
    }
