"""Sign-offs: signed approvals of an area over exactly this evidence and these policies.

Type: `https://w3id.org/release-assurance/sign-off/v1`. A sign-off counts when its signer has
role `sign-off:<area>` (checked by `assurance.verify`), it names this release, environment,
evidence digest and policy digest, and its holder neither collected nor released nor asked
for a waiver. Otherwise it is void, and the verdict says why.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from assurance.model import SignOffState
from assurance.predicates import KINDS, SIGN_OFF, WAIVER, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assurance.model import Evidence, Release
    from assurance.trust import Trust

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
    makers = {
        signer.holder
        for item in evidence
        if _MAKERS & set(kind_of(item.predicate_type).roles)
        for signer in item.signers
    } | {str(item.predicate.get("requester")) for item in evidence if item.predicate_type == WAIVER}
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
            reason = _void(item, wanted, release, makers)
            if reason is None:
                given |= {signer.holder for signer in item.signers}
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
    for signer in item.signers:
        if signer.holder in makers:
            return f"{signer.holder} also collected or released this evidence"
    return None
