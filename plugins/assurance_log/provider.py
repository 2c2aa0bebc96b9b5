"""The log as the way of a release sees it: append a bundle, get a receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import UsageError
from assurance.interfaces import Receipt

if TYPE_CHECKING:
    from assurance.interfaces import LogContext


class _StoredLog:
    """A log that this process writes itself."""

    def append(self, url: str, entry: bytes, context: LogContext) -> Receipt:
        """Append `entry`, keep the bundle, and return once a durable checkpoint covers it.

        Raises:
            UsageError: there is no log at `url`; a run never makes one.
            LogError: not acknowledged.
        """
        from assurance_log import opening, receipts, store

        database, writer = opening.writer(
            store.at(url, context.root),
            opening.own_key(context.signer),
            origin=context.origin,
            anchor=context.anchor,
            witness_policy=context.witness_policy,
        )
        try:
            done = writer.append([entry], contents=[context.bundle] if context.bundle else [])
            with database.read() as connection:
                proof = receipts.receipt(connection, done.indexes[0], done.checkpoint, done.size)
        finally:
            database.close()
        return Receipt(origin=context.origin, index=done.indexes[0], proof=proof.encode())


class SqliteLog(_StoredLog):
    """A log in a file; `[log] url = "sqlite:///log/log.db"`."""

    scheme = "sqlite"

    def create(self, url: str, context: LogContext) -> str:
        """Make the database, and the anchor where the context names one; return the vkey.

        Raises:
            UsageError: one of the files is there already, or cannot be written.
            LogError: the database failed.
        """
        from assurance_log import create, opening
        from assurance_log.database import path_of

        signer = context.signer()
        key = opening.public_key(context.origin, signer)
        create.create(
            path_of(url, context.root),
            context.origin,
            signer.sign,
            key.public,
            anchor=context.anchor,
        )
        return key.vkey()


class PostgresLog(_StoredLog):
    """A log in a PostgreSQL database; `[log] url = "postgresql://ROLE@HOST/DATABASE"`."""

    scheme = "postgresql"

    def create(self, url: str, context: LogContext) -> str:
        """Make nothing: who makes a log there is another role than who appends.

        Raises:
            UsageError: always.
        """
        del url, context
        raise UsageError(
            "a log in PostgreSQL is made by its owner, with the command",
            remedy="assurance log init --app-role ROLE --log postgresql://OWNER@HOST/DATABASE",
            where="log.url",
        )
