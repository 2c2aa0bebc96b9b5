"""Writes `tests/data/log/schema_NNNN.sql`: a log of the schema of this version, with data.

Run it before a release that brings a new schema, and commit what it writes: from then on the tests
upgrade it. Usage: python tests/plugins/log/dump_schema.py. What is there is not written again.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.predicates import READINESS
from assurance.tlog import base64_strict, note, note_key
from assurance_log import create, migrate, records, rows
from assurance_log.database import Database
from assurance_log.writer import Writer

ORIGIN = "log.example/releases"
DATA = Path(__file__).parents[2] / "data/log"


class _StopError(Exception):
    pass


def _bundle() -> bytes:
    statement = {
        "predicateType": READINESS,
        "subject": [{"name": "x", "digest": {"sha256": "ab" * 32}}],
        "predicate": {
            "result": "GO",
            "environment": "production",
            "decidedAt": "2026-11-23T14:05:00Z",
            "release": {"name": "ledger-api", "version": "2.4.1"},
        },
    }
    line = {
        "verificationMaterial": {"publicKey": {"hint": "c" * 64}},
        "dsseEnvelope": {"payload": base64_strict.encode(json.dumps(statement).encode())},
    }
    return json.dumps(line).encode() + b"\n"


def fill(path: Path) -> None:
    """Make a log with a full tile, a bundle, a witness's line, and a head that is not signed."""
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    key = note_key.from_public(ORIGIN, note_key.ED25519, private.public_key().public_bytes_raw())
    witness = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
    create.create(path, ORIGIN, private.sign, key.public, anchor=None)
    database = Database(path)
    seconds = itertools.count(1_700_000_000)
    writer = Writer(database, private.sign, key, clock=lambda: next(seconds))
    writer.append([b"%d" % i for i in range(300)])
    done = writer.append([records.entry_of(_bundle())], contents=[_bundle()])
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

    stopped = Writer(database, private.sign, key, clock=lambda: 0)
    stopped._failpoint = stop
    with suppress(_StopError):
        stopped.append([b"committed and not signed"])
    database.close()


def main() -> int:
    """Write the dump of this version's schema."""
    target = DATA / f"schema_{migrate.NEWEST}.sql"
    if target.exists():
        print(f"{target} is there")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        fill(path)
        with closing(sqlite3.connect(path)) as connection:
            target.write_text("".join(f"{line}\n" for line in connection.iterdump()))
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
