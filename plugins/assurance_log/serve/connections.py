"""HTTP connections with limits that uvicorn has none of: how many, how slow, how long a head.

A connection too many is answered 503 at once and read for a second, so that the answer arrives
before the reset. A request must be there as a whole some seconds after its first byte (a new
connection's: after it was opened), whatever drips in meanwhile. A client that does not take an
answer loses the connection. Who is in the middle of a request when the server ends is answered.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from assurance import strict_json
from assurance_log.serve.problems import MEDIA_TYPE, ProblemError, unavailable

if TYPE_CHECKING:
    import asyncio

    from assurance_log.serve.service import Limits

MAX_HEAD: Final = 16 * 1024
"""Bytes of a request's line and headers."""
_LINGER_SECONDS: Final = 1.0


class Connections:
    """What the connections of one server share."""

    def __init__(self, limits: Limits) -> None:
        """Have none yet."""
        self.limits = limits
        self.refusing = 0
        """Connections too many that are being told so."""
        self.refused = 0
        """All of them since the process began."""


def protocol(shared: Connections) -> type[H11Protocol]:
    """Return the protocol class of one server's connections."""

    class Limited(_Limited):
        connections_shared = shared

    return Limited


class _Limited(H11Protocol):
    connections_shared: Connections

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or say that there are too many."""
        shared = self.connections_shared
        if len(self.connections) >= shared.limits.connections:
            self._refuse(transport)
            return
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection and its timers."""
        self._disarm()
        self._end_stall()
        if self._is_refused:
            self.connections_shared.refusing -= 1
            return
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; one request is given its time once, not with each byte again."""
        if self._is_refused:
            return
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self._arm()
        else:
            self._disarm()

    def on_response_complete(self) -> None:
        """After an answer, the client may keep the connection; a body not sent may not."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._begin_stall()
        elif self.conn.their_state is h11.IDLE:
            self._disarm()  # the keep-alive time runs now

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, also where its last answer was never taken."""
        super().timeout_keep_alive_handler()
        self._begin_stall()

    def pause_writing(self) -> None:
        """Give the client some time to take what is written."""
        super().pause_writing()
        self._begin_stall()

    def resume_writing(self) -> None:
        """Go on: the client takes what is written."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._end_stall()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request, or has too long a head, with a problem."""
        del msg
        problem = ProblemError(
            HTTPStatus.BAD_REQUEST,
            "no-request",
            f"no HTTP/1.1 request with a head of at most {MAX_HEAD:,} bytes",
            remedy="send a shorter query and fewer headers, as RFC 9112 writes them",
        )
        self.transport.write(_raw(problem))
        self.transport.close()
        self._begin_stall()

    def _refuse(self, transport: asyncio.Transport) -> None:
        shared = self.connections_shared
        self.transport = transport
        self._is_refused = True
        shared.refusing += 1
        shared.refused += 1
        problem = unavailable(
            f"{shared.limits.connections} connections are open already",
            remedy="connect again",
            kind="too-many-connections",
        )
        transport.write(_raw(problem))
        if shared.refusing > shared.limits.connections:
            transport.close()
            return
        if transport.can_write_eof():
            transport.write_eof()
        self._stalled = self.loop.call_later(_LINGER_SECONDS, transport.abort)

    def _arm(self) -> None:
        if self._deadline is None:
            seconds = self.connections_shared.limits.request_seconds
            self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        """End a request that does not arrive; the application answers a body that is late."""
        self._deadline = None
        if self.conn.their_state is h11.SEND_BODY and not self.cycle.response_complete:
            self._deadline = self.loop.call_later(_LINGER_SECONDS, self.transport.abort)
        else:
            self.transport.abort()

    def _begin_stall(self) -> None:
        if self._stalled is None:
            seconds = self.connections_shared.limits.answer_seconds
            self._stalled = self.loop.call_later(seconds, self.transport.abort)

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def _raw(problem: ProblemError) -> bytes:
    """Return a whole answer for a connection that h11 has no part in any more."""
    body = strict_json.dumps(problem.document())
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Connection": "close",
        **problem.headers,
    }
    lines = [f"HTTP/1.1 {problem.status.value} {problem.status.phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
