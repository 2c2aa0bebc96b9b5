"""Counts in sentences: one entry, two entries."""

from __future__ import annotations


def of(number: int, one: str, several: str | None = None) -> str:
    """Return a number with its noun; `several` where that is more than an `s` behind `one`."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"


def entries(number: int) -> str:
    """Return `1 entry` or `N entries`."""
    return of(number, "entry", "entries")
