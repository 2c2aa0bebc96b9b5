"""What an entry of a report's contents is made of: values of a predicate that may be anything.

Nothing here fails, whatever the shape of the predicate is; what is not readable is None or left
out, and a table is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ROWS: Final = 1_000
"""Rows of one table; `more` says how many are left out."""


def entry(
    title: str,
    *,
    facts: Sequence[tuple[str, str | None]] = (),
    tables: Sequence[dict[str, Any] | None] = (),
    charts: Sequence[dict[str, Any] | None] = (),
) -> dict[str, Any]:
    """Return an entry; facts, tables and charts without content are left out."""
    return {
        "title": title,
        "facts": [[name, value] for name, value in facts if value],
        "tables": [item for item in tables if item],
        "charts": [item for item in charts if item],
    }


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
) -> dict[str, Any] | None:
    """Return a table of at most `MAX_ROWS` rows, None where there is no row."""
    if not rows:
        return None
    return {
        "caption": caption,
        "columns": list(columns),
        "rows": [list(row) for row in rows[:MAX_ROWS]],
        "more": max(0, len(rows) - MAX_ROWS),
    }


def text(value: object) -> str | None:
    """Return text or a number as text, None for anything else and for nothing."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return None


def at(value: object, *keys: str) -> Any:
    """Return what stands below `value` at these keys, None where there is no such place."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def objects(value: object, *keys: str) -> list[dict[str, Any]]:
    """Return the objects of the list at these keys."""
    found = at(value, *keys) if keys else value
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def texts(value: object, *keys: str) -> list[str]:
    """Return the texts of the list at these keys."""
    found = at(value, *keys) if keys else value
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def yes_no(value: object) -> str | None:
    """Return `yes` or `no`, None for what is neither."""
    return {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None
