"""Checkpoints: every one that was ever signed, by size, time, key and witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from assurance.value import replace
from assurance_log import documents, receipts, rows
from assurance_log.checkpoint_listing import CheckpointFilters, find
from assurance_log.serve.answers import TEXT, answer, document
from assurance_log.serve.cursors import Cursor
from assurance_log.serve.heads import head, no_checkpoint
from assurance_log.serve.paged import Listing, paged
from assurance_log.serve.parameters import Parameters, number_in_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service

_KNOWN: Final = ("first", "last", "since", "until", "key", "witness", "limit", "cursor")


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def checkpoints(request: Request) -> Response:
        return await paged(service, request, LISTING)

    async def checkpoint(request: Request) -> Response:
        Parameters(request)
        size = number_in_path(request, "size")
        return document(request, await service.read(lambda connection: _one(connection, size)))

    async def note(request: Request) -> Response:
        Parameters(request)
        size = number_in_path(request, "size")
        signed = await service.read(lambda connection: head(connection, size)[0])
        return answer(request, signed.encode(), TEXT)

    return [
        Route("/v1/checkpoints", checkpoints, methods=["GET"]),
        Route("/v1/checkpoints/{size}", checkpoint, methods=["GET"]),
        Route("/v1/checkpoints/{size}/note", note, methods=["GET"]),
    ]


def _filters_of(asked: Parameters) -> CheckpointFilters:
    """Return what a query asks for.

    Raises:
        ProblemError: 400.
    """
    return CheckpointFilters(
        first=asked.number("first"),
        last=asked.number("last"),
        since=asked.moment("since"),
        until=asked.moment("until", is_end=True),
        key=asked.key_hash("key"),
        witness=asked.text("witness"),
    )


def _page_of(
    connection: Connection, filters: CheckpointFilters, limit: int, cursor: Cursor | None
) -> tuple[dict[str, Any], Cursor | None]:
    """Return a page of the list, and where the next one begins; None for the last."""
    signed, size = head(connection, None if cursor is None else cursor.size)
    last = size if cursor is None else cursor.after - 1
    last = last if filters.last is None else min(filters.last, last)
    found = list(find(connection, replace(filters, last=last), limit=limit + 1))
    page = {
        "tree_head": documents.described(signed),
        "checkpoints": _documents(connection, found[:limit]),
    }
    more = len(found) > limit
    return page, Cursor(size=size, after=found[limit - 1].size) if more else None


LISTING: Final = Listing(name="checkpoints", known=_KNOWN, filters_of=_filters_of, page_of=_page_of)
"""All of them, newest first."""


def _documents(
    connection: Connection, found: Sequence[rows.StoredCheckpoint]
) -> list[dict[str, Any]]:
    signed = receipts.witnessed_each(connection, found)
    return [
        documents.checkpoint_of(each, stored.signed_at)
        for each, stored in zip(signed, found, strict=True)
    ]


def _one(connection: Connection, size: int) -> dict[str, Any]:
    stored = next(rows.checkpoints(connection, start=size), None)
    if stored is None or stored.size != size:
        raise no_checkpoint(size)
    return _documents(connection, [stored])[0]
