"""The process: opens the log, listens, and ends so that nothing acknowledged is lost.

SIGTERM and SIGINT end it in order: no new connections, what is running is answered (appends to
their end, however long), then the log is closed. Where the disk failed, the process ends with 3:
only a new one sees what the disk really has.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from assurance.errors import UsageError
from assurance_log.serve.app import application
from assurance_log.serve.appender import Appender
from assurance_log.serve.connections import MAX_HEAD, Connections, protocol
from assurance_log.serve.sequencer import NotSequencerError
from assurance_log.serve.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.errors import LogError
    from assurance.interfaces import AppendAuthenticator
    from assurance_log.serve.cursors import Cursors
    from assurance_log.serve.events import Events
    from assurance_log.serve.sequencer import Sequencer
    from assurance_log.serve.service import Limits
    from assurance_log.store import Store

_KEEP_ALIVE_SECONDS: Final = 15
_ENDING_SECONDS: Final = 20
"""How long an answer may take to end when the server does; appends always end."""
_FILES: Final = 128
"""Descriptors that are not connections: databases, the anchor, the witnesses' sockets."""
_BACKLOG: Final = 2048
_SWITCH_SECONDS: Final = 0.001
"""How long a thread that computes keeps the loop waiting, which every client waits for."""


class _Server(uvicorn.Server):
    """uvicorn's server without its way of ending: a signal ends this one with exit code 0."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that the end begins, then let it take its course."""
        self._service.closing = True
        self._service.events.tell("ending")
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in order at the first signal, at once at the second SIGINT."""
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {item: signal.signal(item, self.handle_exit) for item in signals}
        try:
            yield
        finally:
            for item, handler in before.items():
                signal.signal(item, handler)


def serve(
    database: Store,
    sequencer: Sequencer | None,
    *,
    host: str,
    port: int,
    authenticator: AppendAuthenticator,
    cursors: Cursors,
    events: Events,
    limits: Limits,
) -> None:
    """Serve until a signal comes.

    Args:
        database: For reading; closed at the end.
        sequencer: Opens the log for appending; None: reads only.
        host: Address to listen on.
        port: 0: any that is free; the event `listening` says which.
        authenticator: Says who may append.
        cursors: Of listings.
        events: The server's own log.
        limits: See there.

    Raises:
        UsageError: the address cannot be listened on, or the log cannot be opened.
        LogError: the log may not be appended to, or its disk failed while it was served.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    most = _demand_files(limits, events)
    listening = _listen(host, port)
    fatal: list[LogError] = []

    def failed(err: LogError, failure: str | None) -> None:
        if isinstance(err, NotSequencerError):
            events.tell("not-sequencer", problem=err.problem)
            return
        events.tell("append-failed", level="error", problem=err.problem)
        if failure is not None or database.failure() is not None:
            fatal.append(err)
            server.should_exit = True

    def resumed() -> None:
        events.tell("appends-again")

    if sequencer is not None:
        for told in database.weaknesses():
            events.tell("weakness", level="warning", problem=told)
    shared = Connections(most)
    appender = None if sequencer is None else Appender(sequencer, failed=failed, resumed=resumed)
    service = Service(
        database,
        appender=appender,
        authenticator=authenticator,
        bound=host,
        cursors=cursors,
        events=events,
        limits=most,
    )
    server = _Server(_config(service, shared), service)
    address, bound_port = listening.getsockname()[:2]
    name = f"[{address}]" if ":" in address else address
    events.tell(
        "listening",
        url=f"http://{name}:{bound_port}",
        appends="none" if appender is None else authenticator.name,
    )
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        service.closing = True
        service.close()
    events.tell("ended", connections_refused=shared.refused)
    if fatal:
        raise fatal[0]


def _config(service: Service, shared: Connections) -> uvicorn.Config:
    app: Any = application(service)
    return uvicorn.Config(
        app,
        http=protocol(shared),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        # Whoever sends X-Forwarded-For would say who it is: the connection's other end counts.
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_ENDING_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICHOST
        )
        family, kind, number, _, address = found[0]
        listening = socket.socket(family, kind, number)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)  # who connects before the loop runs waits in the queue
    except OSError as err:
        raise UsageError(
            f"{host}:{port} cannot be listened on: {err.strerror or err}",
            remedy="give an address of this machine with --host, and a free port with --port",
            where="--host",
        ) from err
    return listening


def _demand_files(limits: Limits, events: Events) -> Limits:
    """Raise the limit of open files as far as it goes, and take fewer connections if need be.

    A refused connection has a descriptor for a moment too, so that there are two for each.
    """
    from assurance.value import replace

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * limits.connections + _FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft >= wanted:
        return limits
    fewer = max(1, (soft - _FILES) // 2)
    events.tell("fewer-connections", level="warning", connections=fewer, open_files=soft)
    return replace(limits, connections=fewer)
