"""Take this project's own release through its own gate, as any team would.

Run it with `tox run -e self-release`, after `tox run -e py311` has left its test results and
coverage. The wheel is the one that tox has built, the lock is the one that people install from;
settings and key are those that `assurance init` makes. Everything stays in `build/self-release/`,
for CI to keep.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from defusedxml import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "self-release"
RESULTS = ROOT / "build" / "junit" / "py311.xml"
COVERAGE = ROOT / "build" / "coverage" / "py311.json"
ADVISORIES = ROOT / "examples" / "quickstart" / "advisories"
ASSURANCE = Path(sys.executable).with_name("assurance")


def built_wheel() -> Path:
    """Return the wheel given as the argument, else the one that tox has installed."""
    given = sys.argv[1:] or os.environ.get("TOX_PACKAGE", "").split(os.pathsep)
    wheels = [Path(path) for path in given if path.endswith(".whl")]
    if len(wheels) != 1:
        sys.exit("self-release: name the built wheel, or run: tox run -e self-release")
    return wheels[0]


def why_not() -> str:
    """Return what to do where a file is not there; tests that failed leave no coverage."""
    place = RESULTS.relative_to(ROOT)
    if not RESULTS.is_file():
        return ": tox run -e py311"
    suites = ElementTree.fromstring(RESULTS.read_bytes()).iter("testsuite")
    counts = [int(suite.get(name, "0")) for suite in suites for name in ("failures", "errors")]
    if not sum(counts):
        return f", and no test failed in {place}: tox run -e py311"
    return (
        f": {sum(counts)} tests failed before this, see {place}; mend them, then: tox run -e py311"
    )


def lay_out(wheel: Path) -> None:
    """Put what a release pipeline has at this point where `init` looks for it."""
    for path, what in ((RESULTS, "test results"), (COVERAGE, "coverage")):
        if not path.is_file():
            sys.exit(f"self-release: no {what} at {path.relative_to(ROOT)}{why_not()}")
    shutil.rmtree(PLACE, ignore_errors=True)
    shutil.copytree(ADVISORIES / "osv", PLACE / "advisories")
    for folder in ("build", "dist"):
        (PLACE / folder).mkdir()
    shutil.copy(ADVISORIES / "kev.json", PLACE)
    shutil.copy(ROOT / "pyproject.toml", PLACE)
    shutil.copy(ROOT / "requirements" / "base.txt", PLACE / "requirements.txt")
    shutil.copy(RESULTS, PLACE / "build" / "junit.xml")
    shutil.copy(COVERAGE, PLACE / "build" / "coverage.json")
    shutil.copy(wheel, PLACE / "dist")


def assurance(*words: str) -> None:
    """Run one command; the first that does not end with 0 ends the release."""
    print(f"$ assurance {' '.join(words)}", flush=True)
    done = subprocess.run([ASSURANCE, *words], check=False, cwd=PLACE, stdin=subprocess.DEVNULL)
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Lay out, decide, verify."""
    wheel = built_wheel()
    lay_out(wheel)
    name, version = wheel.name.split("-")[:2]
    release = f"{name.replace('_', '-')}@{version}"
    bundle = f"evidence/{release.replace('@', '-')}.intoto.jsonl"
    assurance("init")
    assurance("run")
    assurance(
        *("verify", bundle, f"dist/{wheel.name}", "--trust", "trust.json"),
        *("--allow-development", "--release", release),
    )


if __name__ == "__main__":
    main()
