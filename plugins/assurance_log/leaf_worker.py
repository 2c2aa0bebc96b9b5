"""Hashes a log's entries in a process of its own.

Run as a script, by its path, it needs nothing but the standard library and starts in milliseconds:

    python -I -S leaf_worker.py DATABASE SIZE

writes the leaf hashes (RFC 6962 section 2.1) of the entries [0, SIZE) to standard output, 32 bytes
each, in the order of their index.
"""

from __future__ import annotations

import sqlite3
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS: Final = 256
"""Rows that are held at a time: at most 16 MiB."""
UNHASHED: Final = bytes(32)
"""In place of the hash of a body that is not bytes; no SHA-256 is known that is all zeros."""


def hashes(rows: Sequence[tuple[Any]]) -> bytes:
    """Return the leaf hashes of the bodies in rows of one column, one after the other."""
    try:
        return b"".join([sha256(b"\x00" + body).digest() for (body,) in rows])
    except TypeError:
        return b"".join(
            [
                sha256(b"\x00" + body).digest() if isinstance(body, bytes) else UNHASHED
                for (body,) in rows
            ]
        )


def main() -> None:
    """Hash; whatever fails ends this process, and the one that waits sees fewer hashes."""
    path, size = sys.argv[1:]
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA cell_size_check = ON")
    found = connection.execute("SELECT body FROM entry WHERE idx < ? ORDER BY idx", (int(size),))
    while part := found.fetchmany(_ROWS):
        sys.stdout.buffer.write(hashes(part))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
