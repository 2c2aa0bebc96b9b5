from datetime import date
from pathlib import Path

from inkwell.__main__ import build
from inkwell.note import Note
from inkwell.page import index, page


def note(text: str, *, slug: str = "a", title: str = "A", day: int = 1) -> Note:
    return Note(slug=slug, title=title, written=date(2026, 3, day), text=text)


def test_markdown_becomes_html() -> None:
    assert "<em>all day</em>" in page(note("It rained *all day*."))


def test_markup_in_a_note_stays_text() -> None:
    made = page(note("<script>alert(1)</script>", title="<b>"))
    assert "<script>" not in made
    assert "&lt;b&gt;" in made


def test_index_is_newest_first() -> None:
    made = index([note("", slug="old", day=1), note("", slug="new", day=9)])
    assert made.index("new.html") < made.index("old.html")


def test_site(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "rain.md").write_text("---\ntitle: Rain\ndate: 2026-03-01\n---\nWet.\n", "utf-8")
    assert build(notes, tmp_path / "site") == 1
    assert "Wet." in (tmp_path / "site" / "rain.html").read_text("utf-8")
    assert "rain.html" in (tmp_path / "site" / "index.html").read_text("utf-8")
