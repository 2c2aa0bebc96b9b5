"""Sign-offs: signed approvals of an area over exactly this evidence and these policies.

Type: `https://w3id.org/release-assurance/sign-off/v1`. A sign-off counts when its signer has
role `sign-off:<area>` (checked by `assurance.verify`), it names this release, environment,
evidence digest and policy digest, it was given after the evidence was collected, its holder is
the approver that it names and neither collected nor released nor asked for a waiver, and has not
revoked it since. Otherwise it is void, and the verdict says why.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance import timestamps
from assurance.errors import FormatError
from assurance.freshness import CLOCK_SKEW
from assurance.model import SignOffState
from assurance.predicates import KINDS, SIGN_OFF, WAIVER, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assurance.model import Evidence, Release
    from assurance.trust import Trust

APPROVED: Final = "APPROVED"
REVOKED: Final = "REVOKED"
_NOT_EVIDENCE = frozenset(
    kind.predicate_type
    for kind in KINDS.values()
    if kind.name in {"policy-set", "sign-off", "readiness", "vsa", "manifest"}
)
_MAKERS = frozenset({"collector", "releaser"})
"""Roles whose holders do not approve their own work."""


def evidence_digest(evidence: Iterable[Evidence]) -> str:
    """Return the SHA-256 (hex) that sign-offs bind.

    Over the sorted line digests (hex, each with a newline) of attestations and waivers;
    a line of a threshold group counts through its first line.
    """
    digests = sorted(item.digest for item in evidence if item.predicate_type not in _NOT_EVIDENCE)
    return sha256("".join(f"{digest}\n" for digest in digests).encode()).hexdigest()


def states(
    areas: Sequence[str],
    evidence: Sequence[Evidence],
    *,
    release: Release,
    evidence_digest: str,
    policy_digest: str,
    trust: Trust,
) -> tuple[SignOffState, ...]:
    """Return the state of each area's sign-off, in the order of `areas`."""
    made = makers(evidence)
    collected = [item.collected_at for item in evidence if item.collected_at is not None]
    newest = max(collected, default=None)
    revoked = _revocations(evidence)
    wanted = {
        "environment": release.environment,
        "evidenceDigest": {"sha256": evidence_digest},
        "policyDigest": {"sha256": policy_digest},
    }
    found = []
    for area in areas:
        given: set[str] = set()
        void: list[str] = []
        for item in evidence:
            if item.predicate_type != SIGN_OFF or item.predicate.get("area") != area:
                continue
            if item.predicate.get("decision") == REVOKED:
                continue
            reason = (
                _void(item, wanted, release, made) or _early(item, newest) or _taken(item, revoked)
            )
            if reason is None:
                given |= _approvers(item)
            else:
                void.append(f"line {item.line} is void, {reason}")
        needs = trust.threshold(f"sign-off:{area}")
        found.append(
            SignOffState(
                area=area,
                state="GIVEN" if len(given) >= needs else "VOID" if void else "MISSING",
                needs=needs,
                has=len(given),
                by=tuple(sorted(given)),
                reason="; ".join(void) or None,
            )
        )
    return tuple(found)


def every_state(
    areas: Sequence[str],
    evidence: Sequence[Evidence],
    *,
    release: Release,
    evidence_digest: str,
    policy_digest: str,
    trust: Trust,
) -> tuple[SignOffState, ...]:
    """Return the states of `areas`, then those of the areas that somebody signed off unasked."""
    given = {
        str(item.predicate.get("area")) for item in evidence if item.predicate_type == SIGN_OFF
    }
    return states(
        (*areas, *sorted(given.difference(areas))),
        evidence,
        release=release,
        evidence_digest=evidence_digest,
        policy_digest=policy_digest,
        trust=trust,
    )


def makers(evidence: Sequence[Evidence]) -> set[str]:
    """Return the holders who cannot sign anything off: who collected, released, or asked."""
    return {
        signer.holder
        for item in evidence
        if _MAKERS & set(kind_of(item.predicate_type).roles)
        or (item.predicate_type == WAIVER and item.predicate.get("request") is None)
        for signer in item.signers
    } | {str(item.predicate.get("requester")) for item in evidence if item.predicate_type == WAIVER}


def _revocations(evidence: Sequence[Evidence]) -> dict[tuple[str, str], datetime]:
    """Return when each holder last took back its sign-off of an area."""
    found: dict[tuple[str, str], datetime] = {}
    for item in evidence:
        if item.predicate_type != SIGN_OFF or item.predicate.get("decision") != REVOKED:
            continue
        # One whose time cannot be read takes back everything: a doubt never approves.
        moment = _approved_at(item) or datetime.max.replace(tzinfo=UTC)
        for signer in item.signers:
            key = (str(item.predicate.get("area")), signer.holder)
            found[key] = max(moment, found.get(key, moment))
    return found


def _approved_at(item: Evidence) -> datetime | None:
    try:
        return timestamps.parse(str(item.predicate.get("approvedAt")), what="approvedAt")
    except FormatError:
        return None


def _early(item: Evidence, newest: datetime | None) -> str | None:
    """Say why a sign-off cannot be about this evidence: it is older than what it approves."""
    moment = _approved_at(item)
    if moment is None:
        return "it does not say when it was given"
    if newest is not None and moment < newest - CLOCK_SKEW:
        return "it was given before the evidence was collected"
    return None


def _taken(item: Evidence, revoked: dict[tuple[str, str], datetime]) -> str | None:
    moment = _approved_at(item)
    for signer in item.signers:
        ended = revoked.get((str(item.predicate.get("area")), signer.holder))
        if ended is not None and (moment is None or moment <= ended):
            return f"{signer.holder} has revoked it"
    return None


def _approvers(item: Evidence) -> set[str]:
    """Return who signed in the role of the area: another trusted key beside it approves nothing."""
    role = f"sign-off:{item.predicate.get('area')}"
    return {signer.holder for signer in item.signers if role in signer.roles}


def _void(item: Evidence, wanted: dict[str, Any], release: Release, makers: set[str]) -> str | None:
    about = item.predicate.get("release")
    if not isinstance(about, dict) or (about.get("name"), about.get("version")) != (
        release.name,
        release.version,
    ):
        return "it is for another release"
    for key, value in wanted.items():
        if item.predicate.get(key) != value:
            return f"its {key} is another: what was approved has changed"
    holders = {signer.holder for signer in item.signers}
    # Compared as text: a value of another type is no name, and may not even be hashable.
    approver = item.predicate.get("approver")
    if not isinstance(approver, str) or approver not in _approvers(item):
        return f"it is signed in the name of {approver!s:.60}"
    for holder in sorted(holders & makers):
        return f"{holder} also collected or released this evidence, or asked for a waiver"
    return None
