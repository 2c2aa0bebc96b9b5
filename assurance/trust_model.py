"""What a trust file says, as values: who may sign what, in which role, when, how many.

`assurance.trust` reads and writes it; the fields are those of design section 4, and
`docs/trust.md` explains each for the people who keep such a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.keys import PublicKey

ROLES: Final = (
    "collector",
    "policy",
    "releaser",
    "reviewer",
    "verifier",
    "vex",
    "waiver-approver",
    "waiver-requester",
)
"""The roles, sorted; besides them `sign-off:<area>` for any area."""
SIGN_OFF: Final = "sign-off:"
ALL: Final = ("",)
"""Every weakening is refused: `all` in the file."""


class Revoked(Value):
    """From where on a key no longer counts; without proven time it never counts."""

    reason: str
    log: str | None = None
    """Origin of the log whose positions count; None when there is no log."""
    index: int | None = None
    """First index of that log that the key does not count for; None without a log."""


class TrustKey(Value):
    """One key or identity and what it may do."""

    id: str
    """SHA-256 (hex) of the SPKI DER; of an identity see `assurance.trust.identity_id`."""
    holder: str
    """Person or machine that controls the key: thresholds count holders."""
    roles: tuple[str, ...]
    """Sorted, at least one."""
    not_before: datetime
    not_after: datetime
    """Exactly at either end is inside."""
    public: PublicKey | None = None
    """None for an identity."""
    identity: str | None = None
    """Subject of a Sigstore certificate. Kept only: nothing verifies with it yet."""
    issuer: str | None = None
    predicate_types: tuple[str, ...] | None = None
    """Only these; None: whatever the roles allow."""
    revoked: Revoked | None = None

    def may_sign(self, predicate_type: str) -> bool:
        """Say whether `predicate_types` allows this; does not look at the roles."""
        return self.predicate_types is None or predicate_type in self.predicate_types


class Expect(Value):
    """What a release must be, to be accepted with this trust file."""

    resource_uri: str
    environment: str
    levels: tuple[str, ...] = ()
    """Each must be among the VSA's `verifiedLevels`."""
    max_verdict_age: int | None = None
    """Seconds; None: no limit."""
    receipt: str = "required"
    """`required` or `if-present`."""
    refuse_weakenings: tuple[str, ...] = ()
    """Beginnings of the weakenings that are refused; `ALL` begins every one."""
    tolerate: tuple[str, ...] = ()
    """Beginnings of those that are let through all the same."""


class LogKey(Value):
    """A log's key in C2SP signed-note `vkey` form, and the tree sizes it signed."""

    vkey: str
    from_size: int = 0
    to_size: int | None = None
    """None: still in use."""


class TrustedLog(Value):
    """A transparency log and the witnesses that watch it."""

    origin: str
    vkeys: tuple[LogKey, ...]
    witnesses: tuple[str, ...] = ()
    """vkeys of C2SP tlog-cosignature type."""
    quorum: int = 0
    """How many of the witnesses must have signed a checkpoint."""


class Trust(Value):
    """One version of the trust file."""

    version: int
    """1 or more; a newer file has a higher one."""
    expires: datetime
    profile: str
    """`production` or `development`."""
    verifier_id: str
    """URI; VSA `verifier.id`."""
    policy_digests: tuple[str, ...] | None
    """SHA-256 (hex) of trusted policy sets; None: those signed in role `policy`."""
    expect: Expect
    keys: tuple[TrustKey, ...]
    """In the file's order; ids are unique."""
    roles: tuple[tuple[str, int], ...] = ()
    """(role, threshold), sorted; 1 for a role that is not listed."""
    logs: tuple[TrustedLog, ...] = ()
    trusted_root: bytes | None = None
    """Sigstore `TrustedRoot` as JSON; kept only: nothing verifies with it yet."""
    digest: str = ""
    """SHA-256 (hex) of the file's bytes; empty for a value that was not read."""

    def key(self, key_id: str) -> TrustKey | None:
        """Return the key with this id, None where the file does not list it."""
        return next((key for key in self.keys if key.id == key_id), None)

    def threshold(self, role: str) -> int:
        """Return how many different holders must sign in `role`."""
        return dict(self.roles).get(role, 1)
