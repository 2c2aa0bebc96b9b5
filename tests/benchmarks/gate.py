"""Measure judge and decide beside `opa eval` alone: the same policies over the same policy input.

    python tests/benchmarks/gate.py

1,000 components, 400 vulnerabilities, 50 attestations and 60 checks: the built-in ones, and as many
more as are needed. Ours is everything from verified evidence to the verdict: facts, policy input,
the engine, freshness, sign-offs, grade. The worker is started before the clock: it starts beside
the checking of signatures. OPA's time is that of the whole command, which is how it is used.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import assurance
from assurance import policy_set, strict_json, trust
from assurance.model import Artifact, Check, Evidence, Release, SignedBy, Subject
from assurance.predicates import (
    AUTH_HARDENING,
    CHECKPOINT,
    DRILL,
    FUZZ,
    REVIEW,
    SLO,
    TELEMETRY,
)
from assurance.release_manifest import ReleaseManifest
from assurance.verdict import Gate, reach
from assurance.verify import Verified
from assurance_policy import packs, rules
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.interfaces import PolicySet, RuleResult

ROOT = Path(__file__).resolve().parents[2]
OPA = ROOT / ".cache" / "peers" / "bin" / "opa"
VECTORS = ROOT / "tests" / "vectors"
EXAMPLES = Path(assurance.__file__).parent / "schemas" / "predicates" / "examples"
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
COMPONENTS, VULNERABILITIES, ATTESTATIONS, CHECKS = 1_000, 400, 50, 60
SERVICE = {
    AUTH_HARDENING: "auth-hardening",
    CHECKPOINT: "checkpoint",
    DRILL: "drill",
    FUZZ: "fuzz",
    REVIEW: "review",
    SLO: "slo",
    TELEMETRY: "telemetry",
}
ROUNDS = 9
LIMIT = 2.0
MODULE = """package assurance.extra.check_{number}

import rego.v1

applies := true

mine contains item if {{
	some item in input.evidence
	item.predicate_type == "{kind}"
}}

evaluated if count(mine) > 0

findings contains {{"status": "FAIL", "message": sprintf("line %d: signer", [item.line])}} if {{
	some item in mine
	not "collector" in item.signer.roles
}}

findings contains {{"status": "WARN", "message": sprintf("line %d is old", [item.line])}} if {{
	some item in mine
	item.age_seconds > {days} * 86400
}}
"""


def component(number: int) -> dict[str, Any]:
    """Return one component with what a real one has."""
    name, version = f"package-{number}", f"1.{number}"
    purl = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "supplier": {"name": "Example Packages Ltd"},
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": f"{number:064x}"}],
        "externalReferences": [{"type": "vcs", "url": f"https://example.com/{name}"}],
    }


def given() -> dict[str, Any]:
    """Return the good input of the policies' tests, enlarged."""
    document: dict[str, Any] = json.loads((VECTORS / "policy" / "good-input.json").read_bytes())
    bom, scan = (document["evidence"][at]["predicate"] for at in (1, 2))
    root = bom["metadata"]["component"]["bom-ref"]
    bom["components"] = [component(number) for number in range(COMPONENTS)]
    purls = [item["purl"] for item in bom["components"]]
    bom["dependencies"] = [{"ref": root, "dependsOn": purls}]
    bom["dependencies"] += [{"ref": purl, "dependsOn": []} for purl in purls]
    bom["compositions"] = [{"aggregate": "complete", "dependencies": [root, *purls]}]
    detail = scan["https://w3id.org/release-assurance/vulns-detail/v1"]
    detail |= {"expected": COMPONENTS, "audited": COMPONENTS, "packages": purls}
    scan["scanner"]["result"] = [
        {
            "id": f"PYSEC-2024-{number}",
            "severity": [{"method": "band", "score": ("medium", "low", "high")[number % 3]}],
            "annotations": [{"package": purl, "kev": False, "fixedVersions": ["2.0"]}],
        }
        for number, purl in enumerate(purls[:VULNERABILITIES])
    ]
    return document


def verified() -> Verified:
    """Return what comes out of verification: 50 attestations about one release."""
    document = given()
    about = document["release"]
    release = Release(
        name=about["name"],
        version=about["version"],
        revision=about["revision"],
        artifacts=tuple(Artifact(**item) for item in about["artifacts"]),
        environment=document["environment"],
        resource_uri="pkg:pypi/inkwell",
    )
    found = [
        (
            item["predicate_type"],
            item["predicate"],
            tuple(
                Subject(name=one["name"], digest=tuple(one["digest"].items()), uri=one["uri"])
                for one in item["subject"]
            ),
        )
        for item in document["evidence"]
    ]
    more = [
        (kind, json.loads((EXAMPLES / f"{name}.json").read_bytes()), release.subjects)
        for kind, name in SERVICE.items()
    ]
    found += [more[number % len(more)] for number in range(ATTESTATIONS - len(found))]
    signer = SignedBy(key="5" * 64, holder="ci", roles=("collector", "releaser"))
    evidence = tuple(
        Evidence(
            line=line,
            digest=f"{line:064x}",
            predicate_type=kind,
            predicate=predicate,
            subjects=subjects,
            signers=(signer,),
            collected_at=NOW,
            as_of=NOW,
            predicate_json=strict_json.dumps(predicate),
        )
        for line, (kind, predicate, subjects) in enumerate(found, 1)
    )
    manifest = ReleaseManifest(
        release=release,
        links=(),
        settings_digest="5" * 64,
        weakenings=(),
        collectors=(),
        collected=(),
    )
    return Verified(manifest=manifest, evidence=evidence, problems=())


def policies() -> PolicySet:
    """Return the built-in checks, and as many more as make sixty."""
    built_in = RegorusEngine().load([pack.folder for pack in packs.built_in()], [])
    files = [item for item in built_in.files if item[0] != policy_set.CHECKS]
    checks = list(built_in.checks)
    kinds = tuple(SERVICE)
    for number in range(CHECKS - len(checks)):
        path = f"extra/check_{number}.rego"
        module = MODULE.format(number=number, kind=kinds[number % len(kinds)], days=1 + number)
        files.append((path, module.encode()))
        checks.append(
            Check(
                id=f"extra.check_{number}",
                title="Evidence is a collector's, and not old",
                description="As a team's own checks are.",
                severity="medium",
                weight=3,
                blocking=True,
                owner="QA",
                remedy="collect it again",
                source=f"{path}:1",
            )
        )
    return policy_set.build(files, checks)


class Listening(RegorusEngine):
    """Regorus that keeps the policy input, for OPA."""

    policy_input = b""

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Evaluate as ever."""
        self.policy_input = policy_input
        return super().evaluate(policies, policy_input, timeout_seconds=timeout_seconds)


def trust_file() -> trust.Trust:
    """Return the vectors' trust file."""
    spec = importlib.util.spec_from_file_location("bundle_parts", VECTORS / "bundle_parts.py")
    if spec is None or spec.loader is None:
        sys.exit("tests/vectors/bundle_parts.py is not there")
    parts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(parts)
    return trust.read(parts.trust_file().encode(), where="trust.json")


def ours(seen: Verified, made: PolicySet, trusted: trust.Trust) -> tuple[float, bytes]:
    """Return the seconds from verified evidence to the verdict, and the policy input."""
    engine = Listening()
    engine.start()
    time.sleep(0.3)
    start = time.perf_counter()
    verdict = reach(
        seen,
        policies=made,
        policy_digest="1" * 64,
        engine=engine,
        trust=trusted,
        gate=Gate(target_grade=90, areas=("security", "qa", "release")),
        artifacts_at_seal=seen.manifest.release.artifacts,
        now=NOW,
    )
    took = time.perf_counter() - start
    judged = {finding.check for finding in verdict.findings}
    # The enlarged SBOM is not the one that the details are about; other errors are mistakes here.
    broken = [
        item.message
        for item in verdict.findings
        if "could not decide:" in item.message and "no usable evidence" not in item.message
    ]
    if len(judged & {check.id for check in made.checks}) != CHECKS or broken:
        sys.exit(f"not all was judged: {len(judged)} checks, {broken[:1]}")
    return took, engine.policy_input


def theirs(folder: Path, query: str) -> float:
    """Return the seconds of one `opa eval`."""
    command = [str(OPA), "eval", "--strict-builtin-errors", "--format=json", "-d", "policies"]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "-i", "input.json", query], cwd=folder, capture_output=True, check=False
    )
    took = time.perf_counter() - start
    if done.returncode or b'"result"' not in done.stdout:
        sys.exit(f"opa eval ended with {done.returncode}: {done.stdout[:500]!r}")
    return took


def main() -> int:
    """Print one line of the table; 1 when the limit is missed."""
    if not os.access(OPA, os.X_OK):
        sys.exit("opa is not built: run `python tests/peers/install.py`")
    seen, made, trusted = verified(), policies(), trust_file()
    asked = rules.queries([check.id for check in made.checks])
    query = ",".join(f'"{at}":[v|v:={text}]' for at, text in enumerate(asked))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _, data = ours(seen, made, trusted)
        (folder / "input.json").write_bytes(data)
        for path, content in rules.parts(made).modules:
            (folder / "policies" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "policies" / path).write_bytes(content)
        theirs(folder, f"{{{query}}}")
        taken = [
            (ours(seen, made, trusted)[0], theirs(folder, f"{{{query}}}")) for _ in range(ROUNDS)
        ]
    one, other = (statistics.median(side) for side in zip(*taken, strict=True))
    holds = one / other <= LIMIT
    print(
        f"| judge and decide, {len(made.checks)} checks, {len(seen.evidence)} attestations, "
        f"{len(data) / 1e6:.1f} MB | {1000 * one:.0f} ms | `opa eval`: {1000 * other:.0f} ms "
        f"| {one / other:.2f} | {LIMIT:g} | {'holds' if holds else 'MISSED'} |"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
