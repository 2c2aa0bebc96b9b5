"""What an error of the driver says: the server's own words, or the network's."""

from __future__ import annotations


def said(err: BaseException) -> str:
    """Return what a server or the network says, in one line."""
    told = err.args[0] if err.args else None
    if isinstance(told, dict):
        state = told.get("C", "")
        return f"{told.get('M', 'no message')}{f' ({state})' if state else ''}"
    if isinstance(err, OSError):
        return err.strerror or str(err) or type(err).__name__
    cause = err.__cause__
    return said(cause) if isinstance(cause, OSError) else str(err)


def sqlstate(err: BaseException) -> str:
    """Return the five characters that name a server's error; empty for none."""
    told = err.args[0] if err.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""
