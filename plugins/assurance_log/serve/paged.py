"""A list as JSON, a page at a time: what every list of `/v1` does alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from assurance_log.serve.answers import document
from assurance_log.serve.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.cursors import Cursor
    from assurance_log.serve.service import Service

_Filters = TypeVar("_Filters")


async def paged(
    service: Service,
    request: Request,
    name: str,
    known: Sequence[str],
    filters_of: Callable[[Parameters], _Filters],
    page_of: Callable[
        [Connection, _Filters, int, Cursor | None], tuple[dict[str, Any], Cursor | None]
    ],
) -> Response:
    """Answer with the page that the query and its cursor ask for.

    Raises:
        ProblemError: 400, for parameters or a cursor that are not of this list.
    """
    asked = Parameters(request, *known)
    filters = filters_of(asked)
    limit = asked.limit()
    text = asked.text("cursor")
    cursor = None if text is None else service.cursors.read(text, name, asked.given)
    page, following = await service.read(
        lambda connection: page_of(connection, filters, limit, cursor)
    )
    page["next"] = following and service.cursors.write(following, name, asked.given)
    return document(request, page)
