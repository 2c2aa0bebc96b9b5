"""The first schema: entries, leaves, tiles, heads, checkpoints, cosignatures, search fields.

All tables but `state` only grow. The database itself refuses UPDATE and DELETE, and INSERT OR
REPLACE too: that one deletes without firing DELETE triggers, so that a BEFORE INSERT trigger
looks for the key first.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = {
    "identity": "id INTEGER PRIMARY KEY CHECK (id = 1), origin TEXT NOT NULL",
    "log_key": "from_size INTEGER PRIMARY KEY CHECK (from_size >= 0), vkey TEXT NOT NULL",
    "entry": "idx INTEGER PRIMARY KEY, body BLOB NOT NULL CHECK (length(body) <= 65535)",
    "leaf": "leaf_hash BLOB PRIMARY KEY CHECK (length(leaf_hash) = 32), idx INTEGER NOT NULL",
    "tile": """
        level INTEGER NOT NULL,
        n INTEGER NOT NULL,
        hashes BLOB NOT NULL CHECK (length(hashes) = 8192),
        root BLOB NOT NULL CHECK (length(root) = 32),
        PRIMARY KEY (level, n)""",
    "head": """
        size INTEGER PRIMARY KEY CHECK (size >= 0),
        root BLOB NOT NULL CHECK (length(root) = 32)""",
    "checkpoint": """
        size INTEGER PRIMARY KEY REFERENCES head (size),
        note BLOB NOT NULL,
        chain BLOB NOT NULL CHECK (length(chain) = 32),
        signed_at INTEGER NOT NULL""",
    "cosignature": """
        size INTEGER NOT NULL REFERENCES checkpoint (size),
        name TEXT NOT NULL,
        key_hash BLOB NOT NULL,
        line TEXT NOT NULL,
        cosigned_at INTEGER NOT NULL,
        PRIMARY KEY (size, name, key_hash)""",
    "content": "sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32), body BLOB NOT NULL",
    "record": """
        idx INTEGER PRIMARY KEY REFERENCES entry (idx),
        bundle_sha256 BLOB NOT NULL REFERENCES content (sha256),
        release TEXT,
        version TEXT,
        environment TEXT,
        verdict TEXT,
        decided_at TEXT""",
    "record_field": """
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        idx INTEGER NOT NULL REFERENCES record (idx),
        PRIMARY KEY (field, value, idx)""",
}
"""Columns by table; every one of them only grows."""
KEYS = {
    "identity": "id",
    "log_key": "from_size",
    "leaf": "leaf_hash",
    "tile": "level n",
    "head": "size",
    "checkpoint": "size",
    "cosignature": "size name key_hash",
    "content": "sha256",
    "record": "idx",
    "record_field": "field value idx",
}
"""Primary keys by table; `entry` has a trigger that says more."""
WITHOUT_ROWID = ("leaf", "record_field")


def upgrade() -> None:
    """Make the tables and the triggers that keep them growing only; on PostgreSQL, nothing yet."""
    if op.get_bind().dialect.name == "postgresql":
        return  # logs there began with 0002
    for table, columns in TABLES.items():
        options = "WITHOUT ROWID" if table in WITHOUT_ROWID else ""
        op.execute(f"CREATE TABLE {table} ({columns}) {options}")
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    for table, key in KEYS.items():
        same = " AND ".join(f"{column} = NEW.{column}" for column in key.split())
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
        )
    op.execute(
        "CREATE TRIGGER entry_contiguous BEFORE INSERT ON entry "
        "WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM entry) "
        "BEGIN SELECT RAISE(ABORT, 'entry indexes have no gaps'); END"
    )
    op.execute(
        "CREATE TRIGGER checkpoint_in_order BEFORE INSERT ON checkpoint "
        "WHEN NEW.size <= (SELECT max(size) FROM checkpoint) "
        "BEGIN SELECT RAISE(ABORT, 'checkpoints only grow'); END"
    )
    op.execute(
        "CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, "
        "size INTEGER NOT NULL, published INTEGER NOT NULL CHECK (published <= size))"
    )
    op.execute(
        "CREATE TRIGGER state_no_delete BEFORE DELETE ON state "
        "BEGIN SELECT RAISE(ABORT, 'state is one row'); END"
    )
    op.execute(
        "CREATE TRIGGER state_no_replace BEFORE INSERT ON state "
        "WHEN EXISTS (SELECT 1 FROM state) BEGIN SELECT RAISE(ABORT, 'state is one row'); END"
    )
    op.execute(
        "CREATE TRIGGER state_grows BEFORE UPDATE ON state "
        "WHEN NEW.id <> OLD.id OR NEW.epoch < OLD.epoch OR NEW.size < OLD.size "
        "OR NEW.published < OLD.published "
        "BEGIN SELECT RAISE(ABORT, 'state never goes back'); END"
    )
