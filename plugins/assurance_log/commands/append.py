"""`assurance log append FILE...`: into the log, with a receipt for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode
from assurance_log import receipts
from assurance_log.commands import files, options

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "append files, and write a receipt for each"

_EPILOG = """\
examples:
  assurance log append evidence/app-1.2.0.intoto.jsonl
  assurance log append notes.txt --receipts receipts/
exit codes: 0 logged, 2 usage, 3 not acknowledged (append again: what is logged keeps its index)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Append files in one batch. A bundle (*.intoto.jsonl) is logged by its digest and kept for "
        "`log list`; another file is its own entry up to 65,535 bytes, and is logged by its digest "
        "and kept beyond. A file that is in the log already keeps its index. The command ends well "
        "only when a durable, signed checkpoint covers every file."
    )
    parser.epilog = _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="what to append")
    parser.add_argument(
        "--receipts", metavar="DIR", help="folder for the receipts (default: beside each file)"
    )
    options.configure(parser, writes=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Append, prove, write the receipts."""
    place = options.place(arguments)
    paths = [Path(name) for name in arguments.files]
    entries = [files.entry_of(path, files.read(path, "the file")) for path in paths]
    database, writer = place.writer()
    try:
        done = writer.append(
            [entry for entry, _ in entries],
            contents=[content for _, content in entries if content is not None],
        )
        with database.read() as connection:
            proofs = [
                receipts.receipt(connection, index, done.checkpoint, done.size)
                for index in done.indexes
            ]
    finally:
        database.close()
    written = []
    for path, proof in zip(paths, proofs, strict=True):
        target = files.receipt_path(path)
        if arguments.receipts is not None:
            folder = Path(arguments.receipts)
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / target.name
        files.write(target, proof.encode())
        written.append(target)
    rows = list(zip(paths, done.indexes, written, strict=True))
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit(
            "".join(
                f"{terminal.symbol('PASS')} {escape(str(path))}: entry {index}, "
                f"receipt {escape(str(target))}\n"
                for path, index, target in rows
            )
            + f"The log has {done.size} entries.\n"
        ),
        document={
            "log": {
                "url": place.url,
                "checkpoint": options.described(done.checkpoint),
                "appended": [
                    {"file": str(path), "index": index, "receipt": str(target)}
                    for path, index, target in rows
                ],
            }
        },
    )
