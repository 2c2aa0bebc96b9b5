"""`run` publishes to a log server: a receipt that `verify` accepts, or a clear state."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import note_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECEIPT = "evidence/inkwell-0.3.0.tlog-proof"
VERDICT = "evidence/inkwell-0.3.0.verdict.json"


@contextlib.contextmanager
def served(root: Path) -> Iterator[str]:
    """The project's own log, moved behind a server; gives the server's URL."""
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    process = subprocess.Popen(
        [sys.executable, "-m", "assurance", "log", "serve", "--port", "0"],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NO_COLOR": "1"},
    )
    assert process.stderr is not None
    try:
        first = process.stderr.readline()
        assert '"listening"' in first, first + process.stderr.read()
        yield str(json.loads(first)["url"])
    finally:
        process.terminate()
        process.communicate(timeout=100)
    assert 0 == process.returncode


def publish_to(project: Any, server: str, **more: str | None) -> None:
    """Point `[log]` at a server, with the log's vkey, and take its key away."""
    keys = ("log", "keys", "--log", "sqlite:///log/log.db", "-o", "json")
    told = project.run(*keys, code=0).stdout
    found = json.loads(told)["log"]
    log = {"origin": found["origin"], "url": server, "vkey": found["vkeys"][0]["vkey"], **more}
    table = "".join(f'{name} = "{value}"\n' for name, value in log.items() if value is not None)
    path = project.root / "assurance.toml"
    text = re.sub(r"(?ms)^\[log\].*?(?=^\[|\Z)", f"[log]\n{table}\n", path.read_text())
    path.write_text(re.sub(r"(?ms)^\[sign\.log\].*?(?=^\[|\Z)", "", text))


def test_a_release_goes_to_a_log_server(project: Any) -> None:
    """The run needs no log key; its receipt was checked, verifies, and is of this run."""
    with served(project.root) as url:
        publish_to(project, url)
        done = json.loads(project.run("run", "-o", "json", code=0).stdout)
        assert "GO" == done["verdict"]
        assert 1 == done["receipt"]["index"], "the log had the first run's bundle"
        said = project.verify("dist/inkwell-0.3.0-py3-none-any.whl", "--receipt", RECEIPT, code=0)
        assert "VERIFIED" in said
        listed = project.run("log", "list", "--log", "sqlite:///log/log.db", "-o", "json", code=0)
        assert [1, 0] == [item["index"] for item in json.loads(listed.stdout)["log"]["entries"]]


@pytest.mark.slow
def test_no_server_no_go(project: Any) -> None:
    """With nobody at the URL, `run` cannot decide: exit 3, no verdict, no receipt."""
    with served(project.root) as url:
        publish_to(project, url)
    done = project.run("run", code=3)
    assert "the log server does not answer after" in done.stderr
    assert "→ next:" in done.stderr or "-> next:" in done.stderr
    assert not (project.root / RECEIPT).exists()
    assert not (project.root / VERDICT).exists()


def test_another_key_is_no_receipt(project: Any) -> None:
    """A server whose log another key signs gives no receipt that counts."""
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    other = note_key.from_public("localhost/inkwell", note_key.ED25519, raw).vkey()
    with served(project.root) as url:
        publish_to(project, url, vkey=other)
        done = project.run("run", code=3)
        assert "the log server's answer does not hold" in done.stderr
        publish_to(project, url, origin="example.com/other")
        done = project.run("run", code=3)
        assert "the settings name example.com/other" in " ".join(done.stderr.split())
    assert not (project.root / RECEIPT).exists()


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"vkey": None}, 2, "log.vkey is missing"),
        ({"url": "http://log.example.com"}, 2, "`http:` is for a loopback address only"),
        (
            {"url": "https://user:hush@log.example.com"},
            2,
            "[log] url: a secret stands in the settings",
        ),
        ({"vkey": "x"}, 2, "[log] vkey must be the log's verifier key"),
        ({"vkey": "x+00000000+AAAA"}, 2, "log.vkey: the vkey"),
    ],
    ids=["no-vkey", "plain-http", "password", "no-key-at-all", "no-such-key"],
)
def test_settings_that_cannot_be(
    project: Any, changes: dict[str, str | None], code: int, told: str
) -> None:
    """A server that is not checked, or not reached safely, is a mistake of the settings."""
    publish_to(project, "http://127.0.0.1:9", **changes)
    done = project.run("run", code=code)
    assert told in done.stderr, done.stderr
    assert "hush" not in done.stderr
