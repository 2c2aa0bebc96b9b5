"""Measure `assurance backtest`: 1,000 bundles in one process and in two, and the memory they take.

    python tests/benchmarks/backtest.py [BUNDLES]

Each bundle has an SBOM of 100 components and is judged with the built-in packs. One process keeps
more than one processor busy already: the engine's worker takes the policies apart while the bundle
is read. So two must take at most `LIMIT` of the time of one, not half. Ten times as many bundles
take no more memory than `MEMORY` times as much.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from assurance_policy import packs

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
COMPONENTS = 100
LIMIT = 0.85
MEMORY = 1.25


def bundle_parts() -> Any:
    """Load `bundle_parts`, which lies beside the vectors."""
    spec = importlib.util.spec_from_file_location("bundle_parts", VECTORS / "bundle_parts.py")
    if spec is None or spec.loader is None:
        sys.exit("tests/vectors/bundle_parts.py is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bundle() -> bytes:
    """Return the vectors' good bundle with a larger SBOM, signed again."""
    parts = bundle_parts()

    def edit(lines: Any) -> None:
        lines.of("https://cyclonedx.org/bom").predicate["components"] = [
            {
                "type": "library",
                "name": f"package-{number}",
                "version": f"1.{number}",
                "bom-ref": f"pkg:pypi/package-{number}@1.{number}",
                "purl": f"pkg:pypi/package-{number}@1.{number}",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
            for number in range(COMPONENTS)
        ]

    made: bytes = parts.rebuild((VECTORS / "bundles/good.intoto.jsonl").read_bytes(), edit)
    return made


def took(folder: Path, count: int, jobs: int) -> tuple[float, float]:
    """Return seconds, and megabytes of the largest process, of one call over `count` bundles."""
    words = [sys.executable, "-m", "assurance", "backtest", "-q", "--jobs", str(jobs)]
    for pack in packs.built_in():
        words += ["--policy", str(pack.folder)]
    words += ["--trust", "trust.json", *(f"{number}.jsonl" for number in range(count))]
    start = time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode or not done.stdout.startswith(f"{count:,} of {count:,} bundles judged"):
        sys.exit(f"backtest ended with {done.returncode}: {done.stdout[:200]}{done.stderr[:500]}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> int:
    """Print a line of the table; 1 where a limit is missed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        trust = json.loads((VECTORS / "bundles/trust.json").read_text())
        (folder / "trust.json").write_text(json.dumps(trust | {"expires": "2099-01-01T00:00:00Z"}))
        data = bundle()
        for number in range(count):
            (folder / f"{number}.jsonl").write_bytes(data)
        _, few = took(folder, max(1, count // 10), 2)
        two, many = took(folder, count, 2)
        one, _ = took(folder, count, 1)
    holds = two / one <= LIMIT and many / few <= MEMORY
    sizes = f"{count:,} bundles of {len(data) / 1e3:.0f} kB"
    ours = f"two processes {two:.1f} s, {1000 * two / count:.0f} ms each"
    print(
        f"| {sizes} | {ours} | one process {one:.1f} s | {two / one:.2f} | {LIMIT:g} "
        f"| memory {few:.0f} → {many:.0f} MB | {'holds' if holds else 'MISSED'} |"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
