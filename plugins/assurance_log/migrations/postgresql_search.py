"""What schema 0003 adds on PostgreSQL: indexes, and the table of steps back of the log's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance_log.migrations.postgresql import add_guards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TABLES: Final = {
    "clock_set_back": "size BIGINT PRIMARY KEY REFERENCES assurance_log.checkpoint (size)",
}
"""Columns by table; it only grows."""
FILL: Final = (
    "INSERT INTO {schema}clock_set_back (size) SELECT size FROM (SELECT size, "
    "signed_at < lag(signed_at) OVER (ORDER BY size) AS is_back FROM {schema}checkpoint) AS steps "
    "WHERE is_back"
)
_FUNCTIONS: Final = {
    "clock_as_it_was": """
    BEGIN
        IF NOT coalesce(
            (SELECT signed_at FROM assurance_log.checkpoint WHERE size = NEW.size) < (
                SELECT signed_at FROM assurance_log.checkpoint
                WHERE size < NEW.size ORDER BY size DESC LIMIT 1
            ), false
        ) THEN
            RAISE EXCEPTION 'the clock was not set back there';
        END IF;
        RETURN NEW;
    END""",
    "clock_noted": """
    BEGIN
        IF NEW.signed_at < (
            SELECT signed_at FROM assurance_log.checkpoint
            WHERE size < NEW.size ORDER BY size DESC LIMIT 1
        ) THEN
            INSERT INTO assurance_log.clock_set_back (size) VALUES (NEW.size);
        END IF;
        RETURN NULL;
    END""",
}
_TRIGGERS: Final = (
    (
        "clock_set_back",
        "only_grows",
        "BEFORE UPDATE OR DELETE OR TRUNCATE",
        "FOR EACH STATEMENT",
        "only_grows",
    ),
    ("clock_set_back", "as_it_was", "BEFORE INSERT", "FOR EACH ROW", "clock_as_it_was"),
    ("checkpoint", "clock", "AFTER INSERT", "FOR EACH ROW", "clock_noted"),
)
"""Table, name, when, for what, function."""
_RIGHTS: Final = """
    SELECT acl.privilege_type,
        CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END
    FROM pg_class AS class
    CROSS JOIN LATERAL aclexplode(class.relacl) AS acl
    WHERE class.oid = 'assurance_log.checkpoint'::regclass AND acl.grantee <> class.relowner
        AND acl.privilege_type IN ('SELECT', 'INSERT')"""


def create(execute: Callable[[str], Any], indexes: Mapping[str, str]) -> None:
    """Make them. Who may read and append checkpoints may read and append the new table.

    Args:
        execute: Runs one statement inside the caller's transaction.
        indexes: Table and columns by name.
    """
    execute("SET LOCAL statement_timeout = 0")  # of a large log, an index takes longer
    for name, columns in indexes.items():
        execute(f"CREATE INDEX {name} ON assurance_log.{columns}")
    for table, columns in TABLES.items():
        execute(f"CREATE TABLE assurance_log.{table} ({columns})")
        execute(f"REVOKE ALL ON assurance_log.{table} FROM PUBLIC")
        for right, role in execute(_RIGHTS).all():
            execute(f"GRANT {right} ON assurance_log.{table} TO {role}")
    execute(FILL.format(schema="assurance_log."))
    add_guards(execute, _FUNCTIONS, _TRIGGERS)
