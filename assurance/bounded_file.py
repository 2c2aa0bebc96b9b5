"""Files from outside, read whole and never beyond the limit of their format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


def open_file(path: Path | str) -> BufferedReader:
    """Open a file for reading without waiting for anybody.

    A named pipe that nobody writes to is empty; to open it the usual way would wait for ever.

    Raises:
        OSError: it is not there, is a folder, or may not be read.
    """
    return open(path, "rb", opener=_at_once)


def _at_once(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    # Only opening must not wait: whoever writes to a pipe may take the time it needs.
    os.set_blocking(descriptor, True)
    return descriptor


def read_file(
    path: Path | str, *, what: str, limit: int, remedy: str = "check the path and its permissions"
) -> bytes:
    """Return a file's bytes, at most one more than `limit`, which its parser then refuses.

    Args:
        path: A file, or whatever gives bytes: a device without an end stops at the limit.
        what: What it is to be, for messages: `the trust file`.
        limit: The most bytes that its parser takes.
        remedy: What to do when it cannot be read.

    Raises:
        UsageError: it is not there or cannot be read.
    """
    try:
        with open_file(path) as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(
            f"{what} cannot be read: {error.strerror}", remedy=remedy, where=str(path)
        ) from error
