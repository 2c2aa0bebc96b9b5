"""A witness has so much time for its whole answer, however it sends it."""

from __future__ import annotations

import socket
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from assurance.tlog import policy
from assurance_log import witnesses
from assurance_log.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = b"HTTP/1.1 200 OK\r\n"
_LENGTH = b"Content-Length: 60000\r\n\r\n"


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that sends what the test wants, then a byte every 50 ms."""
    ends = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)

    def drip() -> None:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(1 << 16)
            connection.sendall(request.param)
            while not ends.wait(0.05):
                try:
                    connection.sendall(b"X")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    ends.set()
    thread.join()
    server.close()


def _asked(url: str) -> Any:
    nobody = policy.TlogPolicy(logs=(), witnesses=(), groups=(), quorum=policy.NONE)
    item: Any = SimpleNamespace(name="w1", url=url)
    return Witnesses(nobody)._post(item, b"body")


@pytest.mark.parametrize("served", [b"", _HEAD, _HEAD + _LENGTH], indirect=True)
def test_answer_that_drips_in_is_given_up(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold every append: the limit of a connection is for each part of an answer."""
    monkeypatch.setattr(witnesses, "TIMEOUT_SECONDS", 0.5)
    started = time.monotonic()
    assert _asked(served) == "w1 does not answer: not all of its answer came in 0.5 s"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("served", [_HEAD + b"Content-Length: 2\r\n\r\nhi"], indirect=True)
def test_answer_in_time(served: str) -> None:
    """A whole answer is taken, whatever comes after it."""
    assert _asked(served).body == b"hi"
