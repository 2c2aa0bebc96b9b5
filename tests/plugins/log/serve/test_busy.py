"""More than a server does at a time: who comes then is asked to come again."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from assurance_log import rows
from assurance_log.serve import service as services
from assurance_log.serve.problems import ProblemError
from assurance_log.serve.replay import OF_ONE_CLIENT, STREAMS
from assurance_log.serve.service import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assurance_log.serve.service import Service


@pytest.fixture
def crowd() -> Iterator[Callable[..., list[socket.socket]]]:
    """Return what asks for replays, all at once, and gives those that begin; nobody reads on."""
    with contextlib.ExitStack() as stack:

        def ask(server: Any, count: int, source: str = "127.0.0.1") -> list[socket.socket]:
            readers = [stack.enter_context(socket.socket()) for _ in range(count)]
            for reader in readers:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                reader.settimeout(60)
                reader.bind((source, 0))
                reader.connect(server.address)
            for reader in readers:
                reader.sendall(b"GET /v1/replay HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return [one for one in readers if one.recv(1000).startswith(b"HTTP/1.1 200")]

        yield ask


def fill(server: Any) -> None:
    """Append so much that a replay which nobody reads does not end."""
    entries = [base64.b64encode(b"%d" % n + b"x" * 65_000).decode() for n in range(60)]
    assert 200 == server.batch({"entries": entries}).status


def test_replays(serve: Callable[..., Any], crowd: Callable[..., list[socket.socket]]) -> None:
    """One replay too many is told so; when one ends, the next begins."""
    server = serve("--rate", "0")
    fill(server)
    begun = crowd(server, 2 * STREAMS)
    assert STREAMS == len(begun)
    found = server.ask("/v1/replay")
    assert found.refused(503, "busy", f"{STREAMS} replays are running")
    assert int(found.headers["retry-after"]) > 0
    assert 200 == server.ask("/checkpoint").status
    begun[0].close()
    while found.status == 503:
        found = server.ask("/v1/replay")
    assert b'"type":"end"' in found.body.splitlines()[-1]


def test_replays_of_one_client(
    serve: Callable[..., Any], crowd: Callable[..., list[socket.socket]]
) -> None:
    """One client takes half of the places; the other half is for others, until all are taken."""
    server = serve()
    fill(server)
    first = crowd(server, STREAMS)
    assert OF_ONE_CLIENT == len(first) == STREAMS // 2
    found = server.ask("/v1/replay")
    assert found.refused(429, "rate-limited", f"{OF_ONE_CLIENT} replays of this client are running")
    assert int(found.headers["retry-after"]) > 0
    assert STREAMS - OF_ONE_CLIENT == len(crowd(server, STREAMS, "127.0.0.2"))
    assert crowd(server, 1, "127.0.0.3") == []
    assert server.ask("/v1/replay").refused(503, "busy", f"{STREAMS} replays are running")
    first[0].close()
    while found.status != 200:
        found = server.ask("/v1/replay")
    assert b'"type":"end"' in found.body.splitlines()[-1]


@pytest.mark.parametrize("what", ["reads", "appends"])
def test_queues_have_an_end(service: Callable[..., Service], what: str) -> None:
    """The queue is full: the next one is told at once, and those who wait are all answered."""
    one = service()
    most = {"reads": services._QUEUED, "appends": services._APPENDS}[what]
    gate = threading.Event()

    def work(*_: Any) -> bool:
        return gate.wait(timeout=60)

    async def crowd() -> list[bool]:
        ask = one.read if what == "reads" else one.append
        waiting = [asyncio.create_task(ask(work)) for _ in range(most)]
        await asyncio.sleep(0)
        told = (one.reads_waiting, one.appends_waiting)
        assert (most, 0) == (told if what == "reads" else told[::-1])
        with pytest.raises(ProblemError, match=f"too many {what} wait already") as caught:
            await ask(work)
        assert (503, "busy") == (caught.value.status, caught.value.kind)
        assert int(caught.value.headers["Retry-After"]) > 0
        gate.set()
        return await asyncio.gather(*waiting)

    assert [True] * most == asyncio.run(crowd())
    assert (0, 0) == (one.reads_waiting, one.appends_waiting)


def test_an_answer_that_takes_too_long(service: Callable[..., Service]) -> None:
    """It is given up with a problem, and the next one is answered."""
    one, gate = service(answer_seconds=0.2), threading.Event()

    async def asked() -> int:
        with pytest.raises(ProblemError, match=r"the answer took longer than 0\.2 s") as caught:
            await one.read(lambda _: gate.wait(timeout=60))
        assert (503, "too-slow") == (caught.value.status, caught.value.kind)
        one.limits = Limits()
        size: int = await one.read(lambda connection: rows.state(connection).size)
        gate.set()
        return size

    assert 0 == asyncio.run(asked())
