"""Times on the command line: RFC 3339, and an error that names the flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import timestamps
from assurance.errors import FormatError, UsageError

if TYPE_CHECKING:
    from datetime import datetime


def read(text: str, flag: str, *, example: str = "2026-11-23T14:05:00Z") -> datetime:
    """Return the time that was given with `flag`, UTC; `example` is how it is written.

    Raises:
        UsageError: it is no RFC 3339 time.
    """
    try:
        return timestamps.parse(text, what=flag)
    except FormatError as error:
        raise UsageError(error.problem, remedy=f"write it like {example}", where=flag) from error
