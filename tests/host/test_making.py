"""The command that makes an input which is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assurance import making

if TYPE_CHECKING:
    from pathlib import Path

HASHES = "pip-compile --generate-hashes -o "


@pytest.mark.parametrize(
    ("plugin", "path", "files", "command"),
    [
        ("tests", "build/junit.xml", {}, "python -m pytest --junitxml=build/junit.xml"),
        ("tests", "a b/junit.xml", {}, "python -m pytest --junitxml='a b/junit.xml'"),
        ("tests", "build/*.xml", {}, None),
        ("tests", "coverage.xml", {}, None),
        ("tests", "scan.sarif", {}, None),
        ("sbom", "requirements.txt", {}, f"{HASHES}requirements.txt"),
        ("vulnerabilities", "requirements.txt", {}, f"{HASHES}requirements.txt"),
        (
            "sbom",
            "requirements-lock.txt",
            {"requirements.txt": "six\n"},
            f"{HASHES}requirements-lock.txt requirements.txt",
        ),
        ("vulnerabilities", "requirements.txt", {"poetry.lock": ""}, "poetry export -o "),
        ("vulnerabilities", "requirements.txt", {"uv.lock": ""}, "uv export --no-dev "),
        ("sbom", "made.txt", {}, None),
        ("sbom", "made.json", {}, None),
        ("sbom", "requirements.txt", {"pyproject.toml": "no toml"}, None),
        ("ticket", "requirements.txt", {}, None),
    ],
)
def test_the_command_that_makes_an_input(
    tmp_path: Path, plugin: str, path: str, files: dict[str, str], command: str | None
) -> None:
    """One that can be pasted where it is known, nothing where it would be a guess."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = making.command(tmp_path, plugin, path)
    assert (command is None) == (found is None)
    assert str(found).startswith(str(command))
