"""A list, a page at a time: what every list does alike, as JSON and on the auditor's pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from assurance_log.serve.answers import document
from assurance_log.serve.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.cursors import Cursor
    from assurance_log.serve.service import Service

_Filters = TypeVar("_Filters")


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[_Filters]):
    """One list of the log."""

    name: str
    """Of the list, in `/v1` and in its cursors."""
    known: tuple[str, ...]
    """Parameters that a query may have."""
    filters_of: Callable[[Parameters], _Filters]
    """Returns what a query asks for; raises a problem (400)."""
    page_of: Callable[
        [Connection, _Filters, int, Cursor | None], tuple[dict[str, Any], Cursor | None]
    ]
    """Returns a page of so many items from a cursor on, and where the next one begins."""


async def page_of(
    service: Service, listing: Listing[Any], asked: Parameters, limit: int
) -> dict[str, Any]:
    """Return the page that a query and its cursor ask for; `next` is the next one's cursor.

    Raises:
        ProblemError: 400, for parameters or a cursor that are not of this list.
    """
    filters = listing.filters_of(asked)
    text = asked.text("cursor")
    cursor = None if text is None else service.cursors.read(text, listing.name, asked.given)
    page, following = await service.read(
        lambda connection: listing.page_of(connection, filters, limit, cursor)
    )
    told = following and service.cursors.write(following, listing.name, asked.given)
    return {**page, "next": told}


async def paged(service: Service, request: Request, listing: Listing[Any]) -> Response:
    """Answer with a page as JSON.

    Raises:
        ProblemError: as `page_of`.
    """
    asked = Parameters(request, *listing.known)
    return document(request, await page_of(service, listing, asked, asked.limit()))
