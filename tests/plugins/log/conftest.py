"""A log in a temporary folder or on a PostgreSQL server, with its key in memory."""

from __future__ import annotations

import base64
import importlib.util
import itertools
import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import checkpoint, merkle, note, note_key
from assurance_log import anchor, check, create, records, rows, store
from assurance_log.postgresql import address
from assurance_log.replay import replay
from assurance_log.tree import Tree
from assurance_log.writer import Writer

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from assurance_log.store import At, Store

ORIGIN = "log.example/releases"
BUNDLE = b'{"not": "a bundle"}\n'


@dataclass
class LogAt:
    """One log, and what a test does with it."""

    path: Path
    anchor: Path | None
    private: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    )
    opened: list[Store] = field(default_factory=list)
    kept: bytes = b""
    seconds: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_000))

    @property
    def at(self) -> At:
        """Where it is."""
        return self.path

    @property
    def url(self) -> str:
        """Where it is, for another process."""
        return f"sqlite:///{self.path}"

    @property
    def key(self) -> note_key.NoteKey:
        """The log's public key."""
        return note_key.from_public(
            ORIGIN, note_key.ED25519, self.private.public_key().public_bytes_raw()
        )

    def create(self) -> LogAt:
        """Make the log."""
        create.create(self.path, ORIGIN, self.private.sign, self.key.public, anchor=self.anchor)
        return self

    def database(self, *, read_only: bool = False) -> Store:
        """Open the database; closed after the test."""
        self.opened.append(store.connect(self.at, read_only=read_only))
        return self.opened[-1]

    def writer(self, **changes: Any) -> Writer:
        """Open the log for appending."""
        given: dict[str, Any] = {
            "sign": self.private.sign,
            "key": self.key,
            "clock": lambda: next(self.seconds),
            "anchor_path": self.anchor,
            **changes,
        }
        return Writer(self.database(), **given)

    def close(self) -> None:
        """Close what was opened: the last one takes the write-ahead log away."""
        while self.opened:
            self.opened.pop().close()

    def fill(self) -> LogAt:
        """Put a row into every table."""
        self.writer().append([b"%d" % i for i in range(300)])
        self.writer().append([records.entry_of(BUNDLE)], contents=[BUNDLE])
        with self.database().write() as connection:
            rows.add_cosignature(connection, 301, "w.example", b"1234", "— w.example AAAA\n", 5)
            rows.add_witness_key(
                connection, note_key.from_public("w.example", note_key.COSIGNATURE, b"w" * 32)
            )
            connection.exec_driver_sql(
                "INSERT INTO record_field (field, value, idx) VALUES ('signer', 'x', 300)"
            )
        return self

    def keep(self) -> None:
        """Remember the database as it is now."""
        self.close()
        self.kept = self.path.read_bytes()

    def roll_back(self) -> None:
        """Put back what was kept, as a restored backup would."""
        self.close()
        self.path.write_bytes(self.kept)

    def damage(self, *statements: str) -> None:
        """Change the file as somebody who owns it can: without the triggers."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                done = connection.execute(statement).rowcount
                assert done > 0 or statement.startswith("PRAGMA"), "the damage changes nothing"
            for _, sql in triggers:
                connection.execute(sql)


@dataclass(kw_only=True)
class ServerLogAt(LogAt):
    """One log on a server: made by its owner, used as the role that appends."""

    server: Any
    name: str

    @property
    def at(self) -> At:
        """Where it is."""
        return address.read(self.url, Path())

    @property
    def url(self) -> str:
        """Where it is, for another process."""
        return str(self.server.url(self.name))

    @property
    def owner_url(self) -> str:
        """The same, for the role that made it."""
        return str(self.server.url(self.name, "log_owner"))

    def create(self) -> LogAt:
        """Make the database and the log; a copy of the server's first one, which is quicker."""
        if self.server.template is None:
            self._make("template_log", self.path.with_name("template.checkpoint"))
        name, checkpoint = self.server.template
        self.server.sql(f"CREATE DATABASE {self.name} TEMPLATE {name} OWNER log_owner")
        if self.anchor is not None:
            self.anchor.write_bytes(checkpoint)
        return self

    def keep(self) -> None:
        """Remember the database as it is now, in another one."""
        self.close()
        self.server.sql(
            f"DROP DATABASE IF EXISTS {self.name}_kept",
            f"CREATE DATABASE {self.name}_kept TEMPLATE {self.name}",
        )

    def roll_back(self) -> None:
        """Put back what was kept."""
        self.close()
        self.server.sql(
            f"DROP DATABASE {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self.name}_kept OWNER log_owner",
        )

    def _make(self, name: str, anchor: Path) -> None:
        from assurance_log.postgresql.create import create as create_there

        self.server.database(name)
        create_there(
            address.read(self.server.url(name, "log_owner"), Path()),
            ORIGIN,
            self.private.sign,
            self.key.public,
            anchor=anchor,
            app_role="log_app",
        )
        self.server.template = name, anchor.read_bytes()

    def damage(self, *statements: str) -> None:
        """Change the database as a superuser can: without the triggers."""
        with closing(self.server.connect(database=self.name)) as connection:
            cursor = connection.cursor()
            cursor.execute("SET search_path = assurance_log")
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'assurance_log'")
            tables = [str(row[0]) for row in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            for statement in statements:
                ours = re.sub(r"x'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
                ours = re.sub(r"zeroblob\((\d+)\)", r"decode(repeat('00', \1), 'hex')", ours)
                cursor.execute(ours.replace("AS BLOB", "AS BYTEA"))
                assert cursor.rowcount > 0, "the damage changes nothing"
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
                cursor.execute(
                    "SELECT tgname FROM pg_trigger "
                    f"WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal"
                )
                for (trigger,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


class Journal:
    """What clients were told, kept outside of them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.indexes: dict[bytes, int] = {}
        self.roots: dict[int, bytes] = {}
        self.seen: dict[int, bytes] = {}
        """Checkpoints that were in the log when it was looked at, by size."""

    def read(self, lines: str) -> int:
        """Take the lines of one client; the last one may be cut."""
        count = 0
        for line in lines.splitlines(keepends=True):
            if line == "ready\n" or not line.endswith("\n"):
                continue
            entry, index, size, root = line.split()
            body = entry.encode()
            assert self.indexes.setdefault(body, int(index)) == int(index)
            known = self.roots.setdefault(int(size), base64.b64decode(root))
            assert base64.b64decode(root) == known, "two roots were shown for one size"
            count += 1
        return count

    def hold(self, log: LogAt) -> None:
        """See that the log keeps every word: indexes, checkpoints, consistency.

        Raises:
            AssertionError: it does not.
            LogError: it cannot be opened any more.
        """
        log.writer()  # recovers
        assert log.anchor is not None
        remembered = anchor.load(log.anchor)
        with log.database().read() as connection:
            state = rows.state(connection)
            assert state.size == state.published, "a head waits for its signature"
            entries = {body: index for index, body in rows.entries(connection, 0, state.size)}
            for body, index in self.indexes.items():
                assert index == entries.get(body), f"{body!r} was acknowledged at {index}"
            tree = Tree(connection, state.size)
            root = tree.root()
            for shown, shown_root in self.roots.items():
                assert shown_root == rows.root_of(connection, shown)
                proof = tree.consistency(shown)
                assert merkle.is_consistent(shown, state.size, shown_root, root, proof)
            now = {stored.size: stored.note for stored in rows.checkpoints(connection)}
            assert self.seen.items() <= now.items(), "a checkpoint is gone or another one"
            self.seen = now
            assert all(item.problem is None for item in replay(connection))
            assert [] == list(check.problems(connection, check.Depth.FULL, anchor=remembered))
        signed = checkpoint.read(note.read(remembered.data).text)
        assert (state.size, root) == (signed.size, signed.root), "the anchor is not the newest"
        log.close()


@pytest.fixture
def log_at(tmp_path: Path) -> Iterator[Callable[..., LogAt]]:
    """Return a maker of logs: `anchored=False` without an anchor, `made=False` without a file."""
    logs: list[LogAt] = []

    def make(name: str = "log", *, anchored: bool = True, made: bool = True) -> LogAt:
        anchor = tmp_path / "other-volume" / f"{name}.checkpoint" if anchored else None
        logs.append(LogAt(path=tmp_path / name / "log.db", anchor=anchor))
        return logs[-1].create() if made else logs[-1]

    yield make
    for log in logs:
        log.close()


@pytest.fixture(scope="session")
def clusters() -> Any:
    """Return `cluster.py`; test folders are no packages."""
    path = Path(__file__).with_name("cluster.py")
    spec = importlib.util.spec_from_file_location("log_cluster", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def server(postgres: Path, clusters: Any) -> Iterator[Any]:
    """Return a PostgreSQL server for tests that do it no harm; one for each worker."""
    made = clusters.Cluster.make(postgres.parent, in_memory=True)
    yield made
    made.remove()


_numbers = itertools.count()


@pytest.fixture
def server_log_at(server: Any, tmp_path: Path) -> Iterator[Callable[..., ServerLogAt]]:
    """Return a maker of logs on the server, each in a database of its own."""
    logs: list[ServerLogAt] = []

    def make(
        name: str = "log", *, anchored: bool = True, made: bool = True, on: Any = None
    ) -> ServerLogAt:
        folder = tmp_path / "other-volume"
        folder.mkdir(exist_ok=True)
        log = ServerLogAt(
            path=tmp_path / "none",
            anchor=folder / f"{name}.checkpoint" if anchored else None,
            server=on or server,
            name=f"{name.replace('-', '_')}_{next(_numbers)}",
        )
        logs.append(log)
        if made:
            log.create()
        return log

    yield make
    for log in logs:
        log.close()
        if log.server is server:  # which keeps them in memory
            for name in (log.name, f"{log.name}_kept"):
                server.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def columns() -> int:
    """Return the width of the terminal for `run`."""
    return 80


@pytest.fixture
def run(
    tmp_path: Path, forked: Any, columns: int
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `assurance log` in an empty folder, at a terminal so wide."""

    def call(*arguments: str, wanted: int = 0) -> subprocess.CompletedProcess[str]:
        done: subprocess.CompletedProcess[str] = forked(
            ("log", *arguments),
            cwd=tmp_path,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": str(columns)},
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert wanted == done.returncode, done.stdout + done.stderr
        return done

    return call


@pytest.fixture
def journal() -> Journal:
    """Return what clients were told so far: nothing."""
    return Journal()
