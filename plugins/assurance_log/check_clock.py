"""Compares where the log's clock was set back with what the checkpoints say.

Who lists by time trusts that table: with a row too few, entries would be missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

_STEPS = (
    "SELECT size FROM (SELECT size, signed_at < lag(signed_at) OVER (ORDER BY size) AS is_back "
    "FROM checkpoint) AS steps WHERE is_back"
)


def problems(connection: Connection) -> Iterator[dict[str, str]]:
    """Yield each step that is missing or made up."""
    steps = {int(row[0]) for row in connection.exec_driver_sql(_STEPS)}
    kept = set(rows.clock_steps(connection))
    for size in sorted(steps ^ kept):
        yield {
            "kind": "clock",
            "where": f"clock_set_back {size}",
            "message": "it is missing: the checkpoint's time is before that of the one before it"
            if size in steps
            else "the time of that checkpoint is not before that of the one before it",
        }
