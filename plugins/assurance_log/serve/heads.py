"""The tree head that an answer is of: every list and proof says which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import RefusedError
from assurance.tlog import counted
from assurance_log import receipts
from assurance_log.serve.problems import not_found

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from assurance.tlog.note import Note
    from assurance_log.serve.problems import ProblemError


def head(connection: Connection, size: int | None) -> tuple[Note, int]:
    """Return the checkpoint of `size` entries and its size; the newest one for None.

    Raises:
        ProblemError: 404: the log has signed no checkpoint of that size.
        LogError: there is none at all.
    """
    if size is None:
        return receipts.newest(connection)
    try:
        return receipts.at(connection, size), size
    except RefusedError:
        raise no_checkpoint(size) from None


def no_checkpoint(size: int) -> ProblemError:
    """Return the problem that the log has signed no checkpoint of a size, or not yet."""
    return not_found(
        f"the log has no checkpoint of {counted.entries(size)}",
        remedy="list the sizes that there are: /v1/checkpoints",
    )
