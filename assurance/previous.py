"""The last release's bundle, verified and boiled down to what this one's verdict remembers of it.

No I/O, no clock. What `read` gives stands in the readiness, so that whoever judges again sees the
same `previous` without the old bundle. Its lines must hold like those of any bundle: whole, each
signed by whom the trust file allows, for the same release name and environment, and decided
before. Whether its policies are trusted, and what they would say today, is not asked: it is
history, not evidence.

A bundle that is named and cannot be used is a blocking finding, so that to spoil it never takes a
comparison away unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance import bundle, readiness, sealed_bundle
from assurance.claimed_verdict import check_release
from assurance.errors import RefusedError, UndecidedError
from assurance.freshness import CLOCK_SKEW
from assurance.grade import worst_statuses
from assurance.model import PastRelease, Previous, PreviousProblem, Status
from assurance.predicates import READINESS
from assurance.verify import verify

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.errors import AssuranceError
    from assurance.model import Release
    from assurance.receipt import Proven
    from assurance.trust import Trust

MAX_HISTORY: Final = 10
"""Releases before the last one that are remembered."""
_OTHER: Final = "name the bundle of the last release, or leave it out: then nothing is compared"


def read(
    data: bytes,
    *,
    trust: Trust,
    release: Release,
    now: datetime,
    where: str,
    receipt: bytes | None = None,
) -> Previous:
    """Verify the bundle of the last release, and return what is remembered of it.

    Args:
        data: The bundle's bytes.
        trust: Who may sign what.
        release: The one that is being decided about.
        now: UTC.
        where: The bundle's file name, for messages.
        receipt: Of the bundle; it may prove a time at which its keys were valid.

    Raises:
        FormatError: it is no whole sealed bundle.
        SignatureError: a line does not hold.
        RefusedError: it is about something else, or its receipt does not hold.
        UndecidedError: it is dated in the future.
    """
    whole = sealed_bundle.read(data, where=where)
    verified = verify(
        whole.groups, trust, now=now, where=where, proven=_proven(data, receipt, trust)
    )
    verified.require()
    line = whole.by_type[READINESS]
    place = f"{where}:{line.number}"
    verdict = readiness.read(line.statement.predicate, where=place)
    check_release(verdict, verified, where=place, remedy=_OTHER)
    for what, found, wanted in (
        ("release", verdict.release.name, release.name),
        ("environment", verdict.environment, release.environment),
    ):
        if found != wanted:
            raise RefusedError(
                f"it is for {what} {found}, and this is for {wanted}", remedy=_OTHER, where=place
            )
    if verdict.decided_at - now > CLOCK_SKEW:
        raise UndecidedError(
            f"it is dated in the future: {verdict.decided_at:%Y-%m-%dT%H:%M:%SZ}",
            remedy="set this machine's clock",
            where=place,
        )
    before = verdict.previous
    history: tuple[PastRelease, ...] = ()
    if isinstance(before, Previous):
        last = PastRelease(
            version=before.version,
            result=before.result,
            grade=before.grade,
            decided_at=before.decided_at,
        )
        history = (last, *before.history)[:MAX_HISTORY]
    return Previous(
        bundle_sha256=bundle.digest(data),
        name=verdict.release.name,
        version=verdict.release.version,
        environment=verdict.environment,
        result=verdict.result,
        grade=verdict.grade,
        target_grade=verdict.target_grade,
        decided_at=verdict.decided_at,
        policy_digest=verdict.policy_digest,
        artifacts=verdict.release.artifacts,
        checks=tuple(sorted(worst_statuses(verdict.findings).items())),
        history=history,
    )


def problem(error: AssuranceError) -> PreviousProblem:
    """Return what to remember of a bundle that `read` refused."""
    refused = isinstance(error, RefusedError)
    return PreviousProblem(
        status=Status.FAIL if refused else Status.INDETERMINATE,
        problem=error.problem,
        remedy=error.remedy,
    )


def _proven(data: bytes, receipt: bytes | None, trust: Trust) -> Proven | None:
    if receipt is None:
        return None
    from assurance import receipt as receipts

    return receipts.check(data, receipt, trust.logs)
