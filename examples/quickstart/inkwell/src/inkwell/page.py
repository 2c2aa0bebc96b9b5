"""Notes become HTML. What a note says is text, never markup of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment
from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inkwell.note import Note

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{{ title }}</title>
<h1>{{ title }}</h1>
{{ body }}
</html>
"""
_INDEX = """<ul>
{% for note in notes %}<li>{{ note.written }}
  <a href="{{ note.slug }}.html">{{ note.title }}</a></li>
{% endfor %}</ul>"""

_environment = Environment(autoescape=True)
_markdown = MarkdownIt("commonmark", {"html": False})


def page(note: Note) -> str:
    """Return the page of one note."""
    body = Markup(_markdown.render(note.text))  # noqa: S704 - HTML in notes is switched off
    return _environment.from_string(_PAGE).render(title=note.title, body=body)


def index(notes: Iterable[Note]) -> str:
    """Return the page that lists all notes, newest first."""
    newest = sorted(notes, key=lambda note: (note.written, note.slug), reverse=True)
    body = Markup(_environment.from_string(_INDEX).render(notes=newest))  # noqa: S704 - ours
    return _environment.from_string(_PAGE).render(title="Notes", body=body)
