"""A primary that is lost, and a standby in its place: no loss, or no more appends.

LOG_FAILOVERS says how often the primary is killed; `tox run -e soak` asks for more.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError
from assurance_log import rows, store
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT = Path(__file__).with_name("client.py")
FAILOVERS = int(os.environ.get("LOG_FAILOVERS", "2"))
CLIENTS = 3
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


class Pair:
    """Servers on loopback, each known by its port; clients name both."""

    def __init__(self, clusters: Any, bin_folder: Path, free_port: Callable[[], int]) -> None:
        """Start the first one."""
        self.free_port = free_port
        self.made: list[Any] = []
        self.primary = clusters.Cluster.make(
            bin_folder, port=free_port(), listen_addresses="127.0.0.1"
        )
        self.made.append(self.primary)

    def standby(self, *, synchronous: bool) -> Any:
        """Start a standby of the primary, and wait until it has everything."""
        made = self.primary.standby(port=self.free_port(), listen_addresses="127.0.0.1")
        self.made.append(made)
        if synchronous:
            self.primary.sql(
                "ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()"
            )
        state = "sync" if synchronous else "async"
        question = f"SELECT count(*) FROM pg_stat_replication WHERE sync_state = '{state}'"
        until(lambda: self.primary.sql(question)[0][0] == 1)
        return made

    def url(self, name: str, *servers: Any) -> str:
        """Return the URL of a log on any of the servers."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
        return f"postgresql://log_app@{hosts}/{name}?sslmode=disable"

    def promoted(self, standby: Any) -> None:
        """Make a standby the primary, which waits for no other one."""
        standby.promote()
        standby.sql("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
        until(lambda: standby.sql("SHOW synchronous_standby_names")[0][0] == "")
        self.primary = standby


def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


@pytest.fixture
def pair(postgres: Path, clusters: Any, free_port: Callable[[], int]) -> Iterator[Pair]:
    """Return a primary that may get standbys."""
    made = Pair(clusters, postgres.parent, free_port)
    yield made
    for server in made.made:
        server.remove()


def on(log: Any, url: str) -> Writer:
    """Open the log at a URL as another client would."""
    database = store.connect(store.at(url, Path()))
    log.opened.append(database)
    return Writer(database, log.private.sign, log.key, clock=lambda: 0, anchor_path=log.anchor)


def test_synchronous_standby_loses_nothing(
    pair: Pair, server_log_at: Callable[..., Any], journal: Any
) -> None:
    """The primary is killed under load and the standby promoted, again and again: no loss."""
    log, chance = server_log_at(on=pair.primary), random.Random(11)
    acknowledged = 0
    for cycle in range(FAILOVERS):
        old, standby = pair.primary, pair.standby(synchronous=True)
        url = pair.url(log.name, standby, old)  # the first one is a standby: passed over
        words = [sys.executable, str(CLIENT), url, str(log.anchor)]
        clients = [
            subprocess.Popen(
                [*words, f"f{cycle}-{number}", "10000", ""],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
            for number in range(CLIENTS)
        ]
        for one in clients:
            assert one.stdout is not None
            ready = one.stdout.readline()
            assert b"ready\n" == ready, one.communicate()[1]
        time.sleep(chance.uniform(0.3, 1.0))
        old.kill()
        for one in clients:
            lines, errors = one.communicate(timeout=150)
            acknowledged += journal.read(lines.decode())
            assert b"LogError" in errors
        pair.promoted(standby)
        log.server = standby
        journal.hold(log)
        done = on(log, pair.url(log.name, old, standby)).append([f"after-{cycle}".encode()])
        journal.indexes[f"after-{cycle}".encode()] = done.indexes[0]
    assert acknowledged > 0
    print(f"{FAILOVERS} primaries killed, {acknowledged} entries acknowledged, 0 lost")


def test_wait_for_the_standby_that_is_cancelled(
    pair: Pair, server_log_at: Callable[..., Any]
) -> None:
    """A COMMIT that ended without the standby is no acknowledgement, though it is a COMMIT.

    The standby that takes over then does not have the entry: the test shows that, too.
    """
    log = server_log_at(on=pair.primary)
    standby = pair.standby(synchronous=True)
    writer = log.writer()
    writer.append([b"on both"])
    standby.stop()
    told: list[LogError] = []

    def append() -> None:
        try:
            writer.append([b"on one"])
        except LogError as err:
            told.append(err)

    thread = threading.Thread(target=append)
    thread.start()
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    until(lambda: pair.primary.sql(waiting))
    assert thread.is_alive()
    pair.primary.sql(f"SELECT pg_cancel_backend(pid) FROM ({waiting}) AS found")
    thread.join(timeout=60)
    assert "committed and warned: canceling wait for synchronous replication" in told[0].problem
    assert "not acknowledged" in told[0].remedy
    pair.primary.kill()
    standby.start()
    pair.promoted(standby)
    log.server = standby
    done = log.writer().append([b"another"])
    assert (1, 2) == (done.indexes[0], done.size)


def test_lagging_standby_is_refused(pair: Pair, server_log_at: Callable[..., Any]) -> None:
    """An asynchronous standby that lacks what was acknowledged is read, and not appended to."""
    log = server_log_at(on=pair.primary)
    standby = pair.standby(synchronous=False)
    writer = log.writer()
    writer.append([b"a"])
    question = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
    until(lambda: pair.primary.sql(question)[0][0] == 1)
    standby.stop()
    writer.append([b"acknowledged, and on one server only"])
    before = log.anchor.read_bytes()
    pair.primary.kill()
    standby.start()
    pair.promoted(standby)
    log.server = standby
    with pytest.raises(LogError, match=r"behind its anchor: it ends at 1 entry.*has seen 2"):
        log.writer()
    assert before == log.anchor.read_bytes()
    with log.database(read_only=True).read() as connection:
        assert 1 == rows.state(connection).published


def test_two_primaries_make_no_fork(pair: Pair, server_log_at: Callable[..., Any]) -> None:
    """A standby promoted beside a living primary: the second history is acknowledged to nobody."""
    log = server_log_at(on=pair.primary)
    standby = pair.standby(synchronous=False)
    old = pair.primary
    on(log, pair.url(log.name, old)).append([b"a"])
    question = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()"
    until(lambda: old.sql(question)[0][0] == 1)
    pair.promoted(standby)
    first = on(log, pair.url(log.name, old))
    second = on(log, pair.url(log.name, standby))
    assert (1,) == first.append([b"here"]).indexes
    with pytest.raises(LogError, match="another root at 2 entries than the anchor: the log was fo"):
        second.append([b"there"])
    with pytest.raises(LogError, match="another root at 2 entries than the anchor"):
        on(log, pair.url(log.name, standby))
    assert (2,) == first.append([b"here again"]).indexes


def test_standby_is_for_reading(pair: Pair, server_log_at: Callable[..., Any]) -> None:
    """A standby gives checkpoints and entries; a writer that is sent there is refused."""
    log = server_log_at(on=pair.primary)
    standby = pair.standby(synchronous=True)
    log.writer().append([b"a"])
    url = pair.url(log.name, standby)
    reader = store.connect(store.at(url, Path()), read_only=True)
    log.opened.append(reader)

    def seen() -> bool:
        with reader.read() as connection:
            return rows.state(connection).published == 1

    until(seen)
    with pytest.raises(LogError, match="it is a standby, which cannot be written to"):
        on(log, url)
    told = log.database().weaknesses()
    assert not any("no synchronous standby" in line for line in told)
