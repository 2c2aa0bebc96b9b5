"""How long work tells whoever watches: the engine calls, a terminal or log line shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from assurance.model import CollectorRun


class Progress(Protocol):
    """Told about each collector; calls come from several threads, but never two at a time.

    A method must return quickly and must not raise: the collectors wait for it.
    """

    def started(self, name: str) -> None:
        """Collector `name` has been started."""

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Collector `name` is still running; called about ten times a second."""

    def finished(self, run: CollectorRun) -> None:
        """A collector has ended, well or not; also called for one that was never started."""


class Silent:
    """Shows nothing."""

    def started(self, name: str) -> None:
        """Ignore it."""

    def tick(self, name: str, elapsed_seconds: float) -> None:
        """Ignore it."""

    def finished(self, run: CollectorRun) -> None:
        """Ignore it."""
