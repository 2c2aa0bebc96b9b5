"""What every store of a log offers, and which one a URL means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assurance.errors import UsageError
from assurance_log.database import Database, path_of
from assurance_log.postgresql.address import SCHEME, Address
from assurance_log.postgresql.address import read as read_address

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import Connection

At = Path | Address
"""Where a log is: a file, or a PostgreSQL database."""


class Store(Protocol):
    """A database with one log in it."""

    where: str
    """For messages: a path, or a URL without secrets."""

    def write(self) -> AbstractContextManager[Connection]:
        """Give a transaction that holds the log: nobody else writes until it ends.

        Raises:
            LogError: not committed, or nobody knows whether it was.
        """

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one moment of the database.

        Raises:
            LogError: the database cannot be read.
        """

    def define(self) -> AbstractContextManager[Connection]:
        """Give a transaction for what is not the log's rows: the schema, a lease.

        Raises:
            LogError: as `write`.
        """

    def failure(self) -> str | None:
        """Return why this process can write no more, once it has found out; None: it can."""

    def weaknesses(self) -> tuple[str, ...]:
        """Say what is allowed and weaker than it could be, a sentence each.

        Raises:
            LogError: the database cannot be read.
        """

    def close(self) -> None:
        """Close every connection."""


def at(url: str, root: Path) -> At:
    """Return where a URL points.

    Args:
        url: `sqlite:///PATH` or `postgresql://ROLE@HOST/DATABASE`.
        root: The project's folder: what relative paths are relative to.

    Raises:
        UsageError: another scheme, or a URL that cannot be used.
    """
    scheme = url.partition(":")[0]
    if scheme == SCHEME:
        return read_address(url, root)
    if scheme == "sqlite":
        return path_of(url, root)
    raise UsageError(
        f"{scheme[:40]!r} is no kind of log",
        remedy="write sqlite:///PATH or postgresql://ROLE@HOST/DATABASE",
        where="--log",
    )


def connect(where: At, *, read_only: bool = False, connections: int = 1) -> Store:
    """Return the store there; it connects with its first transaction.

    Args:
        where: As `at` returns it.
        read_only: Let the database refuse every write.
        connections: Kept open for threads that read at the same time.

    Raises:
        UsageError: what a log in PostgreSQL needs is not installed.
    """
    if isinstance(where, Path):
        return Database(where, read_only=read_only, connections=connections)
    try:
        from assurance_log.postgresql.database import PostgresDatabase
    except ModuleNotFoundError as err:
        raise UsageError(
            "a log in PostgreSQL needs pg8000, which is not installed",
            remedy="install it: pip install 'release-assurance[postgresql]'",
            where="--log",
        ) from err

    return PostgresDatabase(where, read_only=read_only, connections=connections)
