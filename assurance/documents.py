"""The documents that a readiness checklist names, by digest, as they are when it is collected.

Type: in-toto `reference/v0.1`, spec/predicates/reference.md: the documents stay where they are,
name and digest go into the bundle. A review closes an item only when it is of these very bytes.
"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from assurance import checklist, checklist_file, input_files, strict_json
from assurance.errors import UndecidedError
from assurance.model import Statement
from assurance.predicates import REFERENCE

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.checklist import Item
    from assurance.settings import Settings

COLLECTOR: Final = "checklist"
"""Whose work the release manifest calls the statement."""
ATTESTER: Final = "https://w3id.org/release-assurance/checklist"
_MEDIA_TYPES: Final = {
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}


def statement(settings: Settings, *, now: datetime) -> Statement | None:
    """Return the statement about all documents that are there; None where there are none.

    A document that is not there is nobody's error here: its item says so (MISSING).

    Args:
        settings: With the checklist's path.
        now: UTC.

    Raises:
        SettingsError: the checklist cannot be used, or a document lies outside the project.
        UndecidedError: a document cannot be read.
    """
    path = settings.gate.checklist
    if path is None:
        return None
    named = {item.document for item in items_of(settings)}
    there = []
    for name in sorted(name for name in named if name is not None):
        if (file := path.parent / name).is_file():
            input_files.check_inside(
                settings.root,
                file,
                what="the checklist's document",
                where="gate.checklist",
                remedy="put it into the project, or state its `sha256` where it is kept elsewhere",
            )
            there.append(_reference(name, file))
    if not there:
        return None
    return Statement(
        predicate_type=REFERENCE,
        predicate=strict_json.dumps({"attester": {"id": ATTESTER}, "references": there}),
        collected_at=now,
    )


def items_of(settings: Settings) -> tuple[Item, ...]:
    """Return the items of the settings' checklist; none without one.

    Raises:
        SettingsError: the checklist cannot be used.
    """
    path = settings.gate.checklist
    if path is None:
        return ()
    known = strict_json.loads(
        checklist_file.load(path, cwd=Path.cwd(), packs=None), what=checklist.FILE
    )
    return checklist.read(known[checklist.KEY]).items


def sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of the document at `path`, read in pieces.

    Raises:
        UndecidedError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UndecidedError(
            f"the document cannot be read: {error.strerror}",
            remedy="correct its path or permissions",
            where=str(path),
        ) from error


def media_type(name: str) -> str:
    """Return the media type that a document's name ends in, octets where it says nothing."""
    return _MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _reference(name: str, file: Path) -> dict[str, Any]:
    return {
        "name": name,
        "digest": {"sha256": sha256(file)},
        "mediaType": media_type(name),
        # The specification demands one: the file in the repository, at the release's revision.
        "downloadLocation": f"file:{quote(name)}",
    }
