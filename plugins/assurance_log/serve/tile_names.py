"""Tile paths as C2SP tlog-tiles writes them, and no other spelling of them.

`tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`: L from 0 to 63, N in groups of three digits
with `x` before all but the last, W from 1 to 255.
"""

from __future__ import annotations

import re
from typing import Final

from assurance.tlog import tile
from assurance.value import Value

_NAME: Final = re.compile(
    r"(?P<kind>entries|[0-9]|[1-5][0-9]|6[0-3])"
    r"/(?P<n>(?:x[0-9]{3}/){0,5}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class TileName(Value):
    """Which tile is meant."""

    level: int | None
    """None: a bundle of entries."""
    n: int
    width: int
    """256 for a full one."""

    def end(self) -> int:
        """Return how many entries the log must have for the tile to be there."""
        return (self.n * tile.WIDTH + self.width) << (tile.HEIGHT * (self.level or 0))


def read(text: str) -> TileName | None:
    """Return the tile of a path below `tile/`; None for any other spelling."""
    found = _NAME.fullmatch(text)
    if found is None:
        return None
    kind = found["kind"]
    name = TileName(
        level=None if kind == "entries" else int(kind),
        n=int(found["n"].replace("x", "").replace("/", "")),
        width=int(found["width"] or tile.WIDTH),
    )
    # One tile, one address: `x000/001` is no way to write `001`, nor `.p/256` one of a full tile.
    if tile.path(name.level, name.n, name.width) != f"tile/{text}":
        return None
    return name
