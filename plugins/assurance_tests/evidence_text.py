"""Text of other tools on its way into evidence: printable, on one line, bounded."""

from __future__ import annotations

from typing import Final

MAX_TEXT: Final = 300
"""Characters that are kept of a message or a justification."""


def cleaned(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` on one line without control characters, cut at `limit`."""
    # One cut before the loop, so that a message of megabytes is not walked through.
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * limit])
    line = " ".join(shown.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def printable(name: str) -> str:
    """Return a file's name with everything replaced that a terminal would not show."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )
