"""A PostgreSQL server that fails under the log: clear errors, and nothing acknowledged is lost.

LOG_SERVER_KILLS and LOG_SESSION_KILLS say how often; `tox run -e soak` asks for many more, and
docs/log-failures.md has the counts.
"""

from __future__ import annotations

import os
import random
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError
from assurance_log import rows, store
from assurance_log.postgresql import connection as sessions
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT = Path(__file__).with_name("client.py")
SERVER_KILLS = int(os.environ.get("LOG_SERVER_KILLS", "3"))
SESSION_KILLS = int(os.environ.get("LOG_SESSION_KILLS", "5"))
CLIENTS = 3
TERMINATE = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'log_app'"
)


def client(log: Any, name: str) -> Any:
    """Start a client that appends until something ends it."""
    return subprocess.Popen(
        [sys.executable, str(CLIENT), log.url, str(log.anchor), name, "10000", ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )


def started(log: Any, name: str) -> list[Any]:
    """Start the clients, and wait until each has opened the log."""
    clients = [client(log, f"{name}-{number}") for number in range(CLIENTS)]
    for one in clients:
        ready = one.stdout.readline()
        assert b"ready\n" == ready, one.communicate()[1]
    return clients


def ended(clients: list[Any], journal: Any) -> tuple[int, str]:
    """Wait for the clients; return how much they acknowledged, and what they say of their end."""
    acknowledged, told = 0, ""
    for one in clients:
        lines, errors = one.communicate(timeout=150)
        assert one.returncode != 0, "a client ended as if nothing had been"
        acknowledged += journal.read(lines.decode())
        told += errors.decode()
    return acknowledged, told


@pytest.fixture
def own_server(postgres: Path, clusters: Any) -> Iterator[Any]:
    """Return a server that a test may kill, on the disk."""
    made = clusters.Cluster.make(postgres.parent)
    yield made
    made.remove()


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_killed_server(own_server: Any, server_log_at: Callable[..., Any], journal: Any) -> None:
    """The server with all its processes is killed under load: what was acknowledged stays."""
    log, chance = server_log_at(on=own_server), random.Random(5)
    acknowledged = 0
    for cycle in range(SERVER_KILLS):
        clients = started(log, f"c{cycle}")
        time.sleep(chance.uniform(0.1, 0.6))
        own_server.kill()
        count, told = ended(clients, journal)
        acknowledged += count
        assert "LogError" in told
        assert "connection to the log's database was lost" in told or "no database for" in told
        own_server.start()
        journal.hold(log)
    assert acknowledged > 0
    print(f"{SERVER_KILLS} kills of the server, {acknowledged} entries acknowledged, 0 lost")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_sessions_ended(own_server: Any, server_log_at: Callable[..., Any], journal: Any) -> None:
    """Sessions are ended at any moment of an append: named, and nothing acknowledged is lost."""
    log, chance = server_log_at(on=own_server), random.Random(7)
    acknowledged = 0
    for cycle in range(SESSION_KILLS):
        clients = started(log, f"s{cycle}")
        deadline = time.monotonic() + 60
        while any(one.poll() is None for one in clients):
            time.sleep(chance.uniform(0.01, 0.2))
            log.server.sql(TERMINATE)
            assert time.monotonic() < deadline, "the clients go on for ever"
        count, told = ended(clients, journal)
        acknowledged += count
        assert "LogError" in told
        journal.hold(log)
    assert acknowledged > 0
    print(f"{SESSION_KILLS} cycles of ended sessions, {acknowledged} entries acknowledged, 0 lost")


def refused(writer: Any, reason: str, remedy: str) -> None:
    """See that an append is not acknowledged, for its reason, and that the writer is spent."""
    with pytest.raises(LogError, match=reason) as caught:
        writer.append([b"not acknowledged"])
    assert remedy in caught.value.remedy
    with pytest.raises(LogError, match="this writer is spent"):
        writer.append([b"again"])


def goes_on(log: Any, size: int) -> None:
    """See that a new writer finds what there was, and appends behind it."""
    done = log.writer().append([b"goes on"])
    assert (size, size + 1) == (done.indexes[0], done.size)


def test_another_writer_holds_the_log(
    server_log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits too long for the state row is told so; nothing is half done."""
    monkeypatch.setattr(sessions, "LOCK_SECONDS", 1)
    log = server_log_at()
    writer = log.writer()
    writer.append([b"a"])
    with log.database().write():
        refused(writer, "lock timeout.*55P03", "another writer holds the log")
    goes_on(log, 1)


def test_statement_that_takes_too_long(
    server_log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement is given up after its time, and its transaction with it."""
    monkeypatch.setattr(sessions, "STATEMENT_SECONDS", 1)
    log = server_log_at()
    writer = log.writer()
    writer.append([b"a"])
    with closing(log.server.connect(database=log.name)) as other:
        other.autocommit = False
        other.cursor().execute("LOCK TABLE assurance_log.leaf IN ACCESS EXCLUSIVE MODE")
        refused(writer, "statement timeout.*57014", "append again")
        other.rollback()
    goes_on(log, 1)


def test_writer_that_stands_still(
    server_log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that stops inside its transaction loses it; others go on, and it is told."""
    log = server_log_at()
    others: list[int] = []

    def stand_still(point: str) -> None:
        if point == "before-commit" and others == []:
            others.append(0)
            time.sleep(1.5)
            others.extend(log.writer().append([b"meanwhile"]).indexes)

    with monkeypatch.context() as hasty:  # the others, and their sessions, have their time
        hasty.setattr(sessions, "IDLE_SECONDS", 1)
        sleeper = log.writer(failpoint=stand_still)
    refused(sleeper, "idle-in-transaction timeout|was lost", "append again")
    assert [0, 0] == others
    goes_on(log, 1)


class Cutter:
    """Stands between client and server, and cuts the connection at a COMMIT of a writer."""

    def __init__(self, server: Path, folder: Path) -> None:
        """Listen in a folder as a server does; let everything through."""
        self.wanted = 0
        """The how manieth COMMIT of a writer from now on; 0: none."""
        self.arrives = False
        """Whether the server still gets it."""
        self._server = server
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / server.name))
        self._listening.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                link, _ = self._listening.accept()
                threading.Thread(target=self._pass_on, args=(link,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        writes = False
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            while True:
                ready, _, _ = select.select([client, server], [], [])
                data = ready[0].recv(1 << 16)
                if not data:
                    return
                if ready[0] is server:
                    client.sendall(data)
                    continue
                writes = writes or b" READ WRITE\0" in data
                if writes and b"COMMIT\0" in data:
                    writes = False
                    self.wanted -= 1
                    if self.wanted == 0:
                        if self.arrives:
                            server.sendall(data)
                            assert b"COMMIT\0" in server.recv(1 << 16), "it is not committed"
                        return
                server.sendall(data)

    def close(self) -> None:
        """Take nobody any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(timeout=10)


@pytest.fixture
def cutter(server: Any) -> Iterator[tuple[Cutter, Path]]:
    """Return what cuts connections to the server, and the folder to reach it by."""
    with tempfile.TemporaryDirectory(prefix="pg-") as name:  # a socket's path is short
        made = Cutter(server.folder / f".s.PGSQL.{server.port}", Path(name))
        yield made, Path(name)
        made.close()


@pytest.mark.parametrize("arrives", [False, True])
@pytest.mark.parametrize("commit", ["entries", "checkpoint"])
def test_connection_cut_at_a_commit(
    server_log_at: Callable[..., Any], cutter: tuple[Cutter, Path], commit: str, arrives: bool
) -> None:
    """Nobody knows whether it was done: not acknowledged, and appending again is always right."""
    cuts, folder = cutter
    log = server_log_at()
    log.writer().append([b"a"])
    database = store.connect(store.at(f"postgresql://log_app@/{log.name}?host={folder}", Path()))
    log.opened.append(database)
    writer = Writer(database, log.private.sign, log.key, clock=lambda: 0, anchor_path=log.anchor)
    cuts.arrives, cuts.wanted = arrives, 1 if commit == "entries" else 2
    refused(writer, "connection to the log's database was lost", "nobody knows whether the last co")
    assert 0 == cuts.wanted
    committed = commit == "checkpoint" or arrives
    with log.database().read() as connection:
        found = rows.state(connection)
    assert (2 if committed else 1, 2 if (commit, arrives) == ("checkpoint", True) else 1) == (
        found.size,
        found.published,
    )
    done = log.writer().append([b"not acknowledged"])
    assert ((1,), 2) == (done.indexes, done.size)
    goes_on(log, 2)


@pytest.mark.parametrize(
    ("state", "remedy"),
    [
        ("40001", "another transaction was in the way"),
        ("40P01", "another transaction was in the way"),
        ("53100", "the server's disk is full"),
        ("53200", "out of memory"),
        ("XX001", "assurance log check"),
    ],
)
def test_errors_of_the_server(server_log_at: Callable[..., Any], state: str, remedy: str) -> None:
    """Whatever error ends a transaction, it is named with what to do, and nothing is half done.

    The server raises them itself, in a trigger that its owner added behind the guards' back.
    """
    log = server_log_at()
    writer = log.writer()
    writer.append([b"a"])
    names = ("SET search_path = assurance_log",)
    log.server.sql(
        *names,
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'it failed' USING ERRCODE = '{state}'; END $$",
        "CREATE TRIGGER fails BEFORE INSERT ON head FOR EACH ROW EXECUTE FUNCTION fails()",
        database=log.name,
    )
    refused(writer, rf"it failed \({state}\)", remedy)
    log.server.sql(*names, "DROP TRIGGER fails ON head", "DROP FUNCTION fails()", database=log.name)
    with log.database().read() as connection:
        assert rows.State(epoch=1, size=1, published=1) == rows.state(connection)
    goes_on(log, 1)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk can be mounted by root only")
def test_full_disk(
    postgres: Path, clusters: Any, server_log_at: Callable[..., Any], journal: Any
) -> None:
    """A disk that fills up under the server: nothing more is acknowledged, nothing is lost."""
    folder = clusters.server_folder()
    server = clusters.Cluster(postgres.parent, folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "none", folder], check=True)
    try:
        clusters.give_to_server(folder)
        server.initialise()
        log = server_log_at(on=server)
        ballast = folder / "ballast"
        acknowledged, reasons = 0, []
        for cycle in range(2):
            free = os.statvfs(folder)
            with suppress(OSError):  # the server may be quicker
                ballast.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - (4 << 20))))
            try:
                writer = log.writer()
                for number in range(4000):
                    body = f"{cycle}-{number}".encode()
                    done = writer.append([body, os.urandom(60_000)])
                    journal.indexes[body] = done.indexes[0]
                    acknowledged += 1
            except LogError as err:
                reasons.append(err.problem)
            else:
                pytest.fail("the disk did not fill up")
            log.close()
            ballast.unlink()
            deadline = time.monotonic() + 60  # after a PANIC it recovers by itself, or ends
            while not server.answers() and server.lives() and time.monotonic() < deadline:
                time.sleep(0.05)
            if not server.answers():
                server.start()
            journal.hold(log)
    finally:
        if server.is_running:
            server.stop("immediate")
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()
    assert acknowledged > 0
    for reason in reasons:
        assert "No space left on device" in reason or "was lost" in reason, reasons
    print(f"disk full twice, {acknowledged} entries acknowledged, 0 lost: {reasons}")


def test_threads_after_a_failure(server_log_at: Callable[..., Any]) -> None:
    """Readers in many threads get over a server that ended their sessions."""
    log = server_log_at()
    log.writer().append([b"a"])
    database = log.database(read_only=True)
    sizes: list[int] = []

    def look() -> None:
        for _ in range(3):
            with database.read() as connection:
                sizes.append(rows.state(connection).size)

    for _ in range(2):
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        log.server.sql(TERMINATE)
    assert [1] * 24 == sizes
