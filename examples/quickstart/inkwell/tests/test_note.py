from datetime import date

import pytest
from inkwell.note import NoteError, read


def test_header_and_text() -> None:
    note = read("rain", "---\ntitle: Rain\ndate: 2026-03-01\n---\nIt rained.\n")
    assert note.title == "Rain"
    assert note.written == date(2026, 3, 1)
    assert note.text == "It rained.\n"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("It rained.", "first line"),
        ("---\ntitle: Rain\n", "does not end"),
        ("---\n[\n---\n", "not YAML"),
        ("---\njust words\n---\n", "no fields"),
        ("---\ndate: 2026-03-01\n---\n", "no title"),
        ("---\ntitle: Rain\ndate: soon\n---\n", "no date"),
    ],
)
def test_refused(source: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read("rain", source)
