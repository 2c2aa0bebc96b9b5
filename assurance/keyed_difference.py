"""How two things are compared: entry by entry, with what one side has and the other has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def pair(old: Any, new: Any) -> dict[str, Any]:
    """Return both, and whether they differ."""
    return {"from": old, "to": new, "changed": old != new}


def entries(
    old: Mapping[tuple[Any, ...], Any], new: Mapping[tuple[Any, ...], Any], *names: str
) -> list[dict[str, Any]]:
    """Return an entry for each key whose value differs, sorted by key; `names` name its parts."""
    keys = sorted({*old, *new}, key=lambda key: tuple(part or "" for part in key))
    return [
        {
            **dict(zip(names, key, strict=True)),
            "from": old.get(key),
            "to": new.get(key),
        }
        for key in keys
        if old.get(key) != new.get(key)
    ]


def texts(old: Sequence[str], new: Sequence[str]) -> dict[str, Any]:
    """Compare two sets of sentences."""
    before, after = set(old), set(new)
    return {
        "added": sorted(after - before),
        "removed": sorted(before - after),
        "changed": before != after,
    }
