"""Runs the scripts on the connection that `assurance_log.migrate` hands over."""

from alembic import context

from assurance_log.migrate import version_schema

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    transactional_ddl=True,
    version_table_schema=version_schema(connection),
)
context.run_migrations()
