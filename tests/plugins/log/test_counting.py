"""Progress: redrawn on a terminal, seldom a line elsewhere, never with `-q`."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pytest

from assurance.cli.terminal import Terminal
from assurance_log.commands.counting import counting


class Screen(io.StringIO):
    """A stream that calls itself a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


def told(stream: io.StringIO, *, step: float, **options: Any) -> str:
    """Count to a million in four steps, each `step` seconds after the other."""
    terminal = Terminal(stream, stream, {"TERM": "xterm", "LANG": "C.UTF-8"}, **options)
    seconds = itertools.count(0, step)
    with counting(terminal, "checked", clock=lambda: next(seconds)) as progress:
        for done in range(250_000, 1_000_001, 250_000):
            progress(done, 1_000_000)
    return stream.getvalue()


def test_terminal_is_redrawn_and_left_clean() -> None:
    """On a terminal the line is drawn over itself, and is gone at the end."""
    drawn = told(Screen(), step=0.2)
    assert 4 == drawn.count("\rchecked ")
    assert "\rchecked 750,000 of 1,000,000\x1b[K" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_file_gets_a_line_each_30_seconds() -> None:
    """In a CI log there is a line each 30 seconds, and none for short work."""
    assert "" == told(io.StringIO(), step=1)
    assert [
        "assurance: checked 500,000 of 1,000,000",
        "assurance: checked 1,000,000 of 1,000,000",
    ] == told(io.StringIO(), step=16).splitlines()


@pytest.mark.parametrize("stream", [io.StringIO(), Screen()])
def test_quiet_says_nothing(stream: io.StringIO) -> None:
    """With `-q` there is no progress at all."""
    assert "" == told(stream, step=100, quiet=True)
