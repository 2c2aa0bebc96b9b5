"""Measure what a log server answers from a large log, in a SQLite file and in PostgreSQL.

Run it with `tox run -e log-reads`: it takes minutes, and gigabytes. Each store has the same log, of
a million entries of 1 KiB unless `--entries` says otherwise; every tenth has search fields, as a
bundle has them. One server for each answers 64 connections; they take turns, and the figures are
medians over the rounds. `--write` writes its part of `docs/benchmarks.md` anew.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance.tlog import tile
from assurance_log import documents, records, rows
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = importlib.import_module("log")
log_server = importlib.import_module("log_server")
log_stores = importlib.import_module("log_stores")
BATCH, BUNDLES, PART = 1024, 10, 5_000
START, STEP = 1_767_225_600, 60
"""The first checkpoint's time, 2026-01-01, and the seconds from one to the next."""
PAGE = 100
KEYS = [sha256(b"key %d" % number).hexdigest() for number in range(3)]
_picks = random.Random(7)


def fill(side: Any, folder: Path, count: int) -> str:
    """Make a log of so many entries; return its URL."""
    where, database, _ = side.opened(folder)
    clock = itertools.count(START, STEP)
    writer = Writer(
        database,
        log.PRIVATE.sign,
        log.KEY,
        clock=lambda: next(clock),
        anchor_path=folder / "anchor",
    )
    start = time.perf_counter()
    for first in range(0, count, BATCH):
        writer.append([log.entry(number) for number in range(first, min(first + BATCH, count))])
    appended = time.perf_counter()
    for first in range(0, count, PART * BUNDLES):
        with database.write() as connection:
            describe(connection, range(first, min(first + PART * BUNDLES, count), BUNDLES), count)
    print(
        f"{where}: {count / (appended - start):,.0f} entries/s, search fields of "
        f"{count // BUNDLES:,} in {time.perf_counter() - appended:,.0f} s",
        flush=True,
    )
    database.close()
    return f"sqlite:///{where}" if isinstance(where, Path) else side.server.url(where.database)


def describe(connection: Any, indexes: range, count: int) -> None:
    """Give entries search fields; which release they are of goes with where they are."""
    digest = rows.add_content(connection, b"the body of every bundle here")
    known = []
    fields = []
    for idx in indexes:
        part = 100 * idx // count
        verdict = "NO-GO" if part == 50 else "GO"
        known.append((idx, digest, f"part-{part}", f"1.{idx}", "production", verdict, None))
        fields += [
            (records.PREDICATE_TYPE, "https://cyclonedx.org/bom", idx),
            (records.SUBJECT, sha256(b"%d" % idx).hexdigest(), idx),
            (records.SIGNER, KEYS[idx % len(KEYS)], idx),
        ]
    connection.exec_driver_sql(
        "INSERT INTO record (idx, bundle_sha256, release, version, environment, verdict, "
        "decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        known,
    )
    connection.exec_driver_sql(
        "INSERT INTO record_field (field, value, idx) VALUES (?, ?, ?)", fields
    )


def reads(count: int) -> dict[str, Callable[[], str]]:
    """Return what is asked for, by name."""
    tiles = count // tile.WIDTH
    checkpoints = -(-count // BATCH)
    early, late = (documents.when(START + STEP * at) for at in (9, 10))
    entries = f"/v1/entries?limit={PAGE}"
    return {
        "a full tile": lambda: f"/{tile.path(0, _picks.randrange(tiles))}",
        "256 entries": lambda: f"/{tile.path(None, _picks.randrange(tiles))}",
        "a receipt": lambda: f"/v1/proofs/receipt?index={_picks.randrange(count)}",
        "a consistency proof": lambda: (
            f"/v1/proofs/consistency?from={BATCH * _picks.randrange(1, checkpoints)}"
        ),
        "the newest 100 entries": lambda: entries,
        "100 entries of the first release": lambda: f"{entries}&release=part-0",
        "100 entries of the newest release": lambda: f"{entries}&release=part-99",
        "100 entries of a verdict that is rare": lambda: f"{entries}&verdict=NO-GO",
        "100 entries of a signer": lambda: f"{entries}&signer={KEYS[0][:12]}",
        "the entry of a subject": lambda: (
            f"{entries}&subject="
            f"{sha256(b'%d' % (BUNDLES * _picks.randrange(count // BUNDLES))).hexdigest()}"
        ),
        "100 entries of an early time": lambda: f"{entries}&since={early}&until={late}",
        "100 entries of a verdict, a signer and a release": lambda: (
            f"{entries}&verdict=GO&signer={KEYS[1]}&release=part-1"
        ),
        "100 checkpoints until an early time": lambda: (
            f"/v1/checkpoints?limit={PAGE}&until={documents.when(START + STEP * 200)}"
        ),
    }


@contextlib.contextmanager
def served(url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Run a server that only reads."""
    folder.mkdir(exist_ok=True)
    with (folder / "events").open("w") as events:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "assurance", "log", "serve", "--read-only"),
                *("--port", "0", "--rate", "0", "--log", url),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=events,
        )
        try:
            while not (line := (folder / "events").read_text().partition("\n")[0]):
                if process.poll() is not None:
                    sys.exit(f"no server for {url}")
                time.sleep(0.05)
            yield "127.0.0.1", int(json.loads(line)["url"].rpartition(":")[2])
        finally:
            process.terminate()
            process.wait()


def measured(urls: list[str], folder: Path, count: int, rounds: int, seconds: float) -> list[str]:
    """Return the lines of the table."""
    with contextlib.ExitStack() as stack:
        addresses = [
            stack.enter_context(served(url, folder / f"server-{number}"))
            for number, url in enumerate(urls)
        ]
        found: dict[str, list[list[Any]]] = {name: [[], []] for name in reads(count)}
        for number in range(rounds + 1):
            for name, path in reads(count).items():
                for side, address in enumerate(addresses):
                    load = log_server.load(address, log_server.get(path), seconds)
                    if number:  # the first round warms the caches
                        found[name][side].append(load)
    return [line(name, sides) for name, sides in found.items()]


def line(name: str, sides: list[list[Any]]) -> str:
    """Return a line of the table: medians over the rounds."""
    cells = []
    rates = []
    for loads in sides:
        rates.append(statistics.median(load.rate for load in loads))
        p50 = statistics.median(load.p50 for load in loads)
        p99 = statistics.median(load.p99 for load in loads)
        cells.append(f"{rates[-1]:,.0f}/s | {p50:,.0f} / {p99:,.0f} ms")
    told = f"| {name} | {' | '.join(cells)} | {rates[1] / rates[0]:.2f} |"
    print(told, flush=True)
    return told


def main() -> int:
    """Measure both; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    arguments = parser.parse_args()
    peers = log_stores.loaded(log.ROOT / "tests" / "peers" / "install.py")
    server_path = peers.installed("postgres")
    if server_path is None:
        sys.exit(f"PostgreSQL is not here; get it: {peers.COMMAND}")
    clusters = log_stores.loaded(log.ROOT / "tests" / "plugins" / "log" / "cluster.py")
    log.PLACE.mkdir(parents=True, exist_ok=True)
    server = clusters.Cluster.make(server_path.parent, max_wal_size="1GB")
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=log.PLACE) as name:
            folder = Path(name)
            urls = []
            for kind, side in (
                ("file", log_stores.Side(None)),
                ("server", log_stores.Side(server)),
            ):
                (folder / kind).mkdir()
                urls.append(fill(side, folder / kind, arguments.entries))
            lines = measured(urls, folder, arguments.entries, arguments.rounds, arguments.seconds)
        version = str(server.sql("SHOW server_version")[0][0]).split()[0]
    finally:
        server.remove()
    head = (
        f"| what, log of {arguments.entries:,} entries | SQLite | p50 / p99 | "
        f"PostgreSQL {version} | p50 / p99 | ratio |\n|---|---|---|---|---|---|\n"
    )
    table = head + "".join(f"{told}\n" for told in lines)
    print(table)
    if arguments.write:
        log.write("log reads", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
