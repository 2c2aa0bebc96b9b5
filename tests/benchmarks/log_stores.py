"""Measure a log on a PostgreSQL server beside one in a SQLite file: appends, receipts, checks.

Run it with `tox run -e benchmarks-log`; the server is Debian's, on this machine, over a socket,
with its own settings (synchronous commits). The two stores take turns; the figures are medians.
`--write` writes its part of `docs/benchmarks.md` anew.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance_log import check, create, listing, receipts, rows, store
from assurance_log.group import Group
from assurance_log.postgresql import address
from assurance_log.postgresql.create import create as create_there
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance_log.store import At, Store

log = importlib.import_module("log")
"""`log.py` beside this script: its key, entries and folder."""
ROUNDS, BATCH, BATCHES, SINGLES, CLIENTS = 3, 256, 24, 48, 8
READ = 20_000
_names = itertools.count()


def loaded(path: Path) -> Any:
    """Load a file of tests; their folders are no packages."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Side:
    """One store, and how a new log is made in it."""

    def __init__(self, server: Any) -> None:
        """Take a server, or None for files."""
        self.server = server

    def opened(self, folder: Path) -> tuple[At, Store, Writer]:
        """Make a log and open it."""
        anchor = folder / "anchor"
        where: At = folder / "log.db"
        if self.server is None:
            create.create(
                folder / "log.db", log.ORIGIN, log.PRIVATE.sign, log.KEY.public, anchor=anchor
            )
        else:
            name = f"bench_{next(_names)}"
            self.server.database(name)
            create_there(
                address.read(self.server.url(name, "log_owner"), Path()),
                log.ORIGIN,
                log.PRIVATE.sign,
                log.KEY.public,
                anchor=anchor,
                app_role="log_app",
            )
            where = address.read(self.server.url(name), Path())
        database = store.connect(where)
        writer = Writer(
            database, log.PRIVATE.sign, log.KEY, clock=lambda: int(time.time()), anchor_path=anchor
        )
        return where, database, writer


def each_alone(writer: Writer) -> int:
    """Append batches of 256, one after the other; return how many entries."""
    for batch in log.batches(BATCHES):
        writer.append(batch)
    return BATCHES * BATCH


def singles(writer: Writer) -> int:
    """Append one entry after the other."""
    for number in range(SINGLES):
        writer.append([log.entry(number)])
    return SINGLES


def many_clients(size: int, count: int) -> Callable[[Writer], int]:
    """Return an append of batches of a size by several clients at once."""

    def append(writer: Writer) -> int:
        group = Group(writer)
        work = [[log.entry(size * n + i) for i in range(size)] for n in range(count)]

        def client() -> None:
            while True:
                try:
                    batch = work.pop()
                except IndexError:
                    return
                group.append(batch)

        threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return size * count

    return append


def rate(side: Side, work: Callable[[Writer], int]) -> float:
    """Return entries a second into a new log."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=log.PLACE) as name:
        _, database, writer = side.opened(Path(name))
        start = time.perf_counter()
        count = work(writer)
        taken = time.perf_counter() - start
        with database.read() as connection:
            if rows.state(connection).published != count:
                sys.exit("not every entry was acknowledged")
        database.close()
    return count / taken


def appends(sides: tuple[Side, Side]) -> list[str]:
    """Return a line for each way to append."""
    lines = []
    ways: dict[str, Callable[[Writer], int]] = {
        "append, 1 client, batches of 256": each_alone,
        f"append, {CLIENTS} clients, batches of 256": many_clients(BATCH, BATCHES),
        "append, 1 client, single entries": singles,
        f"append, {CLIENTS} clients, single entries": many_clients(1, 8 * SINGLES),
    }
    for what, work in ways.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for values, side in zip(taken, sides, strict=True):
                values.append(rate(side, work))
        file, server = (sorted(values)[ROUNDS // 2] for values in taken)
        lines.append(f"| {what} | {file:,.0f}/s | {server:,.0f}/s | {server / file:.2f} |")
        print(lines[-1], flush=True)
    return lines


def reads(sides: tuple[Side, Side]) -> list[str]:
    """Return a line for each way to read a log of 20,000 entries."""
    found: list[dict[str, float]] = []
    for side in sides:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=log.PLACE) as name:
            where, database, writer = side.opened(Path(name))
            for first in range(0, READ, 4000):
                writer.append([log.entry(number) for number in range(first, first + 4000)])
            database.close()
            reader = store.connect(where, read_only=True)
            found.append({what: log.seconds_of(work) for what, work in looks(reader).items()})
            found[-1]["open for appending"] = log.seconds_of(partial(opened, where))
            reader.close()
    return [
        f"| {what} | {1000 * file:,.1f} ms | {1000 * found[1][what]:,.1f} ms | "
        f"{file / found[1][what]:.2f} |"
        for what, file in found[0].items()
    ]


def opened(where: At) -> None:
    """Open a log for appending, which compares, and close it."""
    database = store.connect(where)
    Writer(database, log.PRIVATE.sign, log.KEY, clock=lambda: 0)
    database.close()


def looks(reader: Store) -> dict[str, Callable[[], object]]:
    """Return what is read, by name."""

    def receipt() -> None:
        with reader.read() as connection:
            signed, size = receipts.newest(connection)
            receipts.receipt(connection, READ // 3, signed, size)

    def listed() -> None:
        with reader.read() as connection:
            list(listing.find(connection, listing.Filters(last=READ // 2), limit=50))

    def whole() -> None:
        with reader.read() as connection:
            if list(check.problems(connection, check.Depth.FULL, anchor=None)):
                sys.exit("the log is not whole")

    return {
        f"receipt served, log of {READ:,}": receipt,
        "list 50": listed,
        f"full check of {READ:,} entries of 1 KiB": whole,
    }


def main() -> int:
    """Measure both; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md anew")
    arguments = parser.parse_args()
    peers = loaded(log.ROOT / "tests" / "peers" / "install.py")
    server_path = peers.installed("postgres")
    if server_path is None:
        sys.exit(f"PostgreSQL is not here; get it: {peers.COMMAND}")
    clusters = loaded(log.ROOT / "tests" / "plugins" / "log" / "cluster.py")
    log.PLACE.mkdir(parents=True, exist_ok=True)
    server = clusters.Cluster.make(server_path.parent)
    try:
        sides = (Side(None), Side(server))
        lines = [*appends(sides), *reads(sides)]
        version = str(server.sql("SHOW server_version")[0][0]).split()[0]
    finally:
        server.remove()
    head = f"| what | SQLite | PostgreSQL {version} | ratio |\n|---|---|---|---|\n"
    table = head + "".join(f"{line}\n" for line in lines)
    print(table)
    if arguments.write:
        log.write("log stores", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
