"""A draft in which people signed something is kept when the release is collected anew.

Sign-offs, waivers and reviews are made by hand. They are about the evidence that was there, so
none of them goes into the new draft by itself; but nobody should lose them to a second `run`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle, release_manifest
from assurance.bounded_file import read_file
from assurance.errors import AssuranceError, UndecidedError
from assurance.predicates import RELEASE
from assurance.value import Value

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.evidence_files import EvidenceFiles


class Replaced(Value):
    """A draft that stands aside now."""

    path: Path
    signed: int | None
    """Lines that people added to it; None where it cannot be read, which loses nothing."""


def put_aside(files: EvidenceFiles) -> Replaced | None:
    """Remove the draft; where people signed something in it, keep it as `files.replaced`.

    Raises:
        UndecidedError: it can be neither removed nor kept.
    """
    try:
        if not files.draft.exists():
            return None
        signed = _signed(files.draft)
        if signed == 0:
            files.draft.unlink()
            return None
        files.draft.replace(files.replaced)
    except OSError as error:
        raise UndecidedError(
            f"the earlier draft cannot be put aside: {error.strerror}",
            remedy="move it away by hand, or choose another folder with --out",
            where=str(files.draft),
        ) from error
    return Replaced(path=files.replaced, signed=signed)


def _signed(path: Path) -> int | None:
    """Return how many lines are in the draft that the collection did not make."""
    try:
        data = read_file(path, what="the earlier draft", limit=bundle.MAX_BYTES)
        lines = bundle.read(data, where=str(path))
        first = lines[0].statement
        if first.predicate_type != RELEASE:
            return None
        manifest = release_manifest.read(first.predicate, where=f"{path}:1")
    except AssuranceError:
        return None
    collected = {item.payload_sha256 for item in manifest.collected}
    added = {line.payload_sha256 for line in lines if line.statement.predicate_type != RELEASE}
    return len(added - collected)
