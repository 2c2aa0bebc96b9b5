"""Files from outside, read whole and never beyond the limit of their format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


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
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs `verify` 6 ms
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(
            f"{what} cannot be read: {error.strerror}", remedy=remedy, where=str(path)
        ) from error
