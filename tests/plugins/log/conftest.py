"""A log in a temporary folder, with its key in memory."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import note_key
from assurance_log import create
from assurance_log.database import Database
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORIGIN = "log.example/releases"


@dataclass
class LogAt:
    """One log, and what a test does with it."""

    path: Path
    anchor: Path | None
    private: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    )
    opened: list[Database] = field(default_factory=list)
    seconds: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_000))

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

    def database(self, *, read_only: bool = False) -> Database:
        """Open the file; closed after the test."""
        self.opened.append(Database(self.path, read_only=read_only))
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

    def damage(self, *statements: str) -> None:
        """Change the file as somebody who owns it can: without the triggers."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, "the damage changes nothing"
            for _, sql in triggers:
                connection.execute(sql)


@pytest.fixture
def log_at(tmp_path: Path) -> Iterator[Callable[..., LogAt]]:
    """Return a maker of logs; `anchored=False` makes one without an anchor."""
    logs: list[LogAt] = []

    def make(name: str = "log", *, anchored: bool = True) -> LogAt:
        anchor = tmp_path / "other-volume" / f"{name}.checkpoint" if anchored else None
        logs.append(LogAt(path=tmp_path / name / "log.db", anchor=anchor))
        return logs[-1].create()

    yield make
    for log in logs:
        for database in log.opened:
            database.close()
