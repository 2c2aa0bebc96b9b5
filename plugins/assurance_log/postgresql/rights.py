"""Which role may do what with a log's tables: the owner made them, the app role appends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, UsageError
from assurance_log.migrations import postgresql, postgresql_search

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

TABLES: Final = (*postgresql.TABLES, *postgresql_search.TABLES)
"""All that only grow."""
_OTHERS: Final = """
    SELECT CASE acl.grantee WHEN 0 THEN 'everybody' ELSE acl.grantee::regrole::text END,
        acl.privilege_type, class.relname
    FROM pg_class AS class
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    LEFT JOIN pg_attribute AS col ON col.attrelid = class.oid AND col.attacl IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT * FROM aclexplode(class.relacl)
        UNION SELECT * FROM aclexplode(col.attacl)
    ) AS acl
    WHERE space.nspname = 'assurance_log' AND acl.grantee <> class.relowner
        AND acl.privilege_type NOT IN ('SELECT', 'INSERT')
        AND NOT (class.relname = 'state' AND acl.privilege_type = 'UPDATE')
    ORDER BY 3, 2, 1"""
_OWNER: Final = """
    SELECT class.relname, class.relowner::regrole::text, current_user,
        pg_has_role(current_user, class.relowner, 'MEMBER'), role.rolsuper
    FROM pg_class AS class
    JOIN pg_namespace AS space ON space.oid = class.relnamespace
    JOIN pg_roles AS role ON role.rolname = current_user
    WHERE space.nspname = 'assurance_log' AND class.relkind = 'r'
    ORDER BY 1"""


def grant(connection: Connection, role: str) -> None:
    """Let a role append: read all, insert what grows, change the state row, nothing else.

    Raises:
        UsageError: there is no such role, it made the log, or it may do everything anyhow.
    """
    found = connection.exec_driver_sql(
        "SELECT rolsuper OR pg_has_role(rolname, current_user, 'MEMBER'), quote_ident(rolname) "
        "FROM pg_roles WHERE rolname = ?",
        (role,),
    ).first()
    if found is None:
        raise UsageError(
            f"the database server has no role {role!r}",
            remedy="make it first: CREATE ROLE … LOGIN",
            where="--app-role",
        )
    if found[0]:
        raise UsageError(
            f"the role {role!r} owns the log or may do everything: it could remove what it logged",
            remedy="give another role than the one in --log, without membership in it",
            where="--app-role",
        )
    name = str(found[1])
    known = ("identity", "log_key")
    grows = ", ".join(f"assurance_log.{table}" for table in TABLES if table not in known)
    reads = ", ".join(f"assurance_log.{table}" for table in (*known, "alembic_version"))
    for statement in (
        f"GRANT USAGE ON SCHEMA assurance_log TO {name}",
        f"GRANT SELECT, INSERT ON {grows} TO {name}",
        f"GRANT SELECT, UPDATE ON assurance_log.state TO {name}",
        f"GRANT SELECT ON {reads} TO {name}",
    ):
        connection.exec_driver_sql(statement)


def excess(connection: Connection) -> tuple[str, ...]:
    """Name what somebody beside the owner may do and should not."""
    return tuple(
        f"{who} may {str(what).lower()} in the table {table}"
        for who, what, table in connection.exec_driver_sql(_OTHERS)
    )


def demand_app_role(connection: Connection, where: str) -> None:
    """See that whoever writes could not drop the guards.

    Raises:
        LogError: the role owns the log, or is a superuser.
    """
    for table, owner, role, is_member, is_super in connection.exec_driver_sql(_OWNER):
        if is_member or is_super:
            why = "is a superuser" if is_super else f"has the rights of {owner}"
            raise LogError(
                f"the role {role} {why}, who made the table {table}: it could remove what it "
                "logged, and its guards",
                remedy="connect as the role that `assurance log init --app-role` gave its rights",
                where=where,
            )
