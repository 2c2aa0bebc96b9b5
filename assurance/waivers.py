"""Waivers: a signed, expiring exception for exactly one finding, asked for and approved.

Type: `https://w3id.org/release-assurance/waiver/v1`; rules: design section 5, "Waivers", and
docs/predicates/waiver.md. Two lines make a waiver: the request, signed in role
`waiver-requester`, and its approval, which repeats it and is signed by another holder in role
`waiver-approver`. In order:

1. the approval names a request of this bundle, and repeats it;
2. each is signed by whom it names, in its role, and the two are different holders;
3. it is for this release and environment, ends at most `max_days` after it was asked for, and
   neither time lies in the future of the other;
4. it has not expired at `now`;
5. as many holders approved the request as the trust file's threshold of `waiver-approver` says;
6. one finding has its check, subject, status and fingerprint, and may be waived.

A waiver that breaks a rule hides nothing; it becomes a finding of its own, and so does one that
is expired, waits for approval, or that no finding uses.
"""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.freshness import CLOCK_SKEW
from assurance.model import Finding, Status
from assurance.predicates import WAIVER
from assurance.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from assurance.model import Evidence, Release

MAX_DAYS: Final = 30
"""How long a waiver may last where nothing says otherwise."""
REQUESTER: Final = "waiver-requester"
APPROVER: Final = "waiver-approver"
WAIVABLE: Final = (Status.FAIL, Status.STALE, Status.MISSING, Status.INDETERMINATE)


class Waiver(Value):
    """One line about a waiver, read; nothing is known yet of whether it counts."""

    line: int
    payload_sha256: str
    check: str
    subject: str | None
    subject_digest: str
    fingerprint: str
    status: str
    owner: str
    reason: str
    requested_at: datetime
    expires_at: datetime
    requester: str
    approver: str | None
    request: str | None
    """SHA-256 over the payload of the request that this approves; None: it is the request."""
    release: tuple[str, str, str]
    """Name, version and environment."""
    predicate: Any

    @property
    def about(self) -> str:
        """What it waives, for messages."""
        return self.check if self.subject is None else f"{self.check} for {self.subject}"


class Outcome(Value):
    """The findings after the waivers, and when the first waiver in use ends."""

    findings: tuple[Finding, ...]
    valid_until: datetime | None


def fingerprint(finding: Finding) -> str:
    """Return the SHA-256 (hex) that ties a waiver to what a finding says.

    Over check, status, subject, actual and required as compact JSON with sorted keys.
    """
    status = finding.status if finding.would_be is None else finding.would_be
    said = {
        "check": finding.check,
        "status": status.value,
        "subject": finding.subject,
        "actual": finding.actual,
        "required": finding.required,
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def subject_digest(finding: Finding, release: Release) -> str:
    """Return the SHA-256 (hex) of what a finding is about.

    Of the artifact that its subject names; else over the sorted artifact digests of the
    release (hex, each with a newline).
    """
    for artifact in release.artifacts:
        if artifact.name == finding.subject:
            return artifact.sha256
    digests = sorted(artifact.sha256 for artifact in release.artifacts)
    return sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()


def read(item: Evidence) -> Waiver:
    """Read the predicate of a verified line.

    Raises:
        FormatError: a field is absent or of the wrong form.
    """
    fields = Fields(item.predicate, where=f"line {item.line}")
    about, subject, request = fields.object("release"), fields.object("subject"), None
    if fields.get("request") is not None:
        request = fields.object("request").sha256("sha256")
    check = fields.text("check")
    if "*" in check:
        raise FormatError(
            f"`predicate.check` is {check!r:.60}: wildcards do not exist",
            remedy="ask for a waiver of each finding: assurance waive CHECK",
            where=fields.where,
        )
    return Waiver(
        line=item.line,
        payload_sha256=item.payload_sha256,
        check=check,
        subject=subject.text_or_none("name"),
        subject_digest=subject.object("digest").sha256("sha256"),
        fingerprint=fields.object("fingerprint").sha256("sha256"),
        status=fields.text("status"),
        owner=fields.text("owner"),
        reason=fields.text("reason"),
        requested_at=fields.time("requestedAt"),
        expires_at=fields.time("expiresAt"),
        requester=fields.text("requester"),
        approver=fields.text_or_none("approver"),
        request=request,
        release=(about.text("name"), about.text("version"), fields.text("environment")),
        predicate=item.predicate,
    )


def apply(
    findings: Sequence[Finding],
    evidence: Iterable[Evidence],
    *,
    release: Release,
    now: datetime,
    approvers: int = 1,
    max_days: int = MAX_DAYS,
) -> Outcome:
    """Return `findings` with those that a waiver covers as WAIVED, and findings about waivers.

    `approvers` is how many holders have to approve a request.
    """
    lines = {item.line: item for item in evidence if item.predicate_type == WAIVER}
    if not lines:
        return Outcome(findings=tuple(findings), valid_until=None)
    return _Application(lines, release, now, approvers, max_days).apply(findings)


class _Application:
    """The waivers of one bundle, and what became of each."""

    def __init__(
        self,
        lines: dict[int, Evidence],
        release: Release,
        now: datetime,
        approvers: int,
        max_days: int,
    ) -> None:
        self._lines = lines
        self._release = release
        self._now = now
        self._approvers = approvers
        self._longest = timedelta(days=max_days)
        self._said: list[Finding] = []

    def apply(self, findings: Sequence[Finding]) -> Outcome:
        """Waive what can be waived."""
        every = [made for item in self._lines.values() if (made := self._read(item)) is not None]
        requests = {item.payload_sha256: item for item in every if item.request is None}
        approvals = [item for item in every if item.request is not None]
        approved = {item.request for item in approvals}
        for item in requests.values():
            if item.payload_sha256 not in approved:
                self._say(item, "orphaned", "waits for its approval by a second holder")
        good = self._enough([item for item in approvals if self._counts(item, requests)])
        waived = list(findings)
        ends: list[datetime] = []
        # The one that lasts longest is used, so that a renewal takes the place of the old one.
        for item in sorted(good, key=lambda item: item.expires_at, reverse=True):
            self._use(item, good, waived, ends)
        return Outcome(findings=(*waived, *self._said), valid_until=min(ends, default=None))

    def _read(self, item: Evidence) -> Waiver | None:
        try:
            return read(item)
        except FormatError as error:
            self._said.append(_finding("refused", f"line {item.line}", str(error)))
            return None

    def _say(self, item: Waiver, what: str, why: str) -> None:
        self._said.append(
            _finding(what, item.about, f"the waiver in line {item.line} {why}", item.line)
        )

    def _counts(self, item: Waiver, requests: dict[str, Waiver]) -> bool:
        """Apply rules 1 to 4."""
        request = requests.get(item.request or "")
        if request is None:
            self._say(item, "orphaned", "approves a request that is not in this bundle")
            return False
        if reason := self._broken(item, request):
            self._say(item, "refused", f"does not count: {reason}")
            return False
        if self._now >= item.expires_at:
            self._say(item, "expired", f"expired on {item.expires_at:%Y-%m-%d %H:%M} UTC")
            return False
        return True

    def _enough(self, approvals: Sequence[Waiver]) -> list[Waiver]:
        """Apply rule 5: return one approval of each request that enough holders approved."""
        found: list[Waiver] = []
        of_request: dict[str | None, list[Waiver]] = {}
        for item in approvals:
            of_request.setdefault(item.request, []).append(item)
        for same in of_request.values():
            has = len({item.approver for item in same})
            if has >= self._approvers:
                found.append(same[0])
                continue
            for item in same:
                self._say(item, "orphaned", f"has {has} of {self._approvers} approvals")
        return found

    def _broken(self, item: Waiver, request: Waiver) -> str | None:
        asked = {signer.holder for signer in self._lines[request.line].signers}
        about = (self._release.name, self._release.version, self._release.environment)
        own = {"approver", "request"}
        rules = (
            (
                _without(item.predicate, own) == _without(request.predicate, own),
                f"it differs from its request in line {request.line}",
            ),
            (
                self._signed(request, request.requester, REQUESTER),
                f"its request is not signed by {request.requester} in role {REQUESTER}",
            ),
            (
                item.approver is not None and self._signed(item, item.approver, APPROVER),
                f"it is not signed by {item.approver} in role {APPROVER}",
            ),
            (
                item.approver not in {item.requester, *asked},
                f"{item.approver} asked for it and approved it",
            ),
            (item.release == about, "it is for {}@{} in {}".format(*item.release)),
            (item.status in WAIVABLE, f"{item.status} is no status that can be waived"),
            (item.requested_at < item.expires_at, "it ends before it was asked for"),
            (
                item.expires_at - item.requested_at <= self._longest,
                f"it lasts longer than {self._longest.days} days",
            ),
            (
                item.requested_at <= self._now + CLOCK_SKEW,
                "it was asked for in the future",
            ),
        )
        return next((why for holds, why in rules if not holds), None)

    def _signed(self, item: Waiver, holder: str, role: str) -> bool:
        return any(
            signer.holder == holder and role in signer.roles
            for signer in self._lines[item.line].signers
        )

    def _use(
        self, item: Waiver, good: Sequence[Waiver], findings: list[Finding], ends: list[datetime]
    ) -> None:
        """Apply rule 6."""
        places = [
            place
            for place, finding in enumerate(findings)
            if (finding.check, finding.subject) == (item.check, item.subject)
        ]
        open_ = [
            place
            for place in places
            if findings[place].status.value == item.status
            and fingerprint(findings[place]) == item.fingerprint
            and subject_digest(findings[place], self._release) == item.subject_digest
        ]
        if not open_:
            hidden = any(findings[place].waiver is not None for place in places)
            self._say(
                item,
                "unused",
                "is not used: another one covers the finding"
                if hidden
                else "is not used: the finding has changed"
                if places
                else "is not used: there is no such finding",
            )
            return
        owners = sorted({other.owner for other in good if other.fingerprint == item.fingerprint})
        if len(owners) > 1:
            self._say(
                item, "refused", f"does not count: two waivers name two owners, {', '.join(owners)}"
            )
            return
        for place in open_:
            if not findings[place].waivable:
                self._say(item, "refused", f"does not count: {item.check} cannot be waived")
                continue
            findings[place] = replace(
                findings[place],
                status=Status.WAIVED,
                would_be=findings[place].status,
                waiver=item.line,
            )
            ends.append(item.expires_at)


def _without(predicate: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in predicate.items() if key not in keys}


_REMEDIES: Final = {
    "expired": "mend the cause, or ask for a new waiver",
    "orphaned": "have it approved: assurance waive --approve",
    "refused": "mend the cause, or ask for a waiver that follows docs/predicates/waiver.md",
    "unused": "leave it out of the next release",
}


def _finding(what: str, subject: str, message: str, line: int | None = None) -> Finding:
    """Return a finding about a waiver.

    It never blocks: what the waiver would have hidden does, and a bundle from which the
    waiver is removed must not fare better.
    """
    return Finding(
        check=f"waivers.{what}",
        status=Status.FAIL if what == "refused" else Status.WARN,
        message=message,
        subject=subject,
        severity="medium",
        blocking=False,
        remedy=_REMEDIES[what],
        evidence=() if line is None else (line,),
        waivable=False,
    )
