"""The `tiles` depth of a check: every tile against its root, its parent, and every head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.errors import AssuranceError
from assurance.tlog import counted, merkle, tile
from assurance_log import rows
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_Found = dict[str, str]
_BYTES: Final = tile.WIDTH * merkle.HASH_BYTES


def problems(connection: Connection) -> Iterator[_Found]:
    """Yield what is wrong with the tiles, then with the heads that rest on them."""
    size = rows.state(connection).size
    whole = True
    level = 0
    while size >> (tile.HEIGHT * (level + 1)) or level == 0:
        for found in _level(connection, level, size):
            whole = False
            yield found
        level += 1
    if whole:  # a head's root from broken tiles would only repeat what is said already
        yield from _heads(connection, size)


def _level(connection: Connection, level: int, size: int) -> Iterator[_Found]:
    full = size >> (tile.HEIGHT * (level + 1))
    stored = rows.scan(
        connection, "SELECT n, hashes, root FROM tile WHERE level = ? ORDER BY n", (level,)
    )
    expected = 0
    above = b""
    for n, hashes, root in (row for part in stored for row in part):
        where = tile.path(level, n)
        if n != expected or n >= full:
            message = f"expected is tile {expected} of {full} in this level"
            yield {"kind": "tile", "where": where, "message": message}
        expected = n + 1
        if len(hashes) != _BYTES or tile.full_root(hashes) != root:
            yield {
                "kind": "tile",
                "where": where,
                "message": "its hashes do not give its root: one of them was changed",
            }
        position = n % tile.WIDTH
        if position == 0:
            above = rows.tile(connection, level + 1, n // tile.WIDTH) or b""
        in_parent = above[32 * position : 32 * position + 32]
        if in_parent and in_parent != root:
            yield {
                "kind": "tile",
                "where": where,
                "message": f"its root is not the one in {tile.path(level + 1, n // tile.WIDTH)}",
            }
    if expected < full:
        yield {
            "kind": "tile",
            "where": tile.path(level, expected),
            "message": f"it is missing: the level has {full} full tiles",
        }


def _heads(connection: Connection, size: int) -> Iterator[_Found]:
    tree = Tree(connection, size)
    heads = connection.exec_driver_sql(
        "SELECT size, root FROM head ORDER BY size", execution_options=rows.STREAMED
    )
    for at, root in heads:
        where = f"head {at}"
        if at > size:
            message = f"the log has {counted.entries(size)} only"
            yield {"kind": "fork", "where": where, "message": message}
            continue
        try:
            found = merkle.range_root(0, at, tree.node)
        except AssuranceError as err:
            # The right edge comes from the last entries: they are not all there.
            yield {"kind": "missing-tail", "where": where, "message": err.problem}
            return
        if found != bytes(root):
            message = "its root is not the one that the tiles and entries give"
            yield {"kind": "fork", "where": where, "message": message}
