"""What a bundle claims of its release, policies and verdict (deployment's steps 4, 6 and 7).

No I/O, no clock. All of it is what the bundle says of itself; that judging again says the same is
the next step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle, policy_statement
from assurance.decide import blocks
from assurance.deployment import NOT_OURS
from assurance.errors import RefusedError
from assurance.model import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.bundle import Line
    from assurance.model import Verdict
    from assurance.trust import Trust
    from assurance.verify import Problem, Verified


def check_release(
    claimed: Verdict, verified: Verified, *, where: str, remedy: str = NOT_OURS
) -> None:
    """Check that the readiness is about the release that the bundle's first line describes.

    Args:
        claimed: The readiness.
        verified: The bundle's lines.
        where: File and line of the readiness, for messages.
        remedy: What to do where it is not.

    Raises:
        RefusedError: it is about another one.
    """
    if claimed.release != verified.manifest.release:
        raise RefusedError(
            "the readiness is about another release than the release manifest",
            remedy=remedy,
            where=where,
        )


def check_policies(
    line: Line, claimed: Verdict, verified: Verified, trust: Trust, *, where: str
) -> bytes:
    """Return the policy set's archive, when it is the readiness's one and it is trusted.

    Args:
        line: The policy set's.
        claimed: The readiness.
        verified: The bundle's lines.
        trust: The deployer's trust file.
        where: File and line, for messages.

    Raises:
        FormatError: the statement holds no archive.
        RefusedError: it is another one than the readiness names, or nobody vouches for it.
    """
    archive = policy_statement.archive_of(line.statement.predicate, where=where)
    digest = bundle.digest(archive)
    if digest != claimed.policy_digest:
        raise RefusedError(
            f"the readiness was judged with policies sha256:{claimed.policy_digest}, the "
            f"bundle carries sha256:{digest}",
            remedy="do not deploy: the policies were swapped",
            where=where,
        )
    policy_statement.check_trusted(
        digest,
        pinned=trust.policy_digests,
        signed=_has_role(line, "policy", verified, trust),
        where=where,
    )
    return archive


def _has_role(line: Line, role: str, verified: Verified, trust: Trust) -> bool:
    for item in verified.evidence:
        if item.line == line.number:
            holders = {signer.holder for signer in item.signers if role in signer.roles}
            return len(holders) >= trust.threshold(role)
    return False


def check_go(claimed: Verdict, problems: Sequence[Problem], *, where: str) -> str:
    """Check that the readiness says GO, and that its summary has no `problems`.

    Args:
        claimed: The readiness.
        problems: What `vsa.check` found.
        where: File and line of the readiness, for messages.

    Raises:
        RefusedError: it says something else, or there is a problem.
    """
    if claimed.result is not Result.GO:
        blocking = [item for item in claimed.findings if blocks(item)]
        # What the gate adds, as the grade, follows from the rest: named where it stands alone.
        blocking.sort(key=lambda item: item.check.startswith("gate."))
        first = next(iter(blocking), None)
        raise RefusedError(
            f"the bundle says {claimed.result} for {claimed.environment}"
            + ("" if first is None else f": {first.check}: {first.message}"),
            remedy=(first and first.remedy) or "mend what blocks and run again: assurance run",
            where=where,
        )
    if problems:
        raise RefusedError(problems[0].problem, remedy=problems[0].remedy, where=problems[0].where)
    return f"{claimed.result} for {claimed.environment}, grade {claimed.grade}"


def other_trust(claimed: Verdict, trust: Trust) -> str:
    """Return how the gate's trust file differs from the deployer's, empty where it is the same.

    The deployer's decides; that it is another one is for people to know.
    """
    used = claimed.trust_used
    if used is None or used.sha256 == trust.digest:
        return ""
    return (
        f"; the gate used trust file version {used.version}, sha256:{used.sha256}; yours is "
        f"version {trust.version}, sha256:{trust.digest}, and yours counts"
    )
