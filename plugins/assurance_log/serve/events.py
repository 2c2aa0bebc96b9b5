"""The server's own log: one JSON object a line on standard error, and no secret in it.

A request is shown by its route, not by its address as it was sent: a query, a cursor or a header
may carry what is nobody's business. Foreign text is cut.
"""

from __future__ import annotations

import json
import sys
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

_MAX_TEXT: Final = 500


class Events:
    """Writes events."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`; None: standard error."""
        self._stream = sys.stderr if stream is None else stream
        self._turn = threading.Lock()

    def tell(self, event: str, *, level: str = "info", **fields: object) -> None:
        """Write one event; nobody listening is no failure.

        Args:
            event: Stable kebab-case name.
            level: `info`, `warning` or `error`.
            **fields: What JSON has; text is cut at 500 characters.
        """
        told = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": level,
            "event": event,
            **{name: _cut(value) for name, value in fields.items()},
        }
        line = json.dumps(told, ensure_ascii=True, default=str)
        with suppress(OSError, ValueError), self._turn:
            self._stream.write(line + "\n")
            self._stream.flush()

    def bug(self, error: BaseException, **fields: object) -> None:
        """Write what nobody expected, with where it happened; never what was asked for."""
        where = traceback.extract_tb(error.__traceback__)[-5:]
        self.tell(
            "bug",
            level="error",
            error=type(error).__name__,
            trace=[f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in where],
            **fields,
        )


def _cut(value: object) -> object:
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        return value[: _MAX_TEXT - 1] + "…"
    return value
