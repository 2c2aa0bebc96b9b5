"""Registers the log providers, and who may append at a log server without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import AppendAuthenticator, Log


@hookimpl
def assurance_logs() -> Iterable[Log]:
    """Offer the logs in SQLite files and PostgreSQL databases, and those behind log servers."""
    from assurance_log.http_provider import HttpLog
    from assurance_log.provider import PostgresLog, SqliteLog

    return (PostgresLog(), SqliteLog(), HttpLog("http"), HttpLog("https"))


@hookimpl
def assurance_append_authenticators() -> Iterable[AppendAuthenticator]:
    """Offer the one that asks for no credentials and takes appends of this machine alone."""
    from assurance_log.serve.loopback import LoopbackOnly

    return (LoopbackOnly(),)
