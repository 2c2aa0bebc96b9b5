"""An old bundle judged with other policies: what they would have said at the time.

No I/O, no clock. The evidence, waivers, sign-offs, target grade and last release are the bundle's
own, and so is `now`: the time of its verdict, so that nothing is stale that was fresh then. Keys
must have been valid at that time, which the bundle claims; a revoked key never counts. It is a
rehearsal: nothing is signed, and nothing may be deployed for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import (
    policy_set,
    policy_statement,
    readiness,
    sealed_bundle,
    timestamps,
    verdict_difference,
)
from assurance.bundle import digest
from assurance.checklist import FILE as CHECKLIST
from assurance.claimed_verdict import check_release
from assurance.decide import blocks, judged_with
from assurance.interfaces import EagerPolicyEngine
from assurance.judge import TIMEOUT_SECONDS
from assurance.judged_again import judge_again
from assurance.predicates import POLICY_SET, READINESS
from assurance.value import replace
from assurance.verify import verify

if TYPE_CHECKING:
    from assurance.bundle import Line
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import Verdict
    from assurance.trust import Trust

_OTHER = "fetch the bundle again from where it was stored, or leave it out"


def rehearse(
    data: bytes,
    *,
    policies: PolicySet,
    engine: PolicyEngine,
    trust: Trust,
    add: bool = False,
    where: str,
) -> dict[str, Any]:
    """Judge the bundle `data` with `policies`; return how its verdict stood and would stand.

    Args:
        data: The bundle's bytes.
        policies: What to judge with. The bundle's readiness checklist is kept where they have none.
        engine: Who evaluates them.
        trust: Who may have signed what.
        add: Keep what the bundle's own checks found, and put these policies' findings in the place
            of those of the same id.
        where: The bundle's file name, for messages.

    Raises:
        FormatError: it is no whole sealed bundle.
        SignatureError: a line does not hold.
        PolicyEngineError: the engine gave no answer at all.
    """
    if isinstance(engine, EagerPolicyEngine):
        engine.expect(policies, timeout_seconds=TIMEOUT_SECONDS)
    whole = sealed_bundle.read(data, where=where)
    line = whole.by_type[READINESS]
    claimed = readiness.read(line.statement.predicate, where=f"{where}:{line.number}")
    verified = verify(whole.groups, trust, now=claimed.decided_at, where=where)
    verified.require()
    check_release(claimed, verified, where=f"{where}:{line.number}", remedy=_OTHER)
    again = judge_again(
        verified,
        claimed,
        policies=policies if add else _with_checklist(policies, whole.by_type[POLICY_SET], where),
        engine=engine,
        trust=trust,
        now=claimed.decided_at,
    )
    if add:
        again = judged_with(claimed, again, {check.id for check in policies.checks})
    return _told(claimed, again, data)


def _with_checklist(policies: PolicySet, line: Line, where: str) -> PolicySet:
    """Return the policies with the checklist that the bundle was judged with."""
    place = f"{where}:{line.number}"
    archive = policy_statement.archive_of(line.statement.predicate, where=place)
    own = dict(policy_set.unpack(archive, place).files).get(CHECKLIST)
    if own is None or any(name == CHECKLIST for name, _ in policies.files):
        return policies
    return replace(policies, files=tuple(sorted((*policies.files, (CHECKLIST, own)))))


def _told(then: Verdict, now: Verdict, data: bytes) -> dict[str, Any]:
    messages: dict[str, str] = {}
    for finding in now.findings:
        # The worst one stands first.
        messages.setdefault(finding.check, finding.message)
    return {
        "sha256": digest(data),
        "release": {"name": then.release.name, "version": then.release.version},
        "environment": then.environment,
        "decided_at": timestamps.format_utc(then.decided_at),
        "from": _stood(then),
        "to": _stood(now),
        "changes": [
            {**change, "message": messages.get(change["check"])}
            for change in verdict_difference.checks(then.findings, now.findings)
        ],
    }


def _stood(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.result.value,
        "grade": verdict.grade,
        "target_grade": verdict.target_grade,
        "blocking": sorted({finding.check for finding in verdict.findings if blocks(finding)}),
    }
