"""The power goes: only what was synced is on the disk for sure, and that is all that was promised.

The writer runs on SQLite with a file layer (apsw) that does every call for real and writes it down.
From that record, disks are put together as they may look after a power loss at any moment:

- of the writes of a file since its last sync, any set is on the disk, and each wholly, in part (in
  sectors of 512 bytes), or not at all with the file grown by zeros: that is dropping, reordering
  and tearing. Of two writes to one place the later one wins, where both arrived;
- a file that was made or deleted since its folder was synced may or may not be there;
- an anchor that was being replaced is the old or the new one; what `anchor.write` calls in turn is
  failed one by one in test_failing_calls.py.

Python's own SQLite then opens each disk. The same with `synchronous=NORMAL` must be caught. apsw
carries an SQLite of its own, so that the record is of that release's behaviour.
"""

from __future__ import annotations

import contextlib
import os
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import apsw
import pytest
import sqlalchemy

from assurance.errors import AssuranceError
from assurance.tlog import checkpoint
from assurance_log import anchor, database, folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IMAGES = int(os.environ.get("LOG_POWER_LOSSES", "60"))
SECTOR = 512
BATCHES = (1, 3, 255, 1, 40, 2, 300, 1, 1, 5, 600, 1, 2)


class _DatabaseError(Exception):
    """What SQLAlchemy takes for the driver's error."""


class Driver:
    """As much of a database driver (PEP 249) over apsw as the log asks for."""

    paramstyle = "qmark"
    sqlite_version_info = tuple(map(int, apsw.sqlite_lib_version().split(".")))
    Error = DatabaseError = IntegrityError = OperationalError = _DatabaseError
    Binary = bytes

    def __init__(self, vfs: str) -> None:
        """Use the file layer of this name."""
        self.vfs = vfs

    def connect(self, path: str, **_: Any) -> Connection:
        """Open a file."""
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
        return Connection(apsw.Connection(path, flags=flags, vfs=self.vfs))


class Connection:
    """A connection whose small write-ahead log starts over again and again."""

    def __init__(self, raw: apsw.Connection) -> None:
        """Checkpoint every 40 pages instead of 1,000: more to go wrong in a short test."""
        self.raw = raw
        self.isolation_level: str | None = None
        self.execute("PRAGMA wal_autocheckpoint = 40")

    def cursor(self) -> Cursor:
        """Return a cursor."""
        return Cursor(self.raw)

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        """Do one statement."""
        cursor = self.cursor()
        cursor.execute(sql, parameters)
        return cursor

    def commit(self) -> None:
        """End a transaction."""
        if not self.raw.get_autocommit():
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Take a transaction back."""
        if not self.raw.get_autocommit():
            self.execute("ROLLBACK")

    def create_function(self, *_: Any, **__: Any) -> None:
        """Leave out what SQLAlchemy would add; the log does not use it."""

    def close(self) -> None:
        """Close."""
        self.raw.close()


class Cursor:
    """A cursor that has read all of its rows."""

    arraysize = 1
    lastrowid = None

    def __init__(self, raw: apsw.Connection) -> None:
        """Have nothing yet."""
        self.raw = raw
        self.rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1

    def execute(self, sql: str, parameters: Any = ()) -> None:
        """Do one statement."""
        cursor = self.raw.cursor()
        self.description = None

        def described(cursor: apsw.Cursor, *_: Any) -> bool:
            self.description = [(name, *[None] * 6) for name, _ in cursor.get_description()] or None
            return True

        cursor.exec_trace = described
        before = self.raw.total_changes()
        try:
            self.rows = list(cursor.execute(sql, tuple(parameters)))
        except apsw.Error as err:
            raise _DatabaseError(str(err)) from err
        self.rowcount = self.raw.total_changes() - before

    def executemany(self, sql: str, many: Any) -> None:
        """Do one statement for each set of parameters."""
        for parameters in many:
            self.execute(sql, parameters)

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        rows, self.rows = self.rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[Any]:
        """Return some rows."""
        rows, self.rows = self.rows[:size], self.rows[size:]
        return rows

    def fetchone(self) -> Any:
        """Return a row; None at the end."""
        return self.rows.pop(0) if self.rows else None

    def close(self) -> None:
        """Close."""


@dataclass
class Record:
    """Everything that happened, in order."""

    folder: Path
    events: list[tuple[Any, ...]] = field(default_factory=list)
    inodes: dict[str, int] = field(default_factory=dict)
    """The file that a name stands for now."""
    unsynced_names: set[int] = field(default_factory=set)
    count: int = 0

    def opened(self, name: str) -> int:
        """Return the file of a name; a new one where there was none."""
        if name not in self.inodes:
            self.count += 1
            self.inodes[name] = self.count
            self.events.append(("name", name, self.count))
        return self.inodes[name]

    def synced(self, inode: int, name: str) -> None:
        """SQLite syncs a new journal's folder together with its first sync."""
        self.events.append(("sync", inode))
        if inode not in self.unsynced_names and not name.endswith(".db"):
            self.unsynced_names.add(inode)
            self.events.append(("folder",))


class RecordedFile(apsw.VFSFile):
    """A file whose changes are written down."""

    def __init__(self, record: Record, name: Any, flags: Any) -> None:
        """Open it for real."""
        text = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("unix", name, flags)
        self.record, self.name = record, text.rsplit("/", 1)[-1]
        self.inode = record.opened(self.name)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write."""
        super().xWrite(data, offset)
        self.record.events.append(("write", self.inode, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut."""
        super().xTruncate(size)
        self.record.events.append(("cut", self.inode, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Sync."""
        super().xSync(flags)
        self.record.synced(self.inode, self.name)


class RecordedFiles(apsw.VFS):
    """The machine's files, with a record of what is done to them."""

    def __init__(self, name: str, record: Record) -> None:
        """Register under a name."""
        super().__init__(name, base="unix")
        self.record = record

    def xOpen(self, name: Any, flags: Any) -> RecordedFile:  # noqa: N802
        """Open."""
        return RecordedFile(self.record, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        """Delete."""
        super().xDelete(name, sync)
        short = name.rsplit("/", 1)[-1]
        self.record.inodes.pop(short, None)
        self.record.events.append(("name", short, None))
        if sync:
            self.record.events.append(("folder",))


@contextlib.contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch, log: Any, name: str) -> Iterator[Record]:
    """Run the log's code in this process on recorded files."""
    record = Record(log.path.parent)
    files = RecordedFiles(name, record)
    made, written, synced = sqlalchemy.create_engine, anchor.write, folders.sync

    def write(path: Path, signed: bytes) -> None:
        record.events.append(("anchor", signed))
        written(path, signed)
        record.events.append(("anchored", signed))

    def sync(folder: Path) -> None:
        synced(folder)
        if folder == record.folder:
            record.events.append(("folder",))

    with monkeypatch.context() as patch:
        patch.setattr(
            sqlalchemy, "create_engine", lambda *a, **k: made(*a, module=Driver(name), **k)
        )
        patch.setattr(anchor, "write", write)
        patch.setattr(folders, "sync", sync)
        yield record
        log.close()
    files.unregister()


def workload(record: Record, log: Any, batches: tuple[int, ...], prefix: str) -> None:
    """Append batches, with a new writer now and then, and write down what was acknowledged.

    Every other writer is handed the next batch before the one before it is acknowledged.
    """
    named = [[f"{prefix}{n}-{i}".encode() for i in range(count)] for n, count in enumerate(batches)]
    for turn, start in enumerate(range(0, len(named), 6)):
        if turn:
            log.close()
        writer = log.writer()
        part = named[start : start + 6]
        if turn % 2:
            answers = writer.append_each((entries, ()) for entries in part)
        else:
            answers = (writer.append(entries) for entries in part)
        for entries, done in zip(part, answers, strict=True):
            head = checkpoint.read(done.checkpoint.text)
            told = dict(zip(entries, done.indexes, strict=True))
            record.events.append(("acknowledged", told, (done.size, head.root)))


@dataclass
class Disk:
    """What was on the disk, and what a power loss leaves of it."""

    chance: random.Random
    contents: dict[int, bytearray] = field(default_factory=dict)
    pending: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)
    names: dict[str, int | None] = field(default_factory=dict)
    pending_names: list[tuple[str, int | None]] = field(default_factory=list)
    anchors: list[bytes] = field(default_factory=list)
    """The last one is the newest that may be there, the first one that must be."""
    told: list[tuple[Any, ...]] = field(default_factory=list)

    def happen(self, event: tuple[Any, ...]) -> None:
        """Take one event."""
        kind, *rest = event
        if kind in {"write", "cut"}:
            self.pending.setdefault(rest[0], []).append(event)
        elif kind == "sync":
            for change in self.pending.pop(rest[0], ()):
                self.change(change, whole=True)
        elif kind == "name":
            self.pending_names.append((rest[0], rest[1]))
        elif kind == "folder":
            self.names.update(self.pending_names)
            self.pending_names.clear()
        elif kind == "anchor":
            self.anchors.append(rest[0])
        elif kind == "anchored":
            del self.anchors[:-1]
        else:
            self.told.append(event)

    def change(self, change: tuple[Any, ...], *, whole: bool) -> None:
        """Put a change on the disk, wholly or in part."""
        kind, inode, *rest = change
        content = self.contents.setdefault(inode, bytearray())
        if kind == "cut":
            del content[rest[0] :]
            return
        offset, data = rest
        content.extend(bytes(max(0, offset + len(data) - len(content))))
        for start in range(0, len(data), SECTOR):
            if whole or self.chance.random() < 0.5:
                part = data[start : start + SECTOR]
                content[offset + start : offset + start + len(part)] = part

    def lose_power(self) -> None:
        """Decide on everything that was not synced."""
        for changes in self.pending.values():
            odds = self.chance.choice((0.0, 0.3, 0.7, 1.0))
            for change in changes:
                if self.chance.random() < odds:
                    self.change(change, whole=self.chance.random() < 0.7)
        stopped: set[str] = set()
        odds = self.chance.choice((0.0, 0.5, 1.0))
        for name, inode in self.pending_names:
            if name in stopped or self.chance.random() >= odds:
                stopped.add(name)  # later changes of one name need the earlier ones
            else:
                self.names[name] = inode

    def write_to(self, log: Any) -> None:
        """Make the files of a log as this disk has them."""
        log.path.parent.mkdir(parents=True)
        log.anchor.parent.mkdir(parents=True, exist_ok=True)
        for name, inode in self.names.items():
            if inode is not None:
                log.path.with_name(name).write_bytes(self.contents.get(inode, b""))
        if self.anchors:
            log.anchor.write_bytes(self.chance.choice(self.anchors))


def after(events: list[tuple[Any, ...]], moment: int, seed: int) -> Disk:
    """Return the disk after a power loss when `moment` events had happened."""
    disk = Disk(random.Random(seed))
    for event in events[:moment]:
        disk.happen(event)
    disk.lose_power()
    return disk


def whole(journal: Any, log: Any, disk: Disk) -> str | None:
    """Return what a disk has lost of what was acknowledged; None: nothing."""
    for _, told, (size, root) in disk.told:
        journal.indexes.update(told)
        journal.roots[size] = root
    try:
        journal.hold(log)
    except (AssertionError, AssuranceError) as err:
        return str(err) or type(err).__name__
    finally:
        log.close()
    return None


def losses(
    record: Record, image: Callable[[int], tuple[Any, Any]], *, first: int, count: int
) -> list[str]:
    """Let the power go at many moments; return what was lost."""
    chance = random.Random(11)
    told = [at for at in range(first, len(record.events)) if record.events[at][0] == "acknowledged"]
    found = []
    for number in range(count):
        # Right after an acknowledgement is when the most is promised and the least is synced.
        moment = (
            chance.choice(told) + 1
            if number % 3 == 0
            else chance.randint(first, len(record.events))
        )
        disk = after(record.events, moment, number)
        log, journal = image(number)
        disk.write_to(log)
        lost = whole(journal, log, disk)
        if lost is not None:
            found.append(f"power lost after event {moment}, disk {number}: {lost}")
    return found


@pytest.fixture
def image(log_at: Callable[..., Any], journal: Any, tmp_path: Path) -> Callable[[int], Any]:
    """Return a maker of places for disks: a log that is not made, and an empty journal."""

    def make(number: int) -> tuple[Any, Any]:
        log = log_at(f"seed-{number}", made=False)
        return log, type(journal)()

    return make


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_power_loss(
    log_at: Callable[..., Any], image: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the disk kept of what was not synced, nothing acknowledged is lost."""
    log = log_at(made=False)
    with recorded(monkeypatch, log, "full") as record:
        log.create()
        first = len(record.events)
        workload(record, log, BATCHES, "e")
    kinds = {event[0] for event in record.events}
    assert {"write", "cut", "sync", "name", "folder", "anchored", "acknowledged"} <= kinds
    assert [] == losses(record, image, first=first, count=IMAGES)
    print(f"{IMAGES} power losses over {len(record.events)} events, 0 entries lost")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_power_loss_without_syncs_is_noticed(
    log_at: Callable[..., Any], image: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `synchronous=NORMAL` acknowledged entries do get lost: this test would see it."""
    pragmas = tuple(item.replace("FULL", "NORMAL") for item in database._PRAGMAS)
    assert pragmas != database._PRAGMAS
    monkeypatch.setattr(database, "_PRAGMAS", pragmas)
    log = log_at(made=False)
    with recorded(monkeypatch, log, "normal") as record:
        log.create()
        first = len(record.events)
        workload(record, log, BATCHES, "e")
    monkeypatch.undo()
    found = losses(record, image, first=first, count=12)
    assert any("behind its anchor" in item or "acknowledged" in item for item in found), found


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_power_loss_while_recovering(
    log_at: Callable[..., Any], image: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes again while the log recovers from the first time."""
    log = log_at(made=False)
    with recorded(monkeypatch, log, "before") as record:
        log.create()
        first = len(record.events)
        workload(record, log, BATCHES[:6], "e")
    chance = random.Random(13)
    for number in range(max(4, IMAGES // 10)):
        once = after(record.events, chance.randint(first, len(record.events)), number)
        again, _ = image(1000 + number)
        once.write_to(again)
        with recorded(monkeypatch, again, f"again-{number}") as second:
            # What survived the first time is on the disk.
            for name, inode in once.names.items():
                if inode is not None:
                    content = bytes(once.contents.get(inode, b""))
                    second.events.append(("write", second.opened(name), 0, content))
                    second.events.append(("sync", second.inodes[name]))
                    second.unsynced_names.add(second.inodes[name])
            second.events.append(("folder",))
            second.events.append(("anchored", again.anchor.read_bytes()))
            second.events[-1:-1] = [("anchor", again.anchor.read_bytes()), *once.told]
            start = len(second.events)
            workload(second, again, (2, 1), "again")
        found = losses(
            second,
            lambda n, number=number: image(10_000 * (number + 1) + n),  # type: ignore[misc]
            first=start,
            count=5,
        )
        assert [] == found
