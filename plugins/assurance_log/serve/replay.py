"""The whole history as a stream, for whoever goes through it again without trusting the log.

NDJSON, one object a line: `log` (origin and keys), then for each checkpoint in order `checkpoint`
(the signed note, with the consistency proof from the one before) and an `entry` for each that it
adds, then `end`. A stream without `end` was cut. It is read in short transactions: a log only
grows, so that one long look at it is not needed, and a slow reader stands in nobody's way.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse
from starlette.routing import Route

from assurance import strict_json
from assurance.tlog import base64_strict, merkle
from assurance_log import documents, receipts, rows
from assurance_log.serve.heads import head
from assurance_log.serve.parameters import Parameters
from assurance_log.serve.problems import RETRY_SECONDS, ProblemError, bad_request, unavailable
from assurance_log.serve.rate import client_key
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from assurance_log.serve.service import Service

MEDIA_TYPE: Final = "application/x-ndjson"
STREAMS: Final = 8
"""Replays at a time."""
OF_ONE_CLIENT: Final = STREAMS // 2
"""... of one client, where clients can be told apart: nobody keeps all the others out."""
_HEADERS: Final = {"Cache-Control": "no-store"}
_CHECKPOINTS: Final = 256
_ENTRIES: Final = 512
"""What is read in one transaction, at most; entries of 64 KiB are 32 MiB."""


class _Places:
    """The places for replays: taken when one is promised, not when its first byte is sent."""

    def __init__(self, most: int) -> None:
        """Have all of them free; one client may take `most`."""
        self._most = most
        self._taken: Counter[bytes] = Counter()

    def demand(self, client: bytes) -> None:
        """See that a client may begin a replay.

        Raises:
            ProblemError: it has its share, or all places are taken.
        """
        if self._taken.total() >= STREAMS:
            raise unavailable(
                f"{STREAMS} replays are running", remedy="ask again later", kind="busy"
            )
        if self._taken[client] >= self._most:
            raise ProblemError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "rate-limited",
                f"{self._most} replays of this client are running",
                remedy="read one of them to its end, then ask again",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )

    def take(self, client: bytes) -> None:
        """Take a place."""
        self._taken[client] += 1

    def give_back(self, client: bytes) -> None:
        """Give one back; nobody is remembered who has none."""
        self._taken[client] -= 1
        self._taken += Counter()


class _Replay(StreamingResponse):
    """A replay in its place, which is free again however it ends."""

    def __init__(self, stream: AsyncIterator[bytes], places: _Places, client: bytes) -> None:
        super().__init__(stream, media_type=MEDIA_TYPE, headers=_HEADERS)
        self._places = places
        self._client = client
        places.take(client)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.give_back(self._client)


def routes(service: Service) -> list[Route]:
    """Return the routes."""
    # Without a limit for each client there is a proxy before this server: all are one.
    places = _Places(OF_ONE_CLIENT if service.limits.rate else STREAMS)

    async def replay(request: Request) -> Response:
        asked = Parameters(request, "from", "to")
        old = asked.number("from") or 0
        start = await service.read(lambda connection: _start(connection, old, asked.number("to")))
        client = client_key(request.client.host if request.client else "")
        places.demand(client)
        if request.method == "HEAD":  # the log is not gone through for nobody
            return StreamingResponse(_nothing(), media_type=MEDIA_TYPE, headers=_HEADERS)
        return _Replay(_stream(service, start), places, client)

    return [Route("/v1/replay", replay, methods=["GET"])]


async def _nothing() -> AsyncIterator[bytes]:
    yield b""


def _line(kind: str, **fields: Any) -> bytes:
    return strict_json.dumps({"type": kind, **fields}) + b"\n"


def _start(connection: Connection, old: int, new: int | None) -> dict[str, Any]:
    """Return the first line's fields, once it is known that the replay can begin and end so."""
    _, size = head(connection, new)
    if old:
        head(connection, old)
    if old > size:
        raise bad_request(
            f"`from` is {old}, and the replay would end at {size}", remedy="give a smaller `from`"
        )
    return {
        "origin": rows.origin(connection),
        "keys": documents.key_spans(rows.vkeys(connection)),
        "from": old,
        "to": size,
    }


async def _stream(service: Service, start: dict[str, Any]) -> AsyncIterator[bytes]:
    yield _line("log", **start)
    old, end, count = start["from"], start["to"], 0
    # From the beginning, the empty tree's checkpoint is one of the history.
    above = old or -1
    while above < end:
        part = await service.read(partial(_checkpoints, above=above, end=end))
        if not part:
            raise RuntimeError(f"the checkpoint of {end} entries is gone")
        for size, line in part:
            yield line
            for first in range(old, size, _ENTRIES):
                last = min(first + _ENTRIES, size)
                yield await service.read(partial(_entries, first=first, last=last))
            old, above, count = size, size, count + 1
    yield _line("end", size=end, checkpoints=count)


def _checkpoints(connection: Connection, *, above: int, end: int) -> list[tuple[int, bytes]]:
    """Return (size, line) of the next checkpoints after the one of `above` entries."""
    tree = Tree(connection, end)  # full subtrees are the same in every tree that has them
    found = []
    old = max(above, 0)
    for stored in islice(rows.checkpoints(connection, start=above + 1), _CHECKPOINTS):
        if stored.size > end:
            break
        signed = receipts.witnessed(connection, stored)
        proof = merkle.consistency_proof(old, stored.size, tree.node)
        line = _line(
            "checkpoint",
            **documents.checkpoint_of(signed, stored.signed_at),
            consistency={"from": old, "hashes": [base64_strict.encode(part) for part in proof]},
        )
        found.append((stored.size, line))
        old = stored.size
    return found


def _entries(connection: Connection, *, first: int, last: int) -> bytes:
    lines = [
        _line("entry", index=index, entry=base64_strict.encode(body))
        for index, body in rows.entries(connection, first, last)
    ]
    if len(lines) != last - first:
        raise RuntimeError(f"an entry from {first} to {last} is gone")
    return b"".join(lines)
