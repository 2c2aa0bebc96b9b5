"""Looks whether a log is whole: nothing changed, nothing missing, nothing forked.

Three depths. `quick`: tables and triggers, the state, every checkpoint's signature, order and
chain, every witness's line, the newest root, the anchor. `tiles`: every tile and every head's root
as well. `full`: every entry, the index of leaves, the kept contents, the search fields and
SQLite's own pages and indexes as well. Each finding names the row.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from assurance.errors import AssuranceError
from assurance.tlog import checkpoint, counted, note, note_key
from assurance.value import Value
from assurance_log import anchor as anchors
from assurance_log import (
    check_clock,
    check_entries,
    check_indexes,
    check_leaves,
    check_tiles,
    check_types,
    check_witnesses,
    guards,
    rows,
)
from assurance_log.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.engine import Connection

    _Progress = Callable[[int, int], None]


_SINGLE: Final = ("identity", "state")
"""Tables of one row, without which the others cannot be looked at."""


class Depth(StrEnum):
    """How far a check looks."""

    QUICK = "quick"
    TILES = "tiles"
    FULL = "full"


class Problem(Value):
    """One thing that is not as it was written."""

    kind: str
    """`entry`, `tile`, `fork`, `missing-tail`, `key-interval`, `broken-chain`, …"""
    where: str
    """The row, such as `entry 17` or `checkpoint 512`."""
    message: str


def _silent(_done: int, _of: int) -> None:
    """Tell nobody."""


def problems(
    connection: Connection,
    depth: Depth,
    *,
    anchor: anchors.Remembered | None,
    progress: _Progress = _silent,
) -> Iterator[Problem]:
    """Yield what is wrong, in the order of the depths.

    Args:
        connection: In one read transaction: a check sees one moment.
        depth: How far to look.
        anchor: As loaded before the transaction began; None where none is kept.
        progress: Told (entries hashed, of how many) in the `full` depth.

    Raises:
        LogError: the database cannot be read at all.
    """
    changed = guards.changed(connection)
    yield from (Problem(kind="guard", where="schema", message=told) for told in changed)
    if any(told.startswith("the table ") and told.endswith(" is missing") for told in changed):
        return  # there is nothing to read the rest from
    gone = [table for table in _SINGLE if rows.is_empty(connection, table)]
    yield from (Problem(kind="state", where=f"{table} 1", message="it is gone") for table in gone)
    if gone:
        return  # nothing says which log this is, or how far it is
    look = _full if depth is Depth.FULL else _tiles if depth is Depth.TILES else _quick
    try:
        yield from look(connection, anchor, progress)
    except (TypeError, ValueError, ArithmeticError):
        found = [Problem(**told) for told in check_types.problems(connection)]
        if not found:
            raise
        yield from found


def _quick(
    connection: Connection, anchor: anchors.Remembered | None, _progress: _Progress
) -> Iterator[Problem]:
    yield from _history(connection, anchor)
    yield from _newest_root(connection)


def _tiles(
    connection: Connection, anchor: anchors.Remembered | None, _progress: _Progress
) -> Iterator[Problem]:
    yield from _history(connection, anchor)
    yield from (Problem(**found) for found in check_tiles.problems(connection))


def _full(
    connection: Connection, anchor: anchors.Remembered | None, progress: _Progress
) -> Iterator[Problem]:
    """Look at everything; the entries are hashed and the pages looked through meanwhile."""
    with check_leaves.begun(connection) as leaves, check_indexes.begun(connection) as pages:
        yield from _tiles(connection, anchor, progress)
        entries = check_entries.problems(connection, lambda: leaves(progress))
        yield from (Problem(**found) for found in entries)
        yield from (Problem(**found) for found in pages())


def _history(connection: Connection, anchor: anchors.Remembered | None) -> Iterator[Problem]:
    keys = _keys(connection)
    yield from keys.problems
    yield from _checkpoints(connection, keys)
    yield from (Problem(**found) for found in check_clock.problems(connection))
    yield from (Problem(**found) for found in check_witnesses.problems(connection))
    yield from _state(connection)
    if anchor is not None:
        yield from _anchor(connection, anchor)


class _Keys(Value):
    """The log's keys by the tree sizes that each signed."""

    origin: str
    spans: Sequence[tuple[int, note_key.NoteKey]]
    problems: Sequence[Problem]

    def at(self, size: int) -> note_key.NoteKey | None:
        """Return the key whose turn it was at a size."""
        found = None
        for start, key in self.spans:
            if start <= size:
                found = key
        return found


def _keys(connection: Connection) -> _Keys:
    origin = rows.origin(connection)
    spans = []
    found = []
    for start, vkey in rows.vkeys(connection):
        try:
            key = note_key.read(vkey)
        except AssuranceError as err:
            found.append(Problem(kind="key", where=f"log_key {start}", message=err.problem))
            continue
        if key.name != origin:
            message = f"the key is named {key.name}, the log {origin}"
            found.append(Problem(kind="key", where=f"log_key {start}", message=message))
        spans.append((start, key))
    if not spans or spans[0][0] != 0:
        found.append(
            Problem(kind="key", where="log_key 0", message="there is no key for the first sizes")
        )
    return _Keys(origin=origin, spans=spans, problems=found)


def _checkpoints(connection: Connection, keys: _Keys) -> Iterator[Problem]:
    chain = rows.FIRST_CHAIN
    heads = rows.heads(connection)
    head = next(heads, None)
    for stored in rows.checkpoints(connection):
        where = f"checkpoint {stored.size}"
        if stored.chain != rows.chained(chain, stored.note, stored.signed_at):
            yield Problem(
                kind="broken-chain",
                where=where,
                message="its chain hash does not follow from the checkpoint before it",
            )
        chain = stored.chain
        try:
            signed = note.read(stored.note)
        except AssuranceError as err:
            yield Problem(kind="signature", where=where, message=err.problem)
            continue
        yield from _signature(signed, stored.size, keys)
        while head is not None and head[0] < stored.size:
            head = next(heads, None)
        root = head[1] if head is not None and head[0] == stored.size else None
        yield from _said(signed, stored.size, root, keys.origin)


def _signature(signed: note.Note, size: int, keys: _Keys) -> Iterator[Problem]:
    where = f"checkpoint {size}"
    try:
        by = [key for key, _ in note.verified(signed, [key for _, key in keys.spans])]
    except AssuranceError as err:
        yield Problem(kind="signature", where=where, message=err.problem)
        return
    if not by:
        yield Problem(kind="signature", where=where, message="no key of the log signed it")
    elif keys.at(size) not in by:
        yield Problem(
            kind="key-interval",
            where=where,
            message=f"it is signed by {by[0].vkey()}, whose turn it was not",
        )


def _said(signed: note.Note, size: int, root: bytes | None, origin: str) -> Iterator[Problem]:
    """See that a checkpoint says the size that it is kept at, and the root that the tree had."""
    where = f"checkpoint {size}"
    try:
        head = checkpoint.read(signed.text)
    except AssuranceError as err:
        yield Problem(kind="checkpoint", where=where, message=err.problem)
        return
    if head.origin != origin or head.size != size:
        yield Problem(
            kind="checkpoint",
            where=where,
            message=f"it says {head.origin}, {counted.entries(head.size)}; kept as {origin}, "
            f"{size}",
        )
    if root != head.root:
        yield Problem(kind="fork", where=where, message="its root is not the one that the tree had")


def _state(connection: Connection) -> Iterator[Problem]:
    state = rows.state(connection)
    last = rows.end(connection)
    newest = next(rows.checkpoints(connection, newest_first=True), None)
    published = -1 if newest is None else newest.size
    if last != state.size:
        yield Problem(
            kind="missing-tail",
            where=f"entry {last}",
            message=f"the log has {counted.entries(state.size)}, the table ends before {last}",
        )
    if published != state.published:
        yield Problem(
            kind="missing-tail",
            where=f"checkpoint {state.published}",
            message=f"the newest checkpoint is of {counted.entries(published)}, not "
            f"{state.published}"
            if newest is not None
            else "there is no checkpoint",
        )
    if rows.root_of(connection, state.size) is None:
        yield Problem(
            kind="missing-tail", where=f"head {state.size}", message="the newest head is gone"
        )


def _anchor(connection: Connection, remembered: anchors.Remembered) -> Iterator[Problem]:
    try:
        anchors.check(remembered, connection)
    except anchors.BehindAnchorError as err:
        yield Problem(kind="missing-tail", where=str(remembered.path), message=err.problem)
    except anchors.ForkedError as err:
        yield Problem(kind="fork", where=str(remembered.path), message=err.problem)
    except AssuranceError as err:
        yield Problem(kind="anchor", where=str(remembered.path), message=err.problem)


def _newest_root(connection: Connection) -> Iterator[Problem]:
    state = rows.state(connection)
    try:
        root = Tree(connection, state.size).root()
    except (AssuranceError, ValueError) as err:
        yield Problem(kind="tile", where=f"head {state.size}", message=str(err))
        return
    if root != rows.root_of(connection, state.size):
        yield Problem(
            kind="fork",
            where=f"head {state.size}",
            message="its root is not the one that the tiles and entries give",
        )
