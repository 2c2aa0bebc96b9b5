"""Measure how long comparing 500 packages with all advisories takes, beside reading these.

Run it with `tox run -e benchmarks`. Reading is the least that anybody must do: unpack every record
and parse its JSON, with the standard library. The packages are the worst that there can be: each
has advisories, and stands at a version in the middle of those that they list. Processor time of
one process is taken, so that other work on the machine does not count; medians of several runs.

With `--data FILE` the zip is another one; the default is OSV's export of October 2024 where it lies
beside the checkout, else as many records made from the few in `tests/data`.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent.parent
REAL = ROOT.parent / "shared" / "data" / "advisories" / "osv-pypi-2024-10-10.zip"
RECORDS = 2_661
PACKAGES = 500
LIMIT = 2.0
ROUNDS = 7

_ONE_RUN = """\
import json, sys, time, zipfile
from datetime import UTC, datetime
from pathlib import Path
from assurance.interfaces import CollectContext
from assurance.model import Release
from assurance_vulnerabilities import advisory_files, audit, collector
from assurance_vulnerabilities.advisory_index import index

path, requirements, workdir = map(Path, sys.argv[1:])
audit._pip_audit()  # loading it is no part of comparing
start = time.process_time()
with zipfile.ZipFile(path) as archive:
    records = [json.loads(archive.read(name)) for name in archive.namelist()]
reading = time.process_time() - start
del records
release = Release(
    name="bench", version="1", revision=None, artifacts=(), environment="development",
    resource_uri="pkg:pypi/bench",
)
context = CollectContext(
    release=release, root=workdir, workdir=workdir, inputs=(requirements,), artifacts=(),
    options={"advisories": str(path)}, now=datetime.now(tz=UTC),
)
made = collector.VulnerabilitiesCollector()
start = time.process_time()
made.self_test(context)
before = time.process_time()
made.collect(context)
end = time.process_time()
print(json.dumps({"reading": reading, "ours": before - start, "comparing": end - before}))
"""


def made_up(path: Path) -> None:
    """Write as many records as OSV has, from those in `tests/data`, each about its own package."""
    samples = [
        json.loads(item.read_bytes())
        for item in sorted((ROOT / "tests" / "data" / "advisories" / "osv").glob("*.json"))
        if item.stem != "PYSEC-2019-125"  # cannot be evaluated, as its test says
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(RECORDS):
            record = copy.deepcopy(samples[number % len(samples)])
            if number >= len(samples):
                record["id"] = f"BENCH-{number}"
                record["aliases"] = [f"CVE-2000-{10_000 + number}"]
                for item in record["affected"]:
                    item["package"]["name"] = f"bench-{number // 2}"
            archive.writestr(f"{record['id']}.json", json.dumps(record))


def is_valid(text: str) -> bool:
    """Return whether PEP 440 knows the version."""
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def requirements(path: Path) -> str:
    """Return 500 pins of packages that the records name, at versions that they list."""
    pins: dict[str, str] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.namelist()):
            for item in json.loads(archive.read(entry)).get("affected", ()):
                listed = item.get("versions") or []
                if listed and all(map(is_valid, listed)):
                    name = canonicalize_name(item["package"]["name"])
                    pins.setdefault(name, listed[len(listed) // 2])
    chosen = sorted(pins.items())[:: max(1, len(pins) // PACKAGES)][:PACKAGES]
    if len(chosen) != PACKAGES:
        sys.exit(f"the data names {len(chosen)} packages that can be pinned, not {PACKAGES}")
    return "".join(f"{name}=={version} --hash=sha256:{'0' * 64}\n" for name, version in chosen)


def main() -> int:
    """Measure; print a table as `run.py` does; 1 where the limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, metavar="FILE", help="a zip of OSV records")
    data = parser.parse_args().data or REAL
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        if not data.exists():
            data = folder / "made-up.zip"
            made_up(data)
        pins = folder / "requirements.txt"
        pins.write_text(requirements(data))
        runs = []
        for _ in range(ROUNDS):
            done = subprocess.run(
                [sys.executable, "-c", _ONE_RUN, str(data), str(pins), str(folder)],
                check=True,
                capture_output=True,
            )
            runs.append(json.loads(done.stdout))
    reading, ours, comparing = (
        1000 * statistics.median(run[part] for run in runs)
        for part in ("reading", "ours", "comparing")
    )
    ratio = comparing / reading
    print(f"data: {data.name}; our own strict reading with the self-test: {ours:.0f} ms")
    print("| what | took | beside | ratio | limit | |\n|---|---|---|---|---|---|")
    print(
        f"| comparing 500 packages with all advisories | {comparing:.0f} ms |"
        f" reading their zip: {reading:.0f} ms | {ratio:.2f} | {LIMIT:g} |"
        f" {'holds' if ratio <= LIMIT else 'MISSED'} |"
    )
    return 1 if ratio > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
