"""The chain: each head is the SHA-256 of the head before it and of the entry."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

EMPTY = hashlib.sha256(b"ledger-api/v1").hexdigest()


class BrokenChainError(Exception):
    """The stored entries do not lead to the stored heads."""


class Ledger:
    """Entries in one file of JSON lines, each with the head that it leads to."""

    def __init__(self, path: Path) -> None:
        """Read and check everything that is in `path` already.

        Raises:
            BrokenChainError: an entry or a head was changed, or a line is cut.
        """
        self._path = path
        self._entries: list[dict[str, Any]] = []
        self.head = EMPTY
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        for number, line in enumerate(lines):
            if not line.endswith(b"\n"):
                raise BrokenChainError(f"entry {number} is cut")
            stored = json.loads(line)
            self.head = _next(self.head, stored["entry"])
            if self.head != stored["head"]:
                raise BrokenChainError(f"entry {number} does not lead to its head")
            self._entries.append(stored["entry"])

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self._entries)

    def __getitem__(self, number: int) -> dict[str, Any]:
        """Return an entry; the first one is 0."""
        return self._entries[number]

    def append(self, entry: dict[str, Any]) -> int:
        """Store an entry and return its number; it is on disk before this returns."""
        head = _next(self.head, entry)
        with self._path.open("ab") as file:
            file.write(json.dumps({"entry": entry, "head": head}, sort_keys=True).encode() + b"\n")
            file.flush()
        self._entries.append(entry)
        self.head = head
        return len(self._entries) - 1


def _next(head: str, entry: dict[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{head}\n{text}".encode()).hexdigest()
