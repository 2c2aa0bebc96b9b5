"""Clients that nobody wants: slow, many, greedy, or no HTTP at all."""

from __future__ import annotations

import base64
import contextlib
import gzip
import resource
import socket
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import pytest

from assurance_log.serve.rate import Buckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POST = b"POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"


@contextlib.contextmanager
def connected(server: Any) -> Iterator[socket.socket]:
    """A connection of our own."""
    with socket.create_connection(server.address, timeout=30) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Read to the end, however it comes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "encoding", ["gzip", "br", "deflate, gzip", "GZIP", "identity, gzip", "zstd"]
)
def test_compressed_bodies_are_refused(server: Any, encoding: str) -> None:
    """A gigabyte in a megabyte is never unpacked: no encoding is taken at all."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    for path, kind in (
        ("/v1/entries", "application/octet-stream"),
        ("/v1/bundles", "application/jsonl"),
        ("/v1/batches", "application/json"),
    ):
        told = {"Content-Type": kind, "Content-Encoding": encoding}
        found = server.ask(path, method="POST", body=bomb, headers=told)
        assert found.refused(415, "content-encoding", "compressed bodies are not taken")
        assert "identity" == found.headers["accept-encoding"]


def test_other_types_are_refused(server: Any) -> None:
    """What a web page can send without asking first is not taken."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        headers = {"Content-Type": kind} if kind else {}
        found = server.ask("/v1/entries", method="POST", body=b"x", headers=headers)
        assert found.refused(415, "media-type", "not of type application/octet-stream")


@pytest.mark.parametrize("length", [b"65536", b"99999999999999999999", b"9223372036854775808"])
def test_a_body_that_is_announced_too_long(server: Any, length: bytes) -> None:
    """It is refused before it is sent."""
    with connected(server) as connection:
        connection.sendall(POST + b"Content-Length: " + length + b"\r\n\r\n")
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 4"), answer
    assert b"413" in answer or b"400" in answer


def test_chunks_without_an_end(server: Any) -> None:
    """A body without a length ends where it is too long."""
    with connected(server) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                connection.sendall(chunk)
        answer = rest(connection)
    assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0], answer


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"b" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\r\n" * 20_000,
    ],
    ids=[
        *("long-path", "long-header", "many-headers", "tls", "version", "http-0.9"),
        *("two-lengths", "length-and-chunked", "two-hosts", "newlines"),
    ],
)
def test_no_http(server: Any, head: bytes) -> None:
    """What is no request, or an odd one, is refused or sent to the pages: nothing comes of it."""
    with connected(server) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    status = answer.split(b"\r\n")[0].removeprefix(b"HTTP/1.1 ")[:3]
    odd = {b"302", b"405"} if b"HTTP/" in head else set()
    assert status in {b"400", b""} | odd, answer
    assert 200 == server.ask("/healthz").status


SLOW = ("--request-seconds", "1.5", "--answer-seconds", "2")


@pytest.fixture(scope="module")
def hasty(
    tmp_path_factory: pytest.TempPathFactory,
    make_log: Callable[[Path], None],
    start_server: Callable[..., Any],
) -> Iterator[Any]:
    """Return a server that waits for nobody; the log has more than a connection buffers."""
    folder = tmp_path_factory.mktemp("hasty")
    make_log(folder)
    anchored = ("--anchor", "away/anchor", "--rate", "0")
    patient = start_server(folder, *anchored)
    for first in (0, 30):
        entries = [b"%d" % number + b"x" * 65_000 for number in range(first, first + 30)]
        document = {"entries": [base64.b64encode(entry).decode() for entry in entries]}
        assert 200 == patient.batch(document).status
    assert 0 == patient.stop()
    server = start_server(folder, *anchored, *SLOW)
    yield server
    assert 0 == server.stop()
    assert not server.events("bug")


def is_ended(connection: socket.socket, drip: bytes, seconds: float) -> bool:
    """Send a byte now and then; return whether the server ends the connection before that time."""
    end = time.monotonic() + seconds
    connection.settimeout(0.1)
    while time.monotonic() < end:
        try:
            connection.sendall(drip)
            if connection.recv(65_536) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def still_answers(server: Any) -> bool:
    """Say whether a server answers; on a busy machine we may be too slow for it now and then."""
    for _ in range(50):
        with contextlib.suppress(OSError, HTTPException):
            return bool(server.ask("/checkpoint").status == 200)
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("begin", "drip"),
    [
        (b"", b""),
        (b"GET /checkpoint HTTP/1.1\r\nHost: localhost\r\n", b"X"),
        (b"GET /checkpoint HTTP/1.1\r\nHost: localhost\r\n", b""),
        (POST + b"Content-Length: 1000\r\n\r\n", b"x"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["nothing", "head-drips", "head-stops", "body-drips", "chunks-drip"],
)
def test_slow_senders_are_ended(hasty: Any, begin: bytes, drip: bytes) -> None:
    """A request that is not there in time ends its connection, whatever drips in meanwhile."""
    before = time.monotonic()
    with connected(hasty) as connection:
        connection.sendall(begin)
        assert is_ended(connection, drip, 60)
    assert 1.4 < time.monotonic() - before, "it had its time"
    assert still_answers(hasty)
    assert not hasty.events("bug")


def test_a_client_that_does_not_read(hasty: Any) -> None:
    """Whoever asks for a long stream and takes none of it loses the connection."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(hasty.address)
        connection.sendall(b"GET /v1/replay HTTP/1.1\r\nHost: localhost\r\n\r\n")
        end = time.monotonic() + 60
        while not [event for event in hasty.events("request") if event["route"] == "/v1/replay"]:
            assert time.monotonic() < end, "it waits for a client that does not read"
            time.sleep(0.1)
        connection.settimeout(60)
        got = rest(connection)
    assert got.startswith(b"HTTP/1.1 200")
    assert b'"type":"end"' not in got, "the whole stream was kept for a client that does not read"
    assert still_answers(hasty)


def test_a_kept_connection_is_idle_for_a_while(server: Any) -> None:
    """Several requests go through one connection, also pipelined ones."""
    ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with connected(server) as connection:
        connection.sendall(ask)
        time.sleep(0.2)
        connection.sendall(ask + last)
        assert 3 == rest(connection).count(b"HTTP/1.1 200 OK")


def crowd(server: Any, count: int, kept: int) -> tuple[int, int, list[bytes]]:
    """Open so many connections; return how many were kept, how many refused, and the answers.

    Looks until no more than `kept` are without an answer, and a little later once more.
    """
    with contextlib.ExitStack() as stack:
        waiting = []
        for _ in range(count):
            connection = socket.create_connection(server.address, timeout=30)
            waiting.append(stack.enter_context(connection))
            connection.settimeout(0)
        answers: list[bytes] = []
        for pause in (*[0.1] * 600, 0.5):
            if pause == 0.1 and len(waiting) <= kept:
                continue
            time.sleep(pause)
            waiting = [connection for connection in waiting if not answered(connection, answers)]
        return len(waiting), len(answers), answers


def answered(connection: socket.socket, answers: list[bytes]) -> bool:
    """See whether there is an answer, without waiting, and keep it."""
    try:
        answers.append(connection.recv(65_536))
    except BlockingIOError:
        return False
    except ConnectionError:
        answers.append(b"")
    return True


def test_connections_too_many_are_told_so(serve: Callable[..., Any]) -> None:
    """The ones over the limit are answered 503 with `Retry-After`; the others are not touched."""
    server = serve("--connections", "20", "--request-seconds", "300")
    with connected(server) as mine:
        kept, refused, answers = crowd(server, 60, 19)
        assert (19, 41) == (kept, refused)
        for answer in answers:
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n"), answer
            assert b"\r\nRetry-After: 2\r\n" in answer
            assert b"application/problem+json" in answer
            assert b"20 connections are open already" in answer
        mine.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert rest(mine).startswith(b"HTTP/1.1 200 OK")
    more = 0  # it may take a moment to see that they are gone
    while more < 300 and server.ask("/checkpoint").status == 503:
        more += 1
        time.sleep(0.1)
    assert 200 == server.ask("/checkpoint").status
    assert 0 == server.stop()
    assert 41 + more == server.events("ended")[0]["connections_refused"]


@pytest.mark.slow
def test_ten_thousand_connections(serve: Callable[..., Any]) -> None:
    """10,000 open connections (fewer where the limit of open files is lower) end in refusals."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = 10_000 if hard == resource.RLIM_INFINITY else min(10_000, hard - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count + 200, hard)), hard))
    try:
        server = serve("--connections", "1000", "--request-seconds", "300")
        with connected(server) as mine:
            kept, refused, answers = crowd(server, count, 999)
            assert kept == 999, f"{count} connections: {kept} kept, {refused} refused"
            polite = sum(answer.startswith(b"HTTP/1.1 503") for answer in answers)
            assert count - 999 == polite
            mine.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert rest(mine).startswith(b"HTTP/1.1 200 OK")
        assert 0 == server.stop()
        assert not server.events("bug")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_client_that_asks_too_often(serve: Callable[..., Any]) -> None:
    """More than the rate is answered 429 with `Retry-After`; health is answered all the same."""
    server = serve("--rate", "0.02")
    statuses = [server.ask("/checkpoint").status for _ in range(205)]
    assert [200] * 200 == statuses[:200]
    last = server.ask("/checkpoint")
    assert last.refused(429, "rate-limited", "more than 0.02 requests a second")
    assert 1 <= int(last.headers["retry-after"]) <= 50
    assert 200 == server.ask("/readyz").status


def test_buckets() -> None:
    """Tokens come back with time, for each client apart, in bounded memory."""
    now = 0.0
    buckets = Buckets(2.0, 3, lambda: now)
    assert [0, 0, 0, 1] == [buckets.take("10.0.0.1") for _ in range(4)]
    assert 0 == buckets.take("10.0.0.2")
    now = 0.5
    assert [0, 1] == [buckets.take("10.0.0.1") for _ in range(2)]
    assert [0, 0, 0, 1] == [buckets.take(f"2001:db8::{n}") for n in range(4)], "one /64, one client"
    assert 0 == buckets.take("2001:db8:0:1::1")
    assert [0, 0, 0, 1] == [buckets.take("::ffff:10.0.0.2") for _ in range(4)]
    assert 0 == buckets.take("no address")
    for number in range(10_001):
        buckets.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert 10_000 == len(buckets._left)
    assert [0] * 50 == [Buckets(0, 1, lambda: now).take("x") for _ in range(50)]
