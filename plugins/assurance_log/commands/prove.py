"""`assurance log prove`: a receipt for an entry, or the proof that the log only grew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, RefusedError, UsageError
from assurance.tlog import base64_strict, checkpoint, counted, merkle, proof
from assurance_log import receipts, rows
from assurance_log.commands import files, log_server, options
from assurance_log.tree import Tree

if TYPE_CHECKING:
    import argparse

    from sqlalchemy.engine import Connection

    from assurance.cli.terminal import Terminal
    from assurance_log.commands.log_server import LogServer

SUMMARY = "make a receipt again, or prove that the log only grew"

_EPILOG = """\
examples:
  assurance log prove --file evidence/app-1.2.0.intoto.jsonl --out app-1.2.0.tlog-proof
  assurance log prove --index 17
  assurance log prove --from 512 --size 1024
  assurance log prove --file notes.txt --log https://log.example.com --vkey "$VKEY"
exit codes: 0 proven, 1 it is not in the log, or the log did not only grow, 2 usage, 3 the \
database failed, or the server's answer does not hold
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Make the receipt of an entry under the newest checkpoint (or one of --size entries), or "
        "with --from, the consistency proof from an older size: one base64 hash a line. What a log "
        "server (--log https://…) answers is checked before it is shown."
    )
    parser.epilog = _EPILOG
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--index", metavar="N", type=int, help="the entry with this index")
    what.add_argument("--file", metavar="FILE", help="the entry of this file")
    what.add_argument(
        "--from", metavar="N", type=int, dest="old", help="prove growth from N entries on"
    )
    parser.add_argument("--size", metavar="N", type=int, help="under the checkpoint of N entries")
    parser.add_argument("--out", metavar="FILE", help="write here instead of standard output")
    options.configure(parser, asks=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Prove."""
    del terminal
    place = options.place(arguments)
    server = log_server.opened(place, arguments)
    found = _here(place, arguments) if server is None else _there(server, arguments)
    document: dict[str, Any]
    if isinstance(found, proof.TlogProof):
        text = found.encode().decode("utf-8")
        size = checkpoint.read(found.signed_checkpoint.text).size
        document = {"index": found.index, "size": size, "receipt": text}
    else:
        size, hashes = found
        lines = list(map(base64_strict.encode, hashes))
        text = "".join(f"{line}\n" for line in lines)
        document = {"from": arguments.old, "size": size, "hashes": lines}
    if arguments.out is not None:
        files.write(Path(arguments.out), text.encode())
        text = f"Wrote {arguments.out}.\n"
    return Outcome(
        exit=ExitCode.YES, text=text, document={"log": {"url": place.url, "proof": document}}
    )


def _here(
    place: options.Place, arguments: argparse.Namespace
) -> proof.TlogProof | tuple[int, tuple[bytes, ...]]:
    """Return the receipt, or (size, consistency proof), from the log in a database."""
    database = place.reader()
    try:
        with database.read() as connection:
            if arguments.size is None:
                signed, size = receipts.newest(connection)
            else:
                signed, size = receipts.at(connection, arguments.size), arguments.size
            if arguments.old is not None:
                _demand_way(arguments.old, size)
                return size, Tree(connection, size).consistency(arguments.old)
            return receipts.receipt(connection, _index(connection, arguments), signed, size)
    finally:
        database.close()


def _there(
    server: LogServer, arguments: argparse.Namespace
) -> proof.TlogProof | tuple[int, tuple[bytes, ...]]:
    """Return the same from a log server, verified; --from has to be a checkpoint's size, too."""
    client = server.client
    if server.anchor is not None:
        server.head()
    if arguments.old is not None:
        _, head = client.head(arguments.size)
        _demand_way(arguments.old, head.size)
        _, old = client.head(arguments.old)
        return head.size, client.consistency(old, head)
    if arguments.index is not None:
        return client.entry(arguments.index, arguments.size).receipt
    path = Path(arguments.file)
    entry, _ = files.entry_of(path, files.read(path))
    return client.prove(entry, arguments.size)


def _demand_way(old: int, size: int) -> None:
    if not 0 <= old <= size:
        raise UsageError(
            f"there is no way from {old} to {counted.entries(size)}",
            remedy=f"give --from 0 to {size}",
            where="--from",
        )


def _index(connection: Connection, arguments: argparse.Namespace) -> int:
    if arguments.index is not None:
        return int(arguments.index)
    path = Path(arguments.file)
    entry, _ = files.entry_of(path, files.read(path))
    leaf = merkle.leaf_hash(entry)
    found = rows.indexes(connection, [leaf])
    if leaf not in found:
        raise RefusedError(
            "the file is not in the log",
            remedy="append it: assurance log append FILE; or see that it was not changed since",
            where=str(path),
        )
    return found[leaf]
