"""The accepted file: what a deployer remembers, so that an older GO is not taken again.

JSON: `{"schema": …, "accepted": [{release, version, environment, decided_at, bundle,
accepted_at, rollback}]}`, newest last; entries are only ever added.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from assurance import strict_json, timestamps
from assurance.bounded_file import read_file
from assurance.deploy import Accepted
from assurance.errors import FormatError, UndecidedError, UsageError
from assurance.evidence_files import write_atomic
from assurance.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from assurance.model import Verdict

SCHEMA = "https://w3id.org/release-assurance/accepted/v1"
MAX_BYTES = 16 * 1024 * 1024


def read(path: Path) -> tuple[dict[str, Any], ...]:
    """Return the entries of the file, oldest first; none where it does not exist yet.

    Raises:
        UsageError: it cannot be read, or is no accepted file. A damaged memory is never
            taken for an empty one.
    """
    try:
        data = read_file(path, what="the accepted file", limit=MAX_BYTES)
    except UsageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return ()
        raise
    try:
        document = Fields(
            strict_json.loads(data, what=str(path), max_bytes=MAX_BYTES),
            where=str(path),
            key="accepted file",
        )
        document.closed("schema", "accepted")
        if document.text("schema") != SCHEMA:
            raise FormatError(
                f"`schema` must be {SCHEMA}", remedy="name another file", where=str(path)
            )
        for entry in document.objects("accepted"):
            _entry(entry)
        return document.items("accepted")
    except FormatError as error:
        raise UsageError(
            f"this is no accepted file: {error.problem}",
            remedy="restore it from a backup; an empty one would forget what was accepted",
            where=str(path),
        ) from error


def _entry(fields: Fields) -> Accepted:
    fields.sha256("bundle")
    fields.time("accepted_at")
    fields.flag("rollback")
    return Accepted(
        release=fields.text("release"),
        version=fields.text("version"),
        environment=fields.text("environment"),
        decided_at=fields.time("decided_at"),
    )


def newest(entries: tuple[dict[str, Any], ...]) -> tuple[Accepted, ...]:
    """Return, for each release name and environment, what must not be gone behind.

    After an explicit rollback, what counts is what was rolled back to.
    """
    found: dict[tuple[str, str], Accepted] = {}
    for entry in entries:
        item = _entry(Fields(entry, where="accepted file", key="accepted"))
        key = (item.release, item.environment)
        known = found.get(key)
        if known is None or entry["rollback"] or item.decided_at >= known.decided_at:
            found[key] = item
    return tuple(found.values())


def remember(
    path: Path,
    verdict: Verdict,
    *,
    bundle_sha256: str,
    now: datetime,
    rollback: bool,
) -> None:
    """Add an accepted verdict to the file, beside what others have added meanwhile.

    Raises:
        UndecidedError: it cannot be written.
        UsageError: it is no accepted file any more.
    """
    path = path.resolve()  # behind a link is the one file that everybody remembers in
    with _turn(path):
        _add(path, read(path), verdict, bundle_sha256, now, rollback=rollback)


@contextmanager
def _turn(path: Path) -> Iterator[None]:
    """Let one process at a time add to the file: each writes all of it anew.

    The folder is what is locked, as the file is replaced.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UndecidedError(
            f"the accepted file cannot be written: {error.strerror}",
            remedy="make room, or change the permissions of its folder",
            where=str(path),
        ) from error
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _add(
    path: Path,
    entries: tuple[dict[str, Any], ...],
    verdict: Verdict,
    bundle_sha256: str,
    now: datetime,
    *,
    rollback: bool,
) -> None:
    entry = {
        "release": verdict.release.name,
        "version": verdict.release.version,
        "environment": verdict.environment,
        "decided_at": timestamps.format_utc(verdict.decided_at),
        "bundle": bundle_sha256,
        "accepted_at": timestamps.format_utc(now),
        "rollback": rollback,
    }
    same = ("release", "version", "environment", "decided_at", "bundle")
    if entries and all(entries[-1].get(key) == entry[key] for key in same):
        return
    document = {"schema": SCHEMA, "accepted": [*entries, entry]}
    write_atomic(path, json.dumps(document, indent=2, sort_keys=True).encode() + b"\n")
