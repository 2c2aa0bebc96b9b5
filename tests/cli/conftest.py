"""The command in a process of its own, with a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path

KEPT = ("PATH", "HOME", "PYTHONPATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


class Assurance(Protocol):
    """Runs `assurance` and returns what it said."""

    def __call__(
        self, *words: str, cwd: Path | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it in `cwd` (default: an empty folder) with `environ` besides the usual."""


@pytest.fixture(scope="session")
def assurance(tmp_path_factory: pytest.TempPathFactory) -> Assurance:
    """Return a function that runs the command."""
    empty = tmp_path_factory.mktemp("empty")

    def run(
        *words: str, cwd: Path | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        kept = {key: os.environ[key] for key in KEPT if key in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "assurance", *words],
            cwd=cwd or empty,
            env={**kept, "LANG": "C.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "80", **environ},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=110,
        )

    return run


@pytest.fixture(scope="session")
def sealed(assurance: Assurance, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project after `init` and `run`: a sealed NO-GO in `evidence/`."""
    folder = tmp_path_factory.mktemp("inkwell")
    (folder / "pyproject.toml").write_text('[project]\nname = "inkwell"\nversion = "0.3.0"\n')
    assert 0 == assurance("init", cwd=folder).returncode
    done = assurance("run", cwd=folder)
    assert 1 == done.returncode, done.stderr
    return folder
