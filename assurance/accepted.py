"""The accepted file: what a deployer remembers, so that an older GO is not taken again.

JSON: `{"schema": …, "accepted": [{release, version, environment, decided_at, bundle,
accepted_at, rollback}]}`, newest last; entries are only ever added.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assurance import strict_json, timestamps
from assurance.bounded_file import read_file
from assurance.deploy import Accepted
from assurance.errors import FormatError, UsageError
from assurance.evidence_files import write_atomic
from assurance.fields import Fields

if TYPE_CHECKING:
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
    entries: tuple[dict[str, Any], ...],
    verdict: Verdict,
    *,
    bundle_sha256: str,
    now: datetime,
    rollback: bool,
) -> None:
    """Add an accepted verdict to the file.

    Raises:
        UndecidedError: it cannot be written.
    """
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
