"""The gate and the deploy step as their users run them: real project, real CLI, real policies."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "quickstart"
BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
DRAFT = "evidence/inkwell-0.3.0.draft.jsonl"
WHEEL = "dist/inkwell-0.3.0-py3-none-any.whl"
JUNIT = (
    '<testsuites><testsuite name="t" tests="2" failures="0" errors="0" skipped="0" time="0.2">'
    '<testcase classname="t" name="a" time="0.1"/><testcase classname="t" name="b" time="0.1"/>'
    "</testsuite></testsuites>"
)


@dataclass
class Project:
    """A folder with a project in it."""

    root: Path

    def run(self, *words: str, code: int) -> subprocess.CompletedProcess[str]:
        """Run `assurance` and hold it to its exit code."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ASSURANCE_")
        }
        done = subprocess.run(
            [sys.executable, "-m", "assurance", *words],
            cwd=self.root,
            env=environment | {"NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert code == done.returncode, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def verify(self, *words: str, code: int, bundle: str = BUNDLE) -> str:
        """Run the deploy step; return what it printed."""
        done = self.run(
            "verify",
            bundle,
            *(words or (WHEEL,)),
            "--trust",
            "trust.json",
            "--allow-development",
            code=code,
        )
        return done.stdout + done.stderr


def make_wheel(path: Path) -> None:
    """Write a small wheel, byte for byte the same each time."""
    path.parent.mkdir(exist_ok=True)
    info = "inkwell-0.3.0.dist-info"
    files = {
        "inkwell/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.4\nName: inkwell\nVersion: 0.3.0\n",
    }
    record = f"{info}/RECORD,,\n"
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        record += f"{name},sha256={digest.decode().rstrip('=')},{len(text)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(name), text)


def make_project(root: Path) -> Project:
    """Copy the example, build it, test it and let `init` look at it."""
    shutil.copytree(EXAMPLE / "inkwell", root)
    shutil.copytree(EXAMPLE / "advisories" / "osv", root / "advisories")
    shutil.copy(EXAMPLE / "advisories" / "kev.json", root / "kev.json")
    make_wheel(root / WHEEL)
    (root / "build").mkdir(exist_ok=True)
    (root / "build" / "junit.xml").write_text(JUNIT)
    project = Project(root)
    project.run("init", code=0)
    return project


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that is GO; tests copy it before they change anything."""
    project = make_project(tmp_path_factory.mktemp("gate") / "inkwell")
    done = project.run("run", code=0)
    assert done.stdout.startswith("GO  inkwell 0.3.0 for development")
    return project


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """A copy of the released project, to be changed."""
    shutil.copytree(released.root, tmp_path / "inkwell")
    return Project(tmp_path / "inkwell")


def test_what_is_go_verifies(released: Project) -> None:
    """The same bundle, artifact and trust file are VERIFIED, in text and as JSON."""
    assert "VERIFIED  inkwell 0.3.0, GO for development" in released.verify(code=0)
    document = json.loads(released.verify(WHEEL, "-o", "json", code=0))
    assert ("VERIFIED", "GO", 0) == (
        document["verdict"],
        document["claimed"]["verdict"],
        document["exit"],
    )
    assert {"PASS"} == {check["status"] for check in document["checks"]}


def test_verify_opens_no_socket_and_loads_little(released: Project) -> None:
    """Offline means no socket, not even a pair; and none of the heavy packages is imported."""
    code = f"""
import sys
def deny(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"denied: {{event}}")
sys.addaudithook(deny)
from assurance.cli.main import main
code = main(["verify", {BUNDLE!r}, {WHEEL!r}, "--trust", "trust.json", "--allow-development", "-q"])
heavy = "pluggy requests sigstore jsonschema yaml cyclonedx pip_audit jinja2 securesystemslib"
print("loaded:", [name for name in [*heavy.split(), "importlib.metadata"] if name in sys.modules])
sys.exit(code)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=released.root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert done.stdout.rstrip().endswith("loaded: []")


def drop(*names: str) -> Callable[[Project], None]:
    """Return a change that removes files or folders."""

    def change(project: Project) -> None:
        for name in names:
            path = project.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return change


def write(name: str, text: str) -> Callable[[Project], None]:
    """Return a change that writes a file."""

    def change(project: Project) -> None:
        (project.root / name).write_text(text)

    return change


def without_section(section: str) -> Callable[[Project], None]:
    """Return a change that drops a collector from the settings."""

    def change(project: Project) -> None:
        path = project.root / "assurance.toml"
        kept, skipping = [], False
        for line in path.read_text().splitlines():
            if line.startswith("["):
                skipping = line.startswith((f"[collect.{section}]", f"[collect.{section}."))
            if not skipping:
                kept.append(line)
        path.write_text("\n".join(kept) + "\n")

    return change


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        (drop("build/junit.xml"), 1, "MISSING"),
        (drop("requirements.txt"), 1, "MISSING"),
        (drop(WHEEL), 1, "the release names no artifact"),
        (drop("advisories"), 3, "collect.vulnerabilities"),
        (drop("kev.json"), 3, "collect.vulnerabilities"),
        (write("build/junit.xml", JUNIT[:-30]), 3, "collect.tests"),
        (write("build/junit.xml", "<testsuites/>"), 1, "tests."),
        (write("requirements.txt", "jinja2\n"), 3, "collect.sbom"),
        (without_section("sbom"), 1, "sbom.complete"),
        (without_section("vulnerabilities"), 1, "vulnerabilities.unresolved"),
        (without_section("tests"), 1, "tests.passed"),
    ],
)
def test_taking_anything_away_is_never_go(
    project: Project, change: Callable[[Project], None], code: int, reason: str
) -> None:
    """Removing or spoiling any input of a collector, or the collector, blocks and says so."""
    change(project)
    assert reason in project.run("run", code=code).stdout


def test_an_artifact_changed_between_collect_and_decide(project: Project) -> None:
    """The digests are taken again at seal."""
    project.run("collect", code=0)
    with (project.root / WHEEL).open("ab") as file:
        file.write(b"x")
    assert "has changed since it was collected" in project.run("decide", code=1).stdout


def test_a_changed_draft_is_refused(project: Project) -> None:
    """What people saw is what is judged, or nothing is."""
    project.run("collect", code=0)
    path = project.root / DRAFT
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert "collected statements are missing" in project.run("decide", code=1).stderr
    assert not (project.root / "evidence" / "inkwell-0.3.0.verdict.json").exists()


def test_deciding_on_a_sealed_bundle_keeps_it(project: Project) -> None:
    """A slip of the finger is told before anything is removed."""
    before = (project.root / BUNDLE).read_bytes()
    said = project.run("decide", BUNDLE, code=2).stderr
    assert "a draft is expected" in said
    assert before == (project.root / BUNDLE).read_bytes()
    said = project.run("decide", "none.draft.jsonl", code=2).stderr
    assert "next: make it first: assurance collect" in said


def test_one_key_in_all_roles_is_said_of_all(released: Project) -> None:
    """Whoever seals is in the weakening, too, at the gate and at deployment."""
    weakening = "one key of development signs as collector, policy, releaser, verifier"
    assert weakening in released.verify(code=0)
    document = json.loads((released.root / "evidence/inkwell-0.3.0.verdict.json").read_text())
    assert weakening in document["weakenings"]


BAD_BUNDLES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[: len(data) // 2],
    "invalid-utf-8": lambda data: b"\xff" + data,
    "depth-10000": lambda data: b"[" * 10_000 + b"]" * 10_000 + b"\n" + data,
    "nan": lambda data: data.replace(b'{"dsseEnvelope"', b'{"x":NaN,"dsseEnvelope"', 1),
    "duplicate-key": lambda data: data.replace(b'"mediaType":', b'"mediaType":"x","mediaType":', 1),
    "line-of-100-mb": lambda data: b'"' + b"a" * 100_000_000 + b'"\n' + data,
    "reordered": lambda data: b"".join(sorted(data.splitlines(keepends=True))),
    "last-line-gone": lambda data: b"".join(data.splitlines(keepends=True)[:-1]),
}


@pytest.mark.parametrize("name", sorted(BAD_BUNDLES))
def test_bad_bundles_are_refused_with_a_reason(project: Project, name: str) -> None:
    """Whatever is in the file: exit 1, a place, a reason, a next step, and no traceback."""
    path = project.root / BUNDLE
    path.write_bytes(BAD_BUNDLES[name](path.read_bytes()))
    said = project.verify(code=1)
    assert "REFUSED" in said
    assert BUNDLE in said
    assert "next:" in said


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["verify", BUNDLE, "--trust", "trust.json"], "no artifact and no --digest"),
        (["verify", "none.jsonl", WHEEL, "--trust", "trust.json"], "cannot be read"),
        (["verify", BUNDLE, WHEEL, "--trust", "none.json"], "cannot be read"),
        (["verify", BUNDLE, "none.whl", "--trust", "trust.json"], "cannot be read"),
        (["verify", BUNDLE, WHEEL], "--trust"),
        (["verify", BUNDLE, "--digest", "sha256:AB", "--trust", "trust.json"], "--digest must be"),
        (["run", "--now", "yesterday"], "--now"),
        (["inspect", BUNDLE, "--line", "99"], "--line must be between"),
    ],
)
def test_usage_is_exit_2(released: Project, words: list[str], reason: str) -> None:
    """A wrong call says what is wrong, also as one JSON document."""
    assert reason in released.run(*words, code=2).stderr
    document: dict[str, Any] = json.loads(released.run(*words, "-o", "json", code=2).stdout)
    assert 2 == document["exit"]
    assert document["errors"]


def test_an_older_verdict_is_refused_as_a_replay(project: Project) -> None:
    """The accepted file remembers; going back is explicit and recorded."""
    old = (project.root / BUNDLE).read_bytes()
    project.verify(WHEEL, "--accepted", "accepted.json", code=0)
    expired = project.run("run", "--now", "2099-01-01T00:00:00Z", code=1)
    assert "signed by a key of development that expired" in expired.stderr
    later = project.run("run", code=0)
    assert later.stdout.startswith("GO")
    document = json.loads((project.root / "evidence/inkwell-0.3.0.verdict.json").read_text())
    assert "GO" == document["verdict"]
    path = project.root / "accepted.json"
    accepted = json.loads(path.read_text())
    accepted["accepted"][-1] |= {"decided_at": "2098-01-01T00:00:00Z", "version": "0.4.0"}
    path.write_text(json.dumps(accepted))
    (project.root / BUNDLE).write_bytes(old)
    said = project.verify(WHEEL, "--accepted", "accepted.json", code=1)
    assert "older than one you already accepted" in said
    rollback = ("--accepted", "accepted.json", "--allow-rollback", "0.3.0")
    project.verify(WHEEL, *rollback, code=0)
    assert json.loads(path.read_text())["accepted"][-1]["rollback"] is True


def test_own_policies_add_findings(project: Project) -> None:
    """A deployer's own rule refuses what the gate let through."""
    folder = project.root / "own"
    folder.mkdir()
    (folder / "two_artifacts.rego").write_text(
        """# METADATA
# title: There are two artifacts
# description: A wheel and an sdist.
# custom:
#   severity: high
#   weight: 5
#   blocking: true
#   owner: deploy
#   remedy: build the sdist too
#   requires: [release]
package assurance.own.two_artifacts

import rego.v1

applies := true

evaluated if is_array(input.release.artifacts)

findings contains {
	"status": "FAIL",
	"message": "only one artifact",
	"actual": "1",
	"required": "2",
} if {
	count(input.release.artifacts) < 2
}
"""
    )
    said = project.verify(WHEEL, "--policy", "own", code=1)
    assert "your own policy own.two_artifacts: only one artifact" in said


def test_inspect_shows_each_line(released: Project) -> None:
    """Every line with its kind, and the statement of one line as it was signed."""
    listed = released.run("inspect", BUNDLE, code=0).stdout
    for kind in ("release", "sbom", "tests", "vulnerabilities", "policy-set", "readiness", "vsa"):
        assert kind in listed
    one = json.loads(released.run("inspect", BUNDLE, "--line", "1", code=0).stdout)
    assert {"_type", "subject", "predicateType", "predicate"} == set(one)
