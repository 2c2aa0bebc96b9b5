"""One bit is flipped in every column of every table, and in every page of the file: it is named."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import AssuranceError
from assurance_log import anchor, check, opening

if TYPE_CHECKING:
    from collections.abc import Callable

DUMP = Path(__file__).parents[2] / "data/log/schema_0003.sql"
COLUMNS = {
    "alembic_version": "version_num",
    "checkpoint": "size note chain signed_at",
    "clock_set_back": "size",
    "content": "sha256 body",
    "cosignature": "size name key_hash line cosigned_at",
    "entry": "idx body",
    "head": "size root",
    "identity": "origin",
    "leaf": "leaf_hash idx",
    "log_key": "from_size vkey",
    "record": "idx bundle_sha256 release version environment verdict decided_at",
    "record_field": "field value idx",
    "state": "size published",
    "tile": "level n hashes root",
    "witness_key": "name key_hash vkey",
}
"""Every column but `state.epoch`, a counter that nothing follows from, and constant ids."""


@pytest.fixture
def log(log_at: Callable[..., Any]) -> Any:
    """A log with rows in every table."""
    made = log_at(made=False)
    made.path.parent.mkdir()
    with closing(sqlite3.connect(made.path)) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    made.anchor = None
    made.writer()  # signs what was left
    made.anchor = made.path.with_name("anchor")
    with made.database().read() as connection:
        note = connection.exec_driver_sql("SELECT note FROM checkpoint ORDER BY size DESC").scalar()
    made.anchor.write_bytes(note)
    made.close()
    return made


def named(log: Any) -> list[str]:
    """Return what a full check, or the opening of the log, names."""
    try:
        database = opening.reader(log.path)
    except AssuranceError as err:
        return [err.problem]
    try:
        remembered = anchor.load(log.anchor)
        with database.read() as connection:
            found = check.problems(connection, check.Depth.FULL, anchor=remembered)
            return [f"{item.kind} {item.where}" for item in found]
    except AssuranceError as err:
        return [err.problem]
    finally:
        database.close()


def flipped(value: Any, chance: random.Random) -> Any:
    """Return a value with one bit flipped; a text stays UTF-8, a number stays a number."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(4))
    data = bytearray(value.encode() if isinstance(value, str) else value)
    while True:
        at, bit = chance.randrange(len(data)), 1 << chance.randrange(7)
        if data[at] < 0x80:
            break
        if isinstance(value, bytes):
            break
    data[at] ^= bit
    return data.decode() if isinstance(value, str) else bytes(data)


def test_columns_are_all() -> None:
    """The table above leaves no column out but those that it says."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        found = {
            str(table): [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
            for (table,) in tables
        }
    found["state"] = [name for name in found["state"] if name not in {"id", "epoch"}]
    found["identity"].remove("id")
    assert {table: columns.split() for table, columns in COLUMNS.items()} == found


@pytest.mark.parametrize("table", COLUMNS)
def test_one_bit_in_each_column(log: Any, table: str) -> None:
    """A value that differs in one bit from what was written is found by the full check."""
    assert [] == named(log)
    whole = log.path.read_bytes()
    chance = random.Random(17)
    for column in COLUMNS[table].split():
        for _ in range(4):
            with closing(sqlite3.connect(log.path)) as connection:
                keys = connection.execute(f"SELECT * FROM {table}").fetchall()
                names = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
            row = dict(zip(names, chance.choice(keys), strict=True))
            value = flipped(row[column], chance)
            where = " AND ".join(f"{name} IS ?" for name in names)
            with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
                triggers = connection.execute(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                ).fetchall()
                for name, _ in triggers:
                    connection.execute(f"DROP TRIGGER {name}")
                connection.execute("PRAGMA ignore_check_constraints = ON")
                try:
                    done = connection.execute(
                        f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *row.values())
                    )
                    assert 1 == done.rowcount
                except sqlite3.IntegrityError:
                    continue  # the key of another row: nobody could write that
                finally:
                    for _, sql in triggers:
                        connection.execute(sql)
            told = named(log)
            assert told, f"{table}.{column}: {row[column]!r} became {value!r}, and nobody noticed"
            log.path.write_bytes(whole)


@pytest.mark.slow
def test_one_bit_in_each_page(log: Any) -> None:
    """A bit that the disk flips anywhere in a page is named, or lies where nothing is kept."""
    assert [] == named(log)
    whole = log.path.read_bytes()
    chance = random.Random(19)
    unnoticed = 0
    size = 4096
    for page in range(len(whole) // size):
        for _ in range(2):
            data = bytearray(whole)
            at = page * size + chance.randrange(size)
            data[at] ^= 1 << chance.randrange(8)
            log.path.write_bytes(data)
            if named(log):
                continue
            unnoticed += 1
            _unchanged(log, whole, bytes(data))
            log.path.write_bytes(whole)
    assert unnoticed < 2 * len(whole) // size, "no bit at all was noticed"


def _unchanged(log: Any, whole: bytes, data: bytes) -> None:
    """See that both files hold the same rows."""
    found = []
    for content in (whole, data):
        log.path.write_bytes(content)
        with closing(sqlite3.connect(log.path)) as connection:
            found.append(
                [
                    connection.execute(
                        f"SELECT {columns.replace(' ', ', ')} FROM {table}"
                    ).fetchall()
                    for table, columns in COLUMNS.items()
                ]
            )
    assert found[0] == found[1]


@pytest.mark.parametrize("table", ["tile", "cosignature", "content"])
def test_index_that_lost_a_row(log: Any, table: str) -> None:
    """An index without a row of its table is named by the full check."""
    with closing(sqlite3.connect(log.path, isolation_level=None)) as connection:
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master "
            "WHERE name = ?",
            (f"sqlite_autoindex_{table}_1",),
        ).fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(log.path.read_bytes())
    cells = (root - 1) * size + 3
    assert data[cells : cells + 2] != b"\0\0"
    data[cells : cells + 2] = b"\0\0"
    log.path.write_bytes(data)
    assert any(item.startswith(f"index {table}") for item in named(log)), named(log)
