"""One run at a time in a folder of results: two would mix the files of two verdicts."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from assurance.errors import UndecidedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Have `folder`, which is made where it is missing, for ourselves; it ends with the process.

    One that was made and stays empty goes again: nothing was done. A folder that cannot be made
    or locked is left to whoever writes there, who says why.

    Raises:
        UndecidedError: another process is at work there.
    """
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise UndecidedError(
                    "another `assurance` is at work in this folder",
                    remedy="wait until it has ended, or choose another folder with --out",
                    where=str(folder),
                ) from error
        yield
    finally:
        os.close(descriptor)
        if made:
            with suppress(OSError):
                folder.rmdir()
