"""Step 12 of deployment: is this verdict older than it may be? No I/O and no clock.

An older GO is still a GO: it is refused by the trust file's `max_verdict_age`, by
`--not-older-than`, and by what this deployer accepted before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assurance.errors import RefusedError, UndecidedError
from assurance.freshness import CLOCK_SKEW

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.deployment import Expectations
    from assurance.model import Verdict


def check(
    claimed: Verdict, expect: Expectations, *, oldest: int | None, now: datetime, where: str
) -> str:
    """Check the time of decision.

    Args:
        claimed: The bundle's own verdict.
        expect: Of the command line.
        oldest: Seconds that the trust file allows; None: any number.
        now: UTC.
        where: File and line of the readiness.

    Raises:
        RefusedError: it is older than demanded or than one accepted before.
        UndecidedError: it is dated in the future.
    """
    decided = claimed.decided_at
    if decided - now > CLOCK_SKEW:
        raise UndecidedError(
            f"the verdict is dated in the future: {decided:%Y-%m-%dT%H:%M:%SZ}",
            remedy="set this machine's clock",
            where=where,
        )
    if oldest is not None and now - decided > timedelta(seconds=oldest):
        raise RefusedError(
            f"the verdict of {decided:%Y-%m-%d %H:%M} UTC is older than the trust file allows",
            remedy="decide again: assurance run",
            where=where,
        )
    limit = expect.not_older_than
    if limit is not None and decided < limit:
        raise RefusedError(
            f"the verdict of {decided:%Y-%m-%d %H:%M} UTC is older than {limit:%Y-%m-%d %H:%M} UTC",
            remedy="deploy a newer verdict",
            where=where,
        )
    about = (claimed.release.name, claimed.environment)
    newest = next(
        (item for item in expect.accepted if (item.release, item.environment) == about),
        None,
    )
    if (
        newest is not None
        and decided < newest.decided_at
        and claimed.release.version != expect.allow_rollback
    ):
        raise RefusedError(
            "this bundle is older than one you already accepted: given "
            f"{claimed.release.version} of {decided:%Y-%m-%d %H:%M} UTC, accepted "
            f"{newest.version} of {newest.decided_at:%Y-%m-%d %H:%M} UTC",
            remedy="to go back on purpose, add "
            f"--allow-rollback {claimed.release.version}; it is written to the accepted "
            "file",
            where=where,
        )
    return f"decided {decided:%Y-%m-%d %H:%M} UTC"
