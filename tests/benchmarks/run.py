"""Measure how long things take, each beside the tool or the size that it is compared with.

Run it with `tox run -e benchmarks`. Whole commands are timed, from start to exit, as a pipeline
waits for them; the two sides of a comparison take turns, so that a slow minute of the machine
hits both. What counts is the ratio of the medians. `docs/benchmarks.md` is written anew with
`--write`; a ratio above its limit ends with 1.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "quickstart"
COSIGN = ROOT / ".cache" / "peers" / "bin" / "cosign"
BIN = Path(sys.executable).parent
ASSURANCE = str(BIN / "assurance")
MEBI = 1024 * 1024
ALLOW = ("--trust", "trust.json", "--allow-development")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command took."""

    seconds: float
    mebibytes: float
    """The most that the process, or one that it waited for, held at a time."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: float
    limit: float


def once(commands: Sequence[Sequence[str]], folder: Path) -> Cost:
    """Run commands one after the other; each must end with 0."""
    environment = os.environ | {"NO_COLOR": "1", "PYTHONWARNINGS": "ignore"}
    most, start = 0, time.perf_counter()
    for command in commands:
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=output
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace")[-2000:]
                sys.exit(f"{' '.join(command)[:200]} exited {child.returncode}:\n{said}")
        most = max(most, usage.ru_maxrss)
    return Cost(seconds=time.perf_counter() - start, mebibytes=most / 1024)


def in_turns(sides: Sequence[Sequence[Sequence[str]]], folder: Path, *, rounds: int) -> list[Cost]:
    """Run the sides in turns, after one round that only warms the caches; return medians."""
    for side in sides:
        once(side, folder)
    taken: list[list[Cost]] = [[] for _ in sides]
    for _ in range(rounds):
        for costs, side in zip(taken, sides, strict=True):
            costs.append(once(side, folder))
    return [
        Cost(
            seconds=statistics.median(cost.seconds for cost in costs),
            mebibytes=statistics.median(cost.mebibytes for cost in costs),
        )
        for costs in taken
    ]


def component(number: int) -> dict[str, Any]:
    """Return one made-up component with what a real one has."""
    name, version = f"package-{number}", f"1.{number}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    purl = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "description": "A package that exists only to be counted. " * 4,
        "supplier": {"name": "Example Packages Ltd"},
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "externalReferences": [
            {"type": "vcs", "url": f"https://example.com/{name}/{part}"} for part in range(2)
        ],
    }


def sbom(number: int, components: int) -> dict[str, Any]:
    """Return a CycloneDX document of made-up components, a chain of dependencies."""
    parts = [component(1_000_000 * number + index) for index in range(components)]
    refs = ["inkwell", *(part["bom-ref"] for part in parts)]
    chain = [{"ref": ref, "dependsOn": [after]} for ref, after in itertools.pairwise(refs)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [{"type": "application", "name": "bench", "version": "1"}]},
            "component": {
                "type": "application",
                "bom-ref": "inkwell",
                "name": "inkwell",
                "version": "0.3.0",
            },
        },
        "components": parts,
        "dependencies": [*chain, {"ref": refs[-1], "dependsOn": []}],
        "compositions": [{"aggregate": "complete", "dependencies": refs}],
    }


def project(folder: Path, *, sboms: Sequence[int]) -> Path:
    """Take an inkwell with a 5 MB artifact and these further SBOMs to GO; return its bundle.

    There is no Git in the folder, so that every line is about the artifact, which is what
    cosign compares.
    """
    shutil.copytree(EXAMPLE / "inkwell", folder)
    shutil.copytree(EXAMPLE / "advisories", folder / "advisories")
    (folder / "dist").mkdir()
    (folder / "dist" / "inkwell-0.3.0.bin").write_bytes(os.urandom(5_000_000))
    (folder / "build").mkdir()
    case = '<testcase classname="tests.test_note" name="test_{}" file="tests/t.py" time="0.01"/>'
    cases = "".join(case.format(number) for number in range(20))
    (folder / "build" / "junit.xml").write_text(
        '<testsuites><testsuite name="pytest" tests="20" failures="0" errors="0" skipped="0" '
        f'time="0.2" timestamp="{datetime.now(tz=UTC).isoformat()}">{cases}</testsuite>'
        "</testsuites>"
    )
    (folder / "sbom").mkdir()
    for number, count in enumerate(sboms, start=1):
        (folder / "sbom" / f"part-{number:04}.json").write_text(json.dumps(sbom(number, count)))
    once([[ASSURANCE, "init", "--quiet"]], folder)  # for its keys and trust file
    (folder / "assurance.toml").write_text(SETTINGS)
    once([[ASSURANCE, "run"]], folder)
    return folder / "evidence" / "inkwell-0.3.0.intoto.jsonl"


SETTINGS = """\
[release]
name = "inkwell"
version = "0.3.0"
artifacts = ["dist/*"]
environment = "development"
[collect.sbom]
inputs = ["sbom/*.json"]
[collect.vulnerabilities]
inputs = ["requirements.txt", "sbom/*.json"]
options = { advisories = "advisories/osv", kev = "advisories/kev.json" }
[collect.tests]
inputs = ["build/junit.xml"]
[sign.default]
uri = "file:keys/development.pem"
[gate]
trust = "trust.json"
"""


_SCRIPT = """\
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from assurance import Release
from assurance.interfaces import CollectContext
from assurance_sbom.collector import SbomCollector
here = Path.cwd()
release = Release(
    name="bench", version="1", revision=None, artifacts=(), environment="development",
    resource_uri="pkg:pypi/bench",
)
context = CollectContext(
    release=release, root=here, workdir=here, inputs=tuple(here / name for name in sys.argv[2:]),
    artifacts=(), options=json.loads(sys.argv[1]), now=datetime.now(tz=UTC),
)
sys.stdout.buffer.write(list(SbomCollector().collect(context))[0].predicate)
"""
COLLECT = (sys.executable, "-c", _SCRIPT)
"""The SBOM collector alone, as its child process runs it: options, then inputs."""


def completion(folder: Path) -> list[Row]:
    """What a shell asks at a press of Tab, beside the bare interpreter."""
    ours, bare = in_turns(
        [[[ASSURANCE, "completion", "--words", "check"]], [[sys.executable, "-c", "pass"]]],
        folder,
        rounds=21,
    )
    return [row("`completion`, a press of Tab", ours, "bare interpreter", bare, limit=5)]


def help_page(folder: Path) -> list[Row]:
    """`assurance --help` beside the bare interpreter."""
    ours, bare = in_turns(
        [[[ASSURANCE, "--help"]], [[sys.executable, "-c", "pass"]]], folder, rounds=21
    )
    return [row("`assurance --help`", ours, "bare interpreter", bare, limit=5)]


def environment_sbom(folder: Path) -> list[Row]:
    """The SBOM of this very environment, beside cyclonedx-py's without validation."""
    plain, hashed = (
        [[*COLLECT, json.dumps({"source": "environment", "file_hashes": flag})]]
        for flag in (False, True)
    )
    theirs = [[str(BIN / "cyclonedx-py"), "environment", "--no-validate", sys.executable]]
    one, two, other = in_turns([plain, hashed, theirs], folder, rounds=7)
    beside = "`cyclonedx-py environment --no-validate`"
    return [
        row("SBOM of an environment, no file hashes", one, beside, other, limit=1),
        row("the same with file hashes", two, beside, other, limit=2.5),
    ]


def component_sbom(folder: Path) -> list[Row]:
    """An SBOM of 5,000 locked components beside one of 500: it must not grow quadratically."""
    for count in (500, 5_000):
        lines = (
            f"package-{number}==1.{number}"
            f" --hash=sha256:{hashlib.sha256(str(number).encode()).hexdigest()}\n"
            for number in range(count)
        )
        (folder / f"requirements-{count}.txt").write_text("".join(lines))
    many, few = in_turns(
        [[[*COLLECT, "{}", f"requirements-{count}.txt"]] for count in (5_000, 500)],
        folder,
        rounds=5,
    )
    return [row("SBOM of 5,000 components", many, "500 components", few, limit=12)]


def verify_beside_cosign(folder: Path) -> list[Row]:
    """One `verify` of 12 attestations, re-judging included, beside twelve cosign calls."""
    bundle = project(folder / "twelve", sboms=[1_000, 20, 20])
    lines = bundle.read_bytes().splitlines()
    if len(lines) != 12:
        sys.exit(f"the bundle has {len(lines)} lines, the comparison is about 12")
    calls = []
    for number, line in enumerate(lines, start=1):
        one = folder / "twelve" / f"line-{number}.json"
        one.write_bytes(line)
        kind = predicate_type(line)
        calls.append(
            [
                *(str(COSIGN), "verify-blob-attestation", "--key", "keys/development.pub"),
                *("--insecure-ignore-tlog", "--type", kind, "--bundle", one.name),
                "dist/inkwell-0.3.0.bin",
            ]
        )
    ours, theirs = in_turns([[verify_command(bundle)], calls], folder / "twelve", rounds=7)
    rows = [row("`verify`, 12 attestations", ours, "12 calls of cosign", theirs, limit=0.18)]
    modules = "assurance.cli.main, assurance.cli.verify, assurance.deploy, assurance.keys"
    bare, imports = in_turns(
        [[[sys.executable, "-c", "pass"]], [[sys.executable, "-c", f"import {modules}"]]],
        folder,
        rounds=11,
    )
    parts = {
        "start of the interpreter": bare.seconds,
        "imports": imports.seconds - bare.seconds,
        "checks and the policy worker": ours.seconds - imports.seconds,
    }
    for name, seconds in parts.items():
        print(f"  of `verify`: {name} {1000 * seconds:.0f} ms")
    return rows


def many_attestations(folder: Path) -> list[Row]:
    """A bundle of 1,000 attestations beside one of 10, and the memory it takes."""
    fixed = 9
    few = project(folder / "ten", sboms=[3] * (10 - fixed))
    many = project(folder / "thousand", sboms=[3] * (1_000 - fixed))
    found = [
        in_turns([[verify_command(bundle)]], bundle.parent.parent, rounds=5)[0]
        for bundle in (many, few)
    ]
    memory = Row(
        what="its memory",
        ours=f"{found[0].mebibytes:.0f} MiB",
        theirs="120 MiB",
        ratio=found[0].mebibytes / 120,
        limit=1,
    )
    return [row("`verify`, 1,000 attestations", found[0], "10", found[1], limit=9), memory]


def verify_command(bundle: Path) -> list[str]:
    """Return the deploy step."""
    return [
        *(ASSURANCE, "verify", f"evidence/{bundle.name}", "dist/inkwell-0.3.0.bin"),
        *ALLOW,
    ]


def predicate_type(line: bytes) -> str:
    """Return what a line of a bundle is about, in the words of its statement."""
    payload = json.loads(line)["dsseEnvelope"]["payload"]
    kind: str = json.loads(base64.b64decode(payload))["predicateType"]
    return kind


def row(what: str, ours: Cost, beside: str, theirs: Cost, *, limit: float) -> Row:
    """Return a line of the table about time."""
    return Row(
        what=what,
        ours=f"{1000 * ours.seconds:,.0f} ms",
        theirs=f"{beside}: {1000 * theirs.seconds:,.0f} ms",
        ratio=ours.seconds / theirs.seconds,
        limit=limit,
    )


BENCHMARKS: dict[str, Callable[[Path], list[Row]]] = {
    "help": help_page,
    "completion": completion,
    "verify": verify_beside_cosign,
    "attestations": many_attestations,
    "environment": environment_sbom,
    "components": component_sbom,
}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    head = "| what | took | beside | ratio | limit | |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {item.what} | {item.ours} | {item.theirs} | {item.ratio:.2f} | {item.limit:g} |"
        f" {'holds' if item.ratio <= item.limit else 'MISSED'} |\n"
        for item in rows
    )


def main() -> int:
    """Run what was asked for; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(
            f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}"
        )
    rows = []
    for name, benchmark in BENCHMARKS.items():
        if not arguments.names or name in arguments.names:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                print(f"measuring: {name}", flush=True)
                rows += benchmark(Path(folder))
    print(table(rows))
    if arguments.write:
        page = ROOT / "docs" / "benchmarks.md"
        start, marker, _ = page.read_text("utf-8").partition("<!-- measured -->\n")
        when = f"{datetime.now(tz=UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        where = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
        page.write_text(f"{start}{marker}\n{when}{where}:\n\n{table(rows)}", "utf-8")
    return 1 if any(item.ratio > item.limit for item in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
