"""Ctrl-C, SIGTERM and SIGHUP: no verdict stays, and what is kept is said."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHOWN = 8
_STOPS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable(out: Path | None) -> Iterator[list[Path]]:
    """Let a stop end the work inside in order: collectors are killed, and `main` tells it.

    Args:
        out: The output folder; None where nothing is kept.

    Yields:
        A list for files that a stop removes: the verdict, as soon as it may be there.

    Raises:
        KeyboardInterrupt: with a sentence for `main`, which makes it exit code 3.
    """
    undone: list[Path] = []
    try:
        with heeded():
            yield undone
    except KeyboardInterrupt as stop:
        for path in undone:
            path.unlink(missing_ok=True)
        by = str(stop) or "Ctrl-C"
        raise KeyboardInterrupt(f"stopped by {by}: no verdict was written; {_kept(out)}") from stop


@contextmanager
def heeded() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work inside as Ctrl-C does.

    A CI that cancels a job sends SIGTERM, a terminal that closes SIGHUP; Python would end on the
    spot and leave collectors running, and half of a file.

    Raises:
        KeyboardInterrupt: with the signal's name; with nothing for Ctrl-C.
    """
    # Signals can be handled in the main thread only; elsewhere they stay somebody else's.
    ours = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in _STOPS} if ours else {}
    try:
        for number, handler in before.items():
            # `nohup` has SIGHUP ignored, and means it.
            if handler is not signal.SIG_IGN:
                signal.signal(number, _stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _stop(number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt(signal.Signals(number).name)


def _kept(out: Path | None) -> str:
    names: list[str] = []
    if out is not None:
        with suppress(OSError):
            names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    if not names:
        return "nothing was kept"
    more = "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more"
    return f"{out} keeps {', '.join(names[:_SHOWN])}{more}"
