"""Measure the log: appends beside bare SQLite and Tessera, proofs and checks beside bare hashing.

Run it with `tox run -e benchmarks-log`; the curves over the log's size, which take minutes and some
gigabytes, with `tox run -e log-curves`. The two sides of a comparison take turns in one run and the
figures are medians; what counts is the ratio. `--write` writes the log's part of
`docs/benchmarks.md` anew; a ratio on the wrong side of its limit ends with 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from assurance.tlog import merkle, note_key, policy, proof
from assurance_log import check, create, listing, receipts, rows
from assurance_log.database import Database
from assurance_log.group import Group
from assurance_log.opening import reader
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assurance_log.batches import Appended

ROOT = Path(__file__).resolve().parent.parent.parent
ONESHOT = ROOT / ".cache" / "peers" / "bin" / "posix-oneshot"
ASSURANCE = str(Path(sys.executable).parent / "assurance")
ORIGIN = "bench.example/log"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEY = note_key.from_public(ORIGIN, note_key.ED25519, PRIVATE.public_key().public_bytes_raw())
BATCH, ENTRY = 256, 1024
ROUNDS, BATCHES, CLIENTS = 5, 64, 8
FILES = 4096
CURVE = (1_000, 10_000, 100_000, 1_000_000)
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4096")
"""What the log's connections have too, as far as it concerns what is synced and when."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: float
    least: float | None = None
    most: float | None = None

    @property
    def verdict(self) -> str:
        """Return the limit, and whether it holds."""
        if self.least is not None:
            return f"≥ {self.least:g} | {'holds' if self.ratio >= self.least else 'MISSED'}"
        if self.most is not None:
            return f"≤ {self.most:g} | {'holds' if self.ratio <= self.most else 'MISSED'}"
        return "– | "


def entry(number: int) -> bytes:
    """Return an entry of 1 KiB that no other number has."""
    return b"%016d" % number * (ENTRY // 16)


def batches(count: int, start: int = 0) -> list[list[bytes]]:
    """Return so many batches."""
    return [[entry(start + BATCH * n + i) for i in range(BATCH)] for n in range(count)]


def new_log(folder: Path) -> tuple[Database, Writer]:
    """Make a log with its anchor, every guard on."""
    create.create(folder / "log.db", ORIGIN, PRIVATE.sign, KEY.public, anchor=folder / "anchor")
    return open_log(folder)


def open_log(folder: Path) -> tuple[Database, Writer]:
    """Open a log for appending."""
    database = Database(folder / "log.db")
    anchor = folder / "anchor"
    return database, Writer(
        database, PRIVATE.sign, KEY, clock=lambda: int(time.time()), anchor_path=anchor
    )


def bare(folder: Path) -> float:
    """Insert the batches into one table of a bare SQLite file; return entries a second."""
    work = batches(BATCHES)
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE entry (idx INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        start = time.perf_counter()
        for number, batch in enumerate(work):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO entry VALUES (?, ?)",
                [(BATCH * number + i, body) for i, body in enumerate(batch)],
            )
            connection.execute("COMMIT")
        return BATCH * BATCHES / (time.perf_counter() - start)


def alone(folder: Path) -> float:
    """Append each batch after the last one was acknowledged; return entries a second."""
    return one_client(folder, lambda writer, work: [writer.append(batch) for batch in work])


def behind(folder: Path) -> float:
    """Hand in each batch before the last one was acknowledged; return acknowledged a second."""
    return one_client(
        folder, lambda writer, work: list(writer.append_each((batch, ()) for batch in work))
    )


def one_client(
    folder: Path, append: Callable[[Writer, list[list[bytes]]], list[Appended]]
) -> float:
    """Append the batches, each with a checkpoint of its own; return entries a second."""
    work = batches(BATCHES)
    database, writer = new_log(folder)
    start = time.perf_counter()
    done = append(writer, work)
    taken = time.perf_counter() - start
    database.close()
    if [one.size for one in done] != [BATCH * (n + 1) for n in range(BATCHES)]:
        sys.exit("not every batch has its own checkpoint")
    return BATCH * BATCHES / taken


def together(folder: Path) -> float:
    """Append the batches from several clients; return acknowledged entries a second."""
    work = batches(BATCHES)
    database, writer = new_log(folder)
    group = Group(writer)

    def client() -> None:
        while work:
            group.append(work.pop())

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - start
    with database.read() as connection:
        if rows.state(connection).published != BATCH * BATCHES:
            sys.exit("not every entry was acknowledged")
    database.close()
    return BATCH * BATCHES / taken


def in_turns(sides: Sequence[Callable[[Path], float]], rounds: int = ROUNDS) -> list[float]:
    """Run the sides in turns, each in a folder of its own; return medians."""
    taken: list[list[float]] = [[] for _ in sides]
    for number in range(rounds + 1):
        for values, side in zip(taken, sides, strict=True):
            with tempfile.TemporaryDirectory(prefix="bench-", dir=PLACE) as folder:
                value = side(Path(folder))
            if number:  # the first round warms the caches
                values.append(value)
    return [statistics.median(values) for values in taken]


def append() -> list[Row]:
    """Appends of 256 entries of 1 KiB, beside as many bare inserts."""
    base, one, ahead, several = in_turns([bare, alone, behind, together])
    beside = f"bare SQLite inserts, same syncs: {base:,.0f}/s"
    return [
        Row(
            what=f"durable signed append, {CLIENTS} clients, batches of 256",
            ours=f"{several:,.0f}/s",
            theirs=beside,
            ratio=several / base,
            least=0.3,
        ),
        Row(
            what="the same, 1 client with the next batch at hand: every batch its own checkpoint",
            ours=f"{ahead:,.0f}/s",
            theirs=beside,
            ratio=ahead / base,
            least=0.3,
        ),
        Row(
            what="the same, 1 client that waits for each acknowledgement",
            ours=f"{one:,.0f}/s",
            theirs=beside,
            ratio=one / base,
        ),
    ]


def run(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run a command that must end with 0; return seconds and the most memory in MiB."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=output,
            env=os.environ | {"LOG_PRIVATE_KEY": note_signer(), "NO_COLOR": "1"},
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            sys.exit(f"{command[:4]}: {output.read()[-2000:].decode(errors='replace')}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def note_signer() -> str:
    """Return the log's private key as Go's notes have it."""
    seed = base64.b64encode(b"\x01" + PRIVATE.private_bytes_raw()).decode()
    return f"PRIVATE+KEY+{ORIGIN}+{KEY.key_hash.hex()}+{seed}"


def files(folder: Path) -> list[str]:
    """Write the entries as files; return their names."""
    (folder / "in").mkdir()
    names = [f"in/{number:05}" for number in range(FILES)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(entry(number))
    return names


def by_us(folder: Path) -> float:
    """Append the files with the command; return its seconds."""
    names = files(folder)
    run([ASSURANCE, "log", "init", "--origin", ORIGIN, "--anchor", "anchor"], folder)
    command = [ASSURANCE, "log", "append", "--anchor", "anchor", "--no-receipts", *names]
    return run(command, folder)[0]


def by_tessera(folder: Path) -> float:
    """Append the files with Tessera's command; return its seconds."""
    files(folder)
    return run([str(ONESHOT), "--storage_dir=log", "--entries=in/*"], folder)[0]


def in_process(folder: Path) -> float:
    """Append the same entries in this process, the files read, the log open; return seconds."""
    names = files(folder)
    database, writer = new_log(folder)
    start = time.perf_counter()
    writer.append([(folder / name).read_bytes() for name in names])
    taken = time.perf_counter() - start
    database.close()
    return taken


def tessera() -> list[Row]:
    """Appends of 4,096 files, whole commands and without our start, beside Tessera's command."""
    ours, inside, theirs = in_turns([by_us, in_process, by_tessera], rounds=3)
    beside = f"Tessera `posix-oneshot`: {1000 * theirs:,.0f} ms"
    return [
        Row(
            what=f"{FILES:,} files into an open log, under a signed checkpoint",
            ours=f"{1000 * inside:,.0f} ms",
            theirs=beside,
            ratio=inside / theirs,
            most=1,
        ),
        Row(
            what="the same as one command, `log append --no-receipts`",
            ours=f"{1000 * ours:,.0f} ms",
            theirs=beside,
            ratio=ours / theirs,
        ),
    ]


def seconds_of(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median time of some work, after once to warm up."""
    taken = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def fill(folder: Path, count: int) -> None:
    """Make a log of so many entries, and print how fast its last tenth went in."""
    database, writer = new_log(folder)
    taken: list[float] = []
    for first in range(0, count, BATCH):
        batch = [entry(number) for number in range(first, min(first + BATCH, count))]
        start = time.perf_counter()
        writer.append(batch)
        taken.append(time.perf_counter() - start)
    last = taken[-max(1, len(taken) // 10) :]
    database.close()
    print(json.dumps({"rate": min(BATCH, count) * len(last) / sum(last)}))


def filled(folder: Path, count: int) -> tuple[float, float]:
    """Fill a log in a process of its own; return the rate at its end, and the memory in MiB."""
    with (folder / "rate").open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, __file__, "--fill", str(folder), str(count)], stdout=output
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit("the log could not be filled")
    return float(json.loads((folder / "rate").read_text())["rate"]), usage.ru_maxrss / 1024


class Proofs:
    """Serving and verifying receipts of one log."""

    def __init__(self, folder: Path, count: int) -> None:
        """Pick entries at random."""
        self.database = reader(folder / "log.db")
        picks = random.Random(7)
        self.indexes = [picks.randrange(count) for _ in range(200)]
        key = policy.PolicyLog(key=KEY)
        self.policy = policy.TlogPolicy(logs=(key,), witnesses=(), groups=(), quorum=policy.NONE)
        self.made: list[bytes] = []

    def serve(self) -> None:
        """Make each receipt anew, as each client's request does."""
        self.made = []
        for index in self.indexes:
            with self.database.read() as connection:
                signed, size = receipts.newest(connection)
                self.made.append(receipts.receipt(connection, index, signed, size).encode())

    def verify(self) -> None:
        """Verify each: form, inclusion, the log's signature."""
        for index, data in zip(self.indexes, self.made, strict=True):
            read = proof.read(data)
            read.includes(merkle.leaf_hash(entry(index)))
            self.policy.check(read.signed_checkpoint)

    def bare(self) -> None:
        """Do nothing but the hashes and the signature that a verification cannot do without."""
        public = Ed25519PublicKey.from_public_bytes(KEY.public)
        read = proof.read(self.made[0])
        text, line = read.signed_checkpoint.text.encode(), read.signed_checkpoint.signatures[0]
        for index in self.indexes:
            sha256(b"\x00" + entry(index)).digest()
            for part in read.hashes:
                sha256(b"\x01" + part + part).digest()
            public.verify(line.signature, text)


def proofs(folder: Path, count: int) -> list[Row]:
    """Receipts of a log, beside bare SHA-256 and Ed25519."""
    work = Proofs(folder, count)
    served, verified = seconds_of(work.serve), seconds_of(work.verify)
    least = seconds_of(work.bare)
    work.database.close()
    each = 1e6 / len(work.indexes)
    beside = f"its SHA-256 and Ed25519 alone: {least * each:,.0f} µs"
    return [
        Row(
            what=f"receipt verified, log of {count:,}",
            ours=f"{verified * each:,.0f} µs",
            theirs=beside,
            ratio=verified / least,
            most=3,
        ),
        Row(
            what=f"receipt served, log of {count:,}",
            ours=f"{served * each:,.0f} µs",
            theirs=beside,
            ratio=served / least,
        ),
    ]


def full_check(folder: Path, count: int, rounds: int = 3) -> list[Row]:
    """A full check, beside one SHA-256 over the same entries as a stream."""
    database = reader(folder / "log.db")

    def whole() -> None:
        with database.read() as connection:
            if list(check.problems(connection, check.Depth.FULL, anchor=None)):
                sys.exit("the log is not whole")

    chunk = [entry(number) for number in range(min(count, 10_000))]

    def hashes() -> None:
        stream = sha256()
        for _ in range(count // len(chunk)):
            for body in chunk:
                stream.update(body)
        stream.digest()

    ours, theirs = seconds_of(whole, rounds), seconds_of(hashes, rounds)
    database.close()
    return [
        Row(
            what=f"full check of {count:,} entries of 1 KiB",
            ours=f"{ours:,.2f} s",
            theirs=f"one SHA-256 over all of them: {theirs:,.3f} s",
            ratio=ours / theirs,
            most=5,
        )
    ]


def reading() -> list[Row]:
    """Proofs and a check of a log of 100,000 entries."""
    count = 100_000
    with tempfile.TemporaryDirectory(prefix="bench-", dir=PLACE) as name:
        folder = Path(name)
        filled(folder, count)
        return [*proofs(folder, count), *full_check(folder, count)]


def curve(count: int) -> list[str]:
    """Measure everything at one size; return the cells of its line."""
    with tempfile.TemporaryDirectory(prefix="curve-", dir=PLACE) as name:
        folder = Path(name)
        rate, memory = filled(folder, count)
        log = ("--log", f"sqlite:///{folder / 'log.db'}")
        checked = run([ASSURANCE, "log", "check", "--depth", "full", *log], folder)
        exported = run([ASSURANCE, "log", "export", "--to", "public", *log], folder)
        again = run([ASSURANCE, "log", "export", "--to", "public", *log], folder)
        shutil.rmtree(folder / "public")
        verified, served = proofs(folder, count)
        (hashed,) = full_check(folder, count, rounds=1)
        database = reader(folder / "log.db")

        def listed() -> None:
            with database.read() as connection:
                list(listing.find(connection, listing.Filters(last=count // 2), limit=50))

        listing_seconds = seconds_of(listed)
        database.close()

        def opened() -> None:
            open_log(folder)[0].close()

        opening_seconds = seconds_of(opened)
        size = (folder / "log.db").stat().st_size / 2**20
    most = max(memory, checked[1], exported[1])
    if most > 200:
        sys.exit(f"{most:.0f} MiB at {count:,} entries; the limit is 200")
    return [
        f"{count:,}",
        f"{rate:,.0f}/s",
        served.ours,
        verified.ours,
        f"{1000 * listing_seconds:.1f} ms",
        f"{1000 * opening_seconds:.1f} ms",
        f"{checked[0]:.1f} s ({hashed.ratio:.1f})",
        f"{exported[0]:.1f} s, again {again[0]:.1f} s",
        f"{memory:.0f} / {checked[1]:.0f} / {exported[1]:.0f} MiB",
        f"{size:,.0f} MiB",
    ]


HEAD = (
    "entries",
    "append, 1 client",
    "receipt served",
    "verified",
    "list 50",
    "open and recover",
    "full check (beside SHA-256)",
    "export",
    "memory: append / check / export",
    "file",
)
PARTS: dict[str, Callable[[], list[Row]]] = {
    "append": append,
    "tessera": tessera,
    "reading": reading,
}


def where_and_when() -> str:
    """Return what the figures depend on."""
    return (
        f"{datetime.now(tz=UTC):%Y-%m-%d}, Python {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}"
    )


def write(marker: str, text: str) -> None:
    """Put the text between its markers in docs/benchmarks.md."""
    page = ROOT / "docs" / "benchmarks.md"
    before, start, rest = page.read_text("utf-8").partition(f"<!-- {marker} -->\n")
    _, end, after = rest.partition(f"<!-- end of {marker} -->\n")
    page.write_text(f"{before}{start}\n{where_and_when()}:\n\n{text}\n{end}{after}", "utf-8")


def table(lines: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    head = "| what | took | beside | ratio | limit | |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {item.what} | {item.ours} | {item.theirs} | {item.ratio:.2f} | {item.verdict} |\n"
        for item in lines
    )


def main() -> int:
    """Run what was asked for; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PARTS))
    parser.add_argument("--curves", action="store_true", help="measure over the log's size")
    parser.add_argument("--to", type=int, default=CURVE[-1], help="largest size of the curves")
    parser.add_argument("--fill", nargs=2, metavar=("FOLDER", "COUNT"), help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    arguments = parser.parse_args()
    if arguments.fill:
        fill(Path(arguments.fill[0]), int(arguments.fill[1]))
        return 0
    if arguments.curves:
        lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
        print("\n".join(lines), flush=True)
        for count in CURVE:
            if count <= arguments.to:
                lines.append("| " + " | ".join(curve(count)) + " |")
                print(lines[-1], flush=True)
        if arguments.write:
            write("log curves", "".join(f"{line}\n" for line in lines))
        return 0
    if unknown := set(arguments.names) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    found = []
    for name, part in PARTS.items():
        if not arguments.names or name in arguments.names:
            print(f"measuring: {name}", flush=True)
            found += part()
    print(table(found))
    if arguments.write:
        write("log", table(found))
    return 1 if any("MISSED" in item.verdict for item in found) else 0


PLACE = Path(os.environ.get("BENCHMARK_FOLDER") or ROOT / ".cache" / "bench")
"""On a disk: a temporary folder in memory syncs nothing."""

if __name__ == "__main__":
    PLACE.mkdir(parents=True, exist_ok=True)
    sys.exit(main())
