"""Measure the log server beside Tessera's POSIX log, both under one load generator.

Run it with `tox run -e benchmarks-log-server`. 64 connections send entries of 1 KiB as fast as they
are answered: one entry a request, or (ours only) 256. Tessera answers when an entry is integrated,
and signs every second; ours answers when a signed checkpoint covers it, with its receipt. The
sides take turns, the figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
TESSERA = ROOT / ".cache" / "peers" / "bin" / "posix"
ORIGIN = "bench.example/log"
CLIENTS, ENTRY, BATCH = 64, 1024, 256
LEAST_ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a load gave."""

    rate: float
    """Answers a second."""
    p50: float
    """Milliseconds."""
    p99: float


async def _client(
    address: tuple[str, int], make: Callable[[], bytes], end: float, taken: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    try:
        while (start := time.perf_counter()) < end:
            writer.write(make())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                body = await reader.read(300)
                sys.exit(f"not answered: {head!r} {body!r}")
            lower = head.lower()
            at = lower.find(b"content-length:")
            if at < 0:
                sys.exit(f"an answer without length: {head!r}")
            await reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
            taken.append(time.perf_counter() - start)
    finally:
        writer.close()


def load(address: tuple[str, int], make: Callable[[], bytes], seconds: float) -> Load:
    """Send requests over 64 connections for some seconds."""

    async def run() -> tuple[list[float], float]:
        taken: list[float] = []
        start = time.perf_counter()
        clients = (_client(address, make, start + seconds, taken) for _ in range(CLIENTS))
        await asyncio.gather(*clients)
        return taken, time.perf_counter() - start

    taken, lasted = asyncio.run(run())
    cuts = statistics.quantiles(taken, n=100)
    return Load(rate=len(taken) / lasted, p50=1000 * cuts[49], p99=1000 * cuts[98])


def get(path: Callable[[], str]) -> Callable[[], bytes]:
    """Return what makes GET requests."""

    def make() -> bytes:
        return f"GET {path()} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    return make


def post(path: str, media_type: str, body: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return what makes POST requests."""

    def make() -> bytes:
        data = body()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    return make


def entry() -> bytes:
    """Return an entry that nobody had before."""
    return os.urandom(ENTRY)


def batch() -> bytes:
    """Return a batch of them."""
    texts = [base64.b64encode(entry()).decode() for _ in range(BATCH)]
    return json.dumps({"entries": texts}).encode()


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[tuple[str, int]]:
    """Run our server with a log of its own."""
    command = (sys.executable, "-m", "assurance", "log")
    anchor = ("--anchor", "anchor")
    subprocess.run(
        [*command, "init", "--origin", ORIGIN, *anchor], cwd=folder, check=True, capture_output=True
    )
    with (folder / "events").open("w+") as events:
        process = subprocess.Popen(
            [*command, "serve", "--port", "0", "--rate", "0", *anchor],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=events,
        )
        try:
            while not (line := (folder / "events").read_text().partition("\n")[0]):
                time.sleep(0.05)
            yield "127.0.0.1", int(json.loads(line)["url"].rpartition(":")[2])
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def tessera(folder: Path, port: int = 18_788) -> Iterator[tuple[str, int]]:
    """Run Tessera's server with a log of its own."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from assurance.tlog import note_key

    seed = b"k" * 32
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key = note_key.from_public(ORIGIN, note_key.ED25519, private.public_key().public_bytes_raw())
    text = base64.b64encode(b"\x01" + seed).decode()
    (folder / "key").write_text(f"PRIVATE+KEY+{ORIGIN}+{key.key_hash.hex()}+{text}")
    process = subprocess.Popen(
        [
            *(str(TESSERA), f"--storage_dir={folder / 'tiles'}"),
            *(f"--listen=127.0.0.1:{port}", f"--private_key={folder / 'key'}"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait()


def line(what: str, found: list[Load], unit: str, factor: int = 1) -> str:
    """Return a line of the table: medians over the rounds."""
    rate = statistics.median(item.rate for item in found) * factor
    p50 = statistics.median(item.p50 for item in found)
    p99 = statistics.median(item.p99 for item in found)
    return f"| {what} | {rate:,.0f} {unit}/s | {p50:,.1f} ms | {p99:,.1f} ms |"


def measured(rounds: int, seconds: float) -> list[str]:
    """Return the lines of the table."""
    single: dict[str, list[Load]] = {"ours": [], "tessera": []}
    batches: list[Load] = []
    reads: dict[str, list[Load]] = {name: [] for name in READS}
    octets = "application/octet-stream"
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name, ours(Path(name)) as address:
            single["ours"].append(load(address, post("/v1/entries", octets, entry), seconds))
            batches.append(load(address, post("/v1/batches", "application/json", batch), seconds))
            for what, path in READS.items():
                reads[what].append(load(address, get(path), seconds))
        if TESSERA.is_file():
            with tempfile.TemporaryDirectory() as name, tessera(Path(name)) as address:
                single["tessera"].append(load(address, post("/add", octets, entry), seconds))
    lines = [
        line("one entry a request, ours", single["ours"], "entries"),
        *(
            [line("one entry a request, Tessera POSIX", single["tessera"], "entries")]
            if single["tessera"]
            else []
        ),
        line(f"{BATCH} entries a request, ours", batches, "entries", BATCH),
    ]
    return lines + [line(f"{what}, ours", found, "answers") for what, found in reads.items()]


_PICKS = random.Random(7)
READS: dict[str, Callable[[], str]] = {
    "a full tile": lambda: "/tile/0/000",
    "a receipt": lambda: f"/v1/proofs/receipt?index={_PICKS.randrange(256)}",
    "a page of 50 entries": lambda: "/v1/entries",
}


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    if arguments.rounds < LEAST_ROUNDS:
        parser.error(f"a median takes {LEAST_ROUNDS} rounds or more")
    if not TESSERA.is_file():
        print("Tessera is not here: python tests/peers/install.py", file=sys.stderr)
    print(f"{CLIENTS} connections, entries of {ENTRY} bytes, {os.cpu_count()} cores\n")
    print("| what | rate | p50 | p99 |\n|---|---|---|---|")
    print("\n".join(measured(arguments.rounds, arguments.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
