"""From verified evidence to a verdict: judge and decide in one step, for gate and deploy alike.

CI and the deploy pipeline call this same function on the same lines; only `now` differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import sign_offs
from assurance.attest import role_of
from assurance.decide import decide, two_role_keys
from assurance.judge import judge, valid_until
from assurance.model import TrustUsed
from assurance.predicates import FREEZE, WAIVER
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from assurance.checklist import Checklist
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import (
        Artifact,
        Evidence,
        Finding,
        Previous,
        PreviousProblem,
        Release,
        SignedBy,
        SignOffState,
        Verdict,
    )
    from assurance.trust import Trust
    from assurance.verify import Verified


_CHECKLIST = "checklist.json"
"""Where a policy set has a readiness checklist (`assurance.checklist`)."""


class Gate(Value):
    """What the gate demands besides the policies."""

    target_grade: int
    """0 to 100."""
    areas: tuple[str, ...]
    """Areas whose sign-off is needed."""
    weakenings: tuple[str, ...] = ()
    """What the caller knows to be weaker than it could be."""
    previous: Previous | PreviousProblem | None = None
    """The last release; None where none was named."""


def reach(  # noqa: PLR0913 - a stage takes what the stages before gave
    verified: Verified,
    *,
    policies: PolicySet,
    policy_digest: str,
    engine: PolicyEngine,
    trust: Trust,
    gate: Gate,
    artifacts_at_seal: Sequence[Artifact],
    now: datetime,
    sealed_by: Sequence[SignedBy] = (),
    trust_used: TrustUsed | None = None,
    decided_at: datetime | None = None,
) -> Verdict:
    """Judge and decide over the evidence of a draft, or of a bundle's lines before readiness.

    `sealed_by` is who signs the readiness, in role `verifier`, where that is known: a key that
    also signed something else is a weakening. `trust_used` and `decided_at` are the gate's, where a
    verdict is reached again: freezes and milestones are about its trust file and its day.

    Raises:
        PolicyEngineError: the engine gave no answer at all.
    """
    manifest = verified.manifest
    release = manifest.release
    evidence = verified.evidence
    digest = sign_offs.evidence_digest(evidence)
    every = sign_offs.every_state(
        gate.areas,
        evidence,
        release=release,
        evidence_digest=digest,
        policy_digest=policy_digest,
        trust=trust,
    )
    findings = judge(
        release=release,
        evidence=evidence,
        collectors=manifest.collectors,
        settings_digest=manifest.settings_digest,
        policies=policies,
        engine=engine,
        now=now,
        sign_offs=every,
        previous=gate.previous,
    )
    states = every[: len(gate.areas)]
    used = trust_used or TrustUsed(version=trust.version, sha256=trust.digest)
    launch = _checklist_of(policies)
    findings = (
        *findings,
        *_frozen(
            evidence,
            policies,
            launch,
            used,
            release=release,
            policy_digest=policy_digest,
            now=decided_at or now,
        ),
    )
    findings, waived_until = _after_people(
        findings, evidence, launch, states, trust, release=release, now=now, day=decided_at or now
    )
    limits = (valid_until(evidence, policies.checks, release.environment), waived_until)
    roles = {item.predicate_type: role_of(item.predicate_type) for item in evidence}
    weakenings = [
        *manifest.weakenings,
        *gate.weakenings,
        *two_role_keys(evidence, roles, sealed_by),
    ]
    if trust.profile == "development":
        weakenings.append("the trust file has profile development")
    return decide(
        release=release,
        findings=findings,
        target_grade=gate.target_grade,
        now=now,
        valid_until=min((end for end in limits if end is not None), default=None),
        sign_offs=states,
        weakenings=weakenings,
        collectors=manifest.collectors,
        artifacts_at_seal=artifacts_at_seal,
        policy_digest=policy_digest,
        engine=f"{engine.name} {engine.version}",
        evidence_digest=digest,
        settings_digest=manifest.settings_digest,
        estimate=None if launch is None else launch.estimate,
        previous=gate.previous,
        trust_used=used,
    )


def _checklist_of(policies: PolicySet) -> Checklist | None:
    """Return the checklist; most policy sets have none, so its module is imported for those."""
    if any(name == _CHECKLIST for name, _ in policies.files):
        from assurance import checklist

        return checklist.of(policies)
    return None


def _frozen(
    evidence: Sequence[Evidence],
    policies: PolicySet,
    launch: Checklist | None,
    used: TrustUsed,
    *,
    release: Release,
    policy_digest: str,
    now: datetime,
) -> tuple[Finding, ...]:
    """Hold the release to the newest freeze, where there is one or has to be one."""
    frozen_from = None if launch is None else launch.frozen_from
    if frozen_from is None and not any(item.predicate_type == FREEZE for item in evidence):
        return ()
    from assurance import freeze

    return freeze.judge(
        evidence,
        freeze.Frozen(
            project=release.name,
            environment=release.environment,
            policies=policy_digest,
            checklist=freeze.checklist_digest(policies),
            trust=used,
        ),
        frozen_from=frozen_from,
        now=now,
    )


def _after_people(
    findings: Sequence[Finding],
    evidence: Sequence[Evidence],
    launch: Checklist | None,
    states: Sequence[SignOffState],
    trust: Trust,
    *,
    release: Release,
    now: datetime,
    day: datetime,
) -> tuple[tuple[Finding, ...], datetime | None]:
    """Apply waivers and checklist; return the findings and when the first waiver ends.

    Most bundles have neither, so they are imported where they are needed. `day` is when it was
    decided: a milestone that passes later changes nothing in a sealed bundle.
    """
    if launch is None and all(item.predicate_type != WAIVER for item in evidence):
        return tuple(findings), None
    from assurance import waivers

    def waive(found: Sequence[Finding]) -> waivers.Outcome:
        needed = trust.threshold(waivers.APPROVER)
        return waivers.apply(found, evidence, release=release, now=now, approvers=needed)

    every = tuple(findings)
    if launch is not None:
        from assurance import checklist

        # Items look at what the waivers left; then waivers may be of items, too.
        left = waive(every).findings
        every += checklist.judge(launch, left, evidence, states, revision=release.revision, now=day)
    waived = waive(every)
    return waived.findings, waived.valid_until
