"""What the server's catalogue says of a log's schema, to compare with what the migrations made.

`expected.json` is what a fresh schema has; a test makes one and compares.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

EXPECTED: Final = Path(__file__).with_name("expected.json")
_QUERY: Final = """
    WITH log AS (
        SELECT class.* FROM pg_class AS class
        JOIN pg_namespace AS space ON space.oid = class.relnamespace
        WHERE space.nspname = 'assurance_log'
            AND class.relname NOT IN ('alembic_version', 'alembic_version_pkc')
            AND class.relkind <> 't'
    )
    SELECT CASE log.relkind WHEN 'r' THEN 'table' ELSE 'relation' END, log.relname,
        concat_ws(' ', log.relkind, log.relpersistence, log.relrowsecurity, log.relhasrules,
            log.relhassubclass, log.relispartition, (
                SELECT string_agg(concat_ws(' ', col.attname, format_type(col.atttypid,
                    col.atttypmod), col.attnotnull, col.attidentity, col.attgenerated,
                    col.attcollation::regcollation, pg_get_expr(def.adbin, def.adrelid)),
                    ', ' ORDER BY col.attnum)
                FROM pg_attribute AS col
                LEFT JOIN pg_attrdef AS def
                    ON def.adrelid = col.attrelid AND def.adnum = col.attnum
                WHERE col.attrelid = log.oid AND col.attnum > 0 AND NOT col.attisdropped
            ))
    FROM log WHERE log.relkind <> 'i'
    UNION ALL
    SELECT 'index', log.relname,
        concat_ws(' ', pg_get_indexdef(log.oid), ind.indisvalid, ind.indisready)
    FROM log JOIN pg_index AS ind ON ind.indexrelid = log.oid
    UNION ALL
    SELECT 'constraint', log.relname || '.' || con.conname,
        concat_ws(' ', pg_get_constraintdef(con.oid), con.convalidated, (
            SELECT string_agg(DISTINCT tg.tgenabled::text, '') FROM pg_trigger AS tg
            WHERE tg.tgconstraint = con.oid
        ))
    FROM log JOIN pg_constraint AS con ON con.conrelid = log.oid
    WHERE con.contype IN ('p', 'u', 'c', 'f', 'x')
    UNION ALL
    SELECT 'trigger', log.relname || '.' || tg.tgname,
        concat_ws(' ', pg_get_triggerdef(tg.oid), tg.tgenabled)
    FROM log JOIN pg_trigger AS tg ON tg.tgrelid = log.oid
    WHERE NOT tg.tgisinternal
    UNION ALL
    SELECT 'function', proc.proname,
        concat_ws(' ', proc.prosrc, proc.prosecdef, proc.proconfig::text, lang.lanname)
    FROM pg_proc AS proc
    JOIN pg_namespace AS space ON space.oid = proc.pronamespace
    JOIN pg_language AS lang ON lang.oid = proc.prolang
    WHERE space.nspname = 'assurance_log'
    ORDER BY 2, 1"""


def found(connection: Connection) -> dict[str, tuple[str, str]]:
    """Return each table, index, constraint, trigger and function: name to (kind, definition)."""
    return {
        str(name): (str(kind), str(text)) for kind, name, text in connection.exec_driver_sql(_QUERY)
    }


def expected() -> dict[str, tuple[str, str]]:
    """Return the same of a schema that nobody touched."""
    read = json.loads(EXPECTED.read_bytes())
    return {name: (kind, text) for name, (kind, text) in read.items()}
