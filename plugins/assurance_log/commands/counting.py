"""Progress of long work on standard error: redrawn on a terminal, a line each 30 s elsewhere."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assurance.cli.terminal import Terminal

_REDRAW_SECONDS: Final = 0.1
_LINE_SECONDS: Final = 30.0


@contextmanager
def counting(
    terminal: Terminal, what: str, *, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told (done, of); the line is gone when the block ends.

    Args:
        terminal: Says nothing with `-q`.
        what: Such as `checked`, before the figures.
        clock: Seconds that only go up.
    """
    every = _REDRAW_SECONDS if terminal.is_live else _LINE_SECONDS
    last = clock()
    drawn = False

    def told(done: int, of: int) -> None:
        nonlocal last, drawn
        now = clock()
        if terminal.quiet or now - last < every:
            return
        last = now
        text = f"{what} {done:,} of {of:,}"
        if terminal.is_live:
            drawn = True
            terminal.raw(f"\r{text}\x1b[K")
        else:
            terminal.note(f"assurance: {text}")

    try:
        yield told
    finally:
        if drawn:
            terminal.raw("\r\x1b[K")
