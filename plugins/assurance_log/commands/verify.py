"""`assurance log verify`: a file and its receipt, without the log and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import bounded_file, trust_file
from assurance import receipt as receipts
from assurance.cli.command import Outcome
from assurance.errors import ExitCode, UsageError
from assurance.tlog import merkle, note_key, policy, proof
from assurance_log import documents
from assurance_log.commands import files, options
from assurance_log.trusting import trusted_by_logs

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "check a file's receipt, offline"

_EPILOG = """\
examples:
  assurance log verify evidence/app-1.2.0.intoto.jsonl --trust trust.json
  assurance log verify notes.txt --vkey example.com/log+1a2b3c4d+AZ...
  assurance log verify notes.txt --trust trust.json --log https://log.example.com
exit codes: 0 it is in the log, 1 it is not shown, 2 usage, 3 the log server does not answer
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Check that a receipt shows a file in a log that you trust: the log's signature, the "
        "witnesses' signatures that the trust file or policy demands, and the inclusion proof. "
        "Reads files and nothing else, unless --log names a log server to take the receipt from; "
        "nothing that it answers is believed."
    )
    parser.epilog = _EPILOG
    parser.add_argument("file", metavar="FILE", help="what was appended")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--receipt", metavar="FILE", help="its receipt (default: the .tlog-proof beside it)"
    )
    where.add_argument(
        "--log", metavar="URL", help="take the receipt from this log server instead, now"
    )
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--trust", metavar="FILE", help="the logs of this trust file")
    whom.add_argument("--vkey", metavar="VKEY", help="the log with this key, without witnesses")
    whom.add_argument("--policy", metavar="FILE", help="the logs and witnesses of a tlog-policy")


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Check."""
    path = Path(arguments.file)
    entry, _ = files.entry_of(path, files.read(path))
    receipt = proof.read(_receipt(arguments, path, entry))
    head = receipt.includes(merkle.leaf_hash(entry))
    seen: list[tuple[str, int]]
    if arguments.trust is not None:
        known = trust_file.load(arguments.trust)
        seen = list(receipts.trusted(receipt.signed_checkpoint, known.logs).witnessed)
    else:
        seen = list(_policy(arguments).check(receipt.signed_checkpoint).witnessed)
    document: dict[str, Any] = {
        "index": receipt.index,
        "checkpoint": documents.described(receipt.signed_checkpoint),
        "witnesses": [{"name": name, "at": documents.when(at)} for name, at in seen],
    }
    lines = [
        f"{terminal.symbol('PASS')} entry {receipt.index} of {head.size} in {head.origin}",
        *(f"  witnessed by {name} at {documents.when(at)}" for name, at in seen),
    ]
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit("\n".join(lines) + "\n"),
        document={"log": document},
    )


def _receipt(arguments: argparse.Namespace, path: Path, entry: bytes) -> bytes:
    """Return the receipt's bytes, of which nothing is checked yet."""
    if arguments.log is None:
        where = Path(arguments.receipt) if arguments.receipt else files.receipt_path(path)
        return bounded_file.read_file(where, what="the receipt", limit=proof.MAX_BYTES)
    from assurance_log.client import LogClient

    if arguments.log.partition(":")[0] not in options.SERVERS:
        raise UsageError(
            "a receipt is taken from a log server",
            remedy="give --log https://…; of a log in a database: assurance log prove --file FILE",
            where="--log",
        )
    return LogClient(arguments.log, trusted_by_logs(())).receipt_as_sent(entry)


def _policy(arguments: argparse.Namespace) -> policy.TlogPolicy:
    if arguments.policy is not None:
        path = Path(arguments.policy)
        return policy.read(
            bounded_file.read_file(path, what="the policy", limit=policy.MAX_BYTES),
            where=str(path),
        )
    key = note_key.read(arguments.vkey)
    if key.kind == note_key.COSIGNATURE:
        raise UsageError("the vkey is a witness's", remedy="give the log's vkey", where="--vkey")
    return policy.TlogPolicy(
        logs=(policy.PolicyLog(key=key),), witnesses=(), groups=(), quorum=policy.NONE
    )
