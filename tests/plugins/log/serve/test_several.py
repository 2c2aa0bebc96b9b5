"""Several servers of one log in PostgreSQL: one appends, the others read, and take over from it.

Real processes, and clients that send their entries until somebody acknowledges them. LOG_NODE_KILLS
says how often the server that appends is killed; `tox run -e soak` asks for more.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import threading
import time
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assurance.tlog import checkpoint, note
from assurance_log.lease import Lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KILLS = int(os.environ.get("LOG_NODE_KILLS", "1"))
CLIENTS = 4


@pytest.fixture(scope="module")
def server(postgres: Path, clusters: Any) -> Iterator[Any]:
    """A PostgreSQL server, which `server_log_at` calls so; the log servers here are nodes."""
    made = clusters.Cluster.make(postgres.parent, in_memory=True)
    yield made
    made.remove()


@pytest.fixture
def log(server_log_at: Callable[..., Any]) -> Any:
    """Return the log."""
    return server_log_at()


@pytest.fixture
def nodes(
    log: Any, tmp_path: Path, start_server: Callable[..., Any]
) -> Iterator[Callable[..., Any]]:
    """Start servers of one log, each by a name of its own, with an anchor as on its own machine.

    On one machine they could share it, and one that was stopped while it writes it, as some tests
    stop it at any moment, would have all others refuse to append until it goes on.
    """
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys/log.pem"
    key.write_bytes(log.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    started: list[Any] = []

    def start(name: str, url: str = "") -> Any:
        anchor = tmp_path / f"{len(started)}.checkpoint"
        shutil.copy(log.anchor, anchor)
        arguments = ("--log", url or log.url, "--anchor", str(anchor), "--name", name)
        started.append(start_server(tmp_path, *arguments, "--rate", "0"))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGCONT)  # where a test ended before it did
        server.stop()


def until(condition: Callable[[], bool], seconds: float = 100) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def appends(node: Any) -> bool:
    """Say whether a server is the one that appends."""
    return b"assurance_log_is_sequencer 1" in node.ask("/metrics").body


def leader(nodes: list[Any]) -> Any:
    """Wait until one server says that it appends, and return it."""
    until(lambda: 1 == sum(map(appends, nodes)))
    return next(node for node in nodes if appends(node))


def answers(node: Any, path: str, status: int) -> bool:
    """Say whether a server answers so."""
    return int(node.ask(path).status) == status


class Load:
    """Clients, each with one entry at a time, which it sends until it is acknowledged."""

    def __init__(self, journal: Any, nodes: list[Any]) -> None:
        """Begin.

        Args:
            journal: Keeps what was acknowledged, and every checkpoint that somebody read.
            nodes: Servers that may be asked; others may be added.
        """
        self.nodes = nodes
        self.acknowledged = 0
        self.refusals: set[str] = set()
        """Kinds of the problems that servers answered."""
        self._journal = journal
        self._turn = threading.Lock()
        self._ends = threading.Event()
        self.failed: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, client: int) -> None:
        try:
            for number in itertools.count():
                body = f"client-{client}-{number}".encode()
                for node in self._turns(client):
                    if self._ends.is_set():
                        return
                    if self._sent(node, body):
                        break
        except BaseException as err:  # noqa: BLE001 - told by `end`
            self.failed.append(err)

    def _turns(self, client: int) -> Iterator[Any]:
        for turn in itertools.count(client):
            yield self.nodes[turn % len(self.nodes)]

    def _sent(self, node: Any, body: bytes) -> bool:
        """Send an entry to a server, and read its checkpoint; say whether it acknowledged."""
        try:
            answer = node.append(body)
            shown = node.ask("/checkpoint")
        except (OSError, HTTPException):
            return False  # it was killed, or stands still
        with self._turn:
            if answer.status == 200:
                head = answer.json["tree_head"]
                line = f"{body.decode()} {answer.json['index']} {head['size']} {head['root']}\n"
                self.acknowledged += self._journal.read(line)
            else:
                assert 503 == answer.status, answer
                assert int(answer.headers["retry-after"]) > 0
                self.refusals.add(answer.json["type"].rpartition("/")[2])
            if shown.status == 503:
                return bool(answer.status == 200)  # the database is away
            seen = checkpoint.read(note.read(shown.body).text)
            if seen.size > 0:  # every tree grew from the empty one
                known = self._journal.roots.setdefault(seen.size, seen.root)
                assert known == seen.root, "two servers show two histories"
        return bool(answer.status == 200)

    def more(self) -> None:
        """Wait until a few more were acknowledged."""
        wanted = self.acknowledged + 3 * CLIENTS
        until(lambda: self.acknowledged >= wanted or bool(self.failed))

    def end(self) -> None:
        """Stop the clients, and see that none of them met what must not be."""
        self._ends.set()
        for thread in self._threads:
            thread.join(timeout=60)
        for err in self.failed:
            raise err


@pytest.mark.timeout(1800)
def test_killed_under_load(nodes: Callable[[str], Any], log: Any, journal: Any) -> None:
    """The server that appends is killed under load: another one goes on, and nothing is lost."""
    running = [nodes("node-0"), nodes("node-1"), nodes("node-2")]
    load = Load(journal, running)
    waited = []
    for kill in range(KILLS):
        load.more()
        leading = leader(running)
        leading.process.kill()
        running.remove(leading)
        began = time.monotonic()
        running.append(nodes(f"node-{kill + 3}"))
        load.more()
        waited.append(time.monotonic() - began)
    load.end()
    for node in running:
        assert not node.events("bug")
        assert 0 == node.stop()
    journal.hold(log)
    assert {"not-sequencer"} <= load.refusals <= {"not-sequencer", "log-unavailable"}
    print(
        f"{KILLS} servers that appended killed, {load.acknowledged} entries acknowledged, 0 lost; "
        f"appended again after at most {max(waited):.0f} s"
    )


def test_stood_still_under_load(nodes: Callable[[str], Any], log: Any, journal: Any) -> None:
    """A server that was stopped past its lease wakes, says so, appends nothing, and reads on."""
    both = {"node-1": nodes("node-1"), "node-2": nodes("node-2")}
    for node in both.values():
        node.seconds = 5
    load = Load(journal, [*both.values()])
    load.more()
    one = leader([*both.values()])
    name, two = next(item for item in both.items() if item[1] is not one)
    one.process.send_signal(signal.SIGSTOP)
    two.seconds = 30
    load.nodes = [two]
    load.more()
    size = int(two.ask("/v1/checkpoints?limit=1").json["checkpoints"][0]["size"])
    one.process.send_signal(signal.SIGCONT)
    one.seconds = 30
    load.more()
    # Nobody appends to it now: it finds out by itself, and is a server for reading.
    until(lambda: bool(one.events("not-sequencer")))
    assert f"{name} does" in one.events("not-sequencer")[-1]["problem"]
    until(lambda: one.ask("/readyz").status == 200)
    assert (False, True) == (appends(one), appends(two))
    refused = one.append(b"to the one that woke")
    assert refused.refused(503, "not-sequencer", f"this server does not append now: {name} does")
    assert int(refused.headers["retry-after"]) > 0
    assert size < int(one.ask("/v1/checkpoints?limit=1").json["checkpoints"][0]["size"])
    load.end()
    for node in (one, two):
        assert not node.events("bug")
        assert 0 == node.stop()
    journal.hold(log)


def test_ended_in_order(nodes: Callable[[str], Any], log: Any) -> None:
    """A server that ends gives its lease back; who asks another one is told who appends."""
    one, two = nodes("node-1 https://node-1.example"), nodes("node-2")
    for node in (one, two):
        weak = [event["problem"].partition(":")[0] for event in node.events("weakness")]
        assert ["no synchronous standby", "no page checksums"] == weak
    assert 0 == one.append(b"first").json["index"]
    refused = two.append(b"second")
    told = "this server does not append now: node-1 https://node-1.example does"
    assert refused.refused(503, "not-sequencer", told)
    assert 200 == two.ask("/readyz").status
    assert one.ask("/checkpoint").body == two.ask("/checkpoint").body
    assert b"assurance_log_is_sequencer 0" in two.ask("/metrics").body
    two.process.send_signal(signal.SIGSTOP)  # who would take the lease at once
    assert 0 == one.stop()
    assert Lease(log.database(), "nobody").holder() is None, "it gave the lease back"
    two.process.send_signal(signal.SIGCONT)
    until(lambda: two.append(b"second").status == 200)
    until(lambda: bool(two.events("appends-again")))
    assert not one.events("appends-again")
    assert [1, 0] == [two.append(name).json["index"] for name in (b"second", b"first")]
    assert b'"type":"end"' in two.ask("/v1/replay").body.splitlines()[-1]


def test_the_database_comes_back(nodes: Callable[[str], Any], server: Any) -> None:
    """While the database is away all is 503; then one appends again, though nobody has asked it."""
    one, two = nodes("node-1"), nodes("node-2")
    assert 0 == one.append(b"first").json["index"]
    server.stop()
    try:
        assert one.append(b"second").refused(503, "log-unavailable", "database")
        for node in (one, two):
            refused = node.append(b"second")  # the other one may not have noticed yet
            assert (503, True) == (refused.status, int(refused.headers["retry-after"]) > 0)
            until(partial(answers, node, "/readyz", 503))
            assert node.ask("/v1/keys").refused(503, "log-unavailable", "database")
            shown = node.ask("/auditor/keys")
            assert (503, True) == (shown.status, b"<h1>This cannot be answered" in shown.body)
            assert 200 == node.ask("/healthz").status
        until(lambda: bool(one.events("append-failed")))
    finally:
        server.start()
    until(lambda: [node.ask("/readyz").status for node in (one, two)] == [200, 200])
    until(lambda: appends(one) is not appends(two))
    leading = one if appends(one) else two
    assert [1, 0] == [leading.append(name).json["index"] for name in (b"second", b"first")]
    assert not one.events("bug") + two.events("bug")


class TestFailover:
    """The database's primary is lost, and its standby takes its place."""

    @pytest.fixture
    def server(self, postgres: Path, clusters: Any, free_port: Callable[[], int]) -> Iterator[Any]:
        """Return a primary on loopback with a synchronous standby."""
        there = {"listen_addresses": "127.0.0.1"}
        primary = clusters.Cluster.make(postgres.parent, port=free_port(), **there)
        standby = primary.standby(port=free_port(), **there)
        wait = "ALTER SYSTEM SET synchronous_standby_names = 'standby'"
        primary.sql(wait, "SELECT pg_reload_conf()")
        question = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        until(lambda: bool(primary.sql(question)[0][0]))
        primary.other = standby
        yield primary
        for one in (primary, standby):
            one.remove()

    @pytest.mark.slow
    def test_replayed_after_a_failover(
        self,
        nodes: Callable[..., Any],
        log: Any,
        journal: Any,
        server: Any,
        replayed: Callable[..., tuple[int, str]],
    ) -> None:
        """Both servers find the new primary by themselves; the history goes on where it was."""
        standby = server.other
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in (server, standby))
        url = f"postgresql://log_app@{hosts}/{log.name}?sslmode=disable"
        running = [nodes("node-1", url), nodes("node-2", url)]
        load = Load(journal, running)
        load.more()
        before = running[1].ask("/v1/replay").body
        server.kill()
        until(lambda: all(node.ask("/readyz").status == 503 for node in running))
        standby.promote()
        standby.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        load.more()
        load.end()
        until(lambda: all(node.ask("/readyz").status == 200 for node in running))
        log.server = standby
        journal.hold(log)
        first, *history, _ = before.splitlines()
        for node in running:
            after = node.ask("/v1/replay").body
            assert history == after.splitlines()[1 : len(history) + 1]
            assert json.loads(after.splitlines()[0]) == {
                **json.loads(first),
                "to": json.loads(after.splitlines()[-1])["size"],
            }
            code, told = replayed(after, log.key.vkey())
            assert (0, True) == (code, "every signed root comes out again" in told), told
            assert not node.events("bug")
            assert 0 == node.stop()
