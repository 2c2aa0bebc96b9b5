"""What a log asks a witness, and what it answers: the messages, without the network.

Specification: C2SP tlog-witness, `add-checkpoint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import FormatError
from assurance.tlog import base64_strict, decimals, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.tlog.note_key import NoteKey


def request(old: int, proof: Sequence[bytes], signed: note.Note) -> bytes:
    """Return the body of `POST add-checkpoint`.

    Args:
        old: Size of the checkpoint that the witness signed last; 0 if none.
        proof: Consistency proof from `old` to the checkpoint's size.
        signed: The checkpoint with the log's signature.
    """
    lines = [f"old {old}", *map(base64_strict.encode, proof)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + signed.encode()


def size_of_conflict(body: bytes) -> int | None:
    """Return the size in the body of a 409 answer; None where there is none."""
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        return None
    return decimals.read(text[:-1]) if text.endswith("\n") else None


def cosignature(body: bytes, signed: note.Note, key: NoteKey) -> note.NoteSignature:
    """Return the witness's own line of its answer, verified over the checkpoint.

    Raises:
        FormatError: no line of this key, or one that does not verify.
    """
    try:
        lines = note.read_signature_lines(body.decode("utf-8"))
    except UnicodeDecodeError as err:
        raise FormatError(
            "the witness's answer is not UTF-8", remedy="ask the witness's operator"
        ) from err
    found = note.verified(note.Note(text=signed.text, signatures=lines), [key])
    if not found:
        raise FormatError(
            f"the witness's answer has no signature of {key.name}",
            remedy="correct the witness's vkey in the witness policy",
        )
    return found[0][1]
