"""Folders whose names last: a file is found after a power loss only if its folder was synced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def sync(folder: Path) -> None:
    """Write the folder's names to the disk.

    Raises:
        OSError: the disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make(folder: Path) -> None:
    """Make a folder and those above it, durably.

    Raises:
        OSError: one cannot be made or synced.
    """
    missing = [item for item in (folder, *folder.parents) if not item.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for item in missing:
        sync(item.parent)


def demand(folder: Path) -> None:
    """Make a folder that the user named, as `make` does.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        make(folder)
    except OSError as err:
        raise UsageError(
            f"the folder cannot be made: {err.strerror}",
            remedy="give another path",
            where=str(folder),
        ) from err
