"""Many rows at once: in by COPY in its binary format (SQL COPY, "Binary Format"), out by cursor.

The driver would send one INSERT for each row and wait for each, and keep whole results in memory.
"""

from __future__ import annotations

import itertools
import re
import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

_INSERT: Final = re.compile(r"INSERT INTO (\w+) (\([\w, ]+\)) VALUES \((\?, )*\?\)")
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_names: Final = itertools.count()
_PART: Final = 1 << 18
"""Bytes that are sent at a time."""


def statement(insert: str) -> str:
    """Return the COPY for an INSERT of plain values."""
    found = _INSERT.fullmatch(insert)
    if found is None:
        raise ValueError(f"not a plain INSERT: {insert[:80]}")
    return f"COPY {found[1]} {found[2]} FROM STDIN WITH (FORMAT binary)"


def stream(rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    """Yield the rows as COPY takes them: int is bigint, bytes bytea, str text."""
    part = bytearray(_HEAD)
    for row in rows:
        part += len(row).to_bytes(2, "big")
        for value in row:
            if value is None:
                part += _NULL
            elif isinstance(value, int):
                part += struct.pack("!iq", 8, value)
            else:
                data = value.encode() if isinstance(value, str) else value
                part += len(data).to_bytes(4, "big")
                part += data
        if len(part) >= _PART:
            yield bytes(part)
            part.clear()
    part += _TAIL
    yield bytes(part)


def scan(
    connection: Connection, statement: str, values: Sequence[Any], fetch: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all that a statement finds, `fetch` rows at a time."""
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    name = f"scan_{next(_names)}"
    marked = statement.replace("?", "%s")
    cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {marked}", values)
    while True:
        cursor.execute(f"FETCH FORWARD {fetch} FROM {name}")
        part = cursor.fetchall()
        if not part:
            break
        yield list(part)
    cursor.execute(f"CLOSE {name}")
