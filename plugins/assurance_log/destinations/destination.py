"""What an export needs of the place that it writes to.

Paths are those of C2SP tlog-tiles, relative, with `/`. A place is never the log: what is read from
it is compared with the database and used for nothing else.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Destination(Protocol):
    """One place; `create` and `read` may be called by several threads at a time.

    Every method raises LogError where the place does not answer, UsageError where it does not
    let us in.
    """

    name: str
    """As the user gave it."""

    def listing(self, folder: str) -> Mapping[str, int]:
        """Return the files directly in a folder with their sizes in bytes; none where it is not."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Return a file's first `limit` bytes; None where there is none."""

    def create(self, path: str, data: bytes) -> bool:
        """Write a file that nobody wrote yet, whole or not at all.

        Returns:
            False where something is there already, which stays as it is.
        """

    def publish(self, data: bytes, *, instead_of: bytes | None) -> bool:
        """Replace the checkpoint in one step, after everything created so far lasts.

        Args:
            data: The new one.
            instead_of: What `read` gave as the one before; None: there was none.

        Returns:
            False where another one is there by now, which stays as it is.
        """


@contextmanager
def opened(text: str) -> Iterator[Destination]:
    """Open the place that `--to` names: `s3://BUCKET/PREFIX`, or a folder.

    Raises:
        UsageError: it is no such name, or the extra for it is not installed.
        LogError: another export is writing there.
    """
    if text.lower().startswith("s3:"):
        from assurance_log.destinations import s3

        yield s3.opened(text)
    else:
        from pathlib import Path

        from assurance_log.destinations import folder

        with folder.opened(Path(text)) as place:
            yield place
