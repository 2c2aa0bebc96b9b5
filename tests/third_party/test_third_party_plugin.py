"""`examples/third_party_plugin`: a distribution of its own, built, installed and run.

It is built with its own build backend and installed into a folder of its own, from where
Python finds it as it finds any distribution; nothing of it is known to us beforehand.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "third_party_plugin"
ASSURANCE = Path(sys.executable).parent / "assurance"
CHANGELOG = "# Changes\n\n## [0.3.0] - 2026-11-23\n\n- Pages have titles.\n\n## 0.2.0\n\n- First.\n"
SETTINGS = """
[release]
name = "inkwell"
version = "0.3.0"
artifacts = ["dist/*"]

[collect.changelog]
distribution = "acme-assurance-changelog"
inputs = ["CHANGELOG.md"]

[policy]
packs = ["changelog"]

[sign.default]
uri = "file:keys/development.pem"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the plugin and install it into a folder, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
            *("--no-build-isolation", "--disable-pip-version-check"),
            *("--target", str(folder), str(EXAMPLE)),
        ],
        check=True,
        capture_output=True,
    )
    return folder


class Project:
    """A project that uses the plugin."""

    def __init__(self, folder: Path, installed: Path) -> None:
        """Write the project, then let `assurance init` make key and trust file."""
        self.folder = folder
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("ASSURANCE_")
        } | {"PYTHONPATH": str(installed), "NO_COLOR": "1"}
        (folder / "pyproject.toml").write_text('[project]\nname = "inkwell"\nversion = "0.3.0"\n')
        (folder / "dist").mkdir()
        (folder / "dist" / "inkwell-0.3.0-py3-none-any.whl").write_bytes(b"a wheel")
        (folder / "CHANGELOG.md").write_text(CHANGELOG)
        self.run("init", code=0)
        (folder / "assurance.toml").write_text(SETTINGS)

    def run(self, *words: str, code: int) -> subprocess.CompletedProcess[str]:
        """Run `assurance` and hold it to its exit code."""
        done = subprocess.run(
            [str(ASSURANCE), *words],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert code == done.returncode, done.stdout + done.stderr
        return done

    def check(self, name: str, *, code: int) -> dict[str, Any]:
        """Return what `assurance run` says of one check."""
        document = json.loads(self.run("run", "-o", "json", code=code).stdout)
        (found,) = [it for it in document["checks"] if it["id"] == name]
        assert isinstance(found, dict)
        return found


@pytest.fixture
def project(installed: Path, tmp_path: Path) -> Project:
    """Return a project that is fine."""
    return Project(tmp_path, installed)


def test_go_with_the_plugins_own_check(project: Project) -> None:
    """Its evidence is collected and signed, its policy judges it, and the bundle verifies."""
    found = project.check("changelog.described", code=0)
    assert ("PASS", "docs") == (found["status"], found["owner"])
    bundle = "evidence/inkwell-0.3.0.intoto.jsonl"
    assert " other " in project.run("inspect", bundle, code=0).stdout
    verify = ("verify", bundle, "dist/inkwell-0.3.0-py3-none-any.whl", "--trust", "trust.json")
    assert "VERIFIED" in project.run(*verify, "--allow-development", code=0).stdout


def test_verify_needs_no_plugin(project: Project) -> None:
    """Whoever deploys has not installed the plugin: its policy travels in the bundle."""
    project.run("run", code=0)
    del project.environment["PYTHONPATH"]
    bundle = "evidence/inkwell-0.3.0.intoto.jsonl"
    verify = ("verify", bundle, "dist/inkwell-0.3.0-py3-none-any.whl", "--trust", "trust.json")
    assert "VERIFIED" in project.run(*verify, "--allow-development", code=0).stdout


READINESS = """
[area.launch]
title = "Launch"

[item.built]
title = "The wheel is there"
area = "launch"
weight = 6
evidence = ["release"]
"""


def test_its_pack_brings_checklist_items_and_a_report_section(project: Project) -> None:
    """The item counts in the grade, and the section is in the page; both travel in the bundle."""
    (project.folder / "readiness.toml").write_text(READINESS)
    settings = project.folder / "assurance.toml"
    settings.write_text(f'{settings.read_text()}\n[gate]\nchecklist = "readiness.toml"\n')
    document = json.loads(project.run("run", "-o", "json", code=0).stdout)
    items = {it["id"]: it for it in document["checks"] if it["area"] == "checklist"}
    assert {"checklist.built", "checklist.changelog-described"} == set(items)
    described = items["checklist.changelog-described"]
    assert ("PASS", "docs", 2) == (described["status"], described["owner"], described["weight"])
    # Whoever reads the bundle has not installed the plugin.
    del project.environment["PYTHONPATH"]
    bundle = "evidence/inkwell-0.3.0.intoto.jsonl"
    report = json.loads(project.run("report", bundle, "-o", "json", code=0).stdout)
    (shown,) = [it for it in report["contents"] if it["title"] == "Changelog"]
    assert ["File", "CHANGELOG.md"] in shown["facts"]
    (table,) = shown["tables"]
    assert (["Version", "Entries"], [["0.3.0", "1"], ["0.2.0", "1"]]) == (
        table["columns"],
        table["rows"],
    )
    page = project.run("report", bundle, "-o", "html", code=0).stdout
    assert "Versions that the changelog describes" in page
    verify = ("verify", bundle, "dist/inkwell-0.3.0-py3-none-any.whl", "--trust", "trust.json")
    assert "VERIFIED" in project.run(*verify, "--allow-development", code=0).stdout


def test_an_open_item_of_its_pack_is_told_and_the_project_may_have_its_own(
    project: Project,
) -> None:
    """An undescribed version leaves the item open; an item of that id in readiness.toml wins."""
    (project.folder / "CHANGELOG.md").write_text("## 0.2.0\n- x\n")
    own = READINESS + '\n[item.changelog-described]\ntitle = "Ours"\narea = "launch"\nweight = 1\n'
    settings = project.folder / "assurance.toml"
    settings.write_text(f'{settings.read_text()}\n[gate]\nchecklist = "readiness.toml"\n')
    for text, title, owner in ((READINESS, "The changelog says", "docs"), (own, "Ours", "launch")):
        (project.folder / "readiness.toml").write_text(text)
        document = json.loads(project.run("run", "-o", "json", code=1).stdout)
        (found,) = [it for it in document["checks"] if it["id"] == "checklist.changelog-described"]
        assert found["status"] in {"FAIL", "MISSING"}
        assert (True, owner) == (found["message"].startswith(title), found["owner"])


@pytest.mark.parametrize(
    ("changelog", "status", "message"),
    [
        ("## 0.2.0\n- x\n", "FAIL", "CHANGELOG.md has 0 sections for version 0.3.0"),
        ("## 0.3.0\n\n## 0.2.0\n- x\n", "FAIL", "section for version 0.3.0 in CHANGELOG.md has no"),
        ("", "FAIL", "CHANGELOG.md has 0 sections for version 0.3.0"),
        (None, "MISSING", "collector changelog gave none"),
    ],
)
def test_no_go(project: Project, changelog: str | None, status: str, message: str) -> None:
    """What its policy says no to is a NO-GO, and a changelog that is gone is MISSING."""
    path = project.folder / "CHANGELOG.md"
    path.unlink() if changelog is None else path.write_text(changelog)
    found = project.check("changelog.described", code=1)
    assert status == found["status"]
    assert message in found["message"]


def test_listed_with_its_self_test(project: Project) -> None:
    """`assurance plugins` names it, its version, what it gives, and runs its self-test."""
    document = json.loads(project.run("plugins", "-o", "json", code=0).stdout)
    (found,) = [it for it in document["plugins"] if it["name"] == "changelog"]
    assert ("acme-assurance-changelog", "0.4.2") == (found["distribution"], found["version"])
    assert [
        "collector changelog",
        "pack changelog",
        "predicate https://acme.example/changelog/v1",
    ] == found["gives"]
    assert ["passed"] == [it["state"] for it in found["self_tests"]]
    assert "acme_changelog.plugin" in project.run("plugins", "--available", code=0).stdout


def test_without_its_distribution_named(project: Project) -> None:
    """A plugin of a third party is never picked up by its name alone."""
    settings = project.folder / "assurance.toml"
    settings.write_text(settings.read_text().replace("distribution =", "# distribution ="))
    done = project.run("run", code=2)
    assert "release-assurance has none; acme-assurance-changelog has one" in " ".join(
        done.stderr.split()
    )


def test_it_imports_nothing_but_the_public_api() -> None:
    """`from assurance import …` is enough to write a plugin."""
    modules = sorted((EXAMPLE / "src").rglob("*.py"))
    assert modules
    imported = set()
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {it.name for it in node.names}
    foreign = {it for it in imported if it.partition(".")[0] not in sys.stdlib_module_names}
    assert {"assurance", "acme_changelog.collector"} == foreign


def test_its_own_tests_pass(installed: Path) -> None:
    """The example is tested as its maker would test it, against what is installed."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"),
            *("-c", str(EXAMPLE / "pyproject.toml"), "-o", "pythonpath=", str(EXAMPLE / "tests")),
        ],
        cwd=installed,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
