"""The log's keys and its witnesses', and when each key began to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from assurance_log import documents, receipts, rows
from assurance_log.serve.answers import document
from assurance_log.serve.parameters import Parameters

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def keys(request: Request) -> Response:
        Parameters(request)
        return document(request, await service.read(all_keys))

    async def events(request: Request) -> Response:
        Parameters(request)
        return document(request, await service.read(key_events))

    return [
        Route("/v1/keys", keys, methods=["GET"]),
        Route("/v1/key-events", events, methods=["GET"]),
    ]


def all_keys(connection: Connection) -> dict[str, Any]:
    """Return the log's keys and its witnesses."""
    return {
        "tree_head": documents.described(receipts.newest(connection)[0]),
        "origin": rows.origin(connection),
        "keys": documents.key_spans(rows.vkeys(connection)),
        "witnesses": [
            {"name": name, "vkey": vkey} for name, _, vkey in rows.witness_keys(connection)
        ],
    }


def key_events(connection: Connection) -> dict[str, Any]:
    """Return when each key began, as the first checkpoint that it signed has it."""
    found = []
    before = None
    for span in documents.key_spans(rows.vkeys(connection)):
        from_size, to_size, vkey = span["from_size"], span["to_size"], span["vkey"]
        first = next(rows.checkpoints(connection, start=from_size), None)
        if first is not None and to_size is not None and first.size > to_size:
            first = None  # it is the next key's: this one was replaced before it signed
        found.append(
            {
                "event": "created" if before is None else "rotated",
                "from_size": from_size,
                "vkey": vkey,
                "replaces": before,
                "first_checkpoint": None if first is None else first.size,
                "at": None if first is None else documents.when(first.signed_at),
            }
        )
        before = vkey
    return {
        "tree_head": documents.described(receipts.newest(connection)[0]),
        "events": found,
    }
