"""The schema of a log on PostgreSQL: the same tables, and guards that hold for its owner too.

All tables but `state` only grow. Triggers refuse UPDATE, DELETE and TRUNCATE, and are ENABLE
ALWAYS: `session_replication_role` does not switch them off. ON CONFLICT DO UPDATE is an UPDATE.
Text is compared byte by byte (COLLATE "C"), as SQLite does. `state` has the lease beside
what it has on SQLite: who writes, under which epoch and until when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TEXT: Final = 'TEXT COLLATE "C"'
TABLES: Final = {
    "identity": f"id BIGINT PRIMARY KEY CHECK (id = 1), origin {_TEXT} NOT NULL",
    "log_key": f"from_size BIGINT PRIMARY KEY CHECK (from_size >= 0), vkey {_TEXT} NOT NULL",
    "entry": "idx BIGINT PRIMARY KEY, body BYTEA NOT NULL CHECK (length(body) <= 65535)",
    "leaf": "leaf_hash BYTEA PRIMARY KEY CHECK (length(leaf_hash) = 32), idx BIGINT NOT NULL",
    "tile": """
        level BIGINT NOT NULL,
        n BIGINT NOT NULL,
        hashes BYTEA NOT NULL CHECK (length(hashes) = 8192),
        root BYTEA NOT NULL CHECK (length(root) = 32),
        PRIMARY KEY (level, n)""",
    "head": """
        size BIGINT PRIMARY KEY CHECK (size >= 0),
        root BYTEA NOT NULL CHECK (length(root) = 32)""",
    "checkpoint": """
        size BIGINT PRIMARY KEY REFERENCES assurance_log.head (size),
        note BYTEA NOT NULL,
        chain BYTEA NOT NULL CHECK (length(chain) = 32),
        signed_at BIGINT NOT NULL""",
    "cosignature": f"""
        size BIGINT NOT NULL REFERENCES assurance_log.checkpoint (size),
        name {_TEXT} NOT NULL,
        key_hash BYTEA NOT NULL,
        line {_TEXT} NOT NULL,
        cosigned_at BIGINT NOT NULL,
        PRIMARY KEY (size, name, key_hash)""",
    "witness_key": f"""
        name {_TEXT} NOT NULL,
        key_hash BYTEA NOT NULL,
        vkey {_TEXT} NOT NULL,
        PRIMARY KEY (name, key_hash)""",
    "content": "sha256 BYTEA PRIMARY KEY CHECK (length(sha256) = 32), body BYTEA NOT NULL",
    "record": f"""
        idx BIGINT PRIMARY KEY REFERENCES assurance_log.entry (idx),
        bundle_sha256 BYTEA NOT NULL REFERENCES assurance_log.content (sha256),
        release {_TEXT},
        version {_TEXT},
        environment {_TEXT},
        verdict {_TEXT},
        decided_at {_TEXT}""",
    "record_field": f"""
        field {_TEXT} NOT NULL,
        value {_TEXT} NOT NULL,
        idx BIGINT NOT NULL REFERENCES assurance_log.record (idx),
        PRIMARY KEY (field, value, idx)""",
}
"""Columns by table; every one of them only grows."""
_STATE: Final = f"""
    id BIGINT PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL,
    size BIGINT NOT NULL,
    published BIGINT NOT NULL CHECK (published <= size),
    lease_holder {_TEXT} NOT NULL DEFAULT '',
    lease_token {_TEXT} NOT NULL DEFAULT '',
    lease_until TIMESTAMPTZ NOT NULL DEFAULT '-infinity'"""
_REFUSES: Final = """
    BEGIN
        RAISE EXCEPTION '% only grows', TG_TABLE_NAME;
    END"""
_FUNCTIONS: Final = {
    "only_grows": _REFUSES,
    "state_stays": """
    BEGIN
        RAISE EXCEPTION 'state is one row';
    END""",
    "entry_contiguous": """
    DECLARE
        first BIGINT;
        last BIGINT;
        count BIGINT;
    BEGIN
        SELECT min(idx), max(idx), count(*) INTO first, last, count FROM fresh;
        IF count > 0 AND (last - first + 1 <> count OR first <> (
            SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry WHERE idx < first
        )) THEN
            RAISE EXCEPTION 'entry indexes have no gaps';
        END IF;
        RETURN NULL;
    END""",
    "head_in_order": """
    BEGIN
        IF NEW.size > (SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry)
            OR NEW.size <= (SELECT max(size) FROM assurance_log.head)
        THEN
            RAISE EXCEPTION 'head only grows, with the entries';
        END IF;
        RETURN NEW;
    END""",
    "checkpoint_in_order": """
    BEGIN
        IF NEW.size <= (SELECT max(size) FROM assurance_log.checkpoint) THEN
            RAISE EXCEPTION 'checkpoints only grow';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM assurance_log.head WHERE size = NEW.size) THEN
            RAISE EXCEPTION 'a checkpoint is of a head';
        END IF;
        RETURN NEW;
    END""",
    "state_grows": """
    BEGIN
        IF NEW.id <> OLD.id OR NEW.epoch < OLD.epoch OR NEW.size < OLD.size
            OR NEW.published < OLD.published
        THEN
            RAISE EXCEPTION 'state never goes back';
        END IF;
        IF NEW.size <> (SELECT coalesce(max(idx) + 1, 0) FROM assurance_log.entry)
            OR NEW.published <> (SELECT coalesce(max(size), -1) FROM assurance_log.checkpoint)
        THEN
            RAISE EXCEPTION 'the state says what there is';
        END IF;
        RETURN NEW;
    END""",
}
_TRIGGERS: Final = (
    (
        "entry",
        "contiguous",
        "AFTER INSERT",
        "REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT",
        "entry_contiguous",
    ),
    ("head", "in_order", "BEFORE INSERT", "FOR EACH ROW", "head_in_order"),
    ("checkpoint", "in_order", "BEFORE INSERT", "FOR EACH ROW", "checkpoint_in_order"),
    ("state", "grows", "BEFORE UPDATE", "FOR EACH ROW", "state_grows"),
    ("state", "stays", "BEFORE DELETE OR TRUNCATE", "FOR EACH STATEMENT", "state_stays"),
    *(
        (
            table,
            "only_grows",
            "BEFORE UPDATE OR DELETE OR TRUNCATE",
            "FOR EACH STATEMENT",
            "only_grows",
        )
        for table in TABLES
    ),
)
"""Table, name, when, for what, function."""


def create(execute: Callable[[str], object]) -> None:
    """Make tables, functions and triggers in the schema `assurance_log`, which is there.

    Args:
        execute: Runs one statement inside the caller's transaction.
    """
    for table, columns in (*TABLES.items(), ("state", _STATE)):
        execute(f"CREATE TABLE assurance_log.{table} ({columns})")
        execute(f"REVOKE ALL ON assurance_log.{table} FROM PUBLIC")
    add_guards(execute, _FUNCTIONS, _TRIGGERS)
    # Hashes do not compress: trying costs time.
    execute("ALTER TABLE assurance_log.tile ALTER COLUMN hashes SET STORAGE EXTERNAL")


def add_guards(
    execute: Callable[[str], object],
    functions: Mapping[str, str],
    triggers: Sequence[tuple[str, str, str, str, str]],
) -> None:
    """Make functions, and triggers that are ENABLE ALWAYS.

    Args:
        execute: Runs one statement inside the caller's transaction.
        functions: Bodies in PL/pgSQL by name.
        triggers: Table, name, when, for what, function.
    """
    for name, body in functions.items():
        execute(
            f"CREATE FUNCTION assurance_log.{name}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = pg_catalog, pg_temp AS $body${body}\n    $body$"
        )
    for table, name, when, what, function in triggers:
        execute(
            f"CREATE TRIGGER {table}_{name} {when} ON assurance_log.{table} {what} "
            f"EXECUTE FUNCTION assurance_log.{function}()"
        )
        execute(f"ALTER TABLE assurance_log.{table} ENABLE ALWAYS TRIGGER {table}_{name}")
