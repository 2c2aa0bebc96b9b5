"""`assurance log append FILE...`: into the log, with a receipt for each."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, LogError, UsageError
from assurance.tlog import checkpoint, counted
from assurance_log import documents, receipts
from assurance_log.batches import MAX_BATCH
from assurance_log.commands import files, log_server, options
from assurance_log.commands.append_at_server import receipts_of
from assurance_log.commands.counting import counting

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection

    from assurance.cli.terminal import Terminal
    from assurance.tlog.checkpoint import Checkpoint
    from assurance.tlog.note import Note
    from assurance_log.batches import Appended, Batch
    from assurance_log.commands.log_server import LogServer

SUMMARY = "append files, and write a receipt for each"

_EPILOG = """\
examples:
  assurance log append evidence/app-1.2.0.intoto.jsonl
  assurance log append notes.txt --receipts receipts/
  assurance log append app.intoto.jsonl --log https://log.example.com --trust trust.json
exit codes: 0 logged, 2 usage, 3 not acknowledged (append again: what is logged keeps its index),
            or the disk failed
"""
_BATCH_BYTES: Final = 32 * 1024 * 1024
"""Most of the files' content that is held at a time, but for one file that is larger."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.description = (
        "Append files, up to 4,096 in one transaction. A bundle (*.intoto.jsonl) is logged by its "
        "digest and kept for `log list`; another file is its own entry up to 65,535 bytes, and is "
        "logged by its digest and kept beyond. A file that is in the log already keeps its index. "
        "The command ends well only when a durable, signed checkpoint covers every file. At a log "
        "server (--log https://…) the same, with no key of the log: each receipt is checked with "
        "the vkey or trust file before it is written, and what was not answered is sent again."
    )
    parser.epilog = _EPILOG
    parser.add_argument("files", metavar="FILE", nargs="+", help="what to append")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--receipts", metavar="DIR", help="folder for the receipts (default: beside each file)"
    )
    where.add_argument(
        "--no-receipts",
        action="store_true",
        help="write none; `assurance log prove` makes one later",
    )
    options.configure(parser, writes=True, asks=True)


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Append, prove, write the receipts: one batch after the other."""
    place = options.place(arguments)
    paths = [Path(name) for name in arguments.files]
    server = log_server.opened(place, arguments)
    targets = None if arguments.no_receipts else _targets(paths, arguments.receipts)
    for path in paths:
        if path.is_dir() or not path.exists():
            files.read(path)  # says what is wrong, before anything is logged
    appended: list[dict[str, Any]] = []
    if server is None:
        signed, size = _here(place, paths, targets, appended, terminal)
    else:
        signed, size = _there(server, paths, targets, appended, terminal)
    return Outcome(
        exit=ExitCode.YES,
        text=terminal.fit(
            "".join(
                f"{terminal.symbol('PASS')} {escape(item['file'])}: entry {item['index']}"
                + ("" if item["receipt"] is None else f", receipt {escape(item['receipt'])}")
                + "\n"
                for item in appended
            )
            + f"The log has {counted.entries(size)}.\n"
        ),
        document={
            "log": {
                "url": place.url,
                "checkpoint": documents.described(signed),
                "appended": appended,
            }
        },
    )


def _here(
    place: options.Place,
    paths: Sequence[Path],
    targets: Sequence[Path] | None,
    appended: list[dict[str, Any]],
    terminal: Terminal,
) -> tuple[Note, int]:
    """Append to the log in a database; return the last checkpoint and its size."""
    database, writer = place.writer()
    for told in database.weaknesses():
        terminal.note(f"assurance: {told}")
    done: Appended | None = None
    try:
        with counting(terminal, "logged") as progress:
            handed_in: deque[list[Path]] = deque()
            for done in writer.append_each(_given(_batches(paths), handed_in)):
                part = [
                    {"file": str(path), "index": index, "receipt": None}
                    for path, index in zip(handed_in.popleft(), done.indexes, strict=True)
                ]
                if targets is not None:
                    with database.read() as connection:
                        _write_each(connection, done, targets[len(appended) :], part)
                appended += part
                progress(len(appended), len(paths))
    finally:
        database.close()
    if done is None:  # argparse wants at least one file
        raise _nothing()
    return done.checkpoint, done.size


def _there(
    server: LogServer,
    paths: Sequence[Path],
    targets: Sequence[Path] | None,
    appended: list[dict[str, Any]],
    terminal: Terminal,
) -> tuple[Note, int]:
    """Append at a log server; return the checkpoint that covers all of it, and its size."""
    if server.anchor is not None:
        server.head()  # nothing is appended to a log that was rolled back
    last: Note | None = None
    covered: set[Checkpoint] = set()
    with counting(terminal, "logged") as progress:
        for path, receipt in receipts_of(server.client, paths, terminal):
            item = {"file": str(path), "index": receipt.index, "receipt": None}
            if targets is not None:
                _write(item, targets[len(appended)], receipt.encode())
            appended.append(item)
            last = receipt.signed_checkpoint
            covered.add(checkpoint.read(last.text))
            progress(len(appended), len(paths))
    if last is None:  # argparse wants at least one file
        raise _nothing()
    if server.anchor is None:
        return last, checkpoint.read(last.text).size
    signed, head = server.head()
    for each in covered:  # one log gave all of the receipts
        server.client.consistency(each, head)
    return signed, head.size


def _nothing() -> UsageError:
    return UsageError("there is no file to append", remedy="give one")


def _given(
    batches: Iterable[list[tuple[Path, bytes, bytes | None]]], handed_in: deque[list[Path]]
) -> Iterator[Batch]:
    """Yield batches as the writer takes them, and put the files' paths into `handed_in`."""
    for batch in batches:
        handed_in.append([path for path, _, _ in batch])
        contents = [content for _, _, content in batch if content is not None]
        yield [entry for _, entry, _ in batch], contents


def _write_each(
    connection: Connection, done: Appended, targets: Sequence[Path], part: list[dict[str, Any]]
) -> None:
    """Write the receipts of what was appended, and say in `part` where they are."""
    made = receipts.each(connection, done.indexes, done.checkpoint, done.size)
    for item, target, receipt in zip(part, targets, made, strict=False):
        _write(item, target, receipt.encode())


def _write(item: dict[str, Any], target: Path, receipt: bytes) -> None:
    """Write one receipt, and say in `item` where it is.

    Raises:
        UsageError: it cannot be written there; the file is logged all the same.
        LogError: the disk is full, or failed; the same.
    """
    try:
        files.write(target, receipt)
    except (UsageError, LogError) as err:
        told = f"{item['file']} is logged as entry {item['index']}, and its receipt is not there"
        raise type(err)(f"{told}: {err.problem}", remedy=err.remedy, where=err.where) from err
    item["receipt"] = str(target)


def _targets(paths: Sequence[Path], folder: str | None) -> list[Path]:
    """Return where each receipt goes, before anything is appended.

    Raises:
        UsageError: two receipts would have one place, or the folder cannot be made.
    """
    if folder is None:
        targets = [files.receipt_path(path) for path in paths]
    else:
        targets = [Path(folder) / files.receipt_path(path).name for path in paths]
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise UsageError(
                f"the folder for the receipts cannot be made: {err.strerror}",
                remedy="give another --receipts",
                where=folder,
            ) from err
    taken: dict[Path, Path] = {}
    for path, target in zip(paths, targets, strict=True):
        if taken.setdefault(target, path) != path:
            raise UsageError(
                f"the receipts of {taken[target]} and {path} would both be {target}",
                remedy="append them with a --receipts folder for each",
            )
    return targets


def _batches(paths: Sequence[Path]) -> Iterator[list[tuple[Path, bytes, bytes | None]]]:
    """Read the files, and yield them as (path, entry, content) in batches that a writer takes."""
    batch: list[tuple[Path, bytes, bytes | None]] = []
    size = 0
    for path in paths:
        data = files.read(path)
        if batch and (len(batch) == MAX_BATCH or size + len(data) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((path, *files.entry_of(path, data)))
        size += len(data)
    yield batch
