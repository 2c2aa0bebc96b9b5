"""What goes into and comes out of the deploy step: the values of `assurance.deploy`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from assurance.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.interfaces import PolicySet
    from assurance.model import Status, Verdict
    from assurance.receipt import Proven


NOT_OURS = "do not deploy; ask whoever made the bundle"
"""What to do about a bundle that contradicts itself."""


class Answer(StrEnum):
    """What `verify` says."""

    VERIFIED = "VERIFIED"
    REFUSED = "REFUSED"
    INDETERMINATE = "INDETERMINATE"


class Presented(Value):
    """One artifact that is about to be deployed."""

    name: str
    """Path or `--digest` value, for messages only: artifacts match by digest."""
    sha256: str


class Accepted(Value):
    """A verdict that this deployer accepted before."""

    release: str
    version: str
    environment: str
    decided_at: datetime


class Expectations(Value):
    """What the command line adds to the trust file's `expect`; it only makes it stricter."""

    release: str | None = None
    """`NAME@VERSION`."""
    environment: str | None = None
    resource_uri: str | None = None
    min_trust_version: int | None = None
    not_older_than: datetime | None = None
    allow_development: bool = False
    own_policies: PolicySet | None = None
    accepted: tuple[Accepted, ...] = ()
    """The newest verdict accepted, for each release name and environment."""
    allow_rollback: str | None = None
    """A version to which going back is explicitly allowed."""
    receipt: bytes | None = None
    weakenings: tuple[str, ...] = ()
    """What the command line itself made weaker."""
    refuse_weakenings: bool = False
    tolerated: tuple[str, ...] = ()
    """Beginnings of the weakenings that are not refused."""


class Step(Value):
    """One step's result."""

    id: str
    status: Status
    """PASS, FAIL, INDETERMINATE, or MISSING for a step that was not reached."""
    message: str
    where: str | None = None
    remedy: str | None = None


class Decision(Value):
    """The answer, every step, and the bundle's own verdict where it could be read."""

    answer: Answer
    steps: tuple[Step, ...]
    claimed: Verdict | None
    verdict: Verdict | None
    """As judged again now, the deployer's own policies included."""
    lines: int
    bundle_sha256: str
    weakenings: tuple[str, ...] = ()
    proven: Proven | None = None
    """Where the receipt shows the bundle; None without one, or where it does not hold."""
