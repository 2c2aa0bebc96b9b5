"""The command: `inkwell NOTES SITE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from inkwell.note import NoteError, read
from inkwell.page import index, page


def build(notes: Path, site: Path) -> int:
    """Write a page for each note below `notes`, and the index; return how many notes."""
    found = [read(path.stem, path.read_text("utf-8")) for path in sorted(notes.glob("*.md"))]
    site.mkdir(parents=True, exist_ok=True)
    for note in found:
        (site / f"{note.slug}.html").write_text(page(note), "utf-8")
    (site / "index.html").write_text(index(found), "utf-8")
    return len(found)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="inkwell", description=__doc__)
    parser.add_argument("notes", type=Path)
    parser.add_argument("site", type=Path)
    arguments = parser.parse_args()
    try:
        count = build(arguments.notes, arguments.site)
    except NoteError as err:
        print(f"inkwell: {err}", file=sys.stderr)
        return 1
    print(f"{count} notes in {arguments.site}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
