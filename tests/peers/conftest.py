"""A log as its command makes it, for other people's tools to look at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "log.example/releases"


@dataclass
class CommandLog:
    """A folder with a log in it, and the command."""

    folder: Path

    def run(self, *arguments: str, wanted: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `assurance log`."""
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "log", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert wanted == done.returncode, done.stdout + done.stderr
        return done

    def document(self, *arguments: str) -> dict[str, Any]:
        """Run `assurance log` for JSON, and return its own part."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "-o", "json").stdout)["log"]
        return found

    def append(self, count: int, *options: str, start: int = 0, wanted: int = 0) -> str:
        """Append files `start` to `start + count`; return what was said on stderr."""
        names = [f"entry-{number}" for number in range(start, start + count)]
        for name in names:
            (self.folder / name).write_text(f"{name}\n")
        return self.run("append", *names, *options, wanted=wanted).stderr

    @property
    def vkey(self) -> str:
        """The log's vkey."""
        return str(self.document("keys")["vkeys"][0]["vkey"])


@pytest.fixture
def command_log(tmp_path: Path) -> CommandLog:
    """Return an empty log."""
    log = CommandLog(tmp_path)
    log.run("init", "--origin", ORIGIN)
    return log
