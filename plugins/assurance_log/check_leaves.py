"""The leaf hashes of all entries, for a full check: a second process makes them, as of the start.

It reads with a connection of its own, at the same moment of the log or a later one; entries stay
what they are, so that it finds the same. A small log, one that is not in a file, and whatever the
second process did not come to is hashed here.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Final

from assurance_log import leaf_worker, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

    Progress = Callable[[int, int], None]

HASH_BYTES: Final = 32
LEAST: Final = 10_000
"""Entries from which on a second process is worth its start."""
_TELL_SECONDS: Final = 0.1


def file_of(connection: Connection) -> Path | None:
    """Return the SQLite file behind a connection; None where there is none."""
    if connection.dialect.name != "sqlite":
        return None
    found = connection.exec_driver_sql("PRAGMA database_list").first()
    return Path(found[2]) if found is not None and found[2] else None


@contextmanager
def begun(connection: Connection) -> Iterator[Callable[[Progress], bytes]]:
    """Begin with all entries; give the function that waits for their hashes and returns them.

    It is told (entries hashed, of how many), and returns fewer hashes where an entry is missing.
    Memory is 32 bytes an entry.
    """
    size = min(rows.state(connection).size, rows.end(connection))
    file = file_of(connection) if size >= LEAST else None
    share = 0 if file is None else size * 3 // 4  # the first process has other things to do
    worker = None if file is None else _started(file, share)
    made = bytearray()

    def here(progress: Progress, start: int, end: int, *, apart: int = 0) -> bytes:
        """Hash the entries [start, end) in this process."""
        found = bytearray()
        for part in rows.bodies(connection, start, end):
            found += leaf_worker.hashes(part)
            progress((len(made) + apart + len(found)) // HASH_BYTES, size)
        return bytes(found)

    if worker is None or worker.stdout is None:
        yield lambda progress: here(progress, 0, size)
        return
    reading = Thread(target=_collect, args=(worker.stdout, made), daemon=True)
    reading.start()

    def waited(progress: Progress) -> bytes:
        rest = here(progress, share, size)
        while reading.is_alive():
            reading.join(_TELL_SECONDS)
            progress((len(made) + len(rest)) // HASH_BYTES, size)
        if worker.wait() == 0:
            return bytes(made) + rest
        made.clear()
        return here(progress, 0, share, apart=len(rest)) + rest

    try:
        yield waited
    finally:
        worker.kill()
        worker.wait()
        reading.join()
        worker.stdout.close()


def _started(file: Path, size: int) -> subprocess.Popen[bytes] | None:
    """Start the second process; None where it cannot be had."""
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", leaf_worker.__file__, str(file), str(size)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def _collect(pipe: IO[bytes], made: bytearray) -> None:
    while part := pipe.read(1 << 16):
        made.extend(part)
