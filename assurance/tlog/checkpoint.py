"""Checkpoints: a log's origin, tree size and root hash as the text of a signed note.

Specification: C2SP tlog-checkpoint v1.0.0.
"""

from __future__ import annotations

from typing import Final

from assurance.errors import FormatError
from assurance.tlog import base64_strict, decimals, merkle
from assurance.value import Value

_REMEDY: Final = "take the checkpoint again from the log"


class Checkpoint(Value):
    """What a log says of its tree."""

    origin: str
    """The log's name, unique in the world; no newline."""
    size: int
    """Number of leaves."""
    root: bytes
    """32 bytes; SHA-256 of nothing for an empty tree."""
    extensions: tuple[str, ...] = ()
    """Further lines, not empty; what they mean is between the log and its readers."""

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), base64_strict.encode(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def _refuse(problem: str) -> FormatError:
    return FormatError(f"the checkpoint {problem}", remedy=_REMEDY)


def read(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint.

    Raises:
        FormatError: a line is missing, or not as the specification writes it.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:  # noqa: PLR2004 - origin, size, root, what follows the newline
        raise _refuse("does not have the three lines origin, size and root hash")
    origin, size_text, root_text, *extensions = lines[:-1]
    if not origin or not all(extensions):
        raise _refuse("has an empty line")
    size = decimals.read(size_text)
    if size is None:
        raise _refuse(f"has a size that is no decimal number: {size_text[:40]!r}")
    root = base64_strict.decode(root_text)
    if root is None or len(root) != merkle.HASH_BYTES:
        raise _refuse("has a root hash that is not 32 bytes in canonical base64")
    if size == 0 and root != merkle.EMPTY_ROOT:
        raise _refuse("is of size 0 and has a root hash that is not the empty tree's")
    return Checkpoint(origin=origin, size=size, root=root, extensions=tuple(extensions))
