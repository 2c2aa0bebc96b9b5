"""Proofs: that an entry is in a tree, and that a tree grew from an older one.

Each is under a checkpoint that the log has signed, the newest one where none is asked for: a proof
that leads to no signed root proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from assurance.tlog import base64_strict, counted, merkle
from assurance_log import documents, receipts, rows
from assurance_log.serve.answers import TEXT, answer, document
from assurance_log.serve.heads import head
from assurance_log.serve.parameters import Parameters
from assurance_log.serve.problems import bad_request, not_found
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from assurance.tlog.proof import TlogProof
    from assurance_log.serve.problems import ProblemError
    from assurance_log.serve.service import Service
    from assurance_log.tree import ExpandedTiles


def routes(service: Service) -> list[Route]:
    """Return the routes."""

    async def inclusion(request: Request) -> Response:
        proof, leaf = await _asked(request, service)
        head_of = documents.described(proof.signed_checkpoint)
        told = {
            "tree_head": head_of,
            "index": proof.index,
            "leaf_hash": base64_strict.encode(leaf),
            "hashes": [base64_strict.encode(part) for part in proof.hashes],
        }
        return document(request, told)

    async def receipt(request: Request) -> Response:
        proof, _ = await _asked(request, service)
        return answer(request, proof.encode(), TEXT)

    async def consistency(request: Request) -> Response:
        asked = Parameters(request, "from", "to")
        old, new = asked.number("from"), asked.number("to")
        if old is None:
            raise bad_request("`from` is missing", remedy="give the older size")
        return document(
            request,
            await service.read(
                lambda connection: _consistency(connection, service.tiles, old, new)
            ),
        )

    return [
        Route("/v1/proofs/inclusion", inclusion, methods=["GET"]),
        Route("/v1/proofs/receipt", receipt, methods=["GET"]),
        Route("/v1/proofs/consistency", consistency, methods=["GET"]),
    ]


async def _asked(request: Request, service: Service) -> tuple[TlogProof, bytes]:
    """Return the inclusion proof that is asked for, and the leaf hash of its entry."""
    asked = Parameters(request, "index", "leaf_hash", "size")
    index, leaf, size = asked.number("index"), asked.sha256("leaf_hash"), asked.number("size")
    if (index is None) == (leaf is None):
        raise bad_request("one of `index` and `leaf_hash` says which entry", remedy="give one")

    def work(connection: Connection) -> tuple[TlogProof, bytes]:
        at = _index(connection, leaf) if index is None else index
        signed, of = head(connection, size)
        if at >= of:
            raise _no_entry(at, of)
        found = next(rows.entries(connection, at, at + 1))
        return receipts.receipt(connection, at, signed, of, service.tiles), merkle.leaf_hash(
            found[1]
        )

    return await service.read(work)


def _index(connection: Connection, leaf: bytes | None) -> int:
    found = {} if leaf is None else rows.indexes(connection, [leaf])
    if leaf is None or leaf not in found:
        raise not_found(
            "no entry has this leaf hash", remedy="append it, or see that it was not changed"
        )
    return found[leaf]


def _no_entry(index: int, size: int) -> ProblemError:
    return not_found(
        f"there is no entry {index} in a tree of {size}",
        remedy="give a smaller index, or a later checkpoint's size",
    )


def _consistency(
    connection: Connection, tiles: ExpandedTiles, old: int, new: int | None
) -> dict[str, Any]:
    signed, size = head(connection, new)
    if old > size:
        raise not_found(
            f"the tree of {counted.entries(size)} has not grown to {old}",
            remedy="give a `from` that is not more than `to`",
        )
    return {
        "tree_head": documents.described(signed),
        "from": old,
        "hashes": [
            base64_strict.encode(part) for part in Tree(connection, size, tiles).consistency(old)
        ],
    }
