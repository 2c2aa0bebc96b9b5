"""Whose turn it is to sign: each of a log's keys signs the trees of its own sizes.

A key may be entered before its first size is reached. Until then the one before it signs. What a
batch makes is signed by the key of the size that it leads to, and a batch that leads into another
key's turn is refused before it is committed: nobody would be there to sign it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import LogError
from assurance.tlog import counted
from assurance_log import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from assurance.tlog import note_key


class TurnError(LogError):
    """A key of the log may not sign the size that is to be signed; nothing was signed with it."""


def demand_key(connection: Connection, key: note_key.NoteKey, *, after: int) -> None:
    """See that a key is the log's, under the log's name, and that its turn is not over.

    Args:
        connection: In a transaction.
        key: Which one.
        after: Size of the newest signed checkpoint; -1 before the first.

    Raises:
        LogError: it is another log's.
        TurnError: it signs no size after that one.
    """
    spans = rows.vkeys(connection)
    if key.vkey() not in [vkey for _, vkey in spans]:
        raise LogError(
            f"the key is not the log's: it is {key.vkey()}, the log's is "
            f"{spans[-1][1] if spans else 'none'}",
            remedy="give the log's own key; a log never changes its key in silence",
        )
    if rows.origin(connection) != key.name:
        raise LogError(
            f"the database calls itself {rows.origin(connection)}, its key {key.name}",
            remedy="see what was changed: assurance log check",
        )
    later = [vkey for start, vkey in spans if start > after + 1]
    if key.vkey() not in [_of(spans, after + 1), *later]:
        raise _turn(spans, key, after + 1)


def demand(connection: Connection, key: note_key.NoteKey, size: int) -> None:
    """See that a key signs the tree of this size.

    Raises:
        TurnError: it is another key's turn.
    """
    spans = rows.vkeys(connection)
    if _of(spans, size) != key.vkey():
        raise _turn(spans, key, size)


def ours(
    connection: Connection, key: note_key.NoteKey, published: int, wanted: int
) -> Sequence[tuple[int, bytes]]:
    """Return the heads (size, root) that wait, up to the first one that another key signs.

    Args:
        connection: In a transaction.
        key: Which one.
        published: Size of the newest signed checkpoint; -1 before the first.
        wanted: Size that has to be covered; where it is, no head is returned.

    Raises:
        TurnError: another key signs the first of them.
    """
    waiting = rows.heads_after(connection, published) if published < wanted else ()
    spans = rows.vkeys(connection) if waiting else ()
    for number, (size, _) in enumerate(waiting):
        if _of(spans, size) != key.vkey():
            if not number:
                raise _turn(spans, key, size)
            return waiting[:number]
    return waiting


def _of(spans: Sequence[tuple[int, str]], size: int) -> str | None:
    return next((vkey for start, vkey in reversed(spans) if start <= size), None)


def _turn(spans: Sequence[tuple[int, str]], key: note_key.NoteKey, size: int) -> TurnError:
    wanted = _of(spans, size)
    if wanted is None:
        return TurnError(
            f"the log has no key for a tree of {counted.entries(size)}",
            remedy="see what was changed: assurance log check",
        )
    start = max(start for start, vkey in spans if vkey == wanted and start <= size)
    return TurnError(
        f"a tree of {counted.entries(size)} is signed by the log's key {wanted}, whose turn begins "
        f"at {start}; the key given is {key.vkey()}",
        remedy="give that key (--key, or `log` in [sign]); a batch that leads into another key's "
        "turn is appended in parts, each with its own key",
    )
