"""Entries: listed by what is known of them, one by its index, and what is kept beside them.

A list is of the tree of one checkpoint, which its first page states, and its cursor keeps: entries
that are appended while somebody leafs through it are not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from assurance.errors import UsageError
from assurance.tlog import base64_strict, counted, merkle
from assurance.value import replace
from assurance_log import documents, listing, rows
from assurance_log.serve.answers import BYTES, IMMUTABLE, answer, document
from assurance_log.serve.cursors import Cursor
from assurance_log.serve.heads import head
from assurance_log.serve.paged import Listing, paged
from assurance_log.serve.parameters import Parameters, number_in_path, sha256_of
from assurance_log.serve.problems import bad_request, not_found

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service

VERDICTS = ("GO", "NO-GO", "INDETERMINATE")
_KNOWN: Final = (
    "release",
    "predicate_type",
    "subject",
    "signer",
    "verdict",
    "since",
    "until",
    "first",
    "last",
    "limit",
    "cursor",
)


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def entries(request: Request) -> Response:
        return await paged(service, request, LISTING)

    async def entry(request: Request) -> Response:
        Parameters(request)
        index = number_in_path(request, "index")
        return document(request, await service.read(lambda connection: one(connection, index)))

    async def content(request: Request) -> Response:
        Parameters(request)
        digest = sha256_of(request.path_params["sha256"])
        body = await service.read(lambda connection: rows.content(connection, digest))
        if body is None:
            raise not_found(
                "no content of this SHA-256 is kept", remedy="see `bundle.sha256` of an entry"
            )
        # What somebody logged is shown by no browser as a page of this server.
        return answer(
            request,
            body,
            BYTES,
            cache=IMMUTABLE,
            headers={"Content-Disposition": f'attachment; filename="{digest.hex()}"'},
        )

    return [
        Route("/v1/entries", entries, methods=["GET"]),
        Route("/v1/entries/{index}", entry, methods=["GET"]),
        Route("/v1/contents/{sha256}", content, methods=["GET"]),
    ]


def _filters_of(asked: Parameters) -> listing.Filters:
    """Return what a query asks for.

    Raises:
        ProblemError: 400.
    """
    return listing.Filters(
        release=asked.text("release"),
        predicate_type=asked.text("predicate_type"),
        subject=asked.digest("subject"),
        signer=asked.text("signer"),
        verdict=asked.choice("verdict", *VERDICTS),
        since=asked.moment("since"),
        until=asked.moment("until", is_end=True),
        first=asked.number("first"),
        last=asked.number("last"),
    )


def _page_of(
    connection: Connection, filters: listing.Filters, limit: int, cursor: Cursor | None
) -> tuple[dict[str, Any], Cursor | None]:
    """Return a page of the list, and where the next one begins; None for the last.

    Raises:
        ProblemError: 400: `signer` begins too many keys.
    """
    signed, size = head(connection, None if cursor is None else cursor.size)
    end = size if cursor is None else min(size, cursor.after)
    last = end - 1 if filters.last is None else min(filters.last, end - 1)
    try:
        found = list(listing.find(connection, replace(filters, last=last), limit=limit + 1))
    except UsageError as err:
        raise bad_request(err.problem, remedy=err.remedy) from err
    page = {
        "tree_head": documents.described(signed),
        "entries": [documents.entry(item) for item in found[:limit]],
    }
    more = len(found) > limit
    return page, Cursor(size=size, after=found[limit - 1].index) if more else None


LISTING: Final = Listing(name="entries", known=_KNOWN, filters_of=_filters_of, page_of=_page_of)
"""All of them, newest first."""


def one(connection: Connection, index: int) -> dict[str, Any]:
    """Return an entry of the newest tree.

    Raises:
        ProblemError: 404: there is none.
    """
    signed, size = head(connection, None)
    only = listing.Filters(first=index, last=index)
    found = next(listing.find(connection, only, limit=1), None) if index < size else None
    if found is None:
        raise not_found(
            f"the log has {counted.entries(size)}, and none with index {index}",
            remedy="take the newest checkpoint to see how many there are",
        )
    return {
        "tree_head": documents.described(signed),
        **documents.entry(found),
        "entry": base64_strict.encode(found.body),
        "leaf_hash": base64_strict.encode(merkle.leaf_hash(found.body)),
    }
