"""Two real witnesses sign our checkpoints, remember them, and refuse a log that went back."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.request
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import note_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OUTSIDE = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
"""A witness that feeds itself from public logs finds nobody there."""


@contextmanager
def running(command: list[str], folder: Path, port: int, **environ: str) -> Iterator[None]:
    """Run a server until the end of the block."""
    log = folder / "server.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env={**os.environ, **environ}
        )
    try:
        for _ in range(1_200):
            assert server.poll() is None, log.read_text()
            with closing(socket.socket()) as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            pytest.fail(f"no answer on port {port}: {log.read_text()}")
        yield
    finally:
        server.terminate()
        server.wait(timeout=60)


def witness_key(seed: bytes, name: str) -> tuple[Ed25519PrivateKey, str]:
    """Return a key and its cosignature vkey."""
    private = Ed25519PrivateKey.from_private_bytes(seed * 32)
    public = private.public_key().public_bytes_raw()
    return private, note_key.from_public(name, note_key.COSIGNATURE, public).vkey()


@contextmanager
def omni(
    binary: Path, folder: Path, log: Any, free_port: Callable[[], int]
) -> Iterator[tuple[str, str]]:
    """Run omniwitness for this log; give (vkey, URL)."""
    folder.mkdir(exist_ok=True)
    private, vkey = witness_key(b"o", "omni.example")
    seed = b"\x01" + private.private_bytes_raw()
    public = b"\x01" + private.public_key().public_bytes_raw()
    digest = sha256(b"omni.example\n" + public).hexdigest()[:8]
    key = folder / "key"
    key.write_text(f"PRIVATE+KEY+omni.example+{digest}+{base64.b64encode(seed).decode()}\n")
    key.chmod(0o600)
    logs = folder / "logs.yaml"
    logs.write_text(
        "Logs:\n"
        "  - Origin: log.example/releases\n"
        "    URL: http://127.0.0.1:9/\n"
        f"    PublicKey: {log.vkey}\n"
        "    Feeder: none\n"
    )
    port, metrics = free_port(), free_port()
    command = [
        str(binary),
        f"--private_key_path={key}",
        f"--db_file={folder / 'witness.db'}",
        f"--listen=127.0.0.1:{port}",
        f"--metrics_listen=127.0.0.1:{metrics}",
        f"--additional_logs={logs}",
    ]
    with running(command, folder, port, **OUTSIDE):
        yield vkey, f"http://127.0.0.1:{port}"


@contextmanager
def lite(
    binary: Path, folder: Path, log: Any, free_port: Callable[[], int]
) -> Iterator[tuple[str, str]]:
    """Run litewitness for this log, its key in an ssh-agent; give (vkey, URL)."""
    folder.mkdir(exist_ok=True)
    private, vkey = witness_key(b"l", "lite.example")
    key = folder / "key"
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    key.chmod(0o600)
    if shutil.which("ssh-agent") is None:
        pytest.fail("litewitness needs ssh-agent: apt install openssh-client", pytrace=False)
    # A socket's path has at most 108 bytes: relative to the folder it fits.
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", "agent.sock"], cwd=folder)
    try:
        for _ in range(1_200):
            if (folder / "agent.sock").exists():
                break
            time.sleep(0.05)
        environment = {**os.environ, "SSH_AUTH_SOCK": "agent.sock"}
        subprocess.run(
            ["ssh-add", "-q", "key"], cwd=folder, env=environment, check=True, capture_output=True
        )
        listed = subprocess.run(
            ["ssh-add", "-l"],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        fingerprint = listed.stdout.split()[1]
        port, metrics = free_port(), free_port()
        command = [
            str(binary),
            f"-db={folder / 'witness.db'}",
            f"-key={fingerprint}",
            "-name=lite.example",
            "-ssh-agent=agent.sock",
            f"-listen=127.0.0.1:{port}",
            f"-listen-metrics=127.0.0.1:{metrics}",
        ]
        with running(command, folder, port):
            with closing(sqlite3.connect(folder / "witness.db", timeout=10)) as database:
                empty = base64.b64encode(sha256(b"").digest()).decode()
                database.execute(
                    "INSERT OR IGNORE INTO log VALUES ('log.example/releases', 0, ?)", (empty,)
                )
                if not database.execute("SELECT * FROM key").fetchall():
                    database.execute(
                        "INSERT INTO key VALUES ('log.example/releases', ?)", (log.vkey,)
                    )
                database.commit()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                assert vkey.encode() in page.read().replace(b"&#43;", b"+")
            yield vkey, f"http://127.0.0.1:{port}"
    finally:
        agent.terminate()
        agent.wait(timeout=60)


def policy(log: Any, *witnesses: tuple[str, str, str], quorum: str) -> None:
    """Write a tlog-policy of (name, vkey, URL)."""
    lines = [f"log {log.vkey}"]
    lines += [f"witness {name} {vkey} {url}" for name, vkey, url in witnesses]
    lines += [f"group all-of-them {quorum} {' '.join(name for name, _, _ in witnesses)}"]
    (log.folder / "policy").write_text("\n".join([*lines, "quorum all-of-them"]) + "\n")


POLICY = ("--witness-policy", "policy")


def test_two_witnesses_sign(
    omniwitness: Path, litewitness: Path, command_log: Any, free_port: Callable[[], int]
) -> None:
    """Both sign each checkpoint; the receipt proves it offline, under a quorum of both."""
    folder = command_log.folder
    with (
        omni(omniwitness, folder / "omni", command_log, free_port) as (omni_vkey, omni_url),
        lite(litewitness, folder / "lite", command_log, free_port) as (lite_vkey, lite_url),
    ):
        witnesses = (("o", omni_vkey, omni_url), ("l", lite_vkey, lite_url))
        policy(command_log, *witnesses, quorum="all")
        for start in (0, 3, 300):
            command_log.append(3 if start < 300 else 20, *POLICY, start=start)
    done = command_log.run("verify", "entry-310", "--policy", "policy")
    assert "witnessed by o" in done.stdout
    assert "witnessed by l" in done.stdout
    changed = (folder / "policy").read_text().replace(omni_vkey, witness_key(b"x", "x.example")[1])
    (folder / "policy").write_text(changed)
    refused = command_log.run("verify", "entry-310", "--policy", "policy", wanted=1)
    assert "do not meet the quorum" in refused.stderr


def test_witness_that_is_away(
    omniwitness: Path, command_log: Any, free_port: Callable[[], int]
) -> None:
    """Without its quorum an append is not acknowledged; when the witness is back, it is."""
    folder = command_log.folder
    with omni(omniwitness, folder / "omni", command_log, free_port) as (vkey, url):
        policy(command_log, ("o", vkey, url), quorum="all")
        command_log.append(1, *POLICY)
    said = command_log.append(1, *POLICY, start=1, wanted=3)
    assert "o does not answer" in said
    assert "append again when the witnesses answer" in said
    assert not (folder / "entry-1.tlog-proof").exists()
    with omni(omniwitness, folder / "omni", command_log, free_port) as (vkey, url):
        policy(command_log, ("o", vkey, url), quorum="all")
        command_log.append(1, *POLICY, start=1)
    assert "entry 1 of 2" in command_log.run("verify", "entry-1", "--policy", "policy").stdout


@pytest.mark.parametrize("name", ["omniwitness", "litewitness"])
def test_witness_remembers(
    request: pytest.FixtureRequest,
    omniwitness: Path,
    litewitness: Path,
    command_log: Any,
    free_port: Callable[[], int],
    name: str,
) -> None:
    """A database that was rolled back is refused by what the witness has seen."""
    del omniwitness, litewitness  # asked for by name, so that --without finds this test
    binary: Path = request.getfixturevalue(name)
    start = omni if name == "omniwitness" else lite
    folder = command_log.folder
    with start(binary, folder / "witness", command_log, free_port) as (vkey, url):
        policy(command_log, ("w", vkey, url), quorum="all")
        command_log.append(2, *POLICY)
        command_log.run("backup", "--to", "old.db")
        command_log.append(2, *POLICY, start=2)
        command_log.run("restore", "--from", "old.db")
        said = command_log.append(1, *POLICY, start=9, wanted=3)
        assert "behind the witness w: it ends at 2 entries, the witness has seen 4" in said
        assert "would fork the log" in said
        shutil.rmtree(folder / "log")
        assert "there is no log here" in command_log.append(1, *POLICY, wanted=2)
