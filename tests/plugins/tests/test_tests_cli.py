"""What a user sees: the real command, the collector in its child process, the real policies."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors"
SETTINGS = """
[release]
name = "inkwell"
version = "0.3.0"
artifacts = ["dist/*.whl"]
environment = "{environment}"
[collect.tests]
inputs = [{inputs}]
[policy]
packs = ["qa"]
{policy}
[sign.default]
uri = "file:keys/development.pem"
[gate]
target_grade = 0
trust = "trust.json"
"""
FAILED = '<testsuite name="s" tests="1"><testcase name="a"><failure/></testcase></testsuite>'


@dataclass
class Gate:
    """A project with the collector `tests` and the policies of `qa`, and nothing else."""

    root: Path
    command: Any

    def add(self, name: str, data: bytes | str) -> None:
        """Write a report."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def inputs(
        self, *globs: str, environment: str = "development", data: dict[str, Any] | None = None
    ) -> None:
        """Write the settings, and the policy data that they name."""
        listed = ", ".join(f'"{glob}"' for glob in globs)
        policy = []
        if data is not None:
            self.add("limits.json", json.dumps(data))
            policy.append('data = ["limits.json"]')
        if (self.root / "policies").is_dir():
            policy.append('folders = ["policies"]')
        (self.root / "assurance.toml").write_text(
            SETTINGS.format(inputs=listed, environment=environment, policy="\n".join(policy))
        )

    def run(self, *words: str, code: int) -> subprocess.CompletedProcess[str]:
        """Run `assurance` and hold it to its exit code."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ASSURANCE_")
        }
        done: subprocess.CompletedProcess[str] = self.command(
            words, cwd=self.root, env=environment | {"NO_COLOR": "1", "COLUMNS": "200"}
        )
        assert code == done.returncode, f"{words}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def judge(self, *, code: int) -> dict[str, Any]:
        """Return the document of `assurance run`."""
        document: dict[str, Any] = json.loads(self.run("run", "-o", "json", code=code).stdout)
        return document


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, forked: Any) -> Path:
    """A project with key, trust file and wheel."""
    root = tmp_path_factory.mktemp("tests-cli") / "inkwell"
    (root / "dist").mkdir(parents=True)
    with zipfile.ZipFile(root / "dist" / "inkwell-0.3.0-py3-none-any.whl", "w") as archive:
        archive.writestr(zipfile.ZipInfo("inkwell/__init__.py"), "")
        archive.writestr(
            zipfile.ZipInfo("inkwell-0.3.0.dist-info/METADATA"),
            "Metadata-Version: 2.4\nName: inkwell\nVersion: 0.3.0\n",
        )
    Gate(root, forked).run("init", code=0)
    return root


@pytest.fixture
def gate(template: Path, tmp_path: Path, forked: Any) -> Gate:
    """A copy of the template."""
    shutil.copytree(template, tmp_path / "inkwell")
    return Gate(tmp_path / "inkwell", forked)


def said(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return check and status of every finding."""
    return {(check["id"], check["status"]) for check in document["checks"]}


def messages(document: dict[str, Any]) -> str:
    """Return what the findings say."""
    return "\n".join(check["message"] for check in document["checks"])


def test_good_report_is_go(gate: Gate) -> None:
    """A report in which everything passed is GO."""
    gate.add("build/junit.xml", '<testsuite name="s" tests="1"><testcase name="a"/></testsuite>')
    gate.inputs("build/junit.xml")
    document = gate.judge(code=0)
    assert "GO" == document["verdict"]
    assert {("tests.detail", "PASS"), ("tests.passed", "PASS")} <= said(document)


@pytest.mark.parametrize(
    ("name", "finding", "reason"),
    [
        ("pytest-failed.xml", ("tests.passed", "FAIL"), "2 tests failed: tests.test_note::test_b"),
        ("no-tests.xml", ("tests.detail", "FAIL"), "has no tests"),
        ("all-skipped.xml", ("tests.passed", "FAIL"), "has no test that passed"),
        ("surefire-rerun-failed.xml", ("tests.passed", "FAIL"), "1 tests failed"),
        ("gradle-retry-failed-then-passed.xml", ("tests.passed", "FAIL"), "1 tests failed"),
    ],
)
def test_failed_report_is_no_go(
    name: str, finding: tuple[str, str], reason: str, gate: Gate
) -> None:
    """A report that is no pass is NO-GO, and says why."""
    gate.add("build/junit.xml", (VECTORS / "junit" / name).read_bytes())
    gate.inputs("build/junit.xml")
    document = gate.judge(code=1)
    assert "NO-GO" == document["verdict"]
    assert finding in said(document)
    assert reason in messages(document)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut.xml", r"build/junit.xml:1:63: the XML is cut or not well-formed"),
        ("billion-laughs.xml", "document type declaration or entities"),
        ("external-entity.xml", "document type declaration or entities"),
        ("wrong-root.xml", "the root element is `report`"),
        ("invalid-utf-8.xml", "not well-formed"),
        ("more-tests-than-cases.xml", "says tests=2 and holds 1"),
        ("negative-count.xml", "`tests` must be a whole number"),
        ("empty-file.xml", "empty file"),
    ],
)
def test_unreadable_report_is_undecided(name: str, reason: str, gate: Gate) -> None:
    """A report that cannot be read is INDETERMINATE with file and reason, never a pass."""
    gate.add("build/junit.xml", (VECTORS / "junit" / name).read_bytes())
    gate.inputs("build/junit.xml")
    document = gate.judge(code=3)
    assert "INDETERMINATE" == document["verdict"]
    assert ("collect.tests", "INDETERMINATE") in said(document)
    assert reason in messages(document)
    assert "build/junit.xml" in messages(document)


def test_no_report_is_missing(gate: Gate) -> None:
    """An input that is not there is MISSING, with the command that makes it."""
    gate.inputs("build/junit.xml")
    document = gate.judge(code=1)
    assert {("collect.tests", "MISSING"), ("tests.passed", "MISSING")} <= said(document)


def test_one_bad_shard(gate: Gate) -> None:
    """A failure in one of several reports is a failure."""
    gate.add("build/1.xml", '<testsuite name="s" tests="1"><testcase name="a"/></testsuite>')
    gate.add("build/2.xml", FAILED)
    gate.inputs("build/*.xml")
    assert ("tests.passed", "FAIL") in said(gate.judge(code=1))


@pytest.mark.parametrize("name", ["pytest-rerunfailures.xml", "surefire-flaky.xml"])
def test_flaky_tests_are_shown(name: str, gate: Gate) -> None:
    """A test that passed only at a later try is a warning with its name, in every view."""
    gate.add("build/junit.xml", (VECTORS / "junit" / name).read_bytes())
    gate.inputs("build/junit.xml")
    shown = gate.run("run", code=0).stdout
    assert "WARN  tests.passed" in shown
    assert "passed only at a later try" in shown


def test_report_from_the_future(gate: Gate) -> None:
    """A time that lies ahead decides nothing."""
    gate.add(
        "build/junit.xml",
        '<testsuite name="s" tests="1" timestamp="2999-01-01T00:00:00Z"><testcase name="a"/>'
        "</testsuite>",
    )
    gate.inputs("build/junit.xml")
    assert "which is in the future" in messages(gate.judge(code=3))


def test_last_weeks_report_is_stale_for_production(gate: Gate) -> None:
    """An old report is old evidence, however fresh its collection."""
    gate.add(
        "build/junit.xml",
        '<testsuite name="s" tests="1" timestamp="2020-01-01T00:00:00Z"><testcase name="a"/>'
        "</testsuite>",
    )
    gate.inputs("build/junit.xml", environment="production")
    document = gate.judge(code=1)
    assert {("tests.detail", "STALE"), ("tests.passed", "STALE")} <= said(document)


GOOD = '<testsuite name="s" tests="1"><testcase name="a"/></testsuite>'


@pytest.mark.parametrize(
    ("data", "code", "status", "reason"),
    [
        (None, 1, "FAIL", "4 of 10 (40.0 %) lines are covered"),
        ({"qa": {"coverage": {"minimum": 40, "minimum_branches": 50}}}, 0, "WARN", "did not run"),
        ({"qa": {"coverage": {"minimun": 40}}}, 1, "INDETERMINATE", "`qa.coverage` is none"),
    ],
    ids=["default", "own limits", "misspelt limit"],
)
def test_coverage_against_policy_data(
    data: dict[str, Any] | None, code: int, status: str, reason: str, gate: Gate
) -> None:
    """The minimum is policy data; a misspelt one never reads as none."""
    gate.add("build/junit.xml", GOOD)
    gate.add("build/coverage.json", (VECTORS / "coverage" / "coverage-py.json").read_bytes())
    gate.inputs("build/junit.xml", "build/coverage.json", data=data)
    document = gate.judge(code=code)
    assert ("tests.coverage", status) in said(document)
    assert reason in messages(document)


def test_coverage_that_is_not_there(gate: Gate) -> None:
    """Not configured: does not apply, and is listed as a weakening. Demanded: MISSING."""
    gate.add("build/junit.xml", GOOD)
    gate.inputs("build/junit.xml")
    document = gate.judge(code=0)
    assert ("tests.coverage", "NOT_APPLICABLE") in said(document)
    assert [text for text in document["weakenings"] if "tests.coverage" in text]
    gate.inputs("build/junit.xml", data={"qa": {"coverage": {"required": True}}})
    assert ("tests.coverage", "MISSING") in said(gate.judge(code=1))
    gate.inputs("build/junit.xml", "build/coverage.json")
    assert ("collect.tests", "MISSING") in said(gate.judge(code=1))


@pytest.mark.parametrize(
    ("name", "code", "status", "reason"),
    [
        ("bandit.sarif", 1, "FAIL", "Bandit B602 inkwell/page.py:6 (error): subprocess call with"),
        ("suppressed-and-accepted.sarif", 0, "WARN", "test data, LED-212"),
        ("execution-failed.sarif", 3, "INDETERMINATE", "lint did not come to its end"),
        ("no-runs.sarif", 3, "INDETERMINATE", "no run, so nothing was looked at"),
        ("no-results.json", 0, "PASS", "left no error open"),
    ],
)
def test_static_analysis(name: str, code: int, status: str, reason: str, gate: Gate) -> None:
    """An open error blocks; a tool that did not end decides nothing; suppressed ones are shown."""
    gate.add("build/junit.xml", GOOD)
    gate.add(f"build/{name}", (VECTORS / "sarif" / name).read_bytes())
    rule = "static_analysis_unresolved.rego"
    (gate.root / "policies").mkdir()
    shutil.copy(ROOT / "policies" / "security" / rule, gate.root / "policies")
    gate.inputs("build/junit.xml", f"build/{name}")
    document = gate.judge(code=code)
    assert ("static_analysis.unresolved", status) in said(document)
    assert reason in messages(document)


def test_unreadable_measurements_are_undecided(gate: Gate) -> None:
    """A cut SARIF file or coverage report beside good tests is INDETERMINATE with its place."""
    gate.add("build/junit.xml", GOOD)
    gate.add("build/a.sarif", (VECTORS / "sarif" / "cut.sarif").read_bytes())
    gate.inputs("build/junit.xml", "build/*.sarif")
    document = gate.judge(code=3)
    assert "build/a.sarif: the JSON is cut or not well-formed" in messages(document)
