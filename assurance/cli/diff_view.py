"""What `assurance diff` says at a terminal: the answer first, then a few lines a section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import difference_rows
from assurance.difference_rows import TITLES
from assurance.report_text import calm, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.cli.terminal import Terminal
    from assurance.difference_rows import Row

SHOWN: Final = 10
"""Rows of one section; `-v` shows all."""
_MESSAGE: Final = 400
_LABEL: Final = 17
_COLOURS: Final = {"worse": "red", "better": "green"}


def render(document: Mapping[str, Any], terminal: Terminal) -> str:
    """Return the text; its first line says what became of the release."""
    found = document["difference"]
    lines = [_headline(found, terminal)]
    if terminal.quiet:
        return terminal.fit("\n".join(lines))
    lines += _sides(found, terminal)
    room = None if terminal.verbose else SHOWN
    for name, rows in difference_rows.rows(found).items():
        lines += _section(TITLES[name], rows, room, terminal)
    if same := difference_rows.unchanged(found):
        lines.append(f"The same: {', '.join(same).lower()}.")
    return terminal.fit("\n".join(lines))


def _headline(found: Mapping[str, Any], terminal: Terminal) -> str:
    old, new = found["a"], found["b"]
    names = [calm(side["release"]["name"]) for side in (old, new)]
    versions = [calm(side["release"]["version"]) for side in (old, new)]
    about = f"{names[0]} {versions[0]} → "
    about += versions[1] if names[0] == names[1] else f"{names[1]} {versions[1]}"
    verdict, grade = found["verdict"], found["grade"]
    environments = list(
        dict.fromkeys(calm(verdict["environment"][side]) for side in ("from", "to"))
    )
    if not found["changed"]:
        return (
            f"the same  {about} for {environments[0]}: {verdict['to']}, grade {grade['to']}, "
            "nothing differs"
        )
    words = " → ".join(
        terminal.paint(verdict[side], "bold", _colour(verdict[side])) for side in ("from", "to")
    )
    said = f"grade {grade['from']} → {grade['to']}"
    return f"{about} for {' → '.join(environments)}: {words}, {said}"


def _colour(verdict: str) -> str:
    return {"GO": "green", "NO-GO": "red"}.get(verdict, "magenta")


def _sides(found: Mapping[str, Any], terminal: Terminal) -> list[str]:
    lines = []
    for name in ("a", "b"):
        side = found[name]
        lines.append(
            f"{_label(name.upper(), terminal)}{calm(side['path'])}  {short(side['sha256'])}, "
            f"decided {side['decided_at'][:10]} {side['decided_at'][11:16]} UTC"
        )
        if side["verified"]:
            lines.append(
                f"{_label('', terminal)}{terminal.word_symbol('PASS')} verified: every line's "
                "signature, signer and place"
            )
        elif side["problem"]:
            lines.append(
                f"{_label('', terminal)}{terminal.word_symbol('FAIL')} does not verify: "
                f"{calm(side['problem'], _MESSAGE)}"
            )
    if found["a"]["verified"] is None:
        lines.append(
            "Signatures were not checked: nothing here is verified, this is what the bundles say "
            "about themselves."
        )
    return lines


def _section(title: str, rows: list[Row], room: int | None, terminal: Terminal) -> list[str]:
    shown = rows if room is None else rows[:room]
    lines = []
    for number, row in enumerate(shown):
        label = _label("" if number else title, terminal)
        lines.append(f"{label}{_row(row, terminal)}")
    if len(rows) > len(shown):
        more = f"… and {len(rows) - len(shown):,} more: -v shows all"
        lines.append(f"{_label('', terminal)}{more}")
    return lines


def _row(row: Row, terminal: Terminal) -> str:
    colour = _COLOURS.get(row.tone)
    mark = terminal.paint(row.mark, colour) if colour else row.mark
    what = f"{calm(row.what)}  " if row.what else ""
    return f"{mark} {what}{calm(row.said, _MESSAGE)}"


def _label(text: str, terminal: Terminal) -> str:
    return terminal.paint(f"{text:<{_LABEL}}", "bold") if text else " " * _LABEL
