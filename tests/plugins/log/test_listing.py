"""Listings: what each filter finds, wherever the log's clock went, and that none reads the log."""

from __future__ import annotations

import itertools
import random
import re
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from assurance.errors import LogError, UsageError
from assurance.value import Value
from assurance_log import checkpoint_listing, listing, records, rows, time_spans
from assurance_log.checkpoint_listing import CheckpointFilters
from assurance_log.listing import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BUNDLE = b"what every record here is of"
KEYS = [sha256(b"key %d" % number).hexdigest() for number in range(4)]
TYPES = ["https://slsa.dev/provenance/v1", "https://cyclonedx.org/bom", "https://x.example/v1"]
INSERT_RECORD = (
    "INSERT INTO record (idx, bundle_sha256, release, version, environment, verdict, decided_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Known(Value):
    """An entry as it was made."""

    release: str | None
    version: str | None
    verdict: str
    fields: frozenset[tuple[str, str]]


def made(log: Any, count: int, steps: Sequence[tuple[int, int]]) -> dict[int, Known]:
    """Fill a log: entries, of which four of five are bundles, and checkpoints (size, time).

    No key signs them, and the search fields are of no bundle: a check would complain.
    """
    picks = random.Random(7)
    known: dict[int, Known] = {}
    for idx in range(count):
        if idx % 5:
            known[idx] = Known(
                release=picks.choice(["ledger", "@scope/app", "web@next", None]),
                version=picks.choice(["1.0", "2.0", None]),
                verdict=picks.choice(["GO", "GO", "NO-GO"]),
                fields=frozenset(
                    {
                        (records.PREDICATE_TYPE, picks.choice(TYPES)),
                        (records.SUBJECT, sha256(b"%d" % (idx // 3)).hexdigest()),
                        *((records.SIGNER, key) for key in picks.sample(KEYS, 2)),
                    }
                ),
            )
    with log.database().write() as connection:
        old = rows.state(connection)
        rows.add_entries(
            connection, 0, [(sha256(b"%d" % idx).digest(), b"%d" % idx) for idx in range(count)]
        )
        digest = rows.add_content(connection, BUNDLE)
        connection.exec_driver_sql(
            INSERT_RECORD,
            [
                (idx, digest, item.release, item.version, "production", item.verdict, None)
                for idx, item in known.items()
            ],
        )
        connection.exec_driver_sql(
            "INSERT INTO record_field (field, value, idx) VALUES (?, ?, ?)",
            [(*pair, idx) for idx, item in known.items() for pair in sorted(item.fields)],
        )
        for size, time in steps:
            rows.add_head(connection, size, sha256(b"root %d" % size).digest())
            rows.add_checkpoint(
                connection,
                rows.StoredCheckpoint(size=size, note=b"no note", chain=bytes(32), signed_at=time),
            )
        new = rows.State(epoch=old.epoch, size=count, published=steps[-1][0])
        rows.compare_and_swap(connection, old, new)
    return known


def walk(count: int, seed: int) -> list[tuple[int, int]]:
    """Return checkpoints of a clock that mostly goes forward, and jumps back and ahead."""
    picks = random.Random(seed)
    time, found = 1_000, []
    for size in range(1, count):
        if picks.random() < 0.4:
            step = picks.choice([0, 1, 1, 2, 5]) if picks.random() < 0.9 else None
            time += picks.randrange(-300, 300) if step is None else step
            found.append((size, time))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_each_filter_finds_what_it_says(log_at: Callable[..., Any], seed: int) -> None:
    """Any filters together find what reading all of it finds, newest first, page by page."""
    log = log_at(anchored=False)
    steps = walk(300, seed)
    known = made(log, 300, steps)
    picks = random.Random(seed)
    times = [time for _, time in steps]

    def logged(idx: int) -> int | None:
        return next((time for size, time in steps if size > idx), None)

    def fits(idx: int, asked: Filters) -> bool:
        item, time = known.get(idx), logged(idx)
        by_bundle = [
            asked.release is None
            or (item and asked.release in {item.release, f"{item.release}@{item.version}"}),
            asked.verdict is None or (item and asked.verdict == item.verdict),
            asked.predicate_type is None
            or (item and (records.PREDICATE_TYPE, asked.predicate_type) in item.fields),
            asked.subject is None or (item and (records.SUBJECT, asked.subject) in item.fields),
            asked.signer is None
            or (
                item
                and any(
                    field == records.SIGNER and value.startswith(asked.signer)
                    for field, value in item.fields
                )
            ),
        ]
        return (
            all(by_bundle)
            and (asked.first is None or idx >= asked.first)
            and (asked.last is None or idx <= asked.last)
            and (asked.since is None or (time is not None and time >= asked.since))
            and (asked.until is None or (time is not None and time <= asked.until))
        )

    choices: dict[str, Callable[[], Any]] = {
        "release": lambda: picks.choice(
            ["ledger", "ledger@2.0", "@scope/app", "@scope/app@1.0", "web@next", "next", "ledger@"]
        ),
        "verdict": lambda: picks.choice(["GO", "NO-GO", "INDETERMINATE"]),
        "predicate_type": lambda: picks.choice([*TYPES, "none"]),
        "subject": lambda: sha256(b"%d" % picks.randrange(110)).hexdigest(),
        "signer": lambda: picks.choice([KEYS[0], KEYS[1][:6], KEYS[2][:1], "", "zz"]),
        "since": lambda: picks.choice(times) + picks.randrange(-1, 2),
        "until": lambda: picks.choice(times) + picks.randrange(-1, 2),
        "first": lambda: picks.randrange(310),
        "last": lambda: picks.randrange(310),
    }
    hits = 0
    with log.database(read_only=True).read() as connection:
        for number in range(150):
            names = picks.sample(sorted(choices), number % 4)
            asked = Filters(**{name: choices[name]() for name in names})
            wanted = [idx for idx in range(299, -1, -1) if fits(idx, asked)]
            limit = picks.choice([1, 7, 1000])
            found = list(listing.find(connection, asked, limit=limit))
            assert wanted[:limit] == [item.index for item in found], asked
            for item in found:
                hits += 1
                assert b"%d" % item.index == item.body
                assert logged(item.index) == item.logged_at
                kept = known.get(item.index)
                assert (kept and kept.fields) == (item.record and item.record.fields)
    assert hits > 1000


@pytest.mark.parametrize("seed", range(3))
def test_checkpoints_are_found(log_at: Callable[..., Any], seed: int) -> None:
    """Checkpoints by size, time and witness, too, where the clock went back and a key changed."""
    log = log_at(anchored=False)
    steps = walk(200, seed)
    made(log, 200, steps)
    picks = random.Random(seed)
    witnessed = sorted(picks.sample([size for size, _ in steps], 20))
    with log.database().write() as connection:
        zero = next(rows.checkpoints(connection))
        for size, key_hash in itertools.product(witnessed, (b"1234", b"5678")):
            rows.add_cosignature(connection, size, "w.example", key_hash, "line\n", 5)
    everything = [(0, zero.signed_at), *steps]
    with log.database(read_only=True).read() as connection:
        for number in range(100):
            asked = CheckpointFilters(
                first=picks.choice([None, picks.randrange(200)]),
                last=picks.choice([None, picks.randrange(200)]),
                since=picks.choice([None, picks.choice(steps)[1]]),
                until=picks.choice([None, picks.choice(steps)[1]]),
                witness="w.example" if number % 3 == 0 else None,
            )
            wanted = [
                size
                for size, time in reversed(everything)
                if (asked.first is None or size >= asked.first)
                and (asked.last is None or size <= asked.last)
                and (asked.since is None or time >= asked.since)
                and (asked.until is None or time <= asked.until)
                and (asked.witness is None or size in witnessed)
            ]
            limit = picks.choice([1, 5, 1000])
            found = [item.size for item in checkpoint_listing.find(connection, asked, limit=limit)]
            assert wanted[:limit] == found, asked


def test_steps_of_the_clock_are_noted(log_at: Callable[..., Any]) -> None:
    """The database itself notes where the clock was set back, and takes no other places."""
    log = log_at(anchored=False)
    made(log, 20, [(3, 50), (5, 49), (9, 49), (12, 60), (15, 10)])
    with log.database(read_only=True).read() as connection:
        # The first checkpoint, of no entries, has this machine's time.
        assert (3, 5, 15) == rows.clock_steps(connection)
        signed = time_spans.of_time(connection, 50, 100)
        assert [(9, 12), (0, 3)] == time_spans.covered(connection, signed)
    for size in (9, 12, 10):
        with (
            pytest.raises(LogError, match="the clock was not set back there"),
            log.database().write() as connection,
        ):
            connection.exec_driver_sql("INSERT INTO clock_set_back (size) VALUES (?)", (size,))


def test_too_many_keys(log_at: Callable[..., Any]) -> None:
    """A signer's first characters that more than 50 keys share are refused, with what to do."""
    log = log_at(anchored=False)
    made(log, 80, [(80, 1)])
    with log.database().write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO record_field (field, value, idx) VALUES (?, ?, ?)",
            [(records.SIGNER, f"many-{number}", 1) for number in range(51)],
        )
    with log.database(read_only=True).read() as connection:
        with pytest.raises(UsageError, match="more than 50 keys begin with 'many'") as caught:
            list(listing.find(connection, Filters(signer="many"), limit=5))
        assert "more of the key's id" in caught.value.remedy
        assert [1] == [
            item.index for item in listing.find(connection, Filters(signer="many-1"), limit=5)
        ]


SUBJECT = sha256(b"40").hexdigest()
FIELD = {
    "sqlite": "found USING PRIMARY KEY (field=? AND value=?",
    "postgresql": "record_field_pkey",
}
ENTRIES = {
    "index": (Filters(first=10, last=1000), ()),
    "release": (Filters(release="ledger"), ("record_by_release",)),
    "version": (Filters(release="ledger@1.0"), ("record_by_release", "record_by_version")),
    "verdict": (Filters(verdict="NO-GO"), ("record_by_verdict",)),
    "predicate type": (Filters(predicate_type=TYPES[0]), ("record_field",)),
    "subject": (Filters(subject=SUBJECT), ("record_field",)),
    "signer": (Filters(signer=KEYS[0][:8]), ("record_field",)),
    "time": (Filters(since=1_010, until=1_100), ()),
    "since": (Filters(since=1_010), ()),
    "until": (Filters(until=1_100), ()),
    "some": (
        Filters(release="ledger", verdict="NO-GO", signer=KEYS[0], since=1_010, last=1000),
        ("record_by_release",),
    ),
    "all": (
        Filters(
            release="ledger@1.0",
            verdict="NO-GO",
            signer=KEYS[0],
            predicate_type=TYPES[0],
            subject=SUBJECT,
            until=1_100,
        ),
        ("record_field",),
    ),
}
CHECKPOINTS = {
    "size": (CheckpointFilters(first=10, last=1000), ()),
    "key": (CheckpointFilters(key="00000000"), ()),
    "times": (CheckpointFilters(since=1_010, until=1_100), ()),
    "witness": (CheckpointFilters(witness="w.example"), ("cosignature_by_witness",)),
    "witness, since": (
        CheckpointFilters(witness="w.example", since=1_010),
        ("cosignature_by_witness",),
    ),
}
SMALL = "state|clock_set_back|log_key"
"""Tables with a row, or a row for each time that somebody changed something by hand."""


@contextmanager
def asked_of(connection: Any) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that a database is asked."""
    found: list[tuple[str, Any]] = []

    def asked(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        found.append((statement, values))

    event.listen(connection.engine, "before_cursor_execute", asked)
    try:
        yield found
    finally:
        event.remove(connection.engine, "before_cursor_execute", asked)


def plan(connection: Any, statement: str, values: Any) -> str:
    """Return how the database finds it."""
    if connection.dialect.name == "postgresql":
        explained = connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", values)
        return "\n".join(str(row[0]) for row in explained)
    explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return "\n".join(str(row[3]) for row in explained)


def whole_tables(found: str) -> list[str]:
    """Return the lines of a plan that read all of a table that grows, or of an index of one."""
    lines = [*found.splitlines(), ""]
    return [
        line
        for line, following in itertools.pairwise(lines)
        if re.search(
            rf"^SCAN (?!({SMALL}|half|counted|arm_\d+|CONSTANT ROW)\b)|AUTOMATIC|Bitmap", line
        )
        or re.search(rf"Seq Scan on (?!{SMALL}\b)", line)
        or (
            re.search(rf"Index.* Scan .* on (?!{SMALL}\b)", line)
            and "Index Cond: " not in following
        )
    ]


@pytest.mark.parametrize("name", [*ENTRIES, *CHECKPOINTS])
def test_no_filter_reads_the_log(log_at: Callable[..., Any], name: str) -> None:
    """Each filter's plan is by an index: a page costs the same wherever its entries are.

    A server has no statistics of these tables: it is to use the indexes all the same.
    """
    log = log_at(anchored=False)
    made(log, 1_500, [(size, 1_000 + size // 10) for size in range(5, 1_500, 5)])
    with log.database().write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO cosignature (size, name, key_hash, line, cosigned_at) "
            "VALUES (?, ?, ?, ?, ?)",
            [(size, "w.example", b"1234", "line\n", 5) for size in range(5, 1_500, 50)],
        )
    with log.database(read_only=True).read() as connection:
        with asked_of(connection) as asked:
            if name in ENTRIES:
                filters, indexes = ENTRIES[name]
                found: list[Any] = list(listing.find(connection, filters, limit=100))
            else:
                by, indexes = CHECKPOINTS[name]
                found = list(checkpoint_listing.find(connection, by, limit=100))
        plans = [plan(connection, statement, values) for statement, values in asked]
        assert name == "all" or found or name == "key"
        assert [] == [line for text in plans for line in whole_tables(text)]
        for index in indexes:
            wanted = FIELD[connection.dialect.name] if index == "record_field" else index
            assert any(wanted in text for text in plans), plans
        # What is looked for here is found.
        for statement in (
            "SELECT idx FROM entry WHERE body = ?",
            "SELECT idx FROM record WHERE environment = ? ORDER BY idx DESC LIMIT 1",
        ):
            value = b"x" if "body" in statement else "x"
            assert whole_tables(plan(connection, statement, (value,))), statement
