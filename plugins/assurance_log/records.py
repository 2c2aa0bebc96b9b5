"""Search fields of a logged bundle, derived from its bytes: what `log list` filters by.

They are for finding things, and prove nothing: signatures are not looked at here. `log check`
derives them again from the stored bundle, so that a changed field is noticed.
"""

from __future__ import annotations

import binascii
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import AssuranceError
from assurance.predicates import READINESS
from assurance.tlog import merkle
from assurance.value import Value, replace
from assurance_log import kinds, rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Connection

PREDICATE_TYPE: Final = "predicate-type"
SUBJECT: Final = "subject"
SIGNER: Final = "signer"
MAX_TEXT: Final = 1024
"""Bytes of UTF-8 in a search field; longer ones are left out."""
_HEADER: Final = "release-assurance/bundle/v1\n"


class Record(Value):
    """What is known of a bundle without trusting it."""

    bundle_sha256: bytes
    release: str | None
    version: str | None
    environment: str | None
    verdict: str | None
    decided_at: str | None
    fields: frozenset[tuple[str, str]]
    """(field, value): predicate types, subject digests, key ids."""


def entry_of(bundle: bytes) -> bytes:
    """Return the log entry of a bundle file (design section 4)."""
    return entry_for(sha256(bundle).digest())


def entry_for(digest: bytes) -> bytes:
    """Return the log entry of a bundle with this SHA-256."""
    return f"{_HEADER}{digest.hex()}\n".encode()


def digest_in(entry: bytes) -> bytes | None:
    """Return the SHA-256 that a bundle's entry names; None for any other entry."""
    try:
        text = entry.decode("ascii")
        digest = bytes.fromhex(text.removeprefix(_HEADER)[:64])
    except ValueError:
        return None
    return digest if entry == entry_for(digest) else None


def derive(bundle: bytes) -> Record:
    """Return the search fields of a bundle; what cannot be read is left out, never an error.

    A text that no database indexes and nobody types is left out too.
    """
    return _shortened(_derived(bundle))


def is_of(kept: Record | None, bundle: bytes) -> bool:
    """Say whether kept search fields are a bundle's.

    Logs in files of schema 0002 and before have the texts, too, that are left out now.
    """
    whole = _derived(bundle)
    return kept in (_shortened(whole), whole)


def _shortened(whole: Record) -> Record:
    return replace(
        whole,
        release=_short(whole.release),
        version=_short(whole.version),
        environment=_short(whole.environment),
        verdict=_short(whole.verdict),
        decided_at=_short(whole.decided_at),
        fields=frozenset((field, text) for field, text in whole.fields if _short(text)),
    )


def _short(text: str | None) -> str | None:
    if text is None or "\0" in text:
        return None
    return text if len(text.encode()) <= MAX_TEXT else None


def _derived(bundle: bytes) -> Record:
    fields: set[tuple[str, str]] = set()
    verdict: dict[str, Any] = {}
    for line in bundle.split(b"\n"):
        found = _line(line)
        if found is None:
            continue
        hint, statement = found
        if hint:
            fields.add((SIGNER, hint))
        kind = _text(statement.get("predicateType"))
        if kind:
            fields.add((PREDICATE_TYPE, kind))
        fields.update((SUBJECT, digest) for digest in _subjects(statement))
        predicate = statement.get("predicate")
        if kind == READINESS and isinstance(predicate, dict):
            verdict = predicate
    release = verdict.get("release")
    release = release if isinstance(release, dict) else {}
    return Record(
        bundle_sha256=sha256(bundle).digest(),
        release=_text(release.get("name")),
        version=_text(release.get("version")),
        environment=_text(verdict.get("environment")),
        verdict=_text(verdict.get("result")),
        decided_at=_text(verdict.get("decidedAt")),
        fields=frozenset(fields),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _line(line: bytes) -> tuple[str | None, dict[str, Any]] | None:
    if not line:
        return None
    try:
        outer = strict_json.loads(line, what="the line")
        material = outer["verificationMaterial"]
        payload = binascii.a2b_base64(outer["dsseEnvelope"]["payload"], strict_mode=True)
        statement = strict_json.loads(payload, what="the statement")
    except (AssuranceError, KeyError, TypeError, ValueError):
        return None
    if not isinstance(statement, dict):
        return None
    key = material.get("publicKey") if isinstance(material, dict) else None
    return _text(key.get("hint") if isinstance(key, dict) else None), statement


def _subjects(statement: dict[str, Any]) -> Iterable[str]:
    subjects = statement.get("subject")
    for subject in subjects if isinstance(subjects, list) else ():
        digest = subject.get("digest") if isinstance(subject, dict) else None
        for value in digest.values() if isinstance(digest, dict) else ():
            if text := _text(value):
                yield text


def keep(connection: Connection, idx: int, record: Record) -> None:
    """Insert the search fields of an entry, once."""
    if connection.exec_driver_sql("SELECT 1 FROM record WHERE idx = ?", (idx,)).first():
        return
    connection.exec_driver_sql(
        "INSERT INTO record (idx, bundle_sha256, release, version, environment, verdict, "
        "decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            idx,
            record.bundle_sha256,
            record.release,
            record.version,
            record.environment,
            record.verdict,
            record.decided_at,
        ),
    )
    if record.fields:
        connection.exec_driver_sql(
            "INSERT INTO record_field (field, value, idx) VALUES (?, ?, ?)",
            [(field, value, idx) for field, value in sorted(record.fields)],
        )


def stored(connection: Connection, idx: int) -> Record | None:
    """Return the search fields of an entry as they are kept; None: it has none."""
    return stored_of(connection, [idx]).get(idx)


def stored_of(connection: Connection, indexes: Sequence[int]) -> dict[int, Record]:
    """Return the search fields of at most 500 entries as they are kept, of those that have some."""
    if not indexes:
        return {}
    within, values = rows.among(connection, indexes)
    fields: dict[int, set[tuple[str, str]]] = {}
    for idx, field, value in connection.exec_driver_sql(
        f"SELECT idx, field, value FROM record_field WHERE idx {within}",  # noqa: S608 - marks only
        values,
    ):
        fields.setdefault(kinds.integer(idx), set()).add((kinds.text(field), kinds.text(value)))
    found = connection.exec_driver_sql(
        "SELECT idx, bundle_sha256, release, version, environment, verdict, decided_at "  # noqa: S608 - marks only
        f"FROM record WHERE idx {within}",
        values,
    )
    return {
        kinds.integer(row[0]): Record(
            bundle_sha256=kinds.blob(row[1]),
            release=kinds.text_or_none(row[2]),
            version=kinds.text_or_none(row[3]),
            environment=kinds.text_or_none(row[4]),
            verdict=kinds.text_or_none(row[5]),
            decided_at=kinds.text_or_none(row[6]),
            fields=frozenset(fields.get(kinds.integer(row[0]), ())),
        )
        for row in found
    }


def keep_contents(
    connection: Connection,
    entries: Sequence[bytes],
    contents: Sequence[bytes],
    indexes: dict[bytes, int],
) -> None:
    """Keep bodies by their digest, and the search fields of those that an entry names."""
    kept = {rows.add_content(connection, body): body for body in contents}
    for entry in entries if kept else ():
        body = kept.get(digest_in(entry) or b"")
        if body is not None:
            keep(connection, indexes[merkle.leaf_hash(entry)], derive(body))
