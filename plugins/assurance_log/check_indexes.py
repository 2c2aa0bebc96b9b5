"""What the `full` depth of a check looks at in SQLite's own indexes: each agrees with its table.

A damaged index loses rows to those who look for one, while who reads them all still finds them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

TABLES: Final = ("tile", "cosignature", "content")
"""Those with an index beside them; the rows of the others are their own index."""


def problems(connection: Connection) -> Iterator[dict[str, str]]:
    """Yield what SQLite finds wrong with the indexes."""
    for table in TABLES:
        for told in connection.exec_driver_sql(f"PRAGMA integrity_check({table})").scalars():
            if told != "ok":
                yield {"kind": "index", "where": table, "message": str(told)}
