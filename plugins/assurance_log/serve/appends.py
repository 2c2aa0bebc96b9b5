"""Appending over HTTP: one entry, one bundle, or a batch; each answered with receipts.

The answer comes when a durable, signed checkpoint covers every entry, witnesses and anchor
included. What is in the log already keeps its index, so that a request whose answer was lost may be
sent again as it is.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from assurance import strict_json
from assurance.errors import CredentialsError, FormatError, RefusedError
from assurance.interfaces import AppendRequest
from assurance.tlog import base64_strict, tile
from assurance_log import documents, receipts, records
from assurance_log.batches import MAX_BATCH
from assurance_log.serve.answers import BYTES, JSON
from assurance_log.serve.bodies import Bodies
from assurance_log.serve.problems import ProblemError, bad_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from assurance_log.serve.appender import Appender
    from assurance_log.serve.service import Service
    from assurance_log.store import Store

JSON_LINES = "application/jsonl"
_HEADERS = {"Cache-Control": "no-store"}


def routes(service: Service) -> list[Route]:
    """Return the routes."""
    bodies = Bodies(service.limits)

    def in_turn(body: bytes) -> list[bytes]:
        with service.turn:
            return _batch(body)

    async def append_entry(request: Request) -> Response:
        await _admit(service, request)
        body = await bodies.read(request, BYTES, most=tile.MAX_ENTRY)
        try:
            return await _appended(service, [body], [], one=True)
        finally:
            bodies.done(body)

    async def append_bundle(request: Request) -> Response:
        await _admit(service, request)
        body = await bodies.read(request, JSON_LINES)
        try:
            if not body:
                raise bad_request("the bundle is empty", remedy="send the bundle file's bytes")
            return await _appended(service, [records.entry_of(body)], [body], one=True)
        finally:
            bodies.done(body)

    async def append_batch(request: Request) -> Response:
        await _admit(service, request)
        body = await bodies.read(request, JSON)
        try:
            entries = await run_in_threadpool(in_turn, body)
            return await _appended(service, entries, [], one=False)
        finally:
            bodies.done(body)

    return [
        Route("/v1/entries", append_entry, methods=["POST"]),
        Route("/v1/bundles", append_bundle, methods=["POST"]),
        Route("/v1/batches", append_batch, methods=["POST"]),
    ]


async def _admit(service: Service, request: Request) -> None:
    """Ask the authenticator, before a byte of the body is read.

    Raises:
        ProblemError: 401 or 403.
        AssuranceError: it could not be found out.
    """
    authenticator = service.authenticator
    asked = AppendRequest(
        bound=service.bound,
        peer="" if request.client is None else request.client.host,
        method=request.method,
        path=request.url.path,
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
        ),
    )
    headers = {"Connection": "close"}
    try:
        request.state.appended_by = await run_in_threadpool(authenticator.authenticate, asked)
    except CredentialsError as err:
        challenge = authenticator.challenge
        if challenge is not None:
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "credentials",
                err.problem,
                remedy=err.remedy,
                headers={"WWW-Authenticate": challenge, **headers},
            ) from err
        raise _forbidden(err, headers) from err
    except RefusedError as err:
        raise _forbidden(err, headers) from err


def _forbidden(err: RefusedError, headers: dict[str, str]) -> ProblemError:
    return ProblemError(
        HTTPStatus.FORBIDDEN, "may-not-append", err.problem, remedy=err.remedy, headers=headers
    )


async def _appended(
    service: Service, entries: Sequence[bytes], contents: Sequence[bytes], *, one: bool
) -> Response:
    def work(appender: Appender, database: Store) -> bytes:
        done = appender.append(entries, contents=contents)
        with service.turn, database.read() as connection:
            made = receipts.each(
                connection, done.indexes, done.checkpoint, done.size, service.tiles
            )
            found = [
                {"index": receipt.index, "receipt": receipt.encode().decode("utf-8")}
                for receipt in made
            ]
            head = {"tree_head": documents.described(done.checkpoint)}
            return strict_json.dumps({**head, **found[0]} if one else {**head, "appended": found})

    return Response(await service.append(work), media_type=JSON, headers=_HEADERS)


def _batch(body: bytes) -> list[bytes]:
    """Return the entries of a batch: `{"entries": [BASE64, ...]}`.

    Raises:
        ProblemError: 400: it is something else.
    """
    try:
        found = strict_json.loads(body, what="the batch")
    except FormatError as err:
        raise bad_request(err.problem, remedy=err.remedy) from err
    texts = found.get("entries") if isinstance(found, dict) else None
    if not isinstance(texts, list) or set(found) != {"entries"}:
        raise _wrong("is not an object with the one key `entries`, a list")
    if not 1 <= len(texts) <= MAX_BATCH:
        raise _wrong(f"has {len(texts):,} entries; it takes 1 to {MAX_BATCH:,}")
    entries = []
    for number, text in enumerate(texts):
        entry = base64_strict.decode(text) if isinstance(text, str) else None
        if entry is None or len(entry) > tile.MAX_ENTRY:
            raise _wrong(
                f"has at place {number} no canonical base64 of at most {tile.MAX_ENTRY:,} bytes"
            )
        entries.append(entry)
    return entries


def _wrong(problem: str) -> ProblemError:
    return bad_request(
        f"the batch {problem}", remedy='send {"entries": ["BASE64", ...]}, in parts if need be'
    )
