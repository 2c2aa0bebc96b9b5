"""The read paths of C2SP tlog-tiles: `/checkpoint` and `/tile/...`.

A partial tile is answered for every width that the newest checkpoint's tree has, also after the
full tile is there: it is a part of it, and never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from assurance.errors import LogError
from assurance.tlog import counted, tile
from assurance_log import receipts, rows
from assurance_log.serve import tile_names
from assurance_log.serve.answers import BYTES, IMMUTABLE, TEXT, answer
from assurance_log.serve.parameters import Parameters
from assurance_log.serve.problems import not_found
from assurance_log.tree import edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance_log.serve.service import Service


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def checkpoint(request: Request) -> Response:
        data = await service.read(lambda connection: receipts.newest(connection)[0].encode())
        return answer(request, data, TEXT)

    async def one_tile(request: Request) -> Response:
        Parameters(request)
        # The path as it was sent: a percent-escape is another spelling, and no tile's.
        text = request.scope["raw_path"].decode("ascii", "replace").removeprefix("/tile/")
        name = tile_names.read(text)
        if name is None:
            raise not_found(
                "no tile has a name like this",
                remedy="write it as C2SP tlog-tiles does, such as /tile/0/x001/067.p/12",
            )
        body = await service.read(lambda connection: _content(connection, name))
        return answer(request, body, BYTES, cache=IMMUTABLE)

    return [
        Route("/checkpoint", checkpoint, methods=["GET"]),
        Route("/tile/{name:path}", one_tile, methods=["GET"]),
    ]


def _content(connection: Connection, name: tile_names.TileName) -> bytes:
    published = rows.state(connection).published
    if name.end() > published:
        raise not_found(
            f"the newest checkpoint has {counted.entries(max(published, 0))}, and this tile has "
            "later ones",
            remedy="take the newest checkpoint, and tiles of its tree",
        )
    found = _entries(connection, name) if name.level is None else _hashes(connection, name)
    if len(found) != name.width:
        raise LogError(
            f"the log's database lacks a part of {tile.path(name.level, name.n, name.width)}",
            remedy="restore a backup: `assurance log restore`",
        )
    return tile.encode_entries(found) if name.level is None else b"".join(found)


def _entries(connection: Connection, name: tile_names.TileName) -> Sequence[bytes]:
    start = name.n * tile.WIDTH
    return [body for _, body in rows.entries(connection, start, start + name.width)]


def _hashes(connection: Connection, name: tile_names.TileName) -> Sequence[bytes]:
    level = name.level or 0
    stored = rows.tile(connection, level, name.n)
    if stored is not None:
        return tile.split(stored)[: name.width]
    return edge(connection, level, name.end()) if name.width < tile.WIDTH else ()
