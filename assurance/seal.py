"""The seal stage: a draft and a verdict become the bundle, closed by its manifest.

Order of the lines: release manifest, collected attestations, policy set, waivers, sign-offs,
readiness, VSA, bundle manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle, bundle_manifest, policy_set, policy_statement, readiness, vsa
from assurance.attest import attest
from assurance.errors import FormatError
from assurance.model import SignedBy
from assurance.predicates import (
    BUNDLE_MANIFEST,
    POLICY_SET,
    READINESS,
    RELEASE,
    SIGN_OFF,
    VSA,
    WAIVER,
    kind_of,
)
from assurance.value import Value
from assurance.verdict import reach
from assurance.verify import read_manifest, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.interfaces import PolicyEngine, PolicySet, Signer
    from assurance.model import Artifact, Statement, Verdict
    from assurance.release_manifest import ReleaseManifest
    from assurance.trust import Trust
    from assurance.verdict import Gate

_RANKS = {
    RELEASE: 0,
    POLICY_SET: 2,
    WAIVER: 3,
    SIGN_OFF: 4,
    READINESS: 5,
    VSA: 6,
    BUNDLE_MANIFEST: 7,
}
_COLLECTED = 1
_SEALED_ONLY = frozenset({POLICY_SET, READINESS, VSA, BUNDLE_MANIFEST})


class Sealed(Value):
    """What `seal` gives: the file and what it says."""

    bundle: bytes
    lines: int
    verdict: Verdict
    archive: bytes
    """The policy set, for `.policies.tar`."""

    @property
    def sha256(self) -> str:
        """The digest that the log entry names."""
        return bundle.digest(self.bundle)


def is_sealed_only(line: Line) -> bool:
    """Say whether a line's kind stands in sealed bundles only."""
    return line.statement.predicate_type in _SEALED_ONLY


def rank(line: Line) -> int:
    """Return the place of a line's kind in a bundle, 0 first."""
    return _RANKS.get(line.statement.predicate_type, _COLLECTED)


def check_collected(
    groups: Sequence[tuple[Line, ...]], manifest: ReleaseManifest, *, where: str
) -> None:
    """Compare the collected lines with what the release manifest lists, in order.

    Lines that people add after collection (reviews, VEX) are signed in roles of their own
    and are not listed; a collector's line always is.

    Raises:
        FormatError: a collected line is missing, added or out of order.
    """
    listed = {item.payload_sha256: item for item in manifest.collected}
    if len(listed) != len(manifest.collected):
        raise FormatError(
            "the release manifest lists one statement twice",
            remedy="collect again: assurance collect",
            where=f"{where}:1",
        )
    found: list[str] = []
    for group in groups:
        first = group[0]
        if rank(first) != _COLLECTED:
            continue
        if first.payload_sha256 in listed:
            found.append(first.payload_sha256)
        elif "collector" in _roles(first):
            raise FormatError(
                f"line {first.number} ({first.statement.predicate_type}) is not among the "
                "statements that the release manifest lists: it was added after collection",
                remedy="collect again: assurance collect",
                where=f"{where}:{first.number}",
            )
    expected = [item.payload_sha256 for item in manifest.collected]
    if found == expected:
        return
    there = set(found)
    if missing := [digest for digest in expected if digest not in there]:
        lost = listed[missing[0]]
        raise FormatError(
            f"{len(missing)} of {len(expected)} collected statements are missing, the first is "
            f"by collector {lost.collector}",
            remedy="collect again: assurance collect",
            where=where,
        )
    raise FormatError(
        "the collected statements are not in the order of the release manifest",
        remedy="collect again: assurance collect",
        where=where,
    )


def _roles(line: Line) -> tuple[str, ...]:
    return kind_of(line.statement.predicate_type).roles


def seal(  # noqa: PLR0913 - a stage takes what the stages before gave
    draft: bytes,
    *,
    policies: PolicySet,
    engine: PolicyEngine,
    trust: Trust,
    signers: Mapping[str, Signer],
    gate: Gate,
    artifacts_at_seal: Sequence[Artifact],
    name: str,
    now: datetime,
    where: str,
) -> Sealed:
    """Verify and judge a draft, decide, and close the bundle.

    Args:
        draft: Bytes of the draft: release manifest, collected lines, people's lines.
        policies: What to judge with.
        engine: Who evaluates them.
        trust: Who may sign what.
        signers: Role to open signer; `policy` and `verifier` are used.
        gate: Target grade and areas.
        artifacts_at_seal: The artifacts' digests taken again now.
        name: File name of the policy set.
        now: UTC.
        where: The draft's file name, for messages.

    Raises:
        FormatError: the draft is cut, reordered or already sealed.
        SignatureError: a line does not verify.
        SignerError: a line cannot be signed.
        PolicyEngineError: no answer at all.
    """
    lines = bundle.read(draft, where=where)
    for line in lines:
        if is_sealed_only(line):
            raise FormatError(
                f"line {line.number} is a {line.statement.predicate_type}: this bundle is sealed",
                remedy="decide on the draft (.draft.jsonl), or run again: assurance run",
                where=f"{where}:{line.number}",
            )
    manifest = read_manifest(bundle.groups(lines, where=where), where=where)
    archive = policy_set.pack(policies)
    policy_line = attest(
        policy_statement.write(archive, policies, engine, name=name, now=now),
        manifest.release,
        signers,
    )
    body = [line.attestation.line for line in sorted(lines, key=rank)]
    body.insert(sum(rank(line) <= _COLLECTED for line in lines), policy_line)
    open_lines = _Lines(body, where)
    groups = bundle.groups(tuple(open_lines.parsed), where=where)
    check_collected(groups, manifest, where=where)
    verified = verify(groups, trust, now=now, where=where)
    verified.require()
    verdict = reach(
        verified,
        policies=policies,
        policy_digest=bundle.digest(archive),
        engine=engine,
        trust=trust,
        gate=gate,
        artifacts_at_seal=artifacts_at_seal,
        sealed_by=_signed_by(signers.get("verifier"), trust),
        now=now,
    )
    release = manifest.release

    def append(made: Statement) -> None:
        open_lines.append(attest(made, release, signers))

    append(readiness.write(verdict, trust_version=trust.version, trust_digest=trust.digest))
    append(vsa.write(verdict, verifier_id=trust.verifier_id, lines=open_lines.parsed))
    append(
        bundle_manifest.write(
            open_lines.parsed,
            release,
            collected_at={item.payload_sha256: item.collected_at for item in manifest.collected},
            now=now,
        )
    )
    return Sealed(
        bundle=bundle.write(tuple(open_lines.raw)),
        lines=len(open_lines.raw),
        verdict=verdict,
        archive=archive,
    )


def _signed_by(signer: Signer | None, trust: Trust) -> tuple[SignedBy, ...]:
    """Return who a signer is to the trust file; nobody where it does not list the key."""
    key = None if signer is None else trust.key(signer.key_id)
    return () if key is None else (SignedBy(key=key.id, holder=key.holder, roles=key.roles),)


class _Lines:
    """The lines of a bundle that is being written, raw and parsed."""

    def __init__(self, raw: list[bytes], where: str) -> None:
        self._where = where
        self.raw = raw
        self.parsed = [
            bundle.read_line(line, number, where=where) for number, line in enumerate(raw, 1)
        ]

    def append(self, line: bytes) -> None:
        self.raw.append(line)
        self.parsed.append(bundle.read_line(line, len(self.raw), where=self._where))
