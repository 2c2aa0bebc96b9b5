"""Progress of the collectors on standard error: redrawn in place, or a line now and then.

On a terminal each running collector has a line that is redrawn, and done lines stay.
Elsewhere nothing is redrawn: a line at the start, at the end, and after every 30 seconds of
silence, so that the log of a CI job shows that it is alive. `-q` shows nothing.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from assurance.cli.terminal import escape
from assurance.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.cli.terminal import Terminal
    from assurance.model import CollectorRun
    from assurance.progress import Progress

SILENCE_SECONDS: Final = 30.0
"""A log line says what runs after this long without one."""
REDRAW_SECONDS: Final = 0.1
_WHEEL: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def progress_on(terminal: Terminal) -> Progress:
    """Return what fits the terminal."""
    if terminal.quiet:
        return Silent()
    return Redrawn(terminal) if terminal.is_live else Lines(terminal)


class Lines:
    """Progress as lines of a log."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to `terminal`; `clock` counts seconds."""
        self._terminal = terminal
        self._clock = clock
        self._last = clock()
        self._running: dict[str, float] = {}

    def started(self, name: str) -> None:
        """Say that it has started."""
        self._running[name] = 0.0
        self._say(f"started {escape(name)}")

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Say what runs, if nothing has been said for a while."""
        self._running[name] = elapsed_seconds
        if self._clock() - self._last >= SILENCE_SECONDS:
            running = ", ".join(
                f"{escape(name)} {seconds:.0f} s" for name, seconds in self._running.items()
            )
            self._say(f"running {running}")

    def finished(self, run: CollectorRun) -> None:
        """Say how it ended."""
        self._running.pop(run.name, None)
        self._say(f"done    {escape(run.name)} {_ending(run)}")

    def _say(self, text: str) -> None:
        self._last = self._clock()
        self._terminal.note(self._terminal.fit(f"assurance: {text}"))


class Redrawn:
    """Progress on a terminal: done lines stay, running ones are redrawn below them."""

    def __init__(self, terminal: Terminal, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to `terminal`; `clock` counts seconds."""
        self._terminal = terminal
        self._clock = clock
        self._running: dict[str, float] = {}
        self._drawn = 0
        self._last = 0.0
        self._turn = 0

    def started(self, name: str) -> None:
        """Add its line."""
        self._running[name] = 0.0
        self._draw()

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Redraw, at most ten times a second."""
        self._running[name] = elapsed_seconds
        if self._clock() - self._last >= REDRAW_SECONDS:
            self._turn += 1
            self._draw()

    def finished(self, run: CollectorRun) -> None:
        """Turn its line into one that stays."""
        self._running.pop(run.name, None)
        word = "PASS" if run.status == "ok" else run.status
        symbol = self._terminal.word_symbol(word, err=True)
        self._draw(f"  {symbol} {escape(run.name):<18} {_ending(run)}")

    def _draw(self, done: str | None = None) -> None:
        self._last = self._clock()
        # Up to the first running line, then clear to the end of the screen (ECMA-48).
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        wheel = _WHEEL[self._turn % len(_WHEEL)]
        wide = self._terminal.width - 1
        lines = [] if done is None else [done]
        for name, seconds in self._running.items():
            lines.append(f"  {wheel} {escape(name):<18} {seconds:6.1f} s"[:wide])
        self._drawn = len(self._running)
        if lines or up:
            self._terminal.raw(f"{up}\x1b[J" + "".join(f"{line}\n" for line in lines))


def _ending(run: CollectorRun) -> str:
    seconds = f"{run.duration_ms / 1000:.1f} s"
    if run.status == "ok":
        return f"{seconds}"
    return f"{run.status} {seconds}: {escape(run.reason or 'no reason given')}"
