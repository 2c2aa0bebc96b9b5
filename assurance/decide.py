"""The decide stage: Findings in, Verdict out. No I/O and no clock.

- A blocking FAIL, MISSING or STALE is NO-GO, whatever else is unknown.
- Otherwise a blocking INDETERMINATE is INDETERMINATE.
- Otherwise GO. WARN and findings that do not block never change the answer.
- A grade (`assurance.grade`) below the target blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.grade import GRADE, fewest, grade, rank
from assurance.model import Finding, PreviousProblem, Result, Status, Verdict
from assurance.value import replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from assurance.model import (
        Artifact,
        CollectorRun,
        Estimate,
        Evidence,
        Previous,
        Release,
        SignedBy,
        SignOffState,
        TrustUsed,
    )

_NAMED = 3
"""Steps to the target that are named."""
_NO = frozenset({Status.FAIL, Status.MISSING, Status.STALE})


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings: those that block first, then worst status, check, subject, message."""
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                not blocks(finding),
                rank(finding.status),
                finding.check,
                finding.subject or "",
                finding.message,
            ),
        )
    )


def blocks(finding: Finding) -> bool:
    """Return whether a finding keeps the verdict from GO."""
    return finding.blocking and (finding.status in _NO or finding.status is Status.INDETERMINATE)


def decide(  # noqa: PLR0913 - everything the verdict states is an argument
    *,
    release: Release,
    findings: Sequence[Finding],
    target_grade: int,
    now: datetime,
    valid_until: datetime | None,
    sign_offs: Sequence[SignOffState],
    weakenings: Sequence[str],
    collectors: Sequence[CollectorRun],
    artifacts_at_seal: Sequence[Artifact],
    policy_digest: str,
    engine: str,
    evidence_digest: str,
    settings_digest: str,
    estimate: Estimate | None = None,
    previous: Previous | PreviousProblem | None = None,
    trust_used: TrustUsed | None = None,
) -> Verdict:
    """Return the verdict over `findings` and what the gate itself adds to them."""
    every = [
        *findings,
        *_artifact_findings(release.artifacts, artifacts_at_seal),
        *(_sign_off_finding(state) for state in sign_offs),
        *_previous_findings(previous),
    ]
    every += _grade_findings(every, target_grade)
    ordered = sort_findings(every)
    return Verdict(
        result=_result(ordered),
        environment=release.environment,
        release=release,
        findings=ordered,
        grade=grade(ordered),
        target_grade=target_grade,
        decided_at=now,
        valid_until=valid_until,
        sign_offs=tuple(sign_offs),
        weakenings=tuple(sorted({*weakenings, *_weakenings(ordered, collectors)})),
        collectors=tuple(collectors),
        policy_digest=policy_digest,
        engine=engine,
        evidence_digest=evidence_digest,
        settings_digest=settings_digest,
        artifacts_at_seal=tuple(artifacts_at_seal),
        estimate=estimate,
        previous=previous,
        trust_used=trust_used,
    )


def _result(findings: Iterable[Finding]) -> Result:
    blocking = [finding for finding in findings if blocks(finding)]
    if any(finding.status in _NO for finding in blocking):
        return Result.NO_GO
    return Result.INDETERMINATE if blocking else Result.GO


def _artifact_findings(
    collected: Sequence[Artifact], sealed: Sequence[Artifact]
) -> tuple[Finding, ...]:
    """Compare the artifacts as collected with the artifacts just before sealing."""
    now = {artifact.name: artifact for artifact in sealed}
    found = []
    for artifact in collected:
        again = now.pop(artifact.name, None)
        if again is not None and again.sha256 == artifact.sha256:
            continue
        found.append(
            _unchanged(
                artifact.name,
                "is gone since it was collected"
                if again is None
                else "has changed since it was collected",
                actual=None if again is None else f"sha256:{again.sha256}",
                required=f"sha256:{artifact.sha256}",
            )
        )
    found += [
        _unchanged(name, "appeared after collection", actual=f"sha256:{extra.sha256}")
        for name, extra in now.items()
    ]
    return tuple(found)


def _unchanged(name: str, what: str, *, actual: str | None, required: str | None = None) -> Finding:
    return Finding(
        check="integrity.artifacts",
        status=Status.FAIL,
        message=f"{name} {what}",
        subject=name,
        actual=actual,
        required=required,
        severity="critical",
        remedy="build once, then collect and decide on those files: assurance run",
        waivable=False,
    )


def _sign_off_finding(state: SignOffState) -> Finding:
    given = state.state == "GIVEN"
    return Finding(
        check=f"signoff.{state.area}",
        status=Status.PASS if given else Status.MISSING,
        message=f"{state.has} of {state.needs} sign-offs for {state.area}"
        + (f": {state.reason}" if state.reason else ""),
        required=f"{state.needs} by role sign-off:{state.area}",
        actual=str(state.has),
        owner=state.area,
        remedy="when the evidence stands, a holder of that role reads it and signs: assurance "
        f"sign-off {state.area} --show, then assurance sign-off {state.area}",
        waivable=False,
    )


def _previous_findings(previous: Previous | PreviousProblem | None) -> tuple[Finding, ...]:
    """Return the finding of a last release that was named and cannot be compared with."""
    if not isinstance(previous, PreviousProblem):
        return ()
    return (
        Finding(
            check="integrity.previous",
            status=previous.status,
            message=f"the bundle of the last release cannot be used: {previous.problem}",
            required="a bundle that holds, for the same release and environment, or none named",
            remedy=previous.remedy,
            waivable=False,
        ),
    )


def _grade_findings(findings: Sequence[Finding], target: int) -> tuple[Finding, ...]:
    reached = grade(findings)
    if reached >= target:
        return ()
    # What only a broken tool keeps from the target is not known to be too little.
    known = grade(findings, unknown_passes=True) < target
    return (
        Finding(
            check=GRADE,
            status=Status.FAIL if known else Status.INDETERMINATE,
            message=f"grade {reached} is below the target {target}",
            actual=str(reached),
            required=f"at least {target}",
            remedy=_mending(findings, target),
            waivable=False,
        ),
    )


def _mending(findings: Sequence[Finding], target: int) -> str:
    """Name what brings the grade to its target soonest, with the grade that each step makes."""
    steps = fewest(findings, target)
    if not steps:
        return "nothing that carries weight is open: give the checks or items weights"
    said = ", ".join(f"{finding.check} (then {reached})" for finding, reached in steps[:_NAMED])
    more = f" and {len(steps) - _NAMED} more" if len(steps) > _NAMED else ""
    return f"mend what weighs most: {said}{more}"


def _weakenings(findings: Iterable[Finding], collectors: Iterable[CollectorRun]) -> tuple[str, ...]:
    found = []
    for finding in findings:
        if finding.status is Status.NOT_APPLICABLE:
            found.append(f"check {finding.check} {finding.message}")
        elif finding.status is Status.WAIVED:
            found.append(f"check {finding.check} is waived (would be {finding.would_be})")
    for run in collectors:
        if run.self_test == "none":
            found.append(f"collector {run.name} offers no self-test")
        if not run.required:
            found.append(f"collector {run.name} is not required")
    return tuple(found)


def two_role_keys(
    evidence: Iterable[Evidence], roles: Mapping[str, str], sealed_by: Iterable[SignedBy]
) -> tuple[str, ...]:
    """Return a weakening for each key that signed in more than one role.

    Args:
        evidence: Verified lines.
        roles: Predicate type to the role that it was signed in.
        sealed_by: Who signs the verdict itself.
    """
    used: dict[str, tuple[str, set[str]]] = {}
    for signer in sealed_by:
        used.setdefault(signer.key, (signer.holder, set()))[1].add("verifier")
    for item in evidence:
        role = roles.get(item.predicate_type, "collector")
        for signer in item.signers:
            used.setdefault(signer.key, (signer.holder, set()))[1].add(role)
    return tuple(
        f"one key of {holder} signs as {', '.join(sorted(signed))}"
        for holder, signed in used.values()
        if len(signed) > 1
    )


def judged_with(claimed: Verdict, again: Verdict, checks: Collection[str]) -> Verdict:
    """Return `claimed` with what `again` says of `checks`, the grade and answer made anew."""
    kept = [item for item in claimed.findings if item.check not in {*checks, GRADE}]
    found = [item for item in again.findings if item.check in checks]
    every = [*kept, *found]
    every += _grade_findings(every, claimed.target_grade)
    ordered = sort_findings(every)
    return replace(claimed, findings=ordered, grade=grade(ordered), result=_result(ordered))


def with_extra(verdict: Verdict, findings: Sequence[Finding]) -> Verdict:
    """Return `verdict` with the findings of a deployer's own policies added.

    They can only make it worse: the grade and everything else stay as judged.
    """
    ordered = sort_findings((*verdict.findings, *findings))
    return replace(verdict, findings=ordered, result=_result(ordered))
