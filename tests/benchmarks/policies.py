"""Measure the policy engine beside `opa eval`: the same policies, the same input, one 1 MB SBOM.

Run it with `tox run -e benchmarks`, or by itself. The worker is started before the clock: it starts
beside other work. OPA's time is that of the whole command, which is how it is used. Five times the
components stand beside one time: the time has to grow as they do.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance_policy import packs, rules
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from assurance.interfaces import PolicySet

ROOT = Path(__file__).resolve().parents[2]
OPA = ROOT / ".cache" / "peers" / "bin" / "opa"
GOOD = ROOT / "tests" / "vectors" / "policy" / "good-input.json"
PACKS = ("qa", "release", "security")
COMPONENTS = 2_000
ROUNDS = 9
LIMIT = 1.5
GROWS = 5
GROWTH_LIMIT = 2 * GROWS
SECONDS = 60


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


def big_input(components: int = COMPONENTS) -> bytes:
    """Return the good input with a 1 MB SBOM, and a vulnerability in each third package."""
    document: dict[str, Any] = json.loads(GOOD.read_bytes())
    bom, vulnerabilities = (document["evidence"][at]["predicate"] for at in (1, 2))
    root = bom["metadata"]["component"]["bom-ref"]
    bom["components"] = [component(number) for number in range(components)]
    purls = [item["purl"] for item in bom["components"]]
    bom["dependencies"] = [{"ref": root, "dependsOn": purls}]
    bom["dependencies"] += [{"ref": purl, "dependsOn": []} for purl in purls]
    bom["compositions"] = [{"aggregate": "complete", "dependencies": [root, *purls]}]
    detail = vulnerabilities["https://w3id.org/release-assurance/vulns-detail/v1"]
    detail |= {"expected": components, "audited": components, "packages": purls}
    vulnerabilities["scanner"]["result"] = [
        {
            "id": f"PYSEC-2024-{number}",
            "severity": [{"method": "band", "score": ("medium", "low", "high")[number % 3]}],
            "annotations": [{"package": purl, "kev": False, "fixedVersions": ["2.0"]}],
        }
        for number, purl in enumerate(purls[::3])
    ]
    return json.dumps(document, separators=(",", ":")).encode()


def ours(policies: PolicySet, data: bytes) -> float:
    """Return the seconds of one evaluation in a worker that runs already."""
    engine = RegorusEngine()
    engine.start()
    time.sleep(0.3)
    start = time.perf_counter()
    found = engine.evaluate(policies, data, timeout_seconds=SECONDS)
    took = time.perf_counter() - start
    if broken := [f"{name}: {it.error}" for name, it in found.items() if it.error is not None]:
        sys.exit(f"regorus: {broken[0]}")
    return took


def theirs(folder: Path, query: str) -> float:
    """Return the seconds of one `opa eval`."""
    command = [str(OPA), "eval", "--strict-builtin-errors", "--format=json", "-d", "policies"]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "-i", "input.json", query], cwd=folder, capture_output=True, check=False
    )
    took = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"opa eval ended with {done.returncode}: {done.stdout[:500]!r}")
    return took


def measure() -> tuple[float, float, int, int]:
    """Return the medians of ours and theirs, the bytes of input and the number of checks."""
    folders = [pack.folder for pack in packs.built_in() if pack.name in PACKS]
    policies = RegorusEngine().load(folders, [])
    data = big_input()
    asked = rules.queries([check.id for check in policies.checks])
    query = ",".join(f'"{at}":[v|v:={text}]' for at, text in enumerate(asked))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "input.json").write_bytes(data)
        for path, content in rules.parts(policies).modules:
            (folder / "policies" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "policies" / path).write_bytes(content)
        taken = [(ours(policies, data), theirs(folder, f"{{{query}}}")) for _ in range(ROUNDS + 1)][
            1:
        ]
    one, other = (statistics.median(side) for side in zip(*taken, strict=True))
    return one, other, len(data), len(policies.checks)


def growth() -> float:
    """Return how many times as long five times the components take."""
    folders = [pack.folder for pack in packs.built_in() if pack.name in PACKS]
    policies = RegorusEngine().load(folders, [])
    small, large = (big_input(COMPONENTS // 2 * times) for times in (1, GROWS))
    taken = [(ours(policies, small), ours(policies, large)) for _ in range(3)]
    one, other = (statistics.median(side) for side in zip(*taken, strict=True))
    return float(other / one)


def main() -> int:
    """Print two lines of the table; 1 when a limit is missed."""
    if not os.access(OPA, os.X_OK):
        sys.exit("opa is not built: run `python tests/peers/install.py`")
    one, other, size, checks = measure()
    print(
        f"| {checks} checks on {size / 1e6:.1f} MB | {1000 * one:.0f} ms "
        f"| `opa eval`: {1000 * other:.0f} ms | {one / other:.2f} | {LIMIT:g} |"
        f" {'holds' if one / other <= LIMIT else 'MISSED'} |"
    )
    times = growth()
    print(
        f"| {GROWS} times the components | | | {times:.1f} | {GROWTH_LIMIT:g} |"
        f" {'holds' if times <= GROWTH_LIMIT else 'MISSED'} |"
    )
    return 1 if one / other > LIMIT or times > GROWTH_LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
