"""Two servers of one log in PostgreSQL: one appends, the other reads, and takes over from it."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(postgres: Path, clusters: Any) -> Iterator[Any]:
    """A PostgreSQL server, which `server_log_at` calls so; the log servers here are nodes."""
    made = clusters.Cluster.make(postgres.parent, in_memory=True)
    yield made
    made.remove()


@pytest.fixture
def nodes(
    server_log_at: Callable[..., Any], tmp_path: Path, start_server: Callable[..., Any]
) -> Iterator[Callable[[str], Any]]:
    """Start servers of one log, each by a name of its own."""
    log = server_log_at()
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys/log.pem"
    key.write_bytes(log.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    started: list[Any] = []

    def start(name: str) -> Any:
        arguments = ("--log", log.url, "--anchor", str(log.anchor), "--name", name)
        started.append(start_server(tmp_path, *arguments, "--rate", "0"))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_the_other_server_takes_over(nodes: Callable[[str], Any]) -> None:
    """Ended in order or killed, the sequencer is followed by the other one, without a fork."""
    one, two = nodes("node-1 https://node-1.example"), nodes("node-2")
    assert 0 == one.append(b"first").json["index"]
    refused = two.append(b"second")
    told = "this server does not append now: node-1 https://node-1.example does"
    assert refused.refused(503, "not-sequencer", told)
    assert 200 == two.ask("/readyz").status
    assert one.ask("/checkpoint").body == two.ask("/checkpoint").body
    assert b"assurance_log_is_sequencer 0" in two.ask("/metrics").body
    assert 0 == one.stop(), "it gives the lease back"
    until(lambda: two.append(b"second").status == 200)
    assert 1 == two.append(b"second").json["index"]
    three = nodes("node-3")
    two.process.kill()
    two.stop()
    until(lambda: three.append(b"third").status == 200)
    assert [2, 0] == [three.append(name).json["index"] for name in (b"third", b"first")]
    assert not three.events("bug")


def test_a_server_that_stood_still(nodes: Callable[[str], Any]) -> None:
    """A sequencer that is stopped loses the lease; when it wakes it appends nothing and says so."""
    one, two = nodes("node-1"), nodes("node-2")
    assert 0 == one.append(b"first").json["index"]
    one.process.send_signal(signal.SIGSTOP)
    until(lambda: two.append(b"second").status == 200)
    one.process.send_signal(signal.SIGCONT)
    woken = one.append(b"third")
    assert 503 == woken.status, woken
    until(lambda: one.append(b"third").json.get("type", "").endswith("/not-sequencer"))
    assert 2 == two.append(b"third").json["index"]
    lines = two.ask("/v1/replay").body.splitlines()
    assert b'"type":"end"' in lines[-1]
