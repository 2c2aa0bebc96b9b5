"""Guards that also hold for a stranger's connection, and the keys of the witnesses that signed.

The first schema's guards looked for a row's primary key. In a table whose key is not its rowid,
INSERT OR REPLACE can also hit a row by its rowid, and then deletes it without firing a trigger
unless `recursive_triggers` is on. Foreign keys, too, hold only where a connection asks for them:
the triggers here say the same to all.
"""

from __future__ import annotations

from alembic import op

from assurance_log.migrations import postgresql

revision = "0002"
down_revision = "0001"

TABLES = {
    "witness_key": """
        name TEXT NOT NULL,
        key_hash BLOB NOT NULL,
        vkey TEXT NOT NULL,
        PRIMARY KEY (name, key_hash)""",
}
"""Columns by table; it only grows."""
ROWID_TABLES = ("tile", "cosignature", "content")
"""Tables that have a rowid beside their primary key."""


def upgrade() -> None:
    """Add the table and the triggers; no row changes. On PostgreSQL, make everything."""
    if op.get_bind().dialect.name == "postgresql":
        postgresql.create(op.execute)
        return
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns}) WITHOUT ROWID")
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    op.execute(
        "CREATE TRIGGER witness_key_no_replace BEFORE INSERT ON witness_key WHEN EXISTS "
        "(SELECT 1 FROM witness_key WHERE name = NEW.name AND key_hash = NEW.key_hash) "
        "BEGIN SELECT RAISE(ABORT, 'witness_key only grows'); END"
    )
    for table in ROWID_TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_no_rowid_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE rowid = NEW.rowid) "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )
    op.execute(
        "CREATE TRIGGER head_in_order BEFORE INSERT ON head "
        "WHEN NEW.size > (SELECT coalesce(max(idx) + 1, 0) FROM entry) "
        "OR NEW.size <= (SELECT max(size) FROM head) "
        "BEGIN SELECT RAISE(ABORT, 'head only grows, with the entries'); END"
    )
    op.execute(
        "CREATE TRIGGER checkpoint_of_a_head BEFORE INSERT ON checkpoint "
        "WHEN NOT EXISTS (SELECT 1 FROM head WHERE size = NEW.size) "
        "BEGIN SELECT RAISE(ABORT, 'a checkpoint is of a head'); END"
    )
    op.execute(
        "CREATE TRIGGER state_is_what_there_is BEFORE UPDATE ON state "
        "WHEN NEW.size <> (SELECT coalesce(max(idx) + 1, 0) FROM entry) "
        "OR NEW.published <> (SELECT coalesce(max(size), -1) FROM checkpoint) "
        "BEGIN SELECT RAISE(ABORT, 'the state says what there is'); END"
    )
