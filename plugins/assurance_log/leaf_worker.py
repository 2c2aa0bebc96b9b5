"""Hashes a log's entries in a process of its own.

Run as a script, by its path, it needs little of the standard library and starts in milliseconds
(no `typing`, which takes longer than all else):

    python -I -S leaf_worker.py URI SIZE

writes the leaf hashes (RFC 6962 section 2.1) of the entries [0, SIZE) of the SQLite database at
URI to standard output, 32 bytes each, in the order of their index. It ends at the first part in
which an entry is missing: what it has written is always of the first entries, one after the other.
"""

from __future__ import annotations

import sqlite3
import sys
from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

PART = 64
"""Entries that are held at a time: at most 4 MiB, and with usual ones what a core's cache holds."""
BODIES = "SELECT body FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
UNHASHED = bytes(32)
"""In place of the hash of a body that is not bytes; no SHA-256 is known that is all zeros."""
_LEAF = sha256(b"\x00")


def hashes(rows: Sequence[tuple[Any]]) -> bytes:
    """Return the leaf hashes of the bodies in rows of one column, one after the other."""
    begun = _LEAF.copy  # cheaper than a new hash, and than a copy of the body behind a zero
    found = []
    for (body,) in rows:
        leaf = begun()
        if isinstance(body, bytes):
            leaf.update(body)
            found.append(leaf.digest())
        else:
            found.append(UNHASHED)
    return b"".join(found)


def main() -> None:
    """Hash; whatever fails ends this process, and the one that waits sees fewer hashes."""
    uri, size = sys.argv[1], int(sys.argv[2])
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.execute("PRAGMA cell_size_check = ON")
    for start in range(0, size, PART):
        end = min(start + PART, size)
        part = connection.execute(BODIES, (start, end)).fetchall()
        if len(part) != end - start:
            return
        sys.stdout.buffer.write(hashes(part))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
