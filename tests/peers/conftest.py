"""A log as its command makes it, for other people's tools to look at."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGIN = "log.example/releases"


@dataclass
class CommandLog:
    """A folder with a log in it, and the command."""

    folder: Path
    where: tuple[str, ...] = ()
    """What the command is told of the log's place."""

    def run(self, *arguments: str, wanted: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `assurance log`."""
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "log", *arguments, *self.where],
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


@pytest.fixture
def postgresql_log(postgres: Path, tmp_path: Path) -> Iterator[CommandLog]:
    """Return an empty log in PostgreSQL."""
    path = Path(__file__).parents[1] / "plugins/log/cluster.py"
    spec = importlib.util.spec_from_file_location("log_cluster_for_peers", path)
    assert spec is not None
    assert spec.loader is not None
    clusters = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(clusters)
    cluster = clusters.Cluster.make(postgres.parent, in_memory=True)
    try:
        cluster.database("releases")
        owner = CommandLog(tmp_path, ("--log", cluster.url("releases", clusters.OWNER)))
        owner.run("init", "--origin", ORIGIN, "--app-role", clusters.APP)
        yield CommandLog(tmp_path, ("--log", cluster.url("releases")))
    finally:
        cluster.remove()
