"""How old reports are, by what they claim: older than their collection, never younger.

What counts is when a test run began, because ends are often sums over tests that ran side by
side, and when other tools wrote their report. Such a time counts in three ways:

- later than now, on this machine and in this run, it is refused;
- earlier than the commit that is released, the report is about something else, and refused;
- otherwise the evidence is as old as the oldest report, so that last week's file is stale.

A time without an offset is the local time of a machine that nobody knows. It is taken as UTC,
and refused only where no offset on earth (-12 to +14 hours) could make it possible.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart."""

_WEST: Final = timedelta(hours=12)
_EAST: Final = timedelta(hours=14)
_COMMITTER: Final = re.compile(rb"^committer [^\n]*> ([0-9]{1,12}) [-+][0-9]{4}$", re.MULTILINE)
_GIT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """From when a report says that it is."""

    name: str
    """The report's."""
    moment: datetime
    """UTC; a time without an offset taken as UTC."""
    zoned: bool
    """Whether its offset is known."""

    @property
    def earliest(self) -> datetime:
        """The earliest moment that may be meant."""
        return self.moment - (timedelta(0) if self.zoned else _EAST)

    @property
    def latest(self) -> datetime:
        """The latest moment that may be meant."""
        return self.moment + (timedelta(0) if self.zoned else _WEST)


def as_of(
    claims: Iterable[Claim], *, now: datetime, clock: datetime, committed: datetime | None
) -> datetime:
    """Return from when the evidence is: `now`, or the oldest claim.

    Args:
        claims: One for each report that has a time.
        now: The run's time, UTC.
        clock: This machine's time, UTC; later than `now` where SOURCE_DATE_EPOCH is set.
        committed: When the released commit was made, UTC; None where nobody knows.

    Raises:
        CollectError: a claim lies in the future, or before the commit.
    """
    oldest = now
    latest = max(now, clock) + CLOCK_SKEW
    for claim in claims:
        if claim.earliest > latest:
            raise CollectError(
                f"the report says that it is from {_text(claim)}, which is in the future",
                remedy="set the clock of the machine that made it, and run its tool again",
                where=claim.name,
            )
        if committed is not None and claim.latest < committed - CLOCK_SKEW:
            raise CollectError(
                f"the report is from {_text(claim)}, before the commit that is released "
                f"({committed:%Y-%m-%d %H:%M} UTC): it is about something else",
                remedy="run its tool again on this commit, then collect again",
                where=claim.name,
            )
        oldest = min(oldest, claim.moment)
    return oldest


def refuse_older(coverage: Iterable[Claim], tests: Iterable[Claim]) -> None:
    """Raise CollectError where coverage was written before any of the tests began."""
    began = min(tests, key=lambda claim: claim.earliest, default=None)
    for claim in coverage:
        if began is not None and claim.latest < began.earliest - CLOCK_SKEW:
            raise CollectError(
                f"the coverage is from {_text(claim)}, before the tests of {began.name} began "
                f"({_text(began)}): it is of another run",
                remedy="write the coverage report again, after these tests",
                where=claim.name,
            )


def commit_time(root: Path, revision: str | None) -> datetime | None:
    """Return when the commit `revision` of the repository at `root` was made, UTC.

    None without git, repository or that commit: then reports are compared with nothing.
    """
    if revision is None:
        return None
    command = ["git", "-c", f"safe.directory={root}", "-c", "core.fsmonitor=false"]
    try:
        done = subprocess.run(
            [*command, "-C", str(root), "cat-file", "commit", revision],
            env=os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    header = done.stdout.partition(b"\n\n")[0]
    found = _COMMITTER.search(header) if done.returncode == 0 else None
    try:
        return datetime.fromtimestamp(int(found[1]), UTC) if found else None
    except (OverflowError, ValueError, OSError):
        return None


def _text(claim: Claim) -> str:
    return f"{claim.moment:%Y-%m-%d %H:%M}{' UTC' if claim.zoned else ' (without an offset)'}"
