"""`assurance plugins`, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ASSURANCE = Path(sys.executable).parent / "assurance"
PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "commands" / "plugins.md"
SETTINGS = """
[release]
name = "inkwell"
version = "0.3.0"
[collect.tests]
inputs = ["absent.xml"]
"""


def assurance(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command and hold it to its exit code."""
    done = subprocess.run(
        [str(ASSURANCE), "plugins", *words],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "80"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert code == done.returncode, done.stdout + done.stderr
    return done


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder with settings that name one collector."""
    (tmp_path / "assurance.toml").write_text(SETTINGS)
    return tmp_path


def by_name(document: dict[str, Any]) -> dict[str, Any]:
    """Return the plugins of the JSON document by name."""
    return {it["name"]: it for it in document["plugins"]}


def test_what_is_loaded_and_what_it_gives(project: Path) -> None:
    """The plugins that the settings name and the standard ones, with their providers."""
    plugins = by_name(json.loads(assurance(project, "-o", "json").stdout))
    assert {"policy", "report", "signing", "tests"} == set(plugins)
    assert ["collector tests"] == plugins["tests"]["gives"]
    assert "engine regorus" in plugins["policy"]["gives"]
    assert ["signer file"] == plugins["signing"]["gives"]
    (test,) = plugins["tests"]["self_tests"]
    assert ("tests", "passed") == (test["collector"], test["state"])


def test_as_text(project: Path) -> None:
    """A table with a line for each; the self-test needs none of the project's inputs."""
    lines = assurance(project).stdout.splitlines()
    assert ["name", "version", "distribution", "gives", "self-test"] == lines[0].split()
    (line,) = [it for it in lines if it.startswith("tests ")]
    assert line.endswith("collector tests  ✓ found what it planted") or "✓" in line
    assert ["assurance.toml"] == [it.name for it in project.iterdir()]


def test_without_self_tests(project: Path) -> None:
    """Nothing is started."""
    plugins = by_name(json.loads(assurance(project, "--no-self-test", "-o", "json").stdout))
    assert [] == plugins["tests"]["self_tests"]


def test_available_needs_no_settings(tmp_path: Path) -> None:
    """Every installed plugin, by entry point."""
    plugins = by_name(json.loads(assurance(tmp_path, "--available", "-o", "json").stdout))
    assert "assurance_sbom.plugin" == plugins["sbom"]["module"]
    assert "release-assurance" == plugins["sbom"]["distribution"]
    assert "assurance_sbom.plugin" in assurance(tmp_path, "--available").stdout


def test_a_plugin_that_does_not_exist(project: Path) -> None:
    """Exit 2, and what was meant."""
    settings = project / "assurance.toml"
    settings.write_text(SETTINGS.replace("collect.tests]", 'collect.x]\nplugin = "testes"'))
    error = assurance(project, code=2).stderr
    assert "no plugin of that name is installed; did you mean `tests`?" in " ".join(error.split())
    number = settings.read_text().splitlines().index('plugin = "testes"') + 1
    assert f"  --> assurance.toml:{number}:10\n{number} | plugin = " in error


def test_a_table_that_names_a_plugin_of_nobody(project: Path) -> None:
    """Where the name of the table is that of the plugin, the table is pointed at."""
    settings = project / "assurance.toml"
    settings.write_text(SETTINGS.replace("collect.tests]", "collect.testes]"))
    error = assurance(project, code=2).stderr
    number = settings.read_text().splitlines().index("[collect.testes]") + 1
    assert f"  --> assurance.toml:{number}:10\n" in error


def test_the_page_shows_the_help() -> None:
    """`docs/commands/plugins.md` has the help text as it is printed."""
    shown = assurance(PAGE.parent, "--help").stdout.rstrip()
    assert f"```\n{shown}\n```" in PAGE.read_text("utf-8")
