"""Step 11 of deployment: a verdict that is weaker than it has to be. No I/O, no clock.

The trust file and the command line refuse each for itself, and tolerate only what they refuse
themselves: no flag lets through what the trust file refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import RefusedError
from assurance.trust import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.deployment import Expectations
    from assurance.trust import Expect


def check(found: Sequence[str], expect: Expectations, trusted: Expect, *, where: str) -> str:
    """Check the weakenings of a verdict.

    Args:
        found: What the verdict lists, what judging again finds, what the command line does.
        expect: Of the command line.
        trusted: Of the trust file.
        where: File and line of the readiness, for messages.

    Raises:
        RefusedError: one is refused.
    """
    for item in found:
        if item.startswith(trusted.refuse_weakenings) and not item.startswith(trusted.tolerate):
            raise RefusedError(
                f"the trust file refuses this weakening of a verdict: {item}",
                remedy="release without it; what may be tolerated stands in the trust file "
                "(expect.tolerate)",
                where=where,
            )
        if expect.refuse_weakenings and not item.startswith(expect.tolerated):
            import shlex  # only a refusal needs it

            raise RefusedError(
                f"the verdict is weaker than it could be: {item}",
                remedy="release without it, or tolerate it by name: --tolerate "
                f"{shlex.quote(item)}",
                where=where,
            )
    if not found:
        return "none"
    if not (expect.refuse_weakenings or trusted.refuse_weakenings):
        return f"{len(found)}, listed below"
    if expect.refuse_weakenings or trusted.refuse_weakenings == ALL:
        return f"{len(found)}, each tolerated by name"
    return f"{len(found)}, none that the trust file refuses, listed below"
