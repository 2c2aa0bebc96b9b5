"""Write `postgresql/expected.json` anew: what the server's catalogue says of a fresh schema.

Run it with `python tests/plugins/log/dump_catalog.py` after a new migration; the tests compare the
file with what a fresh log has.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from assurance_log import migrate
from assurance_log.postgresql import address, catalog
from assurance_log.postgresql.database import PostgresDatabase

BIN = Path("/usr/lib/postgresql/15/bin")


def clusters() -> Any:
    """Load `cluster.py`; test folders are no packages."""
    spec = importlib.util.spec_from_file_location("cluster", Path(__file__).with_name("cluster.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fresh(url: str) -> dict[str, tuple[str, str]]:
    """Make the schema in an empty database; return what the catalogue says of it."""
    database = PostgresDatabase(address.read(url, Path()))
    try:
        with database.define() as connection:
            connection.exec_driver_sql("CREATE SCHEMA assurance_log")
            migrate.upgrade(connection)
            return catalog.found(connection)
    finally:
        database.close()


def main() -> int:
    """Write the file."""
    module = clusters()
    server = module.Cluster.make(BIN)
    try:
        server.database("fresh")
        found = fresh(server.url("fresh", module.OWNER))
    finally:
        server.remove()
    catalog.EXPECTED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
