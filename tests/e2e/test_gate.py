"""The gate and the deploy step as their users run them: real project, real CLI, real policies."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

BUNDLE = "evidence/inkwell-0.3.0.intoto.jsonl"
DRAFT = "evidence/inkwell-0.3.0.draft.jsonl"
WHEEL = "dist/inkwell-0.3.0-py3-none-any.whl"
JUNIT = (
    '<testsuites><testsuite name="t" tests="2" failures="0" errors="0" skipped="0" time="0.2">'
    '<testcase classname="t" name="a" time="0.1"/><testcase classname="t" name="b" time="0.1"/>'
    "</testsuite></testsuites>"
)


def test_what_is_go_verifies(released: Any) -> None:
    """The same bundle, artifact and trust file are VERIFIED, in text and as JSON."""
    said = released.verify(code=0)
    assert "VERIFIED  inkwell 0.3.0, GO for development" in said
    assert "receipt       none given and none demanded: no log was looked at" in said
    digest = hashlib.sha256((released.root / "trust.json").read_bytes()).hexdigest()
    assert f"\nTrust  trust.json  version 1  sha256:{digest}\n" in said
    document = json.loads(released.verify(WHEEL, "-o", "json", code=0))
    assert ("VERIFIED", "GO", 0) == (
        document["verdict"],
        document["claimed"]["verdict"],
        document["exit"],
    )
    assert {"PASS"} == {check["status"] for check in document["checks"]}


def test_a_refusal_names_the_trust_file(released: Any) -> None:
    """Version and digest are told with a refusal, too; and which file it is about."""
    words = ("verify", BUNDLE, WHEEL, "--trust", "trust.json")
    said = released.run(*words, code=1).stdout
    assert said.startswith("REFUSED  the trust file has profile development\n  trust.json\n")
    assert re.search(r"\nTrust  trust\.json  version 1  sha256:[0-9a-f]{64}\n$", said)
    document = json.loads(released.run(*words, "-o", "json", code=1).stdout)
    assert "trust.json" == document["errors"][0]["where"]
    path = "evidence/inkwell-0.3.0.policies.tar"
    said = released.run(*words, "--allow-development", "--receipt", path, code=1).stdout
    assert f"\n  {path}\n" in said


HEAVY = (
    "alembic azure boto3 botocore click cyclonedx defusedxml google hvac importlib.metadata in_toto"
    " jinja2 jsonschema license_expression lxml opa_client packaging pg8000 pip_audit pkcs11 pluggy"
    " pydantic referencing requests rich securesystemslib sigstore sqlalchemy starlette tuf typer"
    " uvicorn yaml asyncio http.client ssl urllib.request"
)
SLOW = (
    "ast dataclasses decimal difflib email fractions glob importlib.resources inspect logging"
    " pathlib random shlex shutil subprocess tarfile tempfile threading traceback urllib.parse"
    " uuid zipfile"
)
"""Milliseconds each, of the standard library; what `verify` needs of them it does without."""
SOCKETS = "socket _socket multiprocessing"
"""Without these modules nobody in the process can open a socket, nor a pair."""
OFFLINE = """
import sys
def deny(event, arguments):
    if event.startswith("socket."):
        raise SystemExit("denied: " + event)
sys.addaudithook(deny)
before = set(sys.modules)
from assurance.cli.main import main
code = main({words!r})
loaded = sorted(set({names!r}.split()) & (set(sys.modules) - before))
print("loaded:", loaded, file=sys.stderr)
sys.exit(code)
"""


def offline(
    project: Any, words: list[str], names: str = f"{HEAVY} {SOCKETS}", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with sockets denied, its worker's too; stderr ends with what is loaded."""
    code = OFFLINE.format(words=words, names=names)
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


VERIFY = ["verify", BUNDLE, WHEEL, "--trust", "trust.json", "--allow-development"]


@pytest.mark.parametrize(
    "words",
    [
        VERIFY,
        [*VERIFY, "-o", "json"],
        [*VERIFY, "--receipt", "evidence/inkwell-0.3.0.tlog-proof"],
        [*VERIFY, "--accepted", "build/accepted.json"],
        ["--help"],
        ["verify", "--help"],
        ["inspect", BUNDLE],
    ],
    ids=" ".join,
)
def test_offline_means_no_socket(released: Any, words: list[str]) -> None:
    """`verify` and `--help` load nothing that could open a socket, and nothing heavy."""
    done = offline(released, words)
    assert 0 == done.returncode, done.stderr
    assert done.stderr.endswith("loaded: []\n")


@pytest.mark.parametrize("words", [VERIFY, ["--help"]], ids=["verify", "--help"])
def test_a_deployment_does_not_wait_for_imports(released: Any, words: list[str]) -> None:
    """`verify` of a bundle signed with keys, and `--help`, import nothing that takes time."""
    done = offline(released, words, names=f"{HEAVY} {SOCKETS} {SLOW}")
    assert 0 == done.returncode, done.stderr
    assert done.stderr.endswith("loaded: []\n")


def test_verify_loads_no_plugin_of_others(released: Any, tmp_path: Path) -> None:
    """Whatever is installed beside us, and whatever it claims, stays unimported."""
    info = tmp_path / "site" / "intruder-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    claims = ("assurance", "assurance.engines", "assurance.commands")
    (info / "entry_points.txt").write_text(
        "".join(f"[{group}]\nregorus = intruder\npolicy = intruder\n" for group in claims)
        + "verify = intruder\n"
    )
    (info.parent / "intruder.py").write_text("raise SystemExit('imported')\n")
    done = offline(released, VERIFY, PYTHONPATH=str(info.parent))
    assert (0, True) == (done.returncode, done.stdout.startswith("VERIFIED")), done.stderr
    bitten = released.run("policy", "check", "policies", code=2, PYTHONPATH=str(info.parent))
    assert "intruder" in bitten.stderr


def test_the_next_command_works_as_it_stands(project: Any) -> None:
    """A GO names the artifacts by their paths, so that its last line can be pasted."""
    said = project.run("decide", code=0).stdout
    prompt, _, command = said.splitlines()[-1].partition("next: assurance ")
    assert "→ " == prompt
    words = shlex.split(command)
    assert WHEEL in words
    assert project.run(*words, code=0).stdout.startswith("VERIFIED")


def drop(*names: str) -> Callable[[Any], None]:
    """Return a change that removes files or folders."""

    def change(project: Any) -> None:
        for name in names:
            path = project.root / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    return change


def write(name: str, text: str) -> Callable[[Any], None]:
    """Return a change that writes a file."""

    def change(project: Any) -> None:
        (project.root / name).write_text(text)

    return change


def append_to_wheel(project: Any) -> None:
    """Add a file that no RECORD names."""
    with zipfile.ZipFile(project.root / WHEEL, "a") as archive:
        archive.writestr("evil.pth", "import os")


def locked_and_not_installed(project: Any) -> None:
    """Compare a lock of something with an environment of something else."""
    (project.root / "requirements.txt").write_text(f"attrs==1 --hash=sha256:{'0' * 64}\n")
    info = project.root / "site" / "other-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: other\nVersion: 1\n")
    path = project.root / "assurance.toml"
    text = path.read_text()
    path.write_text(text + '\n[collect.sbom.options]\ninstalled = "site"\n')


def licences(policy: str, *licences: str) -> Callable[[Any], None]:
    """Return a change that takes an SBOM with these licences, under this policy."""

    def change(project: Any) -> None:
        parts = [
            {
                "type": "library",
                "bom-ref": f"r{number}",
                "name": f"part{number}",
                "licenses": [{"expression": text}],
            }
            for number, text in enumerate(licences)
        ]
        document = {"bomFormat": "CycloneDX", "specVersion": "1.7", "components": parts}
        (project.root / "made.json").write_text(json.dumps(document))
        (project.root / "licences.json").write_text(policy)
        path = project.root / "assurance.toml"
        text = path.read_text().replace(
            'inputs = ["requirements.txt"]', 'inputs = ["made.json"]', 1
        )
        path.write_text(text + '\n[policy]\ndata = ["licences.json"]\n')

    return change


def without_section(section: str) -> Callable[[Any], None]:
    """Return a change that drops a collector from the settings."""

    def change(project: Any) -> None:
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
        (append_to_wheel, 1, "evil.pth is there and does not stand in RECORD"),
        (locked_and_not_installed, 1, "1 packages are locked and not installed: attrs"),
        (locked_and_not_installed, 1, "1 packages are installed and not locked: other"),
        (
            licences(
                '{"security": {"licences": {"deny": ["MIT"]}}}', "MIT OR MIT-0", "MIT AND ISC"
            ),
            1,
            "1 of 2 components have a licence that is denied: part1 (MIT AND ISC)",
        ),
        (
            licences('{"security": {"licences": {"status_of_review": "FAIL"}}}', "LicenseRef-MIT"),
            1,
            "somebody has to look at: part0 (LicenseRef-MIT)",
        ),
        (
            licences('{"security": {"licences": {"denny": ["MIT"]}}}', "MIT"),
            1,
            "it has the unknown key denny",
        ),
        (without_section("sbom"), 1, "sbom.complete"),
        (without_section("vulnerabilities"), 1, "vulnerabilities.unresolved"),
        (without_section("tests"), 1, "tests.passed"),
    ],
)
def test_taking_anything_away_is_never_go(
    project: Any, change: Callable[[Any], None], code: int, reason: str
) -> None:
    """Removing or spoiling any input of a collector, or the collector, blocks and says so."""
    change(project)
    assert reason in project.run("run", code=code).stdout


def test_an_artifact_changed_between_collect_and_decide(project: Any) -> None:
    """The digests are taken again at seal."""
    project.run("collect", code=0)
    with (project.root / WHEEL).open("ab") as file:
        file.write(b"x")
    assert "has changed since it was collected" in project.run("decide", code=1).stdout


def test_a_changed_draft_is_refused(project: Any) -> None:
    """What people saw is what is judged, or nothing is."""
    project.run("collect", code=0)
    path = project.root / DRAFT
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert "collected statements are missing" in project.run("decide", code=1).stderr
    assert not (project.root / "evidence" / "inkwell-0.3.0.verdict.json").exists()


def test_deciding_on_a_sealed_bundle_keeps_it(project: Any) -> None:
    """A slip of the finger is told before anything is removed."""
    before = (project.root / BUNDLE).read_bytes()
    said = project.run("decide", BUNDLE, code=2).stderr
    assert "a draft is expected" in said
    assert before == (project.root / BUNDLE).read_bytes()
    said = project.run("decide", "none.draft.jsonl", code=2).stderr
    assert "next: make it first: assurance collect" in said


def test_one_key_in_all_roles_is_said_of_all(released: Any) -> None:
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
def test_bad_bundles_are_refused_with_a_reason(project: Any, name: str) -> None:
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
        (["verify", BUNDLE, WHEEL, "--trust", "trust.json", "--release", "@"], "NAME@VERSION"),
        (["verify", BUNDLE, WHEEL, "--trust", "trust.json", "--env", ""], "--env: is empty"),
        (["verify", BUNDLE, WHEEL, "--trust", "trust.json", "--resource-uri", " "], "is empty"),
        (["run", "--now", "yesterday"], "--now"),
        (["inspect", BUNDLE, "--line", "99"], "--line must be between"),
    ],
)
def test_usage_is_exit_2(released: Any, words: list[str], reason: str) -> None:
    """A wrong call says what is wrong, also as one JSON document."""
    assert reason in released.run(*words, code=2).stderr
    document: dict[str, Any] = json.loads(released.run(*words, "-o", "json", code=2).stdout)
    assert 2 == document["exit"]
    assert document["errors"]


def test_an_older_verdict_is_refused_as_a_replay(project: Any) -> None:
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


def test_own_policies_add_findings(project: Any) -> None:
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


def test_inspect_shows_each_line(released: Any) -> None:
    """Every line with its kind, and the statement of one line as it was signed."""
    listed = released.run("inspect", BUNDLE, code=0).stdout
    for kind in ("release", "sbom", "tests", "vulnerabilities", "policy-set", "readiness", "vsa"):
        assert kind in listed
    assert "…" in listed
    plain = released.run("inspect", BUNDLE, code=0, ASSURANCE_ASCII="1").stdout
    assert plain.isascii()
    assert "..." in plain
    one = json.loads(released.run("inspect", BUNDLE, "--line", "1", code=0).stdout)
    assert {"_type", "subject", "predicateType", "predicate"} == set(one)


def test_after_inspect_the_next_command_works(project: Any) -> None:
    """The artifact and the trust file are named by their paths, from wherever it is called."""
    for folder, bundle in (
        ("", BUNDLE),
        ("evidence", Path(BUNDLE).name),
        ("build", f"../{BUNDLE}"),
    ):
        here = type(project)(project.root / folder)
        last = here.run("inspect", bundle, code=0).stdout.splitlines()[-1]
        words = shlex.split(last.removeprefix("→ next: assurance "))
        assert ["verify", bundle] == words[:2]
        assert here.run(*words, code=0).stdout.startswith("VERIFIED")
    draft = project.run("inspect", DRAFT, code=0).stdout.splitlines()[-1]
    assert f"→ next: assurance decide {DRAFT}" == draft
    assert project.run("decide", DRAFT, code=0).stdout.startswith("GO")


def test_after_inspect_what_is_not_there_keeps_its_name(project: Any) -> None:
    """No path is made up: what is missing is told by its name."""
    (project.root / WHEEL).unlink()
    (project.root / "trust.json").unlink()
    last = project.run("inspect", BUNDLE, code=0).stdout.splitlines()[-1]
    wheel = Path(WHEEL).name
    assert f"→ next: assurance verify {BUNDLE} {wheel} --trust trust.json" == last


def _policy(project: Any, table: str) -> None:
    """Add a `[policy]` table to the settings."""
    settings = project.root / "assurance.toml"
    settings.write_text(f"{settings.read_text()}\n[policy]\n{table}\n")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('engine = "regoruss"', "no loaded plugin offers the policy engine `regoruss`"),
        ('packs = ["secuirty"]', "no loaded plugin offers the policy pack `secuirty`"),
        ('engine = "opa"\noptions = { binary = "no/opa" }', "no program at `no/opa`"),
        ('engine = "opa"\noptions = { binry = "opa" }', "options of policy engine `opa`"),
        ('options = { binary = "opa" }', "options of policy engine `regorus`"),
        ('engine = "opa-server"', "'url' is a required property"),
        ('engine = "opa-server"\noptions = { url = "http://127.0.0.1:1" }', "did not answer"),
    ],
)
def test_an_engine_that_cannot_judge_is_exit_2(project: Any, table: str, said: str) -> None:
    """Before anything is collected, with no other engine in its place and no old verdict left.

    The draft stays, as nothing takes its place: people may have signed in it.
    """
    if "opa-server" in table and "url" in table:
        pytest.importorskip("opa_client", reason="the extra `opa` is not installed")
    _policy(project, table)
    verdict, draft = project.root / "evidence/inkwell-0.3.0.verdict.json", project.root / DRAFT
    assert verdict.exists()
    before = draft.read_bytes()
    done = project.run("run", code=2)
    assert said in done.stderr
    assert not verdict.exists()
    assert not (project.root / BUNDLE).exists()
    assert before == draft.read_bytes()


def test_a_pack_that_is_left_out_is_a_weakening(project: Any) -> None:
    """A verdict that was judged with less says so, at the gate, before it, and at deployment."""
    _policy(project, 'packs = ["qa", "release"]')
    said = "the policy pack security is left out"
    assert said in project.run("run", code=0).stdout
    assert said in project.verify(code=0)
    words = (WHEEL, "--refuse-weakenings", "--tolerate", "check ", "--tolerate", "one key ")
    more = ("--tolerate", "the trust file ", "--tolerate", "no source ")
    refused = project.verify(*words, *more, code=1)
    assert f"the verdict is weaker than it could be: {said}" in refused


def test_a_misspelt_pack_has_its_place(project: Any) -> None:
    """File, line and column, and the pack that was meant."""
    _policy(project, 'packs = ["release", "secuirty"]')
    lines = (project.root / "assurance.toml").read_text().splitlines()
    done = project.run("run", code=2)
    assert f"assurance.toml:{len(lines)}:21" in done.stderr
    assert "did you mean `security`?" in done.stderr


def test_a_bundle_judged_by_opa_verifies_with_regorus(project: Any, opa: Path) -> None:
    """The evidence names the engine, and `verify` says who judged where."""
    _policy(project, f'engine = "opa"\noptions = {{ binary = "{opa}" }}')
    project.run("run", code=0)
    verdict = json.loads((project.root / "evidence/inkwell-0.3.0.verdict.json").read_text())
    assert verdict["policies"]["engine"].startswith("opa 1.")
    assert "same findings (by opa 1." in project.verify(WHEEL, "-v", code=0)
