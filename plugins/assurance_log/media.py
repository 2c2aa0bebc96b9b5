"""How the files of a log are labelled where the web gets them (C2SP tlog-tiles, "APIs")."""

from __future__ import annotations

from typing import Final

CHECKPOINT: Final = "checkpoint"
"""The one file that changes."""
IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For what its address fixes for ever: a tile of so many hashes, a content by its digest."""
REVALIDATE: Final = "no-cache"
"""For what grows: may be kept, and is asked about each time."""
TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"


def labels(path: str) -> tuple[str, str]:
    """Return (Content-Type, Cache-Control) of a file by its path below the log's prefix."""
    return (TEXT, REVALIDATE) if path == CHECKPOINT else (BYTES, IMMUTABLE)
