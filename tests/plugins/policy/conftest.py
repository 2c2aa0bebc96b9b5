"""Small policies written to disk, and the engine that reads them."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METADATA = """# METADATA
# title: {name} holds
# description: A check of the tests.
# custom:
#   severity: high
#   weight: 3
#   owner: qa
#   remedy: do it again
"""
RULES = "applies := true\nevaluated := true\n"


def module_text(name: str, body: str) -> str:
    """Return a whole check: metadata, package, the two easy rules and `body`."""
    head = METADATA.format(name=name)
    return f"{head}package assurance.{name}\n\nimport rego.v1\n\n{RULES}{body}\n"


@pytest.fixture
def engine() -> Iterator[RegorusEngine]:
    """Return an engine; its worker is ended afterwards."""
    made = RegorusEngine()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes `name=body` as checks and gives their folder."""

    def write(**bodies: str) -> Path:
        top = tmp_path / "pack"
        top.mkdir(exist_ok=True)
        for key, body in bodies.items():
            name = key.replace("__", ".")
            (top / f"{key}.rego").write_text(module_text(name, body))
        return top

    return write


@dataclass
class OpaServer:
    """A running OPA."""

    url: str
    process: subprocess.Popen[bytes]

    def ask(self, method: str, path: str, body: str | None = None) -> Any:
        """Send one request, past the client, and return the answer's JSON."""
        request = urllib.request.Request(  # noqa: S310 - our own server on loopback
            f"{self.url}/v1/{path}", method=method, data=None if body is None else body.encode()
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - the same
            return json.loads(response.read() or b"null")

    def policies(self) -> list[str]:
        """Return the ids of its policies."""
        return [item["id"] for item in self.ask("GET", "policies")["result"]]


def _port(pid: int) -> int | None:
    """Return the port that a process listens at; Linux tells it in /proc."""
    handles = Path(f"/proc/{pid}/fd").iterdir()
    sockets = {str(item.readlink()) for item in handles if item.is_symlink()}
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return None


@pytest.fixture
def opa_server(opa: Path, tmp_path: Path) -> Iterator[OpaServer]:
    """Return an OPA server on a free port of loopback; it is killed afterwards."""
    command = [str(opa), "run", "--server", "--addr=127.0.0.1:0", "--log-level=error"]
    with (tmp_path / "opa.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 20
        while (port := _port(process.pid)) is None:
            assert process.poll() is None, (tmp_path / "opa.log").read_text()
            assert time.monotonic() < until, "the OPA server does not listen"
            time.sleep(0.02)
        yield OpaServer(url=f"http://127.0.0.1:{port}", process=process)
    finally:
        process.kill()
        process.wait()
