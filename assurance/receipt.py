"""Receipts as `verify` reads them: is this bundle in a log that the trust file names?

The answer is also the only *proven time* there is without an RFC 3161 token: the witnesses'
signatures over a checkpoint that includes the bundle (design section 5).
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from assurance.errors import FormatError, RefusedError
from assurance.log_entry import entry
from assurance.tlog import checkpoint, counted, merkle, note, note_key, proof
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.trust_model import LogKey, TrustedLog

_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


class Witnessed(Value):
    """A checkpoint that a trusted log signed and enough witnesses have seen."""

    checkpoint: checkpoint.Checkpoint
    witnessed: tuple[tuple[str, int], ...]
    """(witness, seconds since 1970 UTC), in the note's order."""
    proven_at: datetime | None
    """By when the checkpoint existed, believing no fewer witnesses than the quorum; None
    where the trust file asks for none."""


class Proven(Value):
    """Where a bundle is logged."""

    origin: str
    index: int
    size: int
    """Of the checkpoint's tree."""
    proven_at: datetime | None
    """UTC; see `Witnessed`."""
    witnesses: tuple[str, ...]


def check(bundle: bytes, receipt: bytes, logs: Sequence[TrustedLog]) -> Proven:
    """Check a bundle's receipt against the trust file's logs, offline.

    Raises:
        FormatError: the receipt is malformed, or does not prove this bundle.
        RefusedError: another log, a key out of its interval, or too few witnesses.
    """
    read = proof.read(receipt)
    head = read.includes(merkle.leaf_hash(entry(sha256(bundle).hexdigest())))
    seen = trusted(read.signed_checkpoint, logs)
    return Proven(
        origin=head.origin,
        index=read.index,
        size=head.size,
        proven_at=seen.proven_at,
        witnesses=tuple(name for name, _ in seen.witnessed),
    )


def trusted(signed: note.Note, logs: Sequence[TrustedLog]) -> Witnessed:
    """Return the checkpoint of a note, once a trusted log and its quorum have signed it.

    The log's own lines must be the first ones, as logs write them. Of several keys that are
    trusted, as in a rotation, one whose turn it was is enough.

    Raises:
        FormatError: not a checkpoint, or a signature that does not verify.
        RefusedError: another log, a key out of its interval, or too few witnesses.
    """
    head = checkpoint.read(signed.text)
    log = next((item for item in logs if item.origin == head.origin), None)
    if log is None:
        raise RefusedError(
            f"the trust file names no log {head.origin}",
            remedy="add the log to `logs` of the trust file if it is to count",
        )
    keys = {note_key.read(item.vkey): item for item in log.vkeys}
    by = note.verified(signed, keys)
    if not by or not note.leads(signed, by[0][1]):
        raise RefusedError(
            "the checkpoint's first signature is not by a key that the trust file names for "
            f"{head.origin}",
            remedy="compare the vkeys in the trust file with the log's: assurance log keys",
        )
    spans = [keys[key] for key, _ in by]
    if not any(_covers(span, head.size) for span in spans):
        span = spans[0]
        raise RefusedError(
            f"the checkpoint of {counted.entries(head.size)} is signed by a key that signs from "
            f"{span.from_size} to {'now' if span.to_size is None else span.to_size}",
            remedy="ask the log's operator which key signs this size",
        )
    witnesses = [note_key.read(vkey) for vkey in log.witnesses]
    seen = tuple(
        (key.name, note_key.cosigned_at(signature.signature))
        for key, signature in note.verified(signed, witnesses)
    )
    if len(seen) < log.quorum:
        raise RefusedError(
            f"{len(seen)} of {log.quorum} witnesses have signed the checkpoint",
            remedy="take the receipt again once more witnesses have: assurance log prove",
        )
    return Witnessed(checkpoint=head, witnessed=seen, proven_at=_proven(seen, log.quorum))


def _covers(span: LogKey, size: int) -> bool:
    return span.from_size <= size and (span.to_size is None or size <= span.to_size)


def _proven(seen: Sequence[tuple[str, int]], quorum: int) -> datetime | None:
    """Return the quorum's latest time: at least one honest witness signed at or before it."""
    if quorum < 1:
        return None
    seconds = sorted(at for _, at in seen)[quorum - 1]
    if seconds > _LATEST:
        raise FormatError(
            "a witness's time is beyond the year 9999", remedy="ask the witness's operator"
        )
    return datetime.fromtimestamp(seconds, UTC)
