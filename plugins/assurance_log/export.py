"""Writes the log as C2SP tlog-tiles: what a web server can serve and anyone can check.

The rules, in their order:

1. The checkpoint at the destination must be one that the database confirms: this log's, not of more
   entries, with the root that the database gives for its size. Anything else is refused.
2. A tile that is there already must be the same: those since that checkpoint, the last ones before
   it, and all of them where `compare` is set. A tile of more entries than the database has is
   refused. Nothing is written before all of this held.
3. What is not there is created, and never replaced.
4. The checkpoint is replaced last, in one step, and only the one that was looked at.

So a reader who has a checkpoint finds all tiles of its tree, whenever an export ended; and whoever
changes the destination changes nothing of the log.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from assurance.errors import FormatError, LogError, RefusedError
from assurance.tlog import checkpoint, counted, merkle, note, note_key, tile
from assurance.value import Value
from assurance_log import media, receipts, rows
from assurance_log.tile_plan import LEVELS, Contents, files
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from sqlalchemy.engine import Connection

    from assurance_log.destinations.destination import Destination
    from assurance_log.tile_plan import File

_THREADS: Final = 8
_AHEAD: Final = 32
"""Files read from the database that wait for a thread: at most 16 MiB each."""
_FOLDERS: Final = 16
"""Listings kept."""


class Exported(Value):
    """What an export did."""

    size: int
    """Of the tree that is there now."""
    before: int | None
    """Of the tree that was there; None: none was."""
    written: int
    """Files, with the checkpoint where it changed."""
    compared: int
    """Files that were there and had to be the same."""


def export(
    connection: Connection,
    destination: Destination,
    *,
    compare: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Exported:
    """Bring the destination to the newest checkpoint.

    Args:
        connection: In one read transaction.
        destination: Where to.
        compare: Read back every file that is there, not only the last ones.
        progress: Called with (files done, files in all).

    Raises:
        RefusedError: the destination holds something that this log never had, or has no more.
        LogError: the destination or the database failed, the log has no checkpoint, or another
            export was quicker.
        UsageError: the destination lets nobody in.
    """
    signed, size = receipts.newest(connection)
    contents = Contents(connection, size, checkpoint.read(signed.text).root)
    there = destination.read(media.CHECKPOINT, note.MAX_BYTES + 1)
    before = None if there is None else _confirmed(connection, there, size)
    listing = lru_cache(maxsize=_FOLDERS)(destination.listing)
    _nothing_beyond(listing, size)
    absent, present = _looked_over(
        listing, files(connection, size), since=-1 if compare else before or 0
    )
    done, of = 0, len(absent) + len(present)

    def advanced() -> None:
        nonlocal done
        done += 1
        progress(done, of)

    _each(present, contents, lambda file, data: _same(destination, file, data), advanced)
    _each(absent, contents, lambda file, data: _create(destination, file, data), advanced)
    data = signed.encode()
    if data != there and not destination.publish(data, instead_of=there):
        raise LogError(
            "the checkpoint there was replaced while this export ran",
            remedy="one export at a time; export again",
            where=destination.name,
        )
    return Exported(
        size=size,
        before=before,
        written=len(absent) + (data != there),
        compared=len(present),
    )


def _confirmed(connection: Connection, data: bytes, size: int) -> int:
    """Return the size of the checkpoint at the destination, which the database must confirm."""
    try:
        signed = note.read(data)
        head = checkpoint.read(signed.text)
        keys = [note_key.read(vkey) for _, vkey in rows.vkeys(connection)]
        ours = note.verified(signed, keys)
    except FormatError as err:
        raise _refused(f"what is there as its checkpoint is none: {err.problem}") from err
    origin = rows.origin(connection)
    if head.origin != origin:
        raise _refused(f"it has the checkpoint of another log, {head.origin!r}, not of {origin!r}")
    if not ours:
        raise _refused("its checkpoint is not signed by this log")
    if head.size > size:
        raise _refused(
            f"this log signed a checkpoint of {counted.entries(head.size)} there, and the "
            f"database has one of {size}: it was rolled back, or it is an old copy"
        )
    root = Tree(connection, head.size).root() if head.size else merkle.EMPTY_ROOT
    if head.root != root:
        raise _refused(
            f"this log signed another root for {counted.entries(head.size)} there than the "
            "database gives: the log was forked"
        )
    return head.size


def _refused(problem: str) -> RefusedError:
    return RefusedError(
        f"the destination is not an export of this log: {problem}",
        remedy="nothing was written; keep what is there as evidence, see `assurance log check`, "
        "and export to an empty place",
        where=media.CHECKPOINT,
    )


def _looked_over(
    listing: Callable[[str], Mapping[str, int]], wanted: Iterable[File], *, since: int
) -> tuple[list[File], list[File]]:
    """Return the files that are not there, and those there that must be read back.

    Args:
        listing: Gives what a folder of the destination has.
        wanted: Every file of the tree.
        since: Entries that were exported before; what only these need is not read again, but for
            the last tile of each level.
    """
    absent: list[File] = []
    present: list[File] = []
    for file in wanted:
        folder, _, name = file.path.rpartition("/")
        if name not in listing(folder):
            absent.append(file)
        elif file.needed_from > since - (file.span if file.width == tile.WIDTH else 1):
            present.append(file)
    return absent, present


def _nothing_beyond(listing: Callable[[str], Mapping[str, int]], size: int) -> None:
    """Refuse tiles after the last ones: the database has not the entries for them."""
    for level in (None, *range(LEVELS)):
        full, partial = divmod(size >> (tile.HEIGHT * (level or 0)), tile.WIDTH)
        if level and not full and not partial:
            return
        path = tile.path(level, full)
        folder, _, name = path.rpartition("/")
        found = [f"{folder}/{item}" for item in listing(folder) if item.isdigit() and item >= name]
        found += [
            f"{path}.p/{item}"
            for item in listing(f"{path}.p")
            if item.isdigit() and int(item) > partial
        ]
        if found:
            raise RefusedError(
                f"the destination has tiles of a tree of more than the database's "
                f"{counted.entries(size)}",
                remedy="nothing was written; the database was rolled back, or is an old copy, or "
                "an export of a newer state is running",
                where=min(found),
            )


def _each(
    items: list[File],
    contents: Contents,
    work: Callable[[File, bytes], None],
    advanced: Callable[[], None],
) -> None:
    """Read each file from the database, and do `work` with some at a time."""
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="export") as pool:
        try:
            for file in items:
                if len(waiting) == _AHEAD:
                    waiting.popleft().result()
                    advanced()
                waiting.append(pool.submit(work, file, contents.read(file)))
            while waiting:
                waiting.popleft().result()
                advanced()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _create(destination: Destination, file: File, data: bytes) -> None:
    if not destination.create(file.path, data):
        _same(destination, file, data)


def _same(destination: Destination, file: File, data: bytes) -> None:
    if destination.read(file.path, len(data) + 1) != data:
        raise RefusedError(
            "the destination has another tile under this name than the log",
            remedy="nothing of it was replaced; keep it as evidence, see `assurance log check "
            "--depth full`, and export to an empty place",
            where=file.path,
        )
