"""Which checkpoints count: signed by a log that is trusted, first, and as its witnesses demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assurance import receipt as receipts
from assurance.errors import FormatError
from assurance.tlog import checkpoint, note, note_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.tlog.policy import TlogPolicy
    from assurance.trust import TrustedLog

Trusted = Callable[[note.Note], checkpoint.Checkpoint]
"""Returns the checkpoint of a note that is signed as it must be; raises one of our errors for
another."""


def trusted_by_vkey(*vkeys: str) -> Trusted:
    """Return the check of checkpoints that one of these log keys signed first.

    Raises:
        FormatError: one is no vkey, or a witness's.
    """
    keys = [note_key.read(vkey) for vkey in vkeys]
    if any(key.kind == note_key.COSIGNATURE for key in keys):
        raise FormatError("the vkey is a witness's (type 4)", remedy="give the log's own vkey")

    def check(signed: note.Note) -> checkpoint.Checkpoint:
        head = checkpoint.read(signed.text)
        by = note.verified(signed, keys)
        if not by or not note.leads(signed, by[0][1]) or by[0][0].name != head.origin:
            raise FormatError(
                f"the checkpoint of {head.origin[:80]!r} is not signed by the log's key",
                remedy="compare the vkey with the log's: assurance log keys",
            )
        return head

    return check


def trusted_by_policy(policy: TlogPolicy) -> Trusted:
    """Return the check of checkpoints that a log of the policy signed and its quorum has seen."""
    return lambda signed: policy.check(signed).checkpoint


def trusted_by_logs(logs: Sequence[TrustedLog]) -> Trusted:
    """Return the check of checkpoints of a trust file's logs: keys, their sizes, the quorum."""
    return lambda signed: receipts.trusted(signed, logs).checkpoint


def of_origin(trusted: Trusted, origin: str | None) -> Trusted:
    """Return the same check, for one log alone; None: for any that is trusted."""

    def check(signed: note.Note) -> checkpoint.Checkpoint:
        head = trusted(signed)
        if origin is not None and head.origin != origin:
            raise FormatError(
                f"the server keeps the log {head.origin}, the settings name {origin}",
                remedy="correct `origin` or `url` in [log]",
            )
        return head

    return check
