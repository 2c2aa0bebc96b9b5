"""A release for the bundle vectors: fixed keys, a trust file, sealed bundles, and how to change them.

Everything is made with `assurance` itself from fixed seeds and one fixed time, so that a second
run writes the same bytes. `rebuild` is the attacker who holds a key: it changes statements and
signs them again, and (unless told otherwise) makes every digest further down agree.
"""

from __future__ import annotations

import base64
import copy
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance import (
    attest,
    bundle,
    envelope,
    keys,
    policy_set,
    release_manifest,
    seal,
    statement,
    trust,
)
from assurance.model import Artifact, CollectorRun, Release, Statement, Subject
from assurance.predicates import (
    BUNDLE_MANIFEST,
    CYCLONEDX,
    POLICY_SET,
    READINESS,
    RELEASE,
    TEST_RESULT,
    VSA,
)
from assurance.verdict import Gate
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent / "bundles"
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
TEXT = "2026-11-23T14:05:00Z"
WHEEL = b"not a real wheel: verify reads its bytes, whatever they are\n"
LAST_WHEEL = b"the wheel of the release before\n"
VERIFIER = "https://ci.example.com/gate"
RESOURCE = "pkg:pypi/ledger-api"
SIGNS = {
    RELEASE: "releaser",
    CYCLONEDX: "collector",
    TEST_RESULT: "collector",
    POLICY_SET: "policy",
    READINESS: "verifier",
    VSA: "verifier",
    BUNDLE_MANIFEST: "verifier",
}


class Key:
    """An Ed25519 key from a seed; everyone can make it, so it protects nothing."""

    def __init__(self, name: str) -> None:
        seed = sha256(f"bundle vectors: {name}".encode()).digest()
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.name = name
        self.public_key_pem = self._private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public = keys.load_public(self.public_key_pem, where=name)
        self.key_id = self.public.key_id

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


NAMES = ("releaser", "collector", "policy", "verifier", "stranger", "second", "backup")
KEYS = {name: Key(name) for name in NAMES}
BY_ID = {key.key_id: name for name, key in KEYS.items()}


class Engine(RegorusEngine):
    """Regorus under a version that does not change, for bundles that do not."""

    def __init__(self) -> None:
        super().__init__()
        self.version = "0"


def trust_key(name: str, *roles: str, holder: str | None = None, **changes: Any) -> trust.TrustKey:
    return trust.TrustKey(
        **{
            "id": KEYS[name].key_id,
            "holder": holder or f"{name} of the gate",
            "roles": roles or (name,),
            "not_before": NOW - timedelta(days=30),
            "not_after": NOW + timedelta(days=365),
            "public": KEYS[name].public,
            **changes,
        }
    )


def trust_file(
    trusted: tuple[trust.TrustKey, ...] | None = None,
    *,
    expect: dict[str, Any] | None = None,
    **changes: Any,
) -> str:
    """Return the text of a trust file: production, one key a role, no receipt demanded."""
    if trusted is None:
        trusted = tuple(trust_key(name) for name in ("releaser", "collector", "policy", "verifier"))
    wanted = {"resource_uri": RESOURCE, "environment": "production", "receipt": "if-present"}
    made = trust.Trust(
        **{
            "version": 7,
            "expires": NOW + timedelta(days=90),
            "profile": "production",
            "verifier_id": VERIFIER,
            "policy_digests": None,
            "expect": trust.Expect(**(wanted | (expect or {}))),
            "keys": trusted,
            **changes,
        }
    )
    return trust.write(made).decode()


def with_key(name: str, *roles: str, holder: str | None = None, **changes: Any) -> str:
    """Return the trust file with one key described otherwise, or one more key."""
    names = list(dict.fromkeys(("releaser", "collector", "policy", "verifier", name)))
    return trust_file(
        tuple(
            trust_key(item, *roles, holder=holder, **changes) if item == name else trust_key(item)
            for item in names
        )
    )


def make_release(version: str, wheel: bytes, revision: str) -> Release:
    return Release(
        name="ledger-api",
        version=version,
        revision=revision * 20,
        artifacts=(
            Artifact(
                name=f"ledger_api-{version}-py3-none-any.whl",
                sha256=sha256(wheel).hexdigest(),
                size=len(wheel),
                platform="py3-none-any",
            ),
        ),
        environment="production",
        resource_uri=RESOURCE,
    )


THIS = make_release("2.4.1", WHEEL, "8f")
LAST = make_release("2.4.0", LAST_WHEEL, "07")


def run_of(name: str, predicate_type: str) -> CollectorRun:
    return CollectorRun(
        name=name,
        plugin=name,
        distribution="release-assurance",
        version="0.1.0",
        digest="d" * 64,
        status="ok",
        reason=None,
        required=True,
        predicate_types=(predicate_type,),
        self_test="passed",
        duration_ms=3,
    )


def draft_of(release: Release, now: datetime, result: str = "PASSED") -> bytes:
    commit = Subject(name=release.name, digest=(("gitCommit", str(release.revision)),))
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    sbom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"timestamp": time},
        "components": [{"type": "library", "name": "h11", "version": "0.14.0"}],
    }
    tests = {"result": result, "configuration": [], "passedTests": ["t"]}
    statements = [
        Statement(predicate_type=CYCLONEDX, predicate=compact(sbom), collected_at=now),
        Statement(
            predicate_type=TEST_RESULT,
            predicate=compact(tests),
            collected_at=now,
            subjects=(commit,),
        ),
    ]
    signers = {role: KEYS[role] for role in ("releaser", "collector")}
    lines = [attest.attest(made, release, signers) for made in statements]
    manifest = release_manifest.ReleaseManifest(
        release=release,
        links=(commit,),
        settings_digest="5" * 64,
        weakenings=(),
        collectors=(run_of("sbom", CYCLONEDX), run_of("tests", TEST_RESULT)),
        collected=tuple(
            release_manifest.Collected(
                payload_sha256=sha256(envelope.read(line, where="draft").payload).hexdigest(),
                collector=name,
                collected_at=now,
            )
            for name, line in zip(("sbom", "tests"), lines, strict=True)
        ),
    )
    first = attest.attest(release_manifest.write(manifest, now=now), release, signers)
    return bundle.write((first, *lines))


def sealed(release: Release, now: datetime, result: str = "PASSED") -> bytes:
    engine = Engine()
    try:
        return seal.seal(
            draft_of(release, now, result),
            policies=engine.load([HERE / "policies"], []),
            engine=engine,
            trust=trust.read(trust_file().encode(), where="trust.json"),
            signers={role: KEYS[role] for role in ("policy", "verifier")},
            gate=Gate(target_grade=60, areas=(), weakenings=("no log",)),
            artifacts_at_seal=release.artifacts,
            name="p.policies.tar",
            now=now,
            where="draft",
        ).bundle
    finally:
        engine.close()


def compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def lines_of(data: bytes) -> list[bytes]:
    return data[:-1].split(b"\n")


def signed(payload: bytes, key: str) -> bytes:
    signer = KEYS[key]
    return envelope.write(payload, signer.sign(envelope.pae(payload)), key_id=signer.key_id)


class Line:
    """One line, taken apart: the statement as JSON, and the key that is to sign it."""

    def __init__(self, raw: bytes) -> None:
        read = envelope.read(raw, where="vector")
        self.statement: dict[str, Any] = json.loads(read.payload)
        self.key = BY_ID[read.hint]

    @property
    def type(self) -> str:
        return str(self.statement["predicateType"])

    @property
    def predicate(self) -> dict[str, Any]:
        found: dict[str, Any] = self.statement["predicate"]
        return found


class Lines(list[Line]):
    """The lines of a bundle; `of` finds the one of a type."""

    def of(self, predicate_type: str) -> Line:
        return next(line for line in self if line.type == predicate_type)


NOT_EVIDENCE = {POLICY_SET, READINESS, VSA, BUNDLE_MANIFEST}


def rebuild(data: bytes, edit: Callable[[Lines], None], *, agree: bool = True) -> bytes:
    """Change statements and sign all lines again.

    With `agree` the release manifest lists what is collected, the readiness is over the
    evidence, the VSA names the lines before it, and the bundle manifest all of them.
    """
    lines = Lines(Line(raw) for raw in lines_of(data))
    edit(lines)
    made: list[bytes] = []
    if agree:
        _relist(lines)
    for number, line in enumerate(lines, 1):
        if agree and line.type == READINESS:
            digests = sorted(
                sha256(raw).hexdigest()
                for raw, other in zip(made, lines, strict=False)
                if other.type not in NOT_EVIDENCE
            )
            text = "".join(f"{digest}\n" for digest in digests)
            line.predicate["evidenceDigest"] = {"sha256": sha256(text.encode()).hexdigest()}
        if agree and line.type == VSA:
            line.predicate["inputAttestations"] = [
                {"uri": f"#line={at}", "digest": {"sha256": sha256(raw).hexdigest()}}
                for at, raw in enumerate(made, 1)
            ]
        if agree and line.type == BUNDLE_MANIFEST:
            line.predicate["count"] = number - 1
            line.predicate["lines"] = [
                {
                    "index": at,
                    "payloadSha256": sha256(compact(other.statement)).hexdigest(),
                    "lineSha256": sha256(raw).hexdigest(),
                    "predicateType": other.type,
                    "collectedAt": TEXT,
                }
                for at, (raw, other) in enumerate(zip(made, lines, strict=False), 1)
            ]
        made.append(signed(compact(line.statement), line.key))
    return bundle.write(tuple(made))


def _relist(lines: Lines) -> None:
    manifest = lines.of(RELEASE).predicate
    manifest["collected"] = [
        {
            "payloadSha256": sha256(compact(line.statement)).hexdigest(),
            "collector": "sbom" if line.type == CYCLONEDX else "tests",
            "collectedAt": TEXT,
        }
        for line in lines
        if line.type in {CYCLONEDX, TEST_RESULT}
    ]


def with_policies(predicate: dict[str, Any], module: bytes) -> str:
    """Put another check of the same name into a policy-set predicate; return its digest."""
    old = policy_set.unpack(base64.b64decode(predicate["policySet"]["content"]), where="t")
    files = [
        (path, module if path.endswith("tests_passed.rego") else content)
        for path, content in old.files
        if path != policy_set.CHECKS
    ]
    made = policy_set.pack(policy_set.build(files, old.checks))
    digest = sha256(made).hexdigest()
    predicate["policySet"]["content"] = base64.b64encode(made).decode()
    predicate["policySet"]["digest"] = {"sha256": digest}
    return digest


def mutated(line: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    """Change the envelope of one line without signing again."""
    value = json.loads(line)
    edit(value)
    return compact(value)


def clone(value: Any) -> Any:
    return copy.deepcopy(value)


__all__ = [name for name in dir() if not name.startswith("_")] + ["statement"]
