"""A value of another kind in any column: no command takes it for right, or falls over it.

SQLite keeps any kind of value in any column, and whoever owns the file can put one there. Each
command either says what it says of the whole log, because it does not meet the value, or ends with
an error that names table and row.
"""

from __future__ import annotations

import itertools
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.cli.main import main
from assurance.tlog import note, note_key
from assurance_log import records, rows

if TYPE_CHECKING:
    from collections.abc import Callable

BUNDLE = (Path(__file__).parents[2] / "data/log/small.intoto.jsonl").read_bytes()
WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
KEY = note_key.from_public(
    "w.example", note_key.COSIGNATURE, WITNESS.public_key().public_bytes_raw()
)
COLUMNS = {
    "checkpoint": "note chain signed_at",
    "content": "sha256 body",
    "cosignature": "size name key_hash line cosigned_at",
    "entry": "body",
    "head": "root",
    "identity": "origin",
    "leaf": "leaf_hash idx",
    "log_key": "vkey",
    "record": "bundle_sha256 release version environment verdict decided_at",
    "record_field": "field value idx",
    "state": "epoch size published",
    "tile": "level n hashes root",
    "witness_key": "name key_hash vkey",
}
"""Every column but the primary keys of one integer: SQLite keeps nothing else there."""
KINDS = {
    "text": "'many words'",
    "blob": "x'00ff'",
    "NULL": "NULL",
    "real": "7.5",
    "integer": "7",
    "oversized": "9223372036854775807",
}
SEARCHED = {
    ("record", "release"),
    ("record_field", "field"),
    ("record_field", "value"),
    ("record_field", "idx"),
}
"""Columns that `list` searches: it does not find a row that has something else there."""
COMMANDS = (
    "list",
    "list --release ledger-api",
    "list --signer c",
    "prove --index 300",
    "prove --file app.intoto.jsonl",
    "replay",
    "checkpoint --all",
    "keys",
    "export --to OUT",
)

_numbers = itertools.count()


@pytest.fixture
def log(log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A log with rows in every table, in the current folder."""
    made = log_at()
    writer = made.writer()
    writer.append([b"%d" % i for i in range(300)])
    done = writer.append([records.entry_of(BUNDLE)], contents=[BUNDLE])
    writer.append([b"the last one"])
    signed = WITNESS.sign(note_key.cosigned_message(done.checkpoint.text.encode(), 5))
    line = note.NoteSignature(
        name=KEY.name, key_hash=KEY.key_hash, signature=(5).to_bytes(8, "big") + signed
    ).line()
    with made.database().write() as connection:
        rows.add_witness_key(connection, KEY)
        rows.add_cosignature(connection, 301, KEY.name, KEY.key_hash, line, 5)
    made.close()
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.chdir(made.path.parent)
    (made.path.parent / "app.intoto.jsonl").write_bytes(BUNDLE)
    return made


def changed(path: Path, table: str, column: str, value: str) -> bool | None:
    """Put a value into a column, whatever the schema says; return whether its kind is another."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        kept = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        (before,) = connection.execute(f"SELECT typeof({column}) FROM {table}").fetchone()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
        connection.execute("PRAGMA writable_schema = RESET")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        done = connection.execute(f"UPDATE OR IGNORE {table} SET {column} = {value}")
        if not done.rowcount:
            return None  # a key that SQLite keeps in its kind
        found = connection.execute(f"SELECT DISTINCT typeof({column}) FROM {table}").fetchall()
        connection.execute("PRAGMA writable_schema = ON")
        for name, sql in kept:
            connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (sql, name))
        connection.execute("PRAGMA writable_schema = RESET")
        for _, sql in triggers:
            connection.execute(sql)
    return bool({kind for (kind,) in found} - {before})


def said(log: Any, command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run a command; return its exit code, output and errors."""
    out = log.path.with_name(f"out-{next(_numbers)}")
    words = command.replace("OUT", out.name).split()
    code = main(["log", *words, "--log", f"sqlite:///{log.path}"])
    output, errors = capsys.readouterr()
    return code, output.replace(out.name, "OUT"), errors


def named_by(table: str) -> str:
    """Return what an error says of a row; a tile that is not found is named by its path."""
    named = f"as the log wrote it: {table} "
    return f"{named}|lacks tile/|the root of 302 entries" if table == "tile" else named


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table, columns in COLUMNS.items() for column in columns.split()],
)
def test_value_of_another_kind(
    log: Any, capsys: pytest.CaptureFixture[str], table: str, column: str
) -> None:
    """Whatever stands in the column: the same answer as before, or an error that names the row."""
    whole = log.path.read_bytes()
    well = {command: said(log, command, capsys) for command in COMMANDS}
    assert {0} == {code for code, _, _ in well.values()}, well
    wrong = []
    for name, value in KINDS.items():
        another = changed(log.path, table, column, value)
        if (table, value) == ("record", "NULL"):
            another = another and column == "bundle_sha256"  # the others may be NULL
        if another is not None:
            for command in COMMANDS:
                code, output, errors = said(log, command, capsys)
                same = (code, output) == well[command][:2]
                named = code in {1, 3} and re.search(named_by(table), errors)
                lost = (table, column) in SEARCHED and output == "0 of 302 entries shown\n"
                fallen = re.search("our bug|Traceback", errors) or code not in {0, 1, 3}
                if fallen or (another and not (same or named or lost)):
                    wrong.append((name, command, code, output[-200:], errors[-400:]))
            code, output, errors = said(log, "check --depth full", capsys)
            named = code in {1, 3} and re.search(f"{table}[ /]", output + errors)
            if "our bug" in errors or (another and not named):
                wrong.append((name, "check", code, output[-200:], errors[-400:]))
        log.path.write_bytes(whole)
    assert not wrong, "\n".join(map(str, wrong))
