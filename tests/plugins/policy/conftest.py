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

from assurance.interfaces import RuleResult
from assurance_policy import rules
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from assurance.interfaces import PolicySet

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


class InProcess:
    """The policy engine without its worker: thousands of questions about one set of policies."""

    name = "regorus"
    version = "in-process"

    def __init__(self, policies: PolicySet) -> None:
        """Compile the policies once."""
        import regorus

        self._engine = regorus.Engine()
        modules, data = rules.parts(policies)
        for path, content in modules:
            self._engine.add_policy(path, content.decode())
        for document in data:
            self._engine.add_data_json(document.decode())
        self.document: dict[str, Any] = {}
        """What the next question is about."""

    def load(self, folders: Any, data: Any) -> PolicySet:
        """Not asked for here."""
        raise NotImplementedError

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to end."""

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Answer about `document`, which may have forms that no `Evidence` can have."""
        del timeout_seconds, policy_input
        self._engine.set_input_json(json.dumps(self.document))
        return {check.id: self._said(check.id) for check in policies.checks}

    def _said(self, check: str) -> RuleResult:
        values = {}
        for rule in rules.RULES:
            try:
                found = json.loads(
                    self._engine.eval_query_as_json(f"data.assurance.{check}.{rule}")
                )
            except Exception as error:  # noqa: BLE001 - what the engine raises is a plain one
                return RuleResult(error=f"{rule}: {error}")
            values[rule] = (
                found["result"][0]["expressions"][0]["value"] if found.get("result") else None
            )
        return RuleResult(**values)


@pytest.fixture(scope="session")
def in_process() -> type[InProcess]:
    """Return the engine without its worker, for tests that ask thousands of questions."""
    return InProcess


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
        until = time.monotonic() + 60
        while (port := _port(process.pid)) is None:
            assert process.poll() is None, (tmp_path / "opa.log").read_text()
            assert time.monotonic() < until, "the OPA server does not listen"
            time.sleep(0.02)
        yield OpaServer(url=f"http://127.0.0.1:{port}", process=process)
    finally:
        process.kill()
        process.wait()
