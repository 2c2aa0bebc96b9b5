"""Opens the SQLite file so that what was committed stays committed.

WAL with `synchronous=FULL` syncs at each commit. A writing transaction takes the write lock at its
start (BEGIN IMMEDIATE): two writers never both read before one writes.

Once a disk has failed under a writing transaction, this process writes the file no more: after a
failed sync the kernel may call pages clean that never reached the disk, and a second try would
succeed without them. A new process recovers from what the disk really has.

SQLAlchemy is imported when a file is opened: who asks a log server, or verifies a receipt, does not
wait for it.

Nor does a process go on in a file that was moved away or replaced, as a restore does it: what it
appended there would be acknowledged, and be in no log that anybody reads.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import LogError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS: Final = 30.0
"""How long a writer waits for another one's lock."""
_FATAL: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""SQLite's primary result codes that say that the disk or what is on it cannot be relied on."""
_REMEDIES: Final = {
    sqlite3.SQLITE_READONLY: "run it as who may write the file, those beside it (-wal, -shm) and "
    "their folder, also to read: SQLite keeps its locks there; others can read a backup",
    sqlite3.SQLITE_CANTOPEN: "run it as who may read and write the file and its folder, or copy "
    "it, with what stands beside it (-wal), to a folder that can be written",
    sqlite3.SQLITE_NOTADB: "correct the path; if the log was there, keep the file as evidence, and "
    "restore the newest backup: `assurance log restore`",
    sqlite3.SQLITE_CORRUPT: "keep the file as evidence, see `assurance log check --depth full`, "
    "and restore the newest backup: `assurance log restore`",
    sqlite3.SQLITE_FULL: "make room on the disk, then run it again: what is logged keeps its index",
    sqlite3.SQLITE_BUSY: "see what else writes the log, then run it again",
}
"""What to do, by SQLite's primary result code."""
_failed: dict[Path, str] = {}
"""Files that this process writes no more, and what happened to them."""
_SCHEME: Final = "sqlite:///"
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    # 16 MiB: the index of leaves changes its pages in no order, and each is written back once for
    # many changes. It bounds what a start reads again after a crash, too.
    "PRAGMA wal_autocheckpoint = 4096",
)


def path_of(url: str, root: Path) -> Path:
    """Return the database file of a URL such as `sqlite:///log/log.db`.

    Args:
        url: `sqlite:///` and a path; relative ones are below `root`.
        root: The project's folder.

    Raises:
        UsageError: another scheme, or no path.
    """
    path = url.removeprefix(_SCHEME)
    if not url.startswith(_SCHEME) or not path or "?" in path:
        raise UsageError(
            f"{url!r} is no URL of a log in a file",
            remedy="write sqlite:///PATH, such as sqlite:///log/log.db",
            where="--log",
        )
    return root / path


class Database:
    """One SQLite file. Not to be shared between threads that write at the same time."""

    def __init__(self, path: Path, *, read_only: bool = False, connections: int = 1) -> None:
        """Open the file lazily: the first transaction connects.

        Args:
            path: Of the file; made by the first connection where it is not there, unless
                `read_only`.
            read_only: Let SQLite refuse every write.
            connections: Kept open for threads that read at the same time.
        """
        from sqlalchemy import URL, create_engine, event, exc

        self.path = path
        self.where = str(path)
        # `rows` also asks the driver itself.
        self._errors = exc.DBAPIError, sqlite3.Error
        self._file: tuple[int, int] | None = None
        """Device and number of the file that the first connection opened."""
        query = _reading(path) if read_only else {"mode": "rwc"}
        self._engine: Engine = create_engine(
            # Not as one text: its `%23` would be read as `#`, and end the file's name there.
            URL.create("sqlite", database=uri(path), query={**query, "uri": "true"}),
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            pool_size=connections,
            max_overflow=3,
        )
        event.listen(self._engine, "do_connect", self._look)
        event.listen(self._engine, "connect", _read_only if read_only else _prepare)
        event.listen(self._engine, "begin", _begin)

    def failure(self) -> str | None:
        """Return what happened to the disk under a write of this process; None: nothing."""
        return _failed.get(self.path.absolute())

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that holds the write lock; commit at the end.

        Raises:
            LogError: the lock was not had in time, the disk failed (now or earlier in this
                process), or the database refused.
        """
        if told := self.failure():
            raise LogError(
                f"this process writes the log no more: {told}",
                remedy="see to the disk, then start the command again: what is logged keeps its "
                "index",
                where=str(self.path),
            )
        with self._transaction(immediate=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database.

        Raises:
            LogError: the file cannot be read.
        """
        with self._transaction(immediate=False) as connection:
            yield connection

    def define(self) -> AbstractContextManager[Connection]:
        """Give a transaction for the schema: the same as `write`, in a file.

        Raises:
            LogError: as `write`.
        """
        return self.write()

    def weaknesses(self) -> tuple[str, ...]:
        """Say what is weaker than it could be: nothing, as each connection sets what it needs."""
        return ()

    @contextmanager
    def _transaction(self, *, immediate: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(immediate=immediate)
                with connection.begin(), self._kinds_named(connection):
                    self._demand_same()
                    yield connection
        except self._errors as err:
            cause = err if isinstance(err, sqlite3.Error) else err.orig
            if immediate and getattr(cause, "sqlite_errorcode", 0) & 0xFF in _FATAL:
                _failed[self.path.absolute()] = str(cause)
            raise LogError(
                f"the log's database failed: {cause}", remedy=_remedy(cause), where=self.where
            ) from err

    def _look(self, *_of_the_connection: object) -> None:
        """Remember the file, before the first connection opens it."""
        self._file = self._file or _identity(self.path)

    def _demand_same(self) -> None:
        """See that the file is still the one that is open.

        A restore waits for no transaction, but refuses where the file is open (`backup`).
        """
        found = _identity(self.path)
        self._file = self._file or found  # the first connection made it
        if found != self._file or found is None:
            raise LogError(
                "the log's file was moved away or replaced while this process had it open",
                remedy="start again, with the log that is there now: what is logged keeps its "
                "index; before another restore, end what has the log open",
                where=self.where,
            )

    @contextmanager
    def _kinds_named(self, connection: Connection) -> Iterator[None]:
        """Name the row when a value of another kind than its column stopped what was done."""
        try:
            yield
        except (TypeError, ValueError, ArithmeticError) as err:
            from assurance_log import check_types

            found = next(check_types.problems(connection), None)
            if found is None:
                raise
            raise LogError(
                f"the database is not as the log wrote it: {found['where']}: {found['message']}",
                remedy="keep it as evidence, see `assurance log check --depth full`, and restore "
                "the newest backup: `assurance log restore`",
                where=self.where,
            ) from err

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def read_only(path: Path) -> str:
    """Return the URI that opens a file for reading."""
    return f"{uri(path)}?{'&'.join(f'{key}={value}' for key, value in _reading(path).items())}"


def _reading(path: Path) -> dict[str, str]:
    return {"mode": "ro", **({"immutable": "1"} if _is_frozen(path) else {})}


def _is_frozen(path: Path) -> bool:
    """Say whether a file is as on a disc or in a snapshot: nobody has it open, or changes it.

    SQLite could make no files for its locks there. A write-ahead log with something in it could
    not be read; who has the log open elsewhere has the files beside it.
    """
    try:
        is_writable = not os.statvfs(path).f_flag & os.ST_RDONLY
    except OSError:
        return False
    beside = [path.with_name(path.name + part) for part in ("-wal", "-shm")]
    return not is_writable and not any(item.exists() for item in beside)


def _remedy(cause: BaseException | None) -> str:
    return _REMEDIES.get(
        getattr(cause, "sqlite_errorcode", 0) & 0xFF,
        "see that the disk has room and the file is writable, then run `assurance log check`",
    )


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and number of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def uri(path: Path) -> str:
    """Return a file's name as SQLite reads URIs, whatever characters or bytes are in it."""
    from urllib.parse import quote

    return f"file:{quote(os.fsencode(path.absolute()))}"


def _prepare(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # transactions are begun by `_begin`, not guessed by the driver
    for pragma in _PRAGMAS:
        raw.execute(pragma)


def _read_only(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    raw.execute("PRAGMA query_only = ON")
    raw.execute("PRAGMA cell_size_check = ON")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
