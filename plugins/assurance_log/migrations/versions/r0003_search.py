"""Indexes for every filter of a listing, and where the log's clock was set back.

An index per filter ends with the entry's index (or the checkpoint's size), so that a page is read
from where it begins, newest first. A time needs none: checkpoints are in the order of their times
as long as the clock goes forward, and `clock_set_back` names each one that it did not. The database
keeps that table itself.
"""

from __future__ import annotations

from alembic import op

from assurance_log.migrations import postgresql_search

revision = "0003"
down_revision = "0002"

INDEXES = {
    "record_by_release": "record (release, idx)",
    "record_by_version": "record (release, version, idx)",
    "record_by_verdict": "record (verdict, idx)",
    "record_field_by_entry": "record_field (idx, field, value)",
    "cosignature_by_witness": "cosignature (name, size, key_hash)",
}
"""Table and columns by name."""
TABLES = {
    "clock_set_back": "size INTEGER PRIMARY KEY REFERENCES checkpoint (size)",
}
"""Columns by table; it only grows."""
_EARLIER = "SELECT signed_at FROM checkpoint WHERE size < NEW.size ORDER BY size DESC LIMIT 1"


def upgrade() -> None:
    """Add the indexes and the table, and fill it; no row that was there changes."""
    if op.get_bind().dialect.name == "postgresql":
        postgresql_search.create(op.get_bind().exec_driver_sql, INDEXES)
        return
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
    op.execute(
        "CREATE TRIGGER clock_set_back_no_replace BEFORE INSERT ON clock_set_back WHEN EXISTS "
        "(SELECT 1 FROM clock_set_back WHERE size = NEW.size) "
        "BEGIN SELECT RAISE(ABORT, 'clock_set_back only grows'); END"
    )
    op.execute(
        "CREATE TRIGGER clock_set_back_as_it_was BEFORE INSERT ON clock_set_back "  # noqa: S608 - our names
        "WHEN NOT coalesce((SELECT signed_at FROM checkpoint WHERE size = NEW.size) "
        f"< ({_EARLIER}), 0) "
        "BEGIN SELECT RAISE(ABORT, 'the clock was not set back there'); END"
    )
    op.execute(postgresql_search.FILL.format(schema=""))
    op.execute(
        "CREATE TRIGGER checkpoint_clock AFTER INSERT ON checkpoint "  # noqa: S608 - our names
        f"WHEN NEW.signed_at < ({_EARLIER}) "
        "BEGIN INSERT INTO clock_set_back (size) VALUES (NEW.size); END"
    )
