"""What the `full` depth of a check has SQLite look at: its own pages, indexes and constraints.

A damaged index, or a damaged page above the rows, loses rows to those who look for one, while who
reads them all still finds them. SQLite looks in a thread, with a connection of its own, while the
rest of the check goes on.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from assurance_log.check_leaves import file_of
from assurance_log.database import read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
_Found = dict[str, str]


@contextmanager
def begun(connection: Connection) -> Iterator[Callable[[], list[_Found]]]:
    """Let SQLite begin; give the function that waits for what it finds."""
    file = file_of(connection)
    if file is None:
        yield list
        return
    with closing(_opened(file)) as own:
        found: list[_Found] = []
        looking = Thread(target=_look, args=(own, found), daemon=True)
        looking.start()

        def waited() -> list[_Found]:
            looking.join()
            return found

        try:
            yield waited
        finally:
            own.interrupt()
            looking.join()


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(read_only(file), uri=True, isolation_level=None, check_same_thread=False)


def _look(own: sqlite3.Connection, found: list[_Found]) -> None:
    try:
        for (table,) in own.execute(_TABLES).fetchall():
            for (told,) in own.execute(f'PRAGMA integrity_check("{table}")'):
                if told != "ok":
                    found.append(_problem(str(table), str(told)))
    except sqlite3.Error as err:
        found.append(_problem("database", str(err)))


def _problem(where: str, message: str) -> _Found:
    return {"kind": "index", "where": where, "message": message}
