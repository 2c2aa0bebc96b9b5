"""The routes of the auditor's pages; what they show is what `/v1` answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route

from assurance.tlog import base64_strict, counted
from assurance_log import documents, receipts, rows
from assurance_log.serve import checkpoints, entries, keys
from assurance_log.serve.answers import answer
from assurance_log.serve.auditor import refusals, render
from assurance_log.serve.auditor.render import ROOT
from assurance_log.serve.auditor.steps import growth_steps, steps
from assurance_log.serve.heads import head
from assurance_log.serve.paged import page_of
from assurance_log.serve.parameters import Parameters
from assurance_log.serve.problems import ProblemError, bad_request, not_found
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.engine import Connection
    from starlette.responses import Response

    from assurance_log.serve.paged import Listing
    from assurance_log.serve.service import Service

_SHOWN: Final = 25
"""Items on one page."""
_TEXT_BYTES: Final = 2000


def routes(service: Service) -> list[Route]:
    """Return the routes."""
    pages = _Pages(service)
    shown = {
        ROOT: pages.search,
        f"{ROOT}/checkpoints": pages.timeline,
        f"{ROOT}/entry": pages.entry,
        f"{ROOT}/growth": pages.growth,
        f"{ROOT}/keys": pages.history,
    }
    return [
        Route("/", pages.home, methods=["GET"]),
        *(Route(path, page, methods=["GET"]) for path, page in shown.items()),
        *(Route(f"{path}/", pages.slashed, methods=["GET"]) for path in shown),
        Route(f"{ROOT}/files/{{name}}", pages.file, methods=["GET"]),
        Route(f"{ROOT}/{{name:path}}", pages.nothing, methods=["GET"]),
    ]


class _Pages:
    """One method for each page."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def home(self, request: Request) -> Response:
        Parameters(request)
        return RedirectResponse(ROOT[1:], HTTPStatus.FOUND)  # relative: it may be below a prefix

    async def slashed(self, request: Request) -> Response:
        """Lead from an address with one slash more to the page."""
        name = request.scope["path"].split("/")[-2]
        query = request.scope["query_string"].decode("ascii")
        return RedirectResponse(
            f"../{name}?{query}" if query else f"../{name}", HTTPStatus.PERMANENT_REDIRECT
        )

    async def search(self, request: Request) -> Response:
        return await self._listed(request, "search", entries.LISTING)

    async def timeline(self, request: Request) -> Response:
        return await self._listed(request, "checkpoints", checkpoints.LISTING)

    async def _listed(self, request: Request, name: str, listing: Listing[Any]) -> Response:
        asked = _given(request)

        async def found() -> dict[str, Any]:
            query = Parameters(asked, *listing.known)
            page = await page_of(self._service, listing, query, _SHOWN)
            given, following = query.given, page["next"]
            return {
                **page,
                "asked": given,
                "api": urlencode(given),
                "more": following and urlencode({**given, "cursor": following}),
            }

        return await self._shown(request, name, found)

    async def entry(self, request: Request) -> Response:
        asked = _given(request)

        async def found() -> dict[str, Any]:
            query = Parameters(asked, "index", "size")
            index, size = query.number("index"), query.number("size")
            if index is None:
                raise bad_request("no entry is named", remedy="give its index")
            return await self._service.read(lambda connection: _entry(connection, index, size))

        return await self._shown(request, "entry", found)

    async def growth(self, request: Request) -> Response:
        asked = _given(request)

        async def found() -> dict[str, Any]:
            query = Parameters(asked, "from", "to")
            old, new = query.number("from"), query.number("to")
            if old is None:
                raise bad_request("the older size is missing", remedy="give `from`")
            return await self._service.read(lambda connection: _growth(connection, old, new))

        return await self._shown(request, "growth", found)

    async def history(self, request: Request) -> Response:
        async def found() -> dict[str, Any]:
            Parameters(request)
            return await self._service.read(
                lambda connection: {**keys.key_events(connection), **keys.all_keys(connection)}
            )

        return await self._shown(request, "keys", found)

    async def nothing(self, request: Request) -> Response:
        async def found() -> dict[str, Any]:
            raise not_found("there is no such page", remedy="begin with the search")

        return await self._shown(request, "problem", found)

    async def file(self, request: Request) -> Response:
        Parameters(request)
        name = request.path_params["name"]
        if name not in render.FILES:
            raise not_found("there is no such file", remedy=f"begin at {ROOT}")
        return answer(request, render.file(name), render.FILES[name])

    async def _shown(
        self,
        request: Request,
        name: str,
        found: Callable[[], Awaitable[dict[str, Any]]],
    ) -> Response:
        """Return the page, or one that says what is wrong with the request."""
        common = refusals.common(request.scope)
        try:
            return render.page(request, name, page=name, **common, **await found())
        except ProblemError as err:
            if err.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise  # answered as what the log itself cannot do is, without a look at it
            newest = await self._service.read(lambda connection: receipts.newest(connection)[0])
            return refusals.page(
                request.scope,
                err,
                page=name,
                asked=dict(request.query_params),
                tree_head=documents.described(newest),
            )


def _given(request: Request) -> Request:
    """Return the request without the fields of a form that were left empty."""
    items = [item for item in request.query_params.multi_items() if item[1]]
    return Request({**request.scope, "query_string": urlencode(items).encode()})


def _entry(connection: Connection, index: int, size: int | None) -> dict[str, Any]:
    signed, of = head(connection, size)
    if index >= of:
        raise not_found(
            f"there is no entry {index} in a tree of {of}",
            remedy="give a smaller index, or a later checkpoint's size",
        )
    proof = receipts.receipt(connection, index, signed, of)
    found = entries.one(connection, index)
    leaf = base64_strict.decode(found["leaf_hash"]) or b""
    stored = next(rows.checkpoints(connection, start=of))
    return {
        **found,
        "tree_head": documents.described(signed),
        "newest": found["tree_head"]["size"],
        "checkpoint": documents.checkpoint_of(signed, stored.signed_at),
        "steps": steps(index, of, leaf, proof.hashes),
        "shown": _shown_text(base64_strict.decode(found["entry"]) or b""),
        "vkey": _vkey(connection, of),
    }


def _growth(connection: Connection, old: int, new: int | None) -> dict[str, Any]:
    signed, to = head(connection, new)
    before, _ = head(connection, old)
    if old > to:
        raise not_found(
            f"the tree of {counted.entries(to)} has not grown to {old}",
            remedy="give a `from` that is not more than `to`",
        )
    older, newer = (
        documents.checkpoint_of(each, next(rows.checkpoints(connection, start=size)).signed_at)
        for each, size in ((before, old), (signed, to))
    )
    root = base64_strict.decode(older["root"]) or b""
    return {
        "tree_head": documents.described(signed),
        "older": older,
        "newer": newer,
        "steps": growth_steps(old, to, root, Tree(connection, to).consistency(old)),
        "keys": documents.key_spans(rows.vkeys(connection)),
    }


def _vkey(connection: Connection, size: int) -> str:
    """Return the key that signs trees of this size."""
    return [vkey for start, vkey in rows.vkeys(connection) if start <= size][-1]


def _shown_text(body: bytes) -> str | None:
    """Return an entry's beginning as text; None for bytes that are none."""
    try:
        return body[:_TEXT_BYTES].decode()
    except UnicodeDecodeError:
        return None
