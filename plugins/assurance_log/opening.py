"""Opens a log for reading or writing, with every check that comes before either."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from assurance import bounded_file
from assurance.errors import AssuranceError, FormatError, LogError, SignerError, UsageError
from assurance.keys import KeyType, load_public
from assurance.tlog import note_key, policy
from assurance_log import guards, migrate, rows, store
from assurance_log.database import Database
from assurance_log.witnesses import Witnesses
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.interfaces import Signer
    from assurance_log.store import At, Store

_RAW_BYTES = 32


def own_key(signer: Callable[[], Signer]) -> Signer:
    """Open the key of a log that is there: another one in its place helps nobody.

    Raises:
        SignerError: it cannot be opened.
    """
    try:
        return signer()
    except SignerError as err:
        if not isinstance(err.__cause__, OSError):
            raise
        raise SignerError(
            err.problem,
            remedy="correct --key, or `log` in [sign], or restore the key's file from its backup; "
            "without its key a log can only be read (`assurance log init` makes a new log)",
            where=err.where,
        ) from err


def public_key(origin: str, signer: Signer) -> note_key.NoteKey:
    """Return the signer's public key under the log's origin.

    Raises:
        UsageError: it is not an Ed25519 key, which a witnessed log needs, or the origin is no
            name for a key.
    """
    public = load_public(signer.public_key_pem, where="the log's key")
    if public.type is not KeyType.ED25519:
        raise UsageError(
            f"the log's key is {public.type}; a log signs with Ed25519",
            remedy="make one: assurance log init makes it, or assurance key generate",
        )
    try:
        return note_key.from_public(origin, note_key.ED25519, public.spki[-_RAW_BYTES:])
    except FormatError as err:
        raise UsageError(err.problem, remedy=err.remedy, where="origin") from err


def reader(where: At, *, connections: int = 1) -> Store:
    """Open the log there for reading, by so many threads at the same time.

    Raises:
        UsageError: there is no file, or no log in the database.
        LogError: it is no log, or of another schema.
    """
    _demand_file(where)
    database = store.connect(where, read_only=True, connections=connections)
    try:
        _demand_newest(database)
    except AssuranceError:
        database.close()
        raise
    return database


def schema(where: At) -> str:
    """Return the schema of the log there, one that is known; nothing there is changed.

    Raises:
        UsageError: there is no file, or no log in the database.
        LogError: it is no log, or of a schema that this version does not know.
    """
    _demand_file(where)
    database = store.connect(where, read_only=True)
    try:
        return _schema(database)
    finally:
        database.close()


def _demand_file(where: At) -> None:
    if isinstance(where, Path) and not where.is_file():
        raise UsageError(
            "there is no log here",
            remedy="correct --log or the settings' [log] url; a new log is made with "
            "`assurance log init`, and only with a new key",
            where=str(where),
        )


def _schema(database: Store) -> str:
    with database.read() as connection:
        found = migrate.revision(connection)
    if found is None and not isinstance(database, Database):
        raise UsageError(
            "there is no log in this database",
            remedy="correct --log; a new log is made with `assurance log init`, and only with a "
            "new key",
            where=database.where,
        )
    if found is None:
        raise LogError(
            "there is no log in this file",
            remedy="correct --log; if there was one, restore the newest backup: "
            "`assurance log restore`",
            where=database.where,
        )
    if found not in migrate.KNOWN:
        raise LogError(
            f"the database has schema {found[:40]!r}, which is later than {migrate.NEWEST}, the "
            "latest that this version knows",
            remedy="use the version that wrote it, or a later one",
            where=database.where,
        )
    return found


def _demand_newest(database: Store) -> None:
    found = _schema(database)
    if found != migrate.NEWEST:
        raise LogError(
            f"the database has schema {found}, this version reads {migrate.NEWEST}",
            remedy="make a backup, then `assurance log migrate`",
            where=database.where,
        )


def writer(
    where: At,
    signer: Signer,
    *,
    origin: str | None,
    anchor: Path | None,
    witness_policy: Path | None,
    before: Callable[[Store], None] | None = None,
) -> tuple[Store, Writer]:
    """Open the log there for appending; the caller closes the database.

    Args:
        where: The database, which must be there.
        signer: The log's key.
        origin: What the settings call the log; None: whatever it is.
        anchor: The anchor file; None: none is kept.
        witness_policy: A C2SP tlog-policy file with the witnesses' URLs; None: none is asked.
        before: Called with the store before the writer looks at it: takes the lease.

    Raises:
        UsageError: no log, no such policy file, or a key that is not Ed25519.
        LogError: another log, another key, guards that were dropped, or a database behind its
            anchor or a witness.
    """
    reader(where).close()  # before a connection that writes touches a file that is no log
    database = store.connect(where)
    try:
        with database.read() as connection:
            if connection.dialect.name == "postgresql":
                from assurance_log.postgresql import rights

                rights.demand_app_role(connection, database.where)
            name = rows.origin(connection)
            told = guards.changed(connection)
        if told:
            raise LogError(
                f"the database is not as this program made it: {'; '.join(told[:3])}",
                remedy="keep it as evidence, see `assurance log check --depth full`, and "
                "restore the newest backup: `assurance log restore`",
                where=database.where,
            )
        if origin is not None and origin != name:
            raise LogError(
                f"the database holds the log {name}, the settings name {origin}",
                remedy="correct `origin` or `url` in [log]",
                where=database.where,
            )
        if before is not None:
            before(database)
        made = Writer(
            database,
            signer.sign,
            public_key(name, signer),
            clock=lambda: int(time.time()),
            anchor_path=anchor,
            witnesses=None if witness_policy is None else Witnesses(read_policy(witness_policy)),
        )
    except AssuranceError:
        database.close()
        raise
    return database, made


def read_policy(path: Path) -> policy.TlogPolicy:
    """Read a witness policy file.

    Raises:
        UsageError: it cannot be read.
        FormatError: it is no tlog-policy.
    """
    data = bounded_file.read_file(
        path,
        what="the witness policy",
        limit=policy.MAX_BYTES,
        remedy="correct --witness-policy or `witness_policy` in [log]",
    )
    return policy.read(data, where=str(path))
