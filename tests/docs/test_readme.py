"""What the README says is so: its commands run, its flags exist, its messages are ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "examples" / "quickstart"


def section(title: str) -> str:
    """Return the text below a heading, up to the next."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """Return each line of the shell blocks."""
    return [line for block in blocks(text, "sh") for line in block.splitlines()]


def test_two_commands() -> None:
    """The first runs the demo, the second all tests; CI runs both as they stand."""
    start = "python3 -m venv .venv && .venv/bin/pip install -q tox && .venv/bin/tox run"
    assert [f"{start} -e demo", start] == commands(section("Two commands"))
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    assert 'step demo readme_command " -e demo"' in ci
    assert 'step tests readme_command ""' in ci


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a project of somebody's, in Git, with advisory data beside it."""
    shutil.copytree(EXAMPLE / "inkwell", tmp_path / "inkwell")
    folder = tmp_path / "inkwell"
    shutil.copytree(EXAMPLE / "advisories" / "osv", folder / "advisories")
    author = ["-c", "user.name=Ines", "-c", "user.email=ines@example.com"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "inkwell"]):
        subprocess.run(["git", *words], cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder


@pytest.mark.slow
def test_commands_for_your_own_project(checkout: Path) -> None:
    """Pasted one by one into a project's folder, each command ends with 0."""
    lines = commands(section("On your own project"))
    assert lines[0] == "assurance init"
    environment = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(checkout.parent)}
    for line in lines:
        # Everything that builds the wheel is installed here, and tests use no network.
        words = line.replace("-m build", "-m build --no-isolation")
        done = subprocess.run(
            ["bash", "-c", words],
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, f"{line}\n{done.stdout}\n{done.stderr}"


def used_flags() -> list[tuple[str, str]]:
    """Return (command, flag) for each flag that a snippet of the README gives `assurance`."""
    text = "\n".join([*commands(README), *blocks(README, "yaml")]).replace("- run:", "\n")
    found = set()
    for command, rest in re.findall(r"\bassurance ([a-z-]+)([^\n]*(?:\n +--[^\n]*)*)", text):
        words = rest.partition("assurance ")[0]
        found |= {(command, flag) for flag in re.findall(r"--[a-z-]+", words)}
    return sorted(found)


def test_flags_are_found() -> None:
    """The look for flags sees those of the deploy step."""
    assert {("verify", "--trust"), ("verify", "--accepted")} <= set(used_flags())


@pytest.mark.parametrize(("command", "flag"), used_flags())
def test_flags_exist(command: str, flag: str) -> None:
    """Each flag in the snippets is one that the command has."""
    done = subprocess.run(
        [BIN / "assurance", command, "--help"], capture_output=True, text=True, check=True
    )
    assert re.search(rf"(?<![\w-]){flag}(?![\w-])", done.stdout)


def messages() -> list[str]:
    """Return the fixed parts of the messages in the troubleshooting table."""
    rows = re.findall(r"^\| (`.*?`) \|", section("Troubleshooting"), re.MULTILINE)
    quoted = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    parts = [part.strip(" ,") for text in quoted for part in re.split(r"…|\bN\b", text)]
    return [part for part in parts if len(part) > len("expected")]


@pytest.mark.parametrize("message", messages())
def test_messages_are_ours(message: str) -> None:
    """Each message that the README explains stands in the code."""
    code = "".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8"))
        for path in sorted((ROOT / "assurance").rglob("*.py"))
    )
    assert message in code
