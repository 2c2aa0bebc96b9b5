"""Freezes: a signed record of the policies and the trust file that later releases are held to.

Type: `https://w3id.org/release-assurance/freeze/v1`. Each is signed in role `policy`, names one
project and one environment, and takes the place of those before it: the newest `frozenAt` holds.
A release whose policy set or trust file is another is `freeze.policies` or `freeze.trust`, FAIL,
until an ordinary waiver says otherwise or somebody freezes anew. From the day that the checklist
states (`[freeze] from`), a release without a freeze is `freeze.present`, MISSING.

No I/O and no clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance import strict_json, timestamps
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.freshness import CLOCK_SKEW
from assurance.model import Finding, Statement, Status, Subject, TrustUsed
from assurance.predicates import FREEZE
from assurance.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from assurance.interfaces import PolicySet
    from assurance.model import Evidence

ROLE: Final = "policy"
OWNER: Final = "policy"
_CHECKLIST: Final = "checklist.json"


class Frozen(Value):
    """What one freeze records, or what a release has of it."""

    project: str
    """Name of the release; one freeze is of one project."""
    environment: str
    policies: str
    """SHA-256 (hex) of the policy set's archive: the policy digest."""
    checklist: str | None
    """SHA-256 (hex) of the checklist in the policy set; None without one."""
    trust: TrustUsed


class Freeze(Value):
    """One signed freeze, read."""

    frozen: Frozen
    frozen_at: datetime
    milestone: str | None
    reason: str
    by: str
    """Holder."""
    line: int = 0
    """Of the bundle."""


def checklist_digest(policies: PolicySet) -> str | None:
    """Return the SHA-256 (hex) of the checklist in a policy set; None without one."""
    content = dict(policies.files).get(_CHECKLIST)
    return None if content is None else sha256(content).hexdigest()


def write(freeze: Freeze) -> Statement:
    """Return `freeze` as a statement about the two files that it freezes."""
    frozen = freeze.frozen
    predicate = {
        "project": frozen.project,
        "environment": frozen.environment,
        "policies": {"digest": {"sha256": frozen.policies}},
        "checklist": None if frozen.checklist is None else {"digest": {"sha256": frozen.checklist}},
        "trust": {"version": frozen.trust.version, "digest": {"sha256": frozen.trust.sha256}},
        "frozenAt": timestamps.format_utc(freeze.frozen_at),
        "milestone": freeze.milestone,
        "reason": freeze.reason,
        "frozenBy": freeze.by,
    }
    return Statement(
        predicate_type=FREEZE,
        predicate=strict_json.dumps(predicate),
        collected_at=freeze.frozen_at,
        subjects=(
            Subject(name="policies", digest=(("sha256", frozen.policies),)),
            Subject(name="trust", digest=(("sha256", frozen.trust.sha256),)),
        ),
    )


def read(predicate: Mapping[str, object], *, where: str, line: int = 0) -> Freeze:
    """Read a freeze predicate.

    Raises:
        FormatError: a field is absent or of the wrong form.
    """
    fields = Fields(predicate, where=where)
    trust = fields.object("trust")
    checklist = None
    if fields.get("checklist") is not None:
        checklist = fields.object("checklist").object("digest").sha256("sha256")
    return Freeze(
        frozen=Frozen(
            project=fields.text("project"),
            environment=fields.text("environment"),
            policies=fields.object("policies").object("digest").sha256("sha256"),
            checklist=checklist,
            trust=TrustUsed(
                version=trust.whole("version"), sha256=trust.object("digest").sha256("sha256")
            ),
        ),
        frozen_at=fields.time("frozenAt"),
        milestone=fields.text_or_none("milestone"),
        reason=fields.text("reason"),
        by=fields.text("frozenBy"),
        line=line,
    )


def judge(
    evidence: Iterable[Evidence], now_is: Frozen, *, frozen_from: date | None, now: datetime
) -> tuple[Finding, ...]:
    """Return how a release stands to the newest freeze of its project and environment.

    Args:
        evidence: Verified lines; freezes for other environments among them are not looked at.
        now_is: What the release is judged with.
        frozen_from: The day from which on a freeze must be there; None: no such day.
        now: When it was decided, UTC.
    """
    found: list[Freeze] = []
    for item in evidence:
        if item.predicate_type != FREEZE:
            continue
        try:
            freeze = read(item.predicate, where=f"line {item.line}", line=item.line)
        except FormatError as error:
            # It might be the newest: nothing can be said any more.
            return (_unknown(f"line {item.line} cannot be read: {error.problem}", item.line),)
        named = {freeze.frozen.policies, freeze.frozen.trust.sha256}
        about = {value for subject in item.subjects for _, value in subject.digest}
        if about != named:
            said = f"line {item.line} is about other files than it names"
            return (_unknown(said, item.line),)
        if freeze.by not in {signer.holder for signer in item.signers}:
            said = f"line {item.line} is signed in the name of {freeze.by:.60}"
            return (_unknown(said, item.line),)
        if freeze.frozen.environment == now_is.environment:
            found.append(freeze)
    if not found:
        return _absent(now_is, frozen_from, now)
    newest = max(item.frozen_at for item in found)
    if newest - now > CLOCK_SKEW:
        late = next(item for item in found if item.frozen_at == newest)
        return (_unknown(f"line {late.line} is dated in the future", late.line),)
    holding = [item for item in found if item.frozen_at == newest]
    return (*_policies(holding, now_is), *_trust(holding, now_is))


def _absent(now_is: Frozen, frozen_from: date | None, now: datetime) -> tuple[Finding, ...]:
    if frozen_from is None or now < datetime.combine(frozen_from, time(), UTC):
        return ()
    return (
        Finding(
            check="freeze.present",
            status=Status.MISSING,
            message=f"policies and trust file are to be frozen from {frozen_from:%Y-%m-%d} on, and "
            f"no freeze for {now_is.environment} is in the bundle",
            required=f"a freeze for {now_is.environment}",
            owner=OWNER,
            remedy="sign one (assurance freeze --reason …) and import its file",
        ),
    )


def _policies(holding: Sequence[Freeze], now_is: Frozen) -> tuple[Finding, ...]:
    wanted = sorted({item.frozen.policies for item in holding})
    same = holding[0].frozen.checklist == now_is.checklist
    finding = _finding(
        "freeze.policies",
        "the policy set",
        holding,
        actual=f"sha256:{now_is.policies}",
        required=[f"sha256:{digest}" for digest in wanted],
        remedy="judge with the frozen policies, have the change waived, or freeze anew: "
        "assurance freeze --reason …",
    )
    if finding.status is Status.FAIL and len(wanted) == 1:
        which = "; the checklist is the same" if same else "; the checklist is another, too"
        finding = replace(finding, message=finding.message + which)
    return (finding,)


def _trust(holding: Sequence[Freeze], now_is: Frozen) -> tuple[Finding, ...]:
    if not now_is.trust.sha256:
        return (_unknown("the trust file's digest is not known", holding[0].line),)
    wanted = sorted({(item.frozen.trust.version, item.frozen.trust.sha256) for item in holding})
    return (
        _finding(
            "freeze.trust",
            "the trust file",
            holding,
            actual=f"version {now_is.trust.version}, sha256:{now_is.trust.sha256}",
            required=[f"version {version}, sha256:{digest}" for version, digest in wanted],
            remedy="take the frozen trust file, have the change waived, or freeze anew: "
            "assurance freeze --reason …",
        ),
    )


def _finding(
    check: str,
    what: str,
    holding: Sequence[Freeze],
    *,
    actual: str,
    required: Sequence[str],
    remedy: str,
) -> Finding:
    newest = holding[0]
    since = f"{newest.frozen_at:%Y-%m-%d %H:%M} UTC"
    if newest.milestone is not None:
        since += f" (milestone {newest.milestone})"
    kept = [actual] == list(required)
    message = f"{what} has been the same since {since}"
    if len(required) > 1:
        message = f"{what} was frozen twice at {since}, and each time another one"
    elif not kept:
        message = f"{what} has changed since it was frozen at {since} by {newest.by}"
    return Finding(
        check=check,
        status=Status.PASS if kept else Status.FAIL,
        message=message,
        actual=actual,
        required=" or ".join(required),
        weight=1,
        owner=OWNER,
        remedy=None if kept else remedy,
        evidence=tuple(item.line for item in holding),
    )


def _unknown(why: str, line: int) -> Finding:
    return Finding(
        check="freeze.policies",
        status=Status.INDETERMINATE,
        message=f"could not decide what is frozen: {why}",
        required="a freeze that can be read",
        owner=OWNER,
        remedy="freeze anew: assurance freeze --reason …",
        evidence=(line,),
    )
