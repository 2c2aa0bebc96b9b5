"""Ctrl-C and SIGTERM while collecting or judging: no verdict stays, what is kept is said."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHOWN = 8


@contextmanager
def stoppable(out: Path | None) -> Iterator[None]:
    """Let a stop end the work inside in order: collectors are killed, and `main` tells it.

    A CI that cancels a job sends SIGTERM; Python would end on the spot and leave the
    collectors running.

    Args:
        out: The output folder, which has no verdict file of this run before the run has ended;
            None where nothing is kept.

    Raises:
        KeyboardInterrupt: with a sentence for `main`, which makes it exit code 3.
    """
    # Signals can be handled in the main thread only; elsewhere they stay somebody else's.
    heeded = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, _stop) if heeded else None
    try:
        yield
    except KeyboardInterrupt as stop:
        by = str(stop) or "Ctrl-C"
        raise KeyboardInterrupt(f"stopped by {by}: no verdict was written; {_kept(out)}") from stop
    finally:
        if heeded:
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt("SIGTERM")


def _kept(out: Path | None) -> str:
    names: list[str] = []
    if out is not None:
        with suppress(OSError):
            names = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    if not names:
        return "nothing was kept"
    more = "" if len(names) <= _SHOWN else f" and {len(names) - _SHOWN} more"
    return f"{out} keeps {', '.join(names[:_SHOWN])}{more}"
