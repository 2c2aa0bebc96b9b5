"""One note: its header and its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import yaml

FENCE = "---"


class NoteError(ValueError):
    """A note cannot be read; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """A note as its author wrote it."""

    slug: str
    title: str
    written: date
    text: str
    """Markdown."""


def read(slug: str, source: str) -> Note:
    """Take a note's file apart."""
    opening, _, rest = source.partition("\n")
    if opening.strip() != FENCE:
        raise NoteError(f"{slug}: the first line is not {FENCE}")
    header, found, text = rest.partition(f"\n{FENCE}\n")
    if not found:
        raise NoteError(f"{slug}: the header does not end with {FENCE}")
    try:
        fields = yaml.safe_load(header)
    except yaml.YAMLError as err:
        raise NoteError(f"{slug}: the header is not YAML") from err
    if not isinstance(fields, dict):
        raise NoteError(f"{slug}: the header has no fields")
    title, written = fields.get("title"), fields.get("date")
    if not isinstance(title, str) or not title.strip():
        raise NoteError(f"{slug}: the header has no title")
    if not isinstance(written, date):
        raise NoteError(f"{slug}: the header has no date like 2026-03-01")
    return Note(slug=slug, title=title.strip(), written=written, text=text)
