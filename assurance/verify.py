"""The verify stage: lines in, Evidence out. No I/O and no clock.

For each group of lines (one payload, one or more signatures) these rules hold, in order:

1. the key that the hint names is in the trust file, and the signature over the DSSE PAE is
   that key's;
2. the key is valid now and not revoked; where a log receipt proves a time, the key was valid
   then, and was not revoked before the bundle's place in the log;
3. its `predicate_types`, where set, include this one;
4. enough different *holders* with a role that may sign this kind (threshold); a sign-off and the
   approval of a waiver name their one signer: those are counted later, over all of them; nobody
   without such a role signs it beside them;
5. the subjects are the release's: all artifacts, its revision, or what it links to.

A broken rule is a `Problem`, not an exception, so that one look names all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import envelope, freshness, release_manifest
from assurance.errors import FormatError, SignatureError
from assurance.model import Evidence, SignedBy
from assurance.predicates import OPENVEX, PROVENANCE, RELEASE, SIGN_OFF, WAIVER, kind_of
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.model import Release, Subject
    from assurance.predicates import Kind
    from assurance.receipt import Proven
    from assurance.release_manifest import ReleaseManifest
    from assurance.trust import Trust, TrustKey
    from assurance.trust_model import Revoked

_FETCH = "fetch the bundle again from where it was stored; if it fails again, do not deploy"

# Foreign tools attest single artifacts; a subset of the release is about the release.
_SUBSET_KINDS = frozenset({PROVENANCE, OPENVEX})


class Problem(Value):
    """One broken rule."""

    code: str
    """Kebab-case: `unknown-signer`, `signature`, `role`, `other-release`, …"""
    problem: str
    where: str
    remedy: str


class Verified(Value):
    """What came out of verification."""

    manifest: ReleaseManifest
    evidence: tuple[Evidence, ...]
    """One for each group without a problem, in the order of the lines."""
    problems: tuple[Problem, ...]

    def require(self) -> None:
        """Raise the first problem, naming how many there are.

        Raises:
            SignatureError: there is at least one.
        """
        if not self.problems:
            return
        first = self.problems[0]
        more = len(self.problems) - 1
        raise SignatureError(
            first.problem + (f" (and {more} more)" if more else ""),
            remedy=first.remedy,
            where=first.where,
        )


def read_manifest(groups: tuple[tuple[Line, ...], ...], *, where: str) -> ReleaseManifest:
    """Read the release manifest from the first line; its signature is not checked here.

    Raises:
        FormatError: the first line is something else, or a later one is a manifest too.
    """
    first = groups[0][0]
    if first.statement.predicate_type != RELEASE:
        raise FormatError(
            f"the first line must be the release manifest, found {first.statement.predicate_type}",
            remedy=_FETCH,
            where=f"{where}:1",
        )
    for group in groups[1:]:
        if group[0].statement.predicate_type == RELEASE:
            raise FormatError(
                f"line {group[0].number} is a second release manifest",
                remedy=_FETCH,
                where=f"{where}:{group[0].number}",
            )
    return release_manifest.read(first.statement.predicate, where=f"{where}:1")


def verify(
    groups: tuple[tuple[Line, ...], ...],
    trust: Trust,
    *,
    now: datetime,
    where: str,
    proven: Proven | None = None,
) -> Verified:
    """Verify every group against `trust` at `now`.

    Args:
        groups: Of a draft or a sealed bundle, the release manifest first.
        trust: Who may sign what.
        now: UTC.
        where: The bundle's name, for messages.
        proven: Where a checked receipt shows the bundle; None without one.

    Raises:
        FormatError: the first line is no release manifest.
    """
    manifest = read_manifest(groups, where=where)
    moment_of_use = _Moment(now, proven)
    collected_at = {item.payload_sha256: item.collected_at for item in manifest.collected}
    allowed = _Allowed(manifest)
    evidence: list[Evidence] = []
    problems: list[Problem] = []
    for group in groups:
        first = group[0]
        place = f"{where}:{first.number}"
        kind = kind_of(first.statement.predicate_type)
        signers: list[SignedBy] = []
        found = [
            problem
            for line in group
            if (problem := _check_line(line, trust, signers, moment_of_use, where=where))
            is not None
        ]
        if not found and (problem := _check_threshold(first, kind, signers, trust, place)):
            found.append(problem)
        if not found and (problem := _check_others(group, kind, signers, where)):
            found.append(problem)
        if problem := allowed.check(first, kind, place):
            found.append(problem)
        if found:
            problems += found
            continue
        moment = collected_at.get(first.payload_sha256)
        evidence.append(
            Evidence(
                line=first.number,
                digest=first.line_sha256,
                predicate_type=first.statement.predicate_type,
                predicate=first.statement.predicate,
                subjects=first.statement.subjects,
                signers=tuple(signers),
                collected_at=moment,
                as_of=freshness.as_of(kind, first.statement.predicate, moment, now=now),
                proven_at=moment_of_use.proven_at,
                payload_sha256=first.payload_sha256,
                predicate_json=first.statement.predicate_json,
            )
        )
    return Verified(manifest=manifest, evidence=tuple(evidence), problems=tuple(problems))


def _check_line(
    line: Line, trust: Trust, signers: list[SignedBy], moment: _Moment, *, where: str
) -> Problem | None:
    """Check one signature; adds its signer to `signers` when every rule holds."""
    place = f"{where}:{line.number}"
    predicate_type = line.statement.predicate_type
    key = trust.key(line.attestation.hint)
    if key is None:
        return Problem(
            code="unknown-signer",
            problem=f"line {line.number} ({predicate_type}) is signed by key "
            f"{line.attestation.hint[:16]}…, which the trust file does not know",
            where=place,
            remedy="if the key is yours, add it to the trust file; otherwise do not deploy",
        )
    if key.public is None:
        return Problem(
            code="unknown-signer",
            problem=f"line {line.number} is signed by identity {key.identity}: signatures with "
            "certificates cannot be verified by this version",
            where=place,
            remedy="sign with a key",
        )
    if not key.public.verify(envelope.pae(line.attestation.payload), line.attestation.signature):
        return Problem(
            code="signature",
            problem=f"the signature of line {line.number} ({predicate_type}) does not verify "
            f"with the key of {key.holder}",
            where=place,
            remedy=_FETCH,
        )
    if problem := _check_validity(key, line, moment, place):
        return problem
    if not key.may_sign(predicate_type):
        return Problem(
            code="predicate-type",
            problem=f"the key of {key.holder} may not sign {predicate_type}",
            where=place,
            remedy="sign with a key that the trust file allows for this predicate type",
        )
    signers.append(SignedBy(key=key.id, holder=key.holder, roles=key.roles))
    return None


class _Moment:
    """At which time, and at which place in a log, keys must have been good."""

    def __init__(self, now: datetime, proven: Proven | None) -> None:
        self._proven = None if proven is None or proven.proven_at is None else proven
        # Without proven time only `now` counts: a claimed time never rescues a key.
        self.at = now if proven is None or proven.proven_at is None else proven.proven_at

    @property
    def proven_at(self) -> datetime | None:
        return None if self._proven is None else self.at

    def is_before(self, revoked: Revoked) -> bool:
        """Say whether the bundle was logged before the key was revoked, in the same log."""
        return (
            self._proven is not None
            and revoked.index is not None
            and revoked.log == self._proven.origin
            and self._proven.index < revoked.index
        )


def _check_validity(key: TrustKey, line: Line, moment: _Moment, place: str) -> Problem | None:
    if key.revoked is not None and not moment.is_before(key.revoked):
        reason: str | None = f"was revoked: {key.revoked.reason}"
    else:
        reason = why_not_valid(key, moment.at)
    if reason is None:
        return None
    return Problem(
        code="key-not-valid",
        problem=f"line {line.number} is signed by a key of {key.holder} that {reason}",
        where=place,
        remedy="collect and decide again with a key that is valid now",
    )


def why_not_valid(key: TrustKey, at: datetime) -> str | None:
    """Say why a key may not sign at a time, as `expired on …`; None where it may.

    Whether it was revoked is another question.
    """
    if at < key.not_before:
        return f"is not valid before {key.not_before:%Y-%m-%d %H:%M} UTC"
    if at > key.not_after:
        return f"expired on {key.not_after:%Y-%m-%d %H:%M} UTC"
    return None


def roles_for(kind: Kind, predicate: Mapping[str, object]) -> tuple[str, ...]:
    """Return the roles of which one is needed to sign this predicate."""
    if kind.predicate_type == SIGN_OFF:
        return (f"sign-off:{predicate.get('area')}",)
    return kind.roles


def _needed(role: str, kind: Kind, predicate: Mapping[str, object], trust: Trust) -> int:
    """Return how many holders in `role` have to sign one statement.

    A sign-off, and the approval of a waiver, is the word of one holder: the stages after this
    one count them. A request is held to the threshold of those who ask, whoever signs it.
    """
    if kind.predicate_type == SIGN_OFF:
        return 1
    if kind.predicate_type == WAIVER:
        return 1 if predicate.get("request") is not None else trust.threshold("waiver-requester")
    return trust.threshold(role)


def _check_threshold(
    line: Line, kind: Kind, signers: list[SignedBy], trust: Trust, place: str
) -> Problem | None:
    roles = roles_for(kind, line.statement.predicate)
    best = ""
    for role in roles:
        holders = {signer.holder for signer in signers if role in signer.roles}
        needed = _needed(role, kind, line.statement.predicate, trust)
        if len(holders) >= needed:
            return None
        if holders or not best:
            best = f"{len(holders)} of {needed} holders with role {role}"
    who = ", ".join(sorted({signer.holder for signer in signers}))
    return Problem(
        code="role",
        problem=f"line {line.number} ({line.statement.predicate_type}) is signed by {who}: {best}",
        where=place,
        remedy=f"have it signed by role {' or '.join(roles)}, or change the trust file",
    )


def _check_others(
    group: tuple[Line, ...], kind: Kind, signers: list[SignedBy], where: str
) -> Problem | None:
    """Check that each further signer of a payload has a role for it.

    Nothing lists the lines of the bundle manifest itself: any trusted key could add one there.
    """
    roles = roles_for(kind, group[0].statement.predicate)
    for line, signer in zip(group, signers, strict=True):
        if not set(roles).intersection(signer.roles):
            return Problem(
                code="role",
                problem=f"line {line.number} ({line.statement.predicate_type}) is signed by "
                f"{signer.holder} too, without role {' or '.join(roles)}",
                where=f"{where}:{line.number}",
                remedy=_FETCH,
            )
    return None


class _Allowed:
    """What the statements of one release may be about."""

    def __init__(self, manifest: ReleaseManifest) -> None:
        release = manifest.release
        self._name = release.name
        self._release = _names_and_digests(release.subjects)
        self._links = {pair for link in manifest.links for pair in link.digest}
        self._any = {pair for subject in release.subjects for pair in subject.digest} | self._links
        self._commit = _commit_of(release) or self._any

    def check(self, line: Line, kind: Kind, place: str) -> Problem | None:
        """Return a problem when the line's subjects are not this release's."""
        subjects = line.statement.subjects
        pairs = {pair for subject in subjects for pair in subject.digest}
        if kind.predicate_type in _SUBSET_KINDS:
            held = bool(pairs) and pairs <= self._any
        elif kind.binding == "release":
            held = _names_and_digests(subjects) == self._release
        elif kind.binding == "commit":
            held = bool(pairs) and pairs <= self._commit
        elif kind.binding == "project":
            held = line.statement.predicate.get("project") == self._name
        elif kind.binding == "service":
            held = bool(pairs) and pairs <= self._links
        else:
            held = bool(pairs) and pairs <= self._any
        if held:
            return None
        return Problem(
            code="other-release",
            problem=f"line {line.number} ({line.statement.predicate_type}) is for another release: "
            + _WANTED[kind.binding],
            where=place,
            remedy="collect the evidence again for this release",
        )


_WANTED = {
    "release": "its subjects are not this release's artifacts",
    "commit": "its subjects are not this release's source revision",
    "service": "its subjects are not this release's services",
    "linked": "its subjects are not this release's artifacts, revision or services",
    "project": "its project is not this release's name",
}


def _names_and_digests(subjects: tuple[Subject, ...]) -> set[tuple[str | None, object]]:
    return {(subject.name, subject.digest) for subject in subjects}


def _commit_of(release: Release) -> set[tuple[str, str]]:
    return set() if release.revision is None else {("gitCommit", release.revision)}
