"""Goes through the history that a log server streams, and believes nothing of it.

Every entry is hashed here; at each checkpoint the root has to come out that its signed note
names. A connection that is lost is taken up again after the last checkpoint that held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json, timestamps
from assurance.errors import AssuranceError, LogError
from assurance.tlog import base64_strict, counted, merkle, note
from assurance_log.replay import Replayed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.tlog.checkpoint import Checkpoint
    from assurance_log.http_transport import Transport
    from assurance_log.trusting import Trusted

__all__ = ["Replayed", "replayed"]

_MAX_LINE: Final = 2 * 1024 * 1024
_LOSSES: Final = 5
"""How often the stream may end too soon with no checkpoint in between."""


class _WrongError(Exception):
    """What the server streams is not the log's history."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def replayed(transport: Transport, trusted: Trusted, end: Checkpoint) -> Iterator[Replayed]:
    """Yield every checkpoint up to `end`, with what the entries before it give.

    Memory does not grow with the log. After one with a problem there is no further one.

    Args:
        transport: To the server.
        trusted: Says which checkpoints count.
        end: The verified one where the history has to arrive.

    Raises:
        LogError: no answer, or one that ends too soon again and again.
    """
    known = merkle.Frontier(0, ())
    told, losses, seen = -1, 0, known.copy()
    while losses < _LOSSES and told < end.size:
        losses += 1
        path = f"/v1/replay?to={end.size}" + (f"&from={known.size}" if known.size else "")
        seen = known.copy()
        try:
            for found in _checkpoints(transport.lines(path, most=_MAX_LINE), trusted, seen):
                if found.problem is not None:
                    yield found
                    return
                if found.size <= told:  # the empty tree's, seen before a connection was lost
                    continue
                yield found
                known, told, losses = seen.copy(), found.size, 0
        except _WrongError as err:
            yield Replayed(size=seen.size, root=seen.root(), signed_at=None, problem=err.problem)
            return
    if told < end.size:
        raise LogError(
            f"the history ends at {counted.entries(max(told, 0))}, and the log has signed "
            f"{end.size}",
            remedy="run it again; if it ends there again, tell the log's operator",
            where=transport.url,
        )
    if known.root() != end.root:
        yield Replayed(
            size=end.size,
            root=known.root(),
            signed_at=None,
            problem="the newest checkpoint says another root than the entries give",
        )


def _checkpoints(
    lines: Iterator[bytes], trusted: Trusted, seen: merkle.Frontier
) -> Iterator[Replayed]:
    """Yield each checkpoint when its entries have come; `seen` grows by them."""
    waiting: tuple[Checkpoint, int | None] | None = None
    for line in lines:
        document = _document(line)
        kind = document.get("type")
        if kind == "checkpoint":
            if waiting is not None:
                raise _WrongError(f"entry {seen.size} is missing")
            waiting = _head(document, trusted), _time(document.get("signed_at"))
        elif kind == "entry" and waiting is not None:
            seen.append(merkle.leaf_hash(_entry(document, seen.size)))
        elif kind not in {"log", "end"}:
            raise _WrongError(f"a line of the kind {str(kind)[:40]!r} has no place there")
        if waiting is None or waiting[0].size > seen.size:
            continue
        head, signed_at = waiting
        root = seen.root()
        problem = None
        if head.size < seen.size:
            problem = f"it comes after entry {seen.size - 1}, which it does not cover"
        elif head.root != root:
            problem = "it says another root than the entries give"
        yield Replayed(size=head.size, root=root, signed_at=signed_at, problem=problem)
        waiting = None


def _document(line: bytes) -> dict[str, Any]:
    try:
        found = strict_json.loads(line, what="a line of the history")
    except AssuranceError as err:
        raise _WrongError(err.problem) from err
    if not isinstance(found, dict):
        raise _WrongError("a line of the history is no JSON object")
    return found


def _head(document: dict[str, Any], trusted: Trusted) -> Checkpoint:
    text = document.get("note")
    if not isinstance(text, str):
        raise _WrongError("a checkpoint has no signed note")
    try:
        return trusted(note.read(text.encode("utf-8", "replace")))
    except AssuranceError as err:
        raise _WrongError(f"the next checkpoint does not hold: {err.problem}") from err


def _entry(document: dict[str, Any], index: int) -> bytes:
    text = document.get("entry")
    body = base64_strict.decode(text) if isinstance(text, str) else None
    if body is None or document.get("index") != index:
        raise _WrongError(f"entry {index} is missing or no canonical base64")
    return body


def _time(found: object) -> int | None:
    """Return the log's own time of a checkpoint, which is informative; None for what is none."""
    try:
        return int(timestamps.parse(found, what="").timestamp()) if isinstance(found, str) else None
    except AssuranceError:
        return None
