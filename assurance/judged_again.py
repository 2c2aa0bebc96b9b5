"""Steps 8 to 10 of deployment: judge again, look at the age, ask the deployer's own policies.

No I/O, no clock. Each function returns what it found, or raises what is wrong: `RefusedError`
for a no, `UndecidedError` where no answer was to be had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import sign_offs
from assurance.decide import blocks
from assurance.deployment import NOT_OURS
from assurance.errors import RefusedError, UndecidedError
from assurance.judge import judge
from assurance.model import Result, Status
from assurance.predicates import BUNDLE_MANIFEST, READINESS, VSA
from assurance.value import replace
from assurance.verdict import Gate, reach

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import Evidence, Finding, Verdict
    from assurance.trust import Trust
    from assurance.verify import Verified


_FOLLOWS = ("gate.", "waivers.", "checklist.", "risk.", "milestone.")
"""Beginnings of checks that look at what other checks found."""


def judge_again(
    verified: Verified,
    claimed: Verdict,
    *,
    policies: PolicySet,
    engine: PolicyEngine,
    trust: Trust,
    now: datetime,
) -> Verdict:
    """Return the verdict that the same policies reach over the same evidence now.

    Raises:
        PolicyEngineError: the engine gave no answer at all.
    """
    return reach(
        replace(verified, evidence=_evidence(verified)),
        policies=policies,
        policy_digest=claimed.policy_digest,
        engine=engine,
        trust=trust,
        gate=Gate(
            target_grade=claimed.target_grade,
            areas=tuple(state.area for state in claimed.sign_offs),
            previous=claimed.previous,
        ),
        artifacts_at_seal=claimed.artifacts_at_seal or (),
        trust_used=claimed.trust_used,
        decided_at=claimed.decided_at,
        sealed_by=next(
            item.signers for item in verified.evidence if item.predicate_type == READINESS
        ),
        now=now,
    )


def _evidence(verified: Verified) -> tuple[Evidence, ...]:
    """Return what was there before the verdict."""
    sealed = {READINESS, VSA, BUNDLE_MANIFEST}
    return tuple(item for item in verified.evidence if item.predicate_type not in sealed)


def compare(again: Verdict, claimed: Verdict, *, where: str) -> str:
    """Check that a verdict judged again says what the bundle claims, but for what went stale.

    Raises:
        RefusedError: it says something else.
        UndecidedError: something that was decided no longer can be.
    """
    if again.evidence_digest != claimed.evidence_digest:
        raise RefusedError(
            "the readiness is over other evidence than the bundle carries", remedy=NOT_OURS
        )
    if again.settings_digest != claimed.settings_digest:
        raise RefusedError(
            "the readiness names other settings than the release manifest", remedy=NOT_OURS
        )
    now_said = _said(again)
    different = sorted(
        now_said ^ _said(claimed),
        # What the gate adds follows from the rest, so it is named last.
        key=lambda said: (said[0].startswith("gate."), said[0], said[1] or "", said[2]),
    )
    changed = [said for said in different if said in now_said]
    if ended := [said for said in changed if said[0] == "waivers.expired"]:
        finding = _find(again, ended[0])
        raise RefusedError(
            f"{finding.message}: {finding.subject} is no longer waived",
            remedy=finding.remedy or "mend the cause",
            where=f"{where}:{finding.evidence[0]}",
        )
    if unknown := [said for said in changed if said[2] is Status.INDETERMINATE]:
        finding = _find(again, unknown[0])
        raise UndecidedError(
            f"judged again, {finding.check} could not be decided: {finding.message}"
            f"{_other_engine(again, claimed)}",
            remedy=finding.remedy or "see which part of the evidence the policy cannot read",
        )
    if aged := {said[0] for said in changed if said[2] is Status.STALE}:
        # Age explains these checks and what follows from them, nothing else.
        explained = [said for said in different if said[0] in aged or said[0].startswith(_FOLLOWS)]
        different = [said for said in different if said not in explained]
        changed = [said for said in changed if said not in explained]
    if different:
        shown = changed[0] if changed else different[0]
        raise RefusedError(
            f"judged again, {shown[0]} is {shown[2] if changed else 'no longer found'}, "
            f"the readiness says otherwise{_other_engine(again, claimed)}",
            remedy=NOT_OURS,
        )
    if again.grade != claimed.grade and not aged:
        raise RefusedError(
            f"judged again, the grade is {again.grade}, the readiness says {claimed.grade}",
            remedy=NOT_OURS,
        )
    if again.estimate != claimed.estimate:
        raise RefusedError(
            "the readiness tells another estimate than the checklist", remedy=NOT_OURS
        )
    if again.collectors != claimed.collectors:
        raise RefusedError(
            "the readiness tells of other collectors' runs than the release manifest",
            remedy=NOT_OURS,
        )
    found = "same findings" if not aged else "same findings, but for what went stale"
    return found + _other_engine(again, claimed)


def _other_engine(again: Verdict, claimed: Verdict) -> str:
    """Return who judged at the gate and who here, empty where it was the same engine."""
    if claimed.engine.split(" ")[0] == again.engine.split(" ")[0]:
        return ""
    return f" (by {claimed.engine or 'an engine without name'} at the gate, by {again.engine} here)"


def check_freshness(again: Verdict, *, where: str) -> str:
    """Check that nothing has gone stale since, and that the answer still is GO.

    Raises:
        RefusedError: it is not.
        UndecidedError: it could not be decided.
    """
    for finding in again.findings:
        if finding.status is Status.STALE and blocks(finding):
            raise RefusedError(
                f"{finding.message}: {finding.actual or 'no time'}, "
                f"{finding.required or 'a time is demanded'}",
                remedy=finding.remedy or "collect again: assurance run",
                where=f"{where}:{finding.evidence[0]}" if finding.evidence else None,
            )
    if again.result is Result.INDETERMINATE:
        raise UndecidedError(
            "judged again, the verdict could not be decided", remedy="assurance run"
        )
    if again.result is not Result.GO:
        raise RefusedError(f"judged again, the verdict is {again.result}", remedy="assurance run")
    until = again.valid_until
    return "within limits" + ("" if until is None else f" until {until:%Y-%m-%d %H:%M} UTC")


def judge_own(
    verified: Verified,
    claimed: Verdict,
    own: PolicySet,
    *,
    engine: PolicyEngine,
    trust: Trust,
    now: datetime,
) -> tuple[Finding, ...]:
    """Return what the deployer's own policies find; they see what those of the gate saw.

    Sign-offs are those over the policies that the bundle was judged with, not over `own`.

    Raises:
        PolicyEngineError: the engine gave no answer at all.
    """
    manifest = verified.manifest
    names = {check.id for check in own.checks}
    evidence = _evidence(verified)
    findings = judge(
        release=manifest.release,
        evidence=evidence,
        collectors=manifest.collectors,
        settings_digest=manifest.settings_digest,
        policies=own,
        engine=engine,
        now=now,
        sign_offs=sign_offs.every_state(
            tuple(state.area for state in claimed.sign_offs),
            evidence,
            release=manifest.release,
            evidence_digest=sign_offs.evidence_digest(evidence),
            policy_digest=claimed.policy_digest,
            trust=trust,
        ),
        previous=claimed.previous,
    )
    # How the collectors' runs ended was judged in step 8.
    return tuple(finding for finding in findings if finding.check in names)


def check_own(own: PolicySet, findings: tuple[Finding, ...]) -> str:
    """Check that what the deployer's own policies found blocks nothing.

    Raises:
        RefusedError: it does.
        UndecidedError: a policy of theirs gave no answer, and none says no.
    """
    first: Finding | None = next((item for item in findings if blocks(item)), None)
    if first is None:
        return f"{len(own.checks)} checks of yours block nothing"
    error = UndecidedError if first.status is Status.INDETERMINATE else RefusedError
    if any(blocks(item) and item.status is not Status.INDETERMINATE for item in findings):
        error = RefusedError
    raise error(
        f"your own policy {first.check}: {first.message}",
        remedy=first.remedy or "mend what your policy demands",
    )


def _said(verdict: Verdict) -> set[tuple[str, str | None, Status]]:
    return {(item.check, item.subject, item.status) for item in verdict.findings}


def _find(verdict: Verdict, said: tuple[str, str | None, Status]) -> Finding:
    return next(
        item for item in verdict.findings if (item.check, item.subject, item.status) == said
    )
