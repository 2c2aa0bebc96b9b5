"""The leaf hashes of all entries, for a full check: two processes make them, from both ends.

A second process begins with the first entry, as soon as the check begins. This one takes parts
from the last entry on once it has nothing else to do, until they meet: neither waits for the other.
The second one reads with a connection of its own, at the same moment of the log or a later one;
entries stay what they are, so that it finds the same. A small log, one that is not in a file, and
whatever the second process did not come to is hashed here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final

from assurance_log import leaf_worker, rows
from assurance_log.database import read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedRandom

    from sqlalchemy.engine import Connection

    Progress = Callable[[int, int], None]

HASH_BYTES: Final = 32
LEAST: Final = 10_000
"""Entries from which on a second process is worth its start."""
_FILE: Final = "SELECT CAST(file AS BLOB) FROM pragma_database_list WHERE name = 'main'"
"""As bytes: a file's name need not be UTF-8."""
_PART: Final = 16 * leaf_worker.PART
"""Entries that this process takes at a time; the last one may be hashed by both."""


def file_of(connection: Connection) -> Path | None:
    """Return the SQLite file behind a connection; None where there is none."""
    if connection.dialect.name != "sqlite":
        return None
    found = connection.exec_driver_sql(_FILE).scalar()
    return Path(os.fsdecode(found)) if found else None


@contextmanager
def begun(connection: Connection) -> Iterator[Callable[[Progress], bytes]]:
    """Begin with all entries; give the function that waits for their hashes and returns them.

    It is told (entries hashed, of how many), and returns fewer hashes where an entry is missing.
    Memory is 32 bytes an entry.
    """
    size = min(rows.state(connection).size, rows.end(connection))
    file = file_of(connection) if size >= LEAST else None
    with _started(file, size) as first:
        yield lambda progress: _met(connection, size, first, progress)


def _met(connection: Connection, size: int, first: _First, progress: Progress) -> bytes:
    """Hash from the last entry on until the second process has the others."""
    after: list[bytes] = []
    start = size
    while (done := first.count()) < start:
        end, start = start, max(done, start - _PART)
        after.append(b"".join(map(leaf_worker.hashes, rows.bodies(connection, start, end))))
        if len(after[-1]) != (end - start) * HASH_BYTES:
            break  # an entry is missing: there are fewer hashes than entries, whatever follows
        progress(size - start + min(done, start), size)
    progress(size, size)
    return b"".join([first.hashes(start), *reversed(after)])


class _First:
    """The hashes of the first entries, in a file: the second process never waits for a reader."""

    def __init__(self, file: BufferedRandom | None) -> None:
        """Read what the second process writes there; None: there is no such process."""
        self._file = file

    def count(self) -> int:
        """Return how many entries are hashed by now."""
        return 0 if self._file is None else os.fstat(self._file.fileno()).st_size // HASH_BYTES

    def hashes(self, count: int) -> bytes:
        """Return the hashes of the first `count`, or of those that there are."""
        # Not `read`: both processes share the file's position.
        return b"" if self._file is None else os.pread(self._file.fileno(), count * HASH_BYTES, 0)


@contextmanager
def _started(file: Path | None, size: int) -> Iterator[_First]:
    """Start the second process; give no hashes where it cannot be had."""
    if file is None:
        yield _First(None)
        return
    with ExitStack() as at_end:
        try:
            output = at_end.enter_context(TemporaryFile())
            worker = subprocess.Popen(
                [sys.executable, "-I", "-S", leaf_worker.__file__, read_only(file), str(size)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            yield _First(None)
            return
        at_end.callback(worker.wait)
        at_end.callback(worker.kill)
        yield _First(output)
