"""Registers the log provider for `sqlite:` URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import Log


@hookimpl
def assurance_logs() -> Iterable[Log]:
    """Offer the log in a SQLite file."""
    from assurance_log.provider import SqliteLog

    return (SqliteLog(),)
