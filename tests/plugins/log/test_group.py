"""Group commit: clients in threads share a transaction, and each gets its own answer."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, RefusedError
from assurance.tlog import merkle
from assurance_log import receipts, rows
from assurance_log.group import Group

if TYPE_CHECKING:
    from collections.abc import Callable


class Held:
    """Holds the first transaction open until the others wait behind it."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        """Do `then` at the first point that is reached once the hold is over."""
        self.reached, self.go, self.then = threading.Event(), threading.Event(), then

    def __call__(self, point: str) -> None:
        """Be a failpoint."""
        if point != "before-commit":
            return
        if not self.reached.is_set():
            self.reached.set()
            assert self.go.wait(30)
        else:
            self.then()


def run_held(log: Any, held: Held, batches: list[list[bytes]]) -> list[Any]:
    """Append a first batch, and while it is written, each of `batches` from its own thread."""
    writer = log.writer()
    writer._failpoint = held
    group = Group(writer)
    answers: list[Any] = [None] * (len(batches) + 1)

    def client(number: int, batch: list[bytes]) -> None:
        try:
            answers[number] = group.append(batch)
        except Exception as err:  # noqa: BLE001 - looked at by the test
            answers[number] = err

    threads = [threading.Thread(target=client, args=(0, [b"first"]))]
    threads[0].start()
    assert held.reached.wait(30)
    for number, batch in enumerate(batches, 1):
        threads.append(threading.Thread(target=client, args=(number, batch)))
        threads[-1].start()
        while len(group._queue) < number:
            threading.Event().wait(0.005)
    held.go.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return answers


def test_those_who_wait_share_a_transaction(log_at: Callable[..., Any]) -> None:
    """Five clients behind a sixth are in one transaction, under one checkpoint."""
    log = log_at()
    batches = [[b"%d-%d" % (client, i) for i in range(client + 1)] for client in range(5)]
    first, *others = run_held(log, Held(), batches)
    assert (0,) == first.indexes
    with log.database().read() as connection:
        assert [0, 1, 16] == [stored.size for stored in rows.checkpoints(connection)]
        for batch, done in zip(batches, others, strict=True):
            assert (len(batch), 16) == (len(done.indexes), done.size)
            for entry, index in zip(batch, done.indexes, strict=True):
                receipt = receipts.receipt(connection, index, done.checkpoint, done.size)
                receipt.includes(merkle.leaf_hash(entry))


def test_same_entry_from_two_clients(log_at: Callable[..., Any]) -> None:
    """An entry that two clients bring at the same time is in the log once, for both."""
    _, one, other = run_held(log_at(), Held(), [[b"a", b"b"], [b"b", b"c"]])
    assert ((1, 2), (2, 3)) == (one.indexes, other.indexes)


def test_more_than_one_transaction_takes(log_at: Callable[..., Any]) -> None:
    """Batches that do not fit together go in one after the other."""
    batches = [[b"%d-%d" % (client, i) for i in range(2500)] for client in range(3)]
    log = log_at()
    _, *others = run_held(log, Held(), batches)
    assert [2501, 5001, 7501] == [done.size for done in others]


def test_wrong_batch_is_refused_alone(log_at: Callable[..., Any]) -> None:
    """An entry that is too long fails its own client before it waits with others."""
    group = Group(log_at().writer())
    with pytest.raises(RefusedError, match="at most 65535"):
        group.append([b"fine", b"x" * 65_536])
    assert not group._queue
    assert (0,) == group.append([b"good"]).indexes


def test_failure_is_told_to_everyone_in_it(log_at: Callable[..., Any]) -> None:
    """When a transaction fails, all that it would have acknowledged hear it: the one before too."""

    def fail() -> None:
        raise LogError("the disk is full", remedy="make room", where="log.db")

    log = log_at()
    first, one, other = run_held(log, Held(fail), [[b"a"], [b"b"]])
    assert 3 == len({id(told) for told in (first, one, other)})
    for told in (first, one, other):
        assert isinstance(told, LogError)
        assert ("the disk is full", "make room") == (told.problem, told.remedy)
    with log.database().read() as connection:
        assert (1, 0) == (rows.state(connection).size, rows.state(connection).published)
    assert (0, 1, 2) == log.writer().append([b"first", b"a", b"b"]).indexes


def test_thread_that_is_stopped(log_at: Callable[..., Any]) -> None:
    """A client whose thread ends while it writes for others leaves nobody waiting."""

    def stop() -> None:
        raise KeyError("not a failure of the log")

    first, *others = run_held(log_at(), Held(stop), [[b"a"], [b"b"]])
    assert isinstance(first, KeyError)
    for told in others:
        assert isinstance(told, LogError)
        assert "was stopped while it wrote: KeyError" in str(told)


def test_alone_is_as_without_a_group(log_at: Callable[..., Any]) -> None:
    """One client after another: one checkpoint for each batch."""
    log = log_at()
    group = Group(log.writer())
    assert [(0,), (1,), (0,)] == [group.append([entry]).indexes for entry in (b"a", b"b", b"a")]
    with log.database().read() as connection:
        assert [0, 1, 2] == [stored.size for stored in rows.checkpoints(connection)]
