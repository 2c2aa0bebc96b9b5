"""A release taken through the stages in memory: keys, trust, draft, sealed bundle."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance import attest, bundle, deploy, keys, policy_set, release_manifest, seal, trust
from assurance.interfaces import RuleResult
from assurance.model import Artifact, Check, CollectorRun, Release, Statement
from assurance.predicates import CYCLONEDX, VULNERABILITIES
from assurance.verdict import Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assurance.interfaces import PolicySet

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
REVISION = "8f3c1d2a908f3c1d2a908f3c1d2a908f3c1d2a90"
WHEEL = Artifact(
    name="ledger_api-2.4.1-py3-none-any.whl",
    sha256=sha256(b"the wheel").hexdigest(),
    size=9,
    platform="py3-none-any",
)
MODULE = b"""package assurance.sbom.complete

applies := true
evaluated := true
findings := set()
"""


class Key:
    """A working Ed25519 signer, kept in memory."""

    def __init__(self, seed: int) -> None:
        """Derive the key from a seed, so that runs repeat."""
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public_key_pem = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = keys.load_public(self.public_key_pem, where="test key").key_id

    def sign(self, message: bytes) -> bytes:
        """Sign as the file signer does."""
        return self._private.sign(message)


@dataclass
class TableEngine:
    """A policy engine that answers from a table: the stages are under test here, not Rego."""

    results: dict[str, RuleResult] = field(default_factory=dict)
    name: str = "table"
    version: str = "1"
    inputs: list[Any] = field(default_factory=list)

    def load(self, folders: Any, data: Any) -> PolicySet:
        """Not asked for here: the tests make their own policy sets."""
        raise NotImplementedError

    def start(self) -> None:
        """Nothing to start."""

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Answer from the table; PASS for what is not in it."""
        assert timeout_seconds > 0
        self.inputs.append(json.loads(policy_input))
        passing = RuleResult(applies=True, evaluated=True, findings=[])
        return {check.id: self.results.get(check.id, passing) for check in policies.checks}

    def close(self) -> None:
        """Nothing to stop."""


def check_of(
    name: str, *, requires: tuple[str, ...] = (), max_age: tuple[tuple[str, int], ...] = ()
) -> Check:
    """A blocking check of weight 10."""
    return Check(
        id=name,
        title=f"{name} holds",
        description=f"{name} must hold.",
        severity="high",
        weight=10,
        blocking=True,
        source=f"{name.replace('.', '/')}.rego:1",
        owner="DevEx",
        remedy=f"mend {name}",
        requires=requires,
        reads=requires,
        max_age=max_age,
    )


@dataclass
class World:
    """One release and everything around it; change a field, then `seal` or `verify`."""

    key: Key
    other: Key
    release: Release
    trust: trust.Trust
    policies: PolicySet
    engine: TableEngine
    statements: list[Statement]
    runs: tuple[CollectorRun, ...]
    now: datetime = NOW
    at_seal: tuple[Artifact, ...] = (WHEEL,)
    gate: Gate = field(default_factory=lambda: Gate(target_grade=60, areas=()))

    def signers(self) -> dict[str, Key]:
        """One key in every role."""
        return dict.fromkeys(("releaser", "collector", "policy", "verifier"), self.key)

    def draft(self) -> bytes:
        """Return the draft's bytes."""
        signers = self.signers()
        lines = [attest.attest(made, self.release, signers) for made in self.statements]
        parsed = [bundle.read_line(line, 2, where="t") for line in lines]
        manifest = release_manifest.ReleaseManifest(
            release=self.release,
            links=tuple({s for made in self.statements for s in made.subjects}),
            settings_digest="5" * 64,
            weakenings=(),
            collectors=self.runs,
            collected=tuple(
                release_manifest.Collected(
                    payload_sha256=line.payload_sha256,
                    collector="sbom",
                    collected_at=made.collected_at,
                )
                for line, made in zip(parsed, self.statements, strict=True)
            ),
        )
        first = attest.attest(release_manifest.write(manifest, now=self.now), self.release, signers)
        return bundle.write((first, *lines))

    def seal(self, draft: bytes | None = None) -> seal.Sealed:
        """Judge, decide and seal."""
        return seal.seal(
            self.draft() if draft is None else draft,
            policies=self.policies,
            engine=self.engine,
            trust=self.trust,
            signers=self.signers(),
            gate=self.gate,
            artifacts_at_seal=self.at_seal,
            name="p.policies.tar",
            now=self.now,
            where="draft",
        )

    def verify(self, data: bytes, **changes: Any) -> deploy.Decision:
        """Check a sealed bundle; `changes` replaces `Expectations` fields."""
        artifacts = changes.pop(
            "artifacts", [deploy.Presented(name=f"dist/{WHEEL.name}", sha256=WHEEL.sha256)]
        )
        now = changes.pop("now", self.now)
        expect = replace(deploy.Expectations(allow_development=True), **changes)
        return deploy.check(
            data,
            artifacts=artifacts,
            trust=self.trust,
            expect=expect,
            engine=self.engine,
            now=now,
            where="bundle",
        )


def run_of(name: str, *types: str, status: str = "ok", self_test: str = "passed") -> CollectorRun:
    """How a collector's run ended."""
    return CollectorRun(
        name=name,
        plugin=name,
        distribution="release-assurance",
        version="0.1.0",
        digest="d" * 64,
        status=status,
        reason=None if status == "ok" else "it did not answer",
        required=True,
        predicate_types=types,
        self_test=self_test,
        duration_ms=3,
    )


@pytest.fixture
def world() -> World:
    """A release with an SBOM and a scan that is GO."""
    return make_world()


@pytest.fixture(scope="session")
def world_of() -> Callable[[], World]:
    """Make a world for each example of a property."""
    return make_world


def make_world() -> World:
    """Make a release with an SBOM and a scan that is GO."""
    key, other = Key(7), Key(8)
    release = Release(
        name="ledger-api",
        version="2.4.1",
        revision=REVISION,
        artifacts=(WHEEL,),
        environment="development",
        resource_uri="pkg:pypi/ledger-api",
    )
    text = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    sbom = {"bomFormat": "CycloneDX", "metadata": {"timestamp": text}}
    scan = {"scanner": {"db": {"lastUpdate": text}}, "metadata": {"scanFinishedOn": text}}
    week = (("development", 30 * 86400), ("production", 7 * 86400))
    policies = policy_set.build(
        [("sbom/complete.rego", MODULE)],
        [check_of("sbom.complete", requires=(CYCLONEDX,), max_age=week)],
    )
    return World(
        key=key,
        other=other,
        release=release,
        trust=trust.read(
            trust.development(
                key.public_key_pem,
                holder="release-gate",
                verifier_id="https://ci.example.com/gate",
                resource_uri=release.resource_uri,
                environment="development",
                expires=NOW + timedelta(days=365),
            ),
            where="trust.json",
        ),
        policies=policies,
        engine=TableEngine(),
        statements=[
            Statement(
                predicate_type=CYCLONEDX, predicate=json.dumps(sbom).encode(), collected_at=NOW
            ),
            Statement(
                predicate_type=VULNERABILITIES,
                predicate=json.dumps(scan).encode(),
                collected_at=NOW,
            ),
        ],
        runs=(run_of("sbom", CYCLONEDX), run_of("vulnerabilities", VULNERABILITIES)),
    )


@pytest.fixture
def resign() -> Callable[[World, bytes, int, Callable[[dict[str, Any]], None]], bytes]:
    """Change one line's statement and sign it again with the world's key."""

    def change(
        world: World, data: bytes, number: int, edit: Callable[[dict[str, Any]], None]
    ) -> bytes:
        from assurance import envelope

        lines = data[:-1].split(b"\n")
        payload = json.loads(envelope.read(lines[number - 1], where="t").payload)
        edit(payload)
        changed = json.dumps(payload).encode()
        lines[number - 1] = envelope.write(
            changed, world.key.sign(envelope.pae(changed)), key_id=world.key.key_id
        )
        return bundle.write(tuple(lines))

    return change
