"""A log in a temporary folder, with its key in memory."""

from __future__ import annotations

import base64
import itertools
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import checkpoint, merkle, note, note_key
from assurance_log import anchor, check, create, rows
from assurance_log.database import Database
from assurance_log.replay import replay
from assurance_log.tree import Tree
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

    def close(self) -> None:
        """Close what was opened: the last one takes the write-ahead log away."""
        while self.opened:
            self.opened.pop().close()

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


@pytest.fixture
def journal() -> Journal:
    """Return what clients were told so far: nothing."""
    return Journal()
