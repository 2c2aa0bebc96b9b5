"""The values that go from stage to stage: frozen, keyword-only, tuples inside.

Read them in the order of a release: `Artifact`, `Release`, `Subject`, `Statement`
(collect), `Attestation` (attest), `Evidence` (verify), `Finding` (judge), `Verdict`
(decide). Nothing here does I/O, reads a clock or imports a third-party package.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Status(StrEnum):
    """One check's result."""

    PASS = "PASS"  # noqa: S105 - the word of the verdict, not a secret
    WARN = "WARN"
    FAIL = "FAIL"
    STALE = "STALE"
    MISSING = "MISSING"
    INDETERMINATE = "INDETERMINATE"
    WAIVED = "WAIVED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class Result(StrEnum):
    """The answer of a verdict."""

    GO = "GO"
    NO_GO = "NO-GO"
    INDETERMINATE = "INDETERMINATE"


class Artifact(Value):
    """One file (or image) of the release, by content."""

    name: str
    """File name without folders, or an image reference without its digest."""
    sha256: str
    """64 lowercase hex digits over the file's bytes."""
    size: int | None = None
    """Bytes; None for an image."""
    platform: str | None = None
    """Wheel tags such as `py3-none-any`, `sdist`, or None where it has none."""


class Subject(Value):
    """What a statement is about: an in-toto ResourceDescriptor of name, digest and URI."""

    name: str | None = None
    digest: tuple[tuple[str, str], ...] = ()
    """(algorithm, lowercase hex) pairs, sorted; never empty in a Statement."""
    uri: str | None = None


class Release(Value):
    """What is about to go out."""

    name: str
    version: str
    revision: str | None
    """Git commit, 40 (or 64) lowercase hex digits; None outside a repository."""
    artifacts: tuple[Artifact, ...]
    """Sorted by name; names are unique."""
    environment: str
    """Where it is to go: part of the verdict's name, such as `production`."""
    resource_uri: str
    """VSA `resourceUri`: from where the consumer fetches it."""

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What release-bound statements are about: the artifacts.

        A release without artifacts is still judged (and refused), so its statements need
        a subject: its source revision, or else its name and version by their digest.
        """
        if self.artifacts:
            return tuple(
                Subject(name=artifact.name, digest=(("sha256", artifact.sha256),))
                for artifact in self.artifacts
            )
        if self.revision is not None:
            return (Subject(name=self.name, digest=(("gitCommit", self.revision),)),)
        label = f"{self.name}@{self.version}\n".encode()
        return (Subject(name=self.name, digest=(("sha256", sha256(label).hexdigest()),)),)


class Statement(Value):
    """One claim, unsigned. The predicate stays bytes: they are what gets signed."""

    predicate_type: str
    """Absolute URI; `predicateType` of in-toto Statement v1."""
    predicate: bytes
    """One JSON object, UTF-8."""
    collected_at: datetime
    """From when it is: when collection began, or earlier where the source says so. Always UTC."""
    subjects: tuple[Subject, ...] = ()
    """Empty: all artifacts of the release (kinds whose binding is `release`)."""


class Attestation(Value):
    """One line of a bundle: a Sigstore bundle v0.3 with a DSSE envelope, read strictly."""

    line: bytes
    """The line as it stands in the file, without its newline."""
    payload: bytes
    """The DSSE payload: a Statement, the bytes that were signed."""
    signature: bytes
    """Ed25519 (64 bytes) or ECDSA P-256 over SHA-256 (DER), over the DSSE PAE."""
    hint: str
    """`verificationMaterial.publicKey.hint`: unsigned, so never more than a hint."""
    keyid: str | None = None
    """DSSE keyid; absent in our lines, tolerated (WARN) in imported ones."""


class SignedBy(Value):
    """Who signed a line, according to the trust file."""

    key: str
    """SHA-256 of the SPKI, hex."""
    holder: str
    roles: tuple[str, ...]


class Evidence(Value):
    """An attestation after verification."""

    line: int
    """1-based; the first of its group when a threshold repeats the payload."""
    digest: str
    """SHA-256 of the line's bytes, hex."""
    predicate_type: str
    predicate: Mapping[str, Any]
    subjects: tuple[Subject, ...]
    signers: tuple[SignedBy, ...]
    """One for each line of the group; never empty."""
    collected_at: datetime | None
    as_of: datetime | None
    """From when the knowledge is; None reads as STALE."""
    proven_at: datetime | None = None
    payload_sha256: str = ""
    """SHA-256 of the signed statement, hex: how one statement names another."""
    predicate_json: bytes | None = None
    """The predicate's own bytes, where they are known and many; the same value as `predicate`."""


class CollectorRun(Value):
    """How one collector's run ended; kept in the release manifest, so it is attested."""

    name: str
    plugin: str
    distribution: str
    version: str
    digest: str
    """SHA-256 (hex) over the distribution's RECORD or the plugin's source files."""
    status: str
    """`ok`, or the Status that the run reads as: MISSING or INDETERMINATE."""
    reason: str | None
    required: bool
    predicate_types: tuple[str, ...]
    """What it said it would give."""
    self_test: str
    """`passed`, `failed`, `none` or `not-run`."""
    duration_ms: int
    remedy: str | None = None


class Check(Value):
    """What a policy's `# METADATA` says about one check."""

    id: str
    """`<area>.<name>`, from the package `assurance.<area>.<name>`."""
    title: str
    description: str
    severity: str
    """critical, high, medium, low or info."""
    weight: int
    """1 to 100: its share of the grade."""
    blocking: bool
    owner: str
    """Who can change the answer: a team or role."""
    remedy: str
    requires: tuple[str, ...] = ()
    """Predicate types without which the check is MISSING."""
    reads: tuple[str, ...] = ()
    """Predicate types that it looks at where they are there, `requires` included."""
    max_age: tuple[tuple[str, int], ...] = ()
    """(environment, seconds), `*` for any other; see `age_limit`."""
    controls: tuple[str, ...] = ()
    waivable: bool = True
    """Whether a waiver may except what it finds."""
    source: str = ""
    """`path:line` of its package clause inside the policy set."""

    @property
    def area(self) -> str:
        """The sign-off area: the part of the id before the first dot."""
        return self.id.split(".", 1)[0]

    def age_limit(self, environment: str) -> int | None:
        """Return how old what it reads may be for `environment`, in seconds; None: any age.

        An environment that `max_age` does not foresee has the shortest limit there is, so that
        `prod` is not less than `production`; only `development` has none unless it is listed.
        """
        limits = dict(self.max_age)
        limit = limits.get(environment, limits.get("*"))
        if limit is None and environment != "development":
            return min(limits.values(), default=None)
        return limit


class Finding(Value):
    """One check's result about one subject."""

    check: str
    status: Status
    message: str
    """One sentence: the thing, what was found, what was allowed. No ages, no clock."""
    subject: str | None = None
    """A purl, artifact name, service or line; None when about the release."""
    actual: str | None = None
    required: str | None = None
    severity: str = "high"
    weight: int = 0
    blocking: bool = True
    owner: str | None = None
    remedy: str | None = None
    evidence: tuple[int, ...] = ()
    """Lines of the bundle that it rests on."""
    would_be: Status | None = None
    """What a WAIVED finding hides."""
    waiver: int | None = None
    """Line of the waiver."""
    waivable: bool = True

    @property
    def area(self) -> str:
        """The sign-off area: the part of the check's id before the first dot."""
        return self.check.split(".", 1)[0]


class SignOffState(Value):
    """What is known of one area's sign-off."""

    area: str
    state: str
    """GIVEN, VOID or MISSING."""
    needs: int
    has: int
    by: tuple[str, ...] = ()
    reason: str | None = None


class Estimate(Value):
    """A grade that people estimated: told beside the grade, never mixed into it."""

    grade: int
    """0 to 100."""
    by: str
    on: str
    """Day, `YYYY-MM-DD`."""


class PastRelease(Value):
    """One release of the past, as the next one's bundle remembers it."""

    version: str
    result: Result
    grade: int
    decided_at: datetime


class Previous(Value):
    """The last release, out of its own bundle, whose lines were verified when it was read."""

    bundle_sha256: str
    """Of the bundle file, hex."""
    name: str
    version: str
    environment: str
    """The same as the release's: a GO for staging says nothing about production."""
    result: Result
    grade: int
    target_grade: int
    decided_at: datetime
    policy_digest: str
    artifacts: tuple[Artifact, ...]
    checks: tuple[tuple[str, Status], ...]
    """(check, worst status), sorted by check."""
    history: tuple[PastRelease, ...] = ()
    """The releases before it, newest first; a handful."""


class PreviousProblem(Value):
    """A bundle of the last release that was named and cannot be used: policies see none."""

    status: Status
    """How its finding reads: MISSING, FAIL or INDETERMINATE."""
    problem: str
    """One sentence without ages and clock."""
    remedy: str


class TrustUsed(Value):
    """Which trust file a verdict was reached with."""

    version: int
    sha256: str
    """Over the file's bytes (hex); empty for one that was made in memory."""


class Verdict(Value):
    """GO, NO-GO or INDETERMINATE for one environment, with everything it rests on."""

    result: Result
    environment: str
    release: Release
    findings: tuple[Finding, ...]
    """Sorted: blocking first, then worst status, check, subject."""
    grade: int
    """0 to 100."""
    target_grade: int
    decided_at: datetime
    valid_until: datetime | None
    """When the first piece of evidence goes stale; None if nothing does."""
    sign_offs: tuple[SignOffState, ...] = ()
    weakenings: tuple[str, ...] = ()
    collectors: tuple[CollectorRun, ...] = ()
    policy_digest: str = ""
    engine: str = ""
    """Policy engine, `name version`."""
    evidence_digest: str = ""
    settings_digest: str = ""
    not_checked: tuple[str, ...] = ()
    artifacts_at_seal: tuple[Artifact, ...] | None = None
    """The artifacts' digests taken again just before sealing."""
    estimate: Estimate | None = None
    previous: Previous | PreviousProblem | None = None
    """None: no earlier release was named."""
    trust_used: TrustUsed | None = None
    """The gate's own; `verify` checks with the deployer's."""
