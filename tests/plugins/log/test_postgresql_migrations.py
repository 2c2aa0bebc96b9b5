"""Every released schema on a server, with data, comes to the newest: whole, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError
from assurance_log import check, guards, listing, migrate, opening, rows
from assurance_log.postgresql import catalog
from assurance_log.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[2] / "data/log"
RELEASED = sorted(DATA.glob("postgresql_*.sql"))
OLDER = [path for path in RELEASED if path.stem != f"postgresql_{migrate.NEWEST}"]
assert OLDER, "an empty list would pass silently"
MIGRATE = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from assurance_log import migrate, store
left = int(sys.argv[2])
@event.listens_for(Engine, "before_cursor_execute")
def reached(connection, cursor, statement, *more):
    global left
    if statement.startswith(("CREATE", "UPDATE", "INSERT", "GRANT", "REVOKE", "ALTER")):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
with store.connect(store.at(sys.argv[1], Path())).define() as connection:
    migrate.upgrade(connection)
print("done", left)
"""


@pytest.fixture
def restored(server_log_at: Callable[..., Any]) -> Callable[[Path], Any]:
    """Return a maker of the log of a dump."""

    def make(dump: Path) -> Any:
        log = server_log_at(dump.stem, anchored=False, made=False)
        log.server.database(log.name)
        with closing(log.server.connect(database=log.name)) as connection:
            connection.execute_simple(dump.read_text("utf-8"))
        return log

    return make


def content(log: Any) -> dict[str, list[Any]]:
    """Return every row of every table but the new ones and the state's lease."""
    asked = {
        table: f"SELECT * FROM assurance_log.{table} ORDER BY 1, 2"
        for table in log_tables(log)
        if table not in {"alembic_version", "clock_set_back"}
    }
    asked["identity"] = "SELECT * FROM assurance_log.identity"
    return {
        table: [list(row) for row in log.server.sql(statement, database=log.name)]
        for table, statement in asked.items()
    }


def log_tables(log: Any) -> list[str]:
    """Return the names of the log's tables."""
    found = log.server.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'assurance_log' ORDER BY 1",
        database=log.name,
    )
    return [str(row[0]) for row in found]


def rights(log: Any) -> set[tuple[str, ...]]:
    """Return (role, right, table) of what others than the owner may do."""
    found = log.server.sql(
        "SELECT grantee, privilege_type, table_name FROM information_schema.table_privileges "
        "WHERE table_schema = 'assurance_log' AND grantee <> 'log_owner'",
        database=log.name,
    )
    return {tuple(str(part) for part in row) for row in found}


def killed_after(log: Any, statements: int) -> subprocess.CompletedProcess[str]:
    """Upgrade in a process that is killed before a statement that changes something."""
    return subprocess.run(
        [sys.executable, "-c", MIGRATE, log.owner_url, str(statements)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


@pytest.mark.parametrize("dump", RELEASED, ids=lambda path: path.stem)
def test_released_schema_with_data(dump: Path, restored: Callable[[Path], Any]) -> None:
    """Rows, roots and rights are the same, and the role that appends goes on where it was."""
    log = restored(dump)
    before, rights_before = content(log), rights(log)
    assert all(before.values()), "an empty table shows nothing"
    if dump in OLDER:
        with pytest.raises(LogError, match=r"has schema \d+, this version reads") as caught:
            opening.reader(log.at)
        assert "assurance log migrate" in caught.value.remedy
    done = subprocess.run(
        [sys.executable, "-m", "assurance", "log", "migrate", "--log", log.owner_url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    assert f"→ {migrate.NEWEST}" in done.stdout
    assert before == content(log)
    new = {("log_app", right, "clock_set_back") for right in ("SELECT", "INSERT")}
    assert rights_before | new == rights(log)
    with log.database(read_only=True).read() as connection:
        assert () == guards.changed(connection)
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
        assert all(item.problem is None for item in replay(connection))
        assert (300,) == rows.clock_steps(connection)
        found = listing.find(connection, listing.Filters(release="ledger-api@2.4.1"), limit=9)
        assert [300] == [item.index for item in found]
    assert (302,) == log.writer(clock=lambda: 5).append([b"after the upgrade"]).indexes
    with log.database(read_only=True).read() as connection:
        assert (300, 302) == rows.clock_steps(connection)
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))
        heads = [(stored.size, rows.root_of(connection, stored.size)) for stored in replayed(log)]
    assert [tuple(row) for row in before["head"]] == heads[: len(before["head"])]


def replayed(log: Any) -> list[rows.StoredCheckpoint]:
    """Return every checkpoint."""
    with log.database(read_only=True).read() as connection:
        return list(rows.checkpoints(connection))


@pytest.mark.slow
@pytest.mark.parametrize("dump", OLDER, ids=lambda path: path.stem)
def test_killed_during_an_upgrade(dump: Path, restored: Callable[[Path], Any]) -> None:
    """A process that ends within an upgrade leaves the old schema, whole."""
    log = restored(dump)
    before = content(log), rights(log), catalogue(log)
    for statements in (0, 3, 8, 12, 17):
        done = killed_after(log, statements)
        assert -signal.SIGKILL == done.returncode, done.stdout + done.stderr
        assert before == (content(log), rights(log), catalogue(log))
    done = killed_after(log, 1000)
    assert 0 == done.returncode, done.stderr
    assert 20 > 1000 - int(done.stdout.split()[1]) > 17, "the last step is not killed any more"
    assert catalog.expected() == catalogue(log)


def catalogue(log: Any) -> dict[str, tuple[str, str]]:
    """Return what the server says of the schema."""
    with log.database(read_only=True).read() as connection:
        return catalog.found(connection)
