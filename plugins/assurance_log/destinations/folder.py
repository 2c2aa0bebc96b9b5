"""A folder as a web server serves it: files appear whole, under their names, and stay."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assurance.errors import LogError, UsageError
from assurance_log import folders, media

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def opened(root: Path) -> Iterator[FolderDestination]:
    """Open a folder, made where it is not there; one export at a time.

    Raises:
        UsageError: it is something else than a folder.
        LogError: it cannot be made, or another export is writing.
    """
    if root.exists() and not root.is_dir():
        raise UsageError("this is no folder", remedy="correct --to", where=str(root))
    with _told(root):
        folders.make(root)
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogError(
                "another export is writing here",
                remedy="let it end, and export again",
                where=str(root),
            ) from None
        yield FolderDestination(root)
    finally:
        os.close(descriptor)


class FolderDestination:
    """See `Destination`."""

    def __init__(self, root: Path) -> None:
        """Write below `root`, which is there."""
        self.name = str(root)
        self._root = root
        self._made: set[Path] = set()
        """Folders whose names are not synced yet."""
        self._turn = threading.Lock()

    def listing(self, folder: str) -> dict[str, int]:
        """Return names and sizes."""
        place = self._root / folder
        with _told(place):
            try:
                with os.scandir(place) as found:
                    return {item.name: item.stat().st_size for item in found if item.is_file()}
            except FileNotFoundError:
                return {}

    def read(self, path: str, limit: int) -> bytes | None:
        """Return what a file has."""
        place = self._root / path
        with _told(place):
            try:
                with place.open("rb") as file:
                    return file.read(limit)
            except FileNotFoundError:
                return None

    def create(self, path: str, data: bytes) -> bool:
        """Link a synced file to its name, which fails where the name is taken."""
        place = self._root / path
        with _told(place):
            with self._turn:
                if place.parent not in self._made:
                    folders.make(place.parent)
                    self._made.add(place.parent)
            fresh = _fresh(place, data)
            try:
                os.link(fresh, place)
            except FileExistsError:
                return False
            finally:
                fresh.unlink()
        return True

    def publish(self, data: bytes, *, instead_of: bytes | None) -> bool:
        """Sync the names of all tiles, then the checkpoint takes the old one's."""
        place = self._root / media.CHECKPOINT
        with _told(place):
            while self._made:
                folders.sync(self._made.pop())
            if self.read(media.CHECKPOINT, 1 + len(instead_of or b"")) != instead_of:
                return False
            _fresh(place, data).replace(place)
            folders.sync(self._root)
        return True


def _fresh(place: Path, data: bytes) -> Path:
    """Write a file beside `place` under a name that no tile has, to the disk."""
    fresh = place.with_name(f".{place.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return fresh


@contextmanager
def _told(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise LogError(
            f"the tiles cannot be exported: {err.strerror}",
            remedy="see to the folder, and export again: what is there is kept",
            where=str(err.filename or place),
        ) from err
