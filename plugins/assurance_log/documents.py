"""Checkpoints and entries as JSON shows them, the same on the command line and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assurance import timestamps
from assurance.tlog import base64_strict, checkpoint, note_key
from assurance_log import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.tlog.note import Note
    from assurance_log.listing import Listed


def when(seconds: int | None) -> str | None:
    """Return seconds since 1970 as RFC 3339 UTC."""
    return None if seconds is None else timestamps.format_utc(datetime.fromtimestamp(seconds, UTC))


def described(signed: Note) -> dict[str, Any]:
    """Return a checkpoint."""
    head = checkpoint.read(signed.text)
    return {
        "origin": head.origin,
        "size": head.size,
        "root": base64_strict.encode(head.root),
        "note": signed.encode().decode("utf-8"),
    }


def checkpoint_of(signed: Note, signed_at: int) -> dict[str, Any]:
    """Return a checkpoint with who signed it, and when: the log by its own clock, then others."""
    first, *others = signed.signatures
    return {
        **described(signed),
        "signed_at": when(signed_at),
        "key": first.key_hash.hex(),
        "witnesses": [
            {
                "name": line.name,
                "key": line.key_hash.hex(),
                "cosigned_at": when(note_key.cosigned_at(line.signature)),
            }
            for line in others
        ],
    }


def key_spans(vkeys: Sequence[tuple[int, str]]) -> list[dict[str, Any]]:
    """Return each key with the tree sizes that it signs; the newest one's have no end."""
    ends = [size for size, _ in vkeys[1:]] + [None]
    return [
        {"vkey": vkey, "from_size": start, "to_size": None if end is None else end - 1}
        for (start, vkey), end in zip(vkeys, ends, strict=True)
    ]


def entry(item: Listed) -> dict[str, Any]:
    """Return an entry without its body; `bundle` is null for what is no bundle."""
    known = item.record
    document: dict[str, Any] = {
        "index": item.index,
        "logged_at": when(item.logged_at),
        "bytes": len(item.body),
        "bundle": None,
    }
    if known is not None:
        document["bundle"] = {
            "sha256": known.bundle_sha256.hex(),
            "release": known.release,
            "version": known.version,
            "environment": known.environment,
            "verdict": known.verdict,
            "decided_at": known.decided_at,
            "predicate_types": _values(known, records.PREDICATE_TYPE),
            "subjects": _values(known, records.SUBJECT),
            "signers": _values(known, records.SIGNER),
        }
    return document


def _values(known: records.Record, wanted: str) -> list[str]:
    return sorted(value for field, value in known.fields if field == wanted)
