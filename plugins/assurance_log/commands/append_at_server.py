"""`assurance log append --log https://…`: the same files, through a log server.

Plain files go in batches, bundles one at a time, because the server keeps them. Each receipt is
checked before it is written; a request whose answer was lost is sent again, and the log keeps the
index of what it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.cli.terminal import escape
from assurance_log.commands import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from assurance.cli.terminal import Terminal
    from assurance.tlog.proof import TlogProof
    from assurance_log.client import LogClient

_BATCH: Final = 512
_BATCH_BYTES: Final = 4 * 1024 * 1024
"""What is sent at once: a server gives a request some seconds."""


def receipts_of(
    client: LogClient, paths: Sequence[Path], terminal: Terminal
) -> Iterator[tuple[Path, TlogProof]]:
    """Append the files in order, and yield the verified receipt of each as it is acknowledged.

    Raises:
        UsageError: a file cannot be read.
        LogError: not acknowledged, or with a receipt that does not hold; what was yielded is.
    """
    waiting: list[tuple[Path, bytes]] = []
    size = 0
    for path in paths:
        data = files.read(path)
        entry, content = files.entry_of(path, data)
        is_bundle = path.name.endswith(files.BUNDLE_SUFFIX)
        if waiting and (is_bundle or len(waiting) == _BATCH or size + len(entry) > _BATCH_BYTES):
            yield from _sent(client, waiting)
            waiting, size = [], 0
        if is_bundle:
            yield path, client.append_bundle(data)
            continue
        if content is not None:
            terminal.note(
                f"assurance: {escape(str(path))} is logged by its digest, and a log server keeps "
                "bundles only: keep the file"
            )
        waiting.append((path, entry))
        size += len(entry)
    if waiting:
        yield from _sent(client, waiting)


def _sent(
    client: LogClient, waiting: Sequence[tuple[Path, bytes]]
) -> Iterator[tuple[Path, TlogProof]]:
    made = client.append_batch([entry for _, entry in waiting])
    for (path, _), receipt in zip(waiting, made, strict=True):
        yield path, receipt
