"""Writes `tests/data/log/schema_NNNN.sql` and `postgresql_NNNN.sql`: logs of this version's schema.

Run it before a release that brings a new schema, and commit what it writes: from then on the tests
upgrade it. Usage: python tests/plugins/log/dump_schema.py. What is there is not written again.
"""

from __future__ import annotations

import importlib.util
import itertools
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import note, note_key
from assurance_log import create, migrate, records, rows
from assurance_log.database import Database
from assurance_log.postgresql import address
from assurance_log.postgresql.create import create as create_there
from assurance_log.postgresql.database import PostgresDatabase
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from assurance_log.store import Store

ORIGIN = "log.example/releases"
DATA = Path(__file__).parents[2] / "data/log"
BUNDLE = (DATA / "small.intoto.jsonl").read_bytes()
BIN = Path("/usr/lib/postgresql/15/bin")
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEY = note_key.from_public(ORIGIN, note_key.ED25519, PRIVATE.public_key().public_bytes_raw())


class _StopError(Exception):
    pass


def fill(database: Store) -> None:
    """Fill a log: a full tile, a bundle, a witness's line, and a head that is not signed."""
    witness = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    seconds = itertools.count(1_700_000_000)
    writer = Writer(database, PRIVATE.sign, KEY, clock=lambda: next(seconds))
    writer.append([b"%d" % i for i in range(300)])
    done = writer.append([records.entry_of(BUNDLE)], contents=[BUNDLE])
    by = note_key.from_public(
        "w.example", note_key.COSIGNATURE, witness.public_key().public_bytes_raw()
    )
    signed = witness.sign(note_key.cosigned_message(done.checkpoint.text.encode(), 5))
    line = note.NoteSignature(
        name=by.name, key_hash=by.key_hash, signature=(5).to_bytes(8, "big") + signed
    )
    with database.write() as connection:
        rows.add_witness_key(connection, by)
        rows.add_cosignature(connection, done.size, by.name, by.key_hash, line.line(), 5)

    def stop(point: str) -> None:
        if point == "after-commit":
            raise _StopError

    stopped = Writer(database, PRIVATE.sign, KEY, clock=lambda: 0)
    stopped._failpoint = stop
    with suppress(_StopError):
        stopped.append([b"committed and not signed"])
    database.close()


def in_file() -> str:
    """Return the dump of a log in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        create.create(path, ORIGIN, PRIVATE.sign, KEY.public, anchor=None)
        fill(Database(path))
        with closing(sqlite3.connect(path)) as connection:
            return "".join(f"{line}\n" for line in connection.iterdump())


def on_server() -> str:
    """Return the dump of a log on a server, as `pg_dump` makes it."""
    module = _clusters()
    server = module.Cluster.make(BIN)
    try:
        server.database("dumped")
        create_there(
            address.read(server.url("dumped", module.OWNER), Path()),
            ORIGIN,
            PRIVATE.sign,
            KEY.public,
            anchor=None,
            app_role=module.APP,
        )
        fill(PostgresDatabase(address.read(server.url("dumped"), Path())))
        dumped = server.command(
            *("pg_dump", "-h", server.folder, "-p", str(server.port), "-U", "postgres"),
            *("--inserts", "--schema=assurance_log", "dumped"),
        )
        # Older ones of `psql` do not know \\restrict; the comments say no more than the statements.
        lines = (line for line in dumped.splitlines(keepends=True) if line.strip())
        return "".join(line for line in lines if not line.startswith(("--", "\\")))
    finally:
        server.remove()


def _clusters() -> Any:
    spec = importlib.util.spec_from_file_location("cluster", Path(__file__).with_name("cluster.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    """Write the dumps of this version's schema."""
    for kind, dumped in (("schema", in_file), ("postgresql", on_server)):
        target = DATA / f"{kind}_{migrate.NEWEST}.sql"
        if target.exists():
            print(f"{target} is there")
            continue
        target.write_text(dumped(), "utf-8")
        print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
