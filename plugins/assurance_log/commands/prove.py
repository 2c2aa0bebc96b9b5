"""`assurance log prove`: a receipt for an entry, or the proof that the log only grew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, RefusedError, UsageError
from assurance.tlog import base64_strict, merkle
from assurance_log import receipts, rows
from assurance_log.commands import files, options
from assurance_log.tree import Tree

if TYPE_CHECKING:
    import argparse

    from sqlalchemy.engine import Connection

    from assurance.cli.terminal import Terminal

SUMMARY = "make a receipt again, or prove that the log only grew"

_EPILOG = """\
examples:
  assurance log prove --file evidence/app-1.2.0.intoto.jsonl --out app-1.2.0.tlog-proof
  assurance log prove --index 17
  assurance log prove --from 512 --size 1024
exit codes: 0 proven, 1 it is not in the log, 2 usage, 3 the database failed
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Make the receipt of an entry under the newest checkpoint (or one of --size entries), or "
        "with --from, the consistency proof from an older size: one base64 hash a line."
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
    options.configure(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Prove."""
    del terminal
    place = options.place(arguments)
    database = place.reader()
    try:
        with database.read() as connection:
            if arguments.size is None:
                signed, size = receipts.newest(connection)
            else:
                signed, size = receipts.at(connection, arguments.size), arguments.size
            if arguments.old is not None:
                if not 0 <= arguments.old <= size:
                    raise UsageError(
                        f"there is no way from {arguments.old} to {size} entries",
                        remedy=f"give --from 0 to {size}",
                        where="--from",
                    )
                proof = list(
                    map(base64_strict.encode, Tree(connection, size).consistency(arguments.old))
                )
                text = "".join(f"{line}\n" for line in proof)
                document = {"from": arguments.old, "size": size, "hashes": proof}
            else:
                index = _index(connection, arguments)
                receipt = receipts.receipt(connection, index, signed, size)
                text = receipt.encode().decode("utf-8")
                document = {"index": index, "size": size, "receipt": text}
    finally:
        database.close()
    if arguments.out is not None:
        files.write(Path(arguments.out), text.encode())
        text = f"Wrote {arguments.out}.\n"
    return Outcome(
        exit=ExitCode.YES, text=text, document={"log": {"url": place.url, "proof": document}}
    )


def _index(connection: Connection, arguments: argparse.Namespace) -> int:
    if arguments.index is not None:
        return int(arguments.index)
    path = Path(arguments.file)
    entry, _ = files.entry_of(path, files.read(path, "the file"))
    leaf = merkle.leaf_hash(entry)
    found = rows.indexes(connection, [leaf])
    if leaf not in found:
        raise RefusedError(
            "the file is not in the log",
            remedy="append it: assurance log append FILE; or see that it was not changed since",
            where=str(path),
        )
    return found[leaf]
