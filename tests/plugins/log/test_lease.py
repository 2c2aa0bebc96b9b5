"""One sequencer at a time: the lease in the state row, on a real server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, UsageError
from assurance_log import lease, rows
from assurance_log.lease import Lease
from assurance_log.postgresql import bulk
from assurance_log.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assurance_log.writer import Writer


class Node:
    """A server of the log: a lease, and the writer under it."""

    def __init__(self, log: Any, name: str, seconds: float = 30) -> None:
        """Claim nothing yet."""
        self.log = log
        self.database = log.database()
        self.lease = Lease(self.database, name, seconds=seconds)

    def writer(self) -> Writer:
        """Open the writer on the lease's own store."""
        from assurance_log.writer import Writer

        return Writer(
            self.database,
            self.log.private.sign,
            self.log.key,
            clock=lambda: 0,
            anchor_path=self.log.anchor,
        )


def end_lease(log: Any) -> None:
    """Let the time of the lease be over, as the database's clock has it."""
    with log.database().define() as connection:
        connection.exec_driver_sql(
            "UPDATE state SET lease_until = clock_timestamp() - make_interval(secs => 1)"
        )


def epoch(log: Any) -> int:
    """Return the state's epoch."""
    with log.database().read() as connection:
        return rows.state(connection).epoch


def test_one_has_it(server_log_at: Callable[..., Any]) -> None:
    """The second server is told no, and who the first one is; anyone else cannot append."""
    log = server_log_at()
    one, two = Node(log, "one https://one.example"), Node(log, "two")
    assert one.lease.holder() is None
    assert one.lease.hold()
    assert one.lease.hold(), "who has it has it"
    assert not two.lease.hold()
    holder = two.lease.holder()
    assert holder is not None
    assert ("one https://one.example", True) == (holder.name, holder.is_current)
    assert (0,) == one.writer().append([b"a"]).indexes
    with pytest.raises(LogError, match=r"one https://one.example has the lease on the log"):
        log.writer().append([b"b"])
    one.lease.release()
    assert two.lease.hold()
    assert (1,) == two.writer().append([b"b"]).indexes


def test_taken_over(server_log_at: Callable[..., Any]) -> None:
    """A server whose time was over is fenced: it signs, publishes and appends nothing any more."""
    log = server_log_at()
    one, two = Node(log, "one"), Node(log, "two")
    assert one.lease.hold()
    sleeping = one.writer()
    sleeping.append([b"a"])
    sleeping.hand_in([b"committed, not acknowledged"])
    before = epoch(log)
    end_lease(log)
    assert two.lease.hold()
    assert epoch(log) > before, "taking over raises the epoch"
    awake = two.writer()
    assert (2,) == awake.append([b"b"]).indexes
    for what in (sleeping.settle, lambda: one.writer().append([b"c"]), one.lease.renew):
        with pytest.raises(LogError, match="no lease on the log any more"):
            what()
    with pytest.raises(LogError, match="no lease on the log any more"):
        one.lease.hold()
    one.lease.release()
    assert not one.lease.hold()
    assert (3,) == awake.append([b"d"]).indexes
    with log.database().read() as connection:
        assert all(item.problem is None for item in replay(connection))
        assert 4 == rows.state(connection).published


def test_late_renewal(server_log_at: Callable[..., Any]) -> None:
    """A lease whose time was over is still its holder's while nobody took it."""
    log = server_log_at()
    one, two = Node(log, "one"), Node(log, "two")
    assert one.lease.hold()
    writer = one.writer()
    end_lease(log)
    holder = two.lease.holder()
    assert holder is not None
    assert not holder.is_current
    assert (0,) == writer.append([b"a"]).indexes
    one.lease.renew()
    assert not two.lease.hold()


def test_asleep_inside_a_copy(
    server_log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sleeps with the row, where no time limit reaches it, is no obstacle.

    While its lease lasts it is left alone.
    """
    log = server_log_at()
    one, two = Node(log, "one", seconds=3), Node(log, "two")
    asked = time.monotonic()
    assert one.lease.hold()
    begun, wakes = threading.Event(), threading.Event()
    told: list[LogError] = []

    def rows_of_a_sleeper() -> Iterator[bytes]:
        yield next(bulk.stream([]))[:-2]  # without its end
        begun.set()
        wakes.wait(timeout=60)

    def sleep() -> None:
        try:
            with one.database.write() as connection:
                copy = bulk.statement("INSERT INTO entry (idx, body) VALUES (?, ?)")
                connection.connection.cursor().execute(copy, stream=rows_of_a_sleeper())
        except LogError as err:
            told.append(err)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    try:
        assert begun.wait(timeout=30)
        assert not two.lease.hold() or time.monotonic() - asked > 3, "its lease lasts"
        while (holder := two.lease.holder()) is not None and holder.is_current:
            time.sleep(0.05)
        monkeypatch.setattr(lease, "STILL_SECONDS", 1)
        assert two.lease.hold()
        assert (0,) == two.writer().append([b"a"]).indexes
    finally:
        wakes.set()
        sleeper.join(timeout=30)
    assert "was lost" in told[0].problem
    with pytest.raises(LogError, match="no lease on the log any more"):
        one.lease.renew()


def test_time_is_the_databases(server_log_at: Callable[..., Any]) -> None:
    """A lease of no length is over at once, whatever the servers' clocks say."""
    log = server_log_at()
    one, two = Node(log, "one", seconds=0), Node(log, "two")
    assert one.lease.hold()
    assert two.lease.hold()
    assert not Node(log, "three").lease.hold()


def test_many_at_once(server_log_at: Callable[..., Any]) -> None:
    """Of many servers that ask at the same moment, one gets it."""
    log = server_log_at()
    nodes = [Node(log, f"n{number}") for number in range(8)]
    taken: list[bool] = []
    gate = threading.Barrier(len(nodes))

    def ask(node: Node) -> None:
        gate.wait(timeout=30)
        taken.append(node.lease.hold())

    threads = [threading.Thread(target=ask, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [True] == [item for item in taken if item]
    assert 8 == len(taken)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
def test_names(name: str) -> None:
    """A name that others could not be told is refused."""
    with pytest.raises(UsageError, match="cannot stand in the lease"):
        Lease(None, name)  # type: ignore[arg-type]
