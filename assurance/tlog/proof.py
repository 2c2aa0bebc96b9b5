"""Receipts: the proof that an entry is in a log, complete in one file.

Specification: C2SP tlog-proof v1. Lines: the header, an optional `extra BASE64`, `index N`, one
hash a line from the leaf up, an empty line, and the checkpoint with its signatures.
"""

from __future__ import annotations

from typing import Final

from assurance.errors import FormatError
from assurance.tlog import base64_strict, checkpoint, counted, decimals, merkle, note
from assurance.value import Value

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_BYTES: Final = 1 << 20
"""Largest receipt that is read."""
_REMEDY: Final = "take the receipt again from the log: `assurance log prove`"


class TlogProof(Value):
    """A receipt as read; nothing is verified yet."""

    index: int
    hashes: tuple[bytes, ...]
    """The inclusion proof, 32 bytes each, from the leaf up."""
    signed_checkpoint: note.Note
    extra: bytes | None = None
    """What the log adds for its application; not signed, so it proves nothing."""

    def encode(self) -> bytes:
        """Return the content of a `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {base64_strict.encode(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(base64_strict.encode, self.hashes)
        return (
            "".join(f"{line}\n" for line in lines).encode()
            + b"\n"
            + self.signed_checkpoint.encode()
        )

    def includes(self, leaf: bytes) -> checkpoint.Checkpoint:
        """Return the checkpoint, once the leaf hash is proven to be in its tree.

        Who signed the checkpoint is not looked at here: see `policy`.

        Raises:
            FormatError: the proof does not lead from the leaf to the checkpoint's root.
        """
        head = checkpoint.read(self.signed_checkpoint.text)
        if merkle.inclusion_root(self.index, head.size, leaf, self.hashes) != head.root:
            raise FormatError(
                f"the proof does not show the entry at index {self.index} of the log's "
                f"{counted.entries(head.size)}",
                remedy="give the receipt that belongs to this very file",
            )
        return head


def _refuse(problem: str) -> FormatError:
    return FormatError(f"the receipt {problem}", remedy=_REMEDY)


def read(data: bytes) -> TlogProof:
    """Read a receipt.

    Raises:
        FormatError: it is not as the specification writes it, or is larger than 1 MiB.
    """
    if len(data) > MAX_BYTES:
        raise _refuse(f"has {len(data)} bytes; at most {MAX_BYTES} are read")
    head, separator, tail = data.partition(b"\n\n")
    if not separator:
        raise _refuse("has no empty line before its checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as err:
        raise _refuse(f"is not ASCII at byte {err.start}") from err
    if lines.pop(0) != HEADER:
        raise _refuse(f"does not begin with {HEADER}")
    extra = _extra(lines)
    index = _index(lines)
    hashes = tuple(map(base64_strict.decode, lines))
    if len(hashes) > merkle.MAX_PROOF:
        raise _refuse(f"has more than {merkle.MAX_PROOF} hashes")
    whole = tuple(part for part in hashes if part is not None and len(part) == merkle.HASH_BYTES)
    if len(whole) != len(hashes):
        raise _refuse("has a line that is not a hash in canonical base64")
    return TlogProof(index=index, hashes=whole, signed_checkpoint=note.read(tail), extra=extra)


def _extra(lines: list[str]) -> bytes | None:
    if not lines or not lines[0].startswith("extra "):
        return None
    extra = base64_strict.decode(lines.pop(0).removeprefix("extra "))
    if extra is None:
        raise _refuse("has an `extra` line that is not canonical base64")
    return extra


def _index(lines: list[str]) -> int:
    if not lines or not lines[0].startswith("index "):
        raise _refuse("has no `index` line after its header")
    text = lines.pop(0).removeprefix("index ")
    index = decimals.read(text)
    if index is None:
        raise _refuse(f"has an index that is no decimal number: {text[:40]!r}")
    return index
