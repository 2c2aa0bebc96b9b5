"""The bundle manifest, last line of a sealed bundle: what stands before it, line by line.

Type: `https://w3id.org/release-assurance/bundle-manifest/v1`. A line that is cut, moved,
doubled or changed no longer agrees with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import envelope, strict_json, timestamps
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.model import Statement
from assurance.predicates import (
    BUNDLE_MANIFEST,
    FREEZE,
    OPENVEX,
    POLICY_SET,
    READINESS,
    RELEASE,
    REVIEW,
    SIGN_OFF,
    VSA,
    WAIVER,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.model import Release
    from assurance.statement import ParsedStatement

_MADE_BY_SEALING = frozenset({POLICY_SET, READINESS, VSA})
_SAYS_WHEN = {
    RELEASE: "collectedAt",
    FREEZE: "frozenAt",
    OPENVEX: "timestamp",
    REVIEW: "completedAt",
    SIGN_OFF: "approvedAt",
    WAIVER: "requestedAt",
}
"""Where the lines that people add, and the release manifest, say when they were made."""
_REMEDY = "fetch the bundle again from where CI stored it; if it differs again, do not deploy"


def write(
    lines: Sequence[Line],
    release: Release,
    *,
    collected_at: Mapping[str, datetime],
    now: datetime,
) -> Statement:
    """Return the manifest of `lines`.

    Args:
        lines: Every line of the bundle before the manifest.
        release: What it is about.
        collected_at: SHA-256 of a payload to the time of its collection.
        now: When it is sealed, and when the policy set, readiness and VSA were made. Any other
            line that `collected_at` lacks tells itself when it was made, or nothing does.
    """
    predicate = {
        "release": {
            "name": release.name,
            "version": release.version,
            "environment": release.environment,
        },
        "createdAt": timestamps.format_utc(now),
        "count": len(lines),
        "lines": [
            {
                "index": line.number,
                "payloadSha256": line.payload_sha256,
                "lineSha256": line.line_sha256,
                "predicateType": line.statement.predicate_type,
                "collectedAt": _text(
                    collected_at.get(line.payload_sha256) or _made_at(line.statement, now)
                ),
            }
            for line in lines
        ],
    }
    return Statement(
        predicate_type=BUNDLE_MANIFEST, predicate=strict_json.dumps(predicate), collected_at=now
    )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.format_utc(moment)


def _made_at(statement: ParsedStatement, now: datetime) -> datetime | None:
    """Return when a line that no collector gave was made, None where it does not say."""
    if statement.predicate_type in _MADE_BY_SEALING:
        return now
    predicate = statement.predicate
    # An approved waiver repeats the time of the request, and has none of its own.
    if statement.predicate_type == WAIVER and predicate.get("request") is not None:
        return None
    said = predicate.get(_SAYS_WHEN.get(statement.predicate_type, ""))
    if not isinstance(said, str):
        return None
    try:
        return timestamps.parse(said, what="a time")
    except FormatError:
        return None


def check_own_lines(lines: Sequence[Line], *, where: str) -> None:
    """Check that the manifest's own lines stand in the one form that we write.

    Nothing lists them, so a space or an unsigned field would otherwise go unnoticed.

    Args:
        lines: The manifest's; several when a threshold of signers is asked for.
        where: The bundle's name.

    Raises:
        FormatError: a line is written another way.
    """
    for line in lines:
        found = line.attestation
        if found.line != envelope.write(found.payload, found.signature, key_id=found.hint):
            raise FormatError(
                "the bundle manifest's line is not written the one way that it may be: it was "
                "changed after it was sealed",
                remedy=_REMEDY,
                where=f"{where}:{line.number}",
            )


def check(
    predicate: Mapping[str, Any],
    lines: Sequence[Line],
    *,
    collected_at: Mapping[str, datetime],
    where: str,
) -> None:
    """Compare the manifest with the lines before it.

    Args:
        predicate: Of the last line.
        lines: Every line before it.
        collected_at: What the release manifest says; both must agree.
        where: The bundle's name.

    Raises:
        FormatError: a line is missing, added, changed, doubled or out of order.
    """
    fields = Fields(predicate, where=f"{where}:{len(lines) + 1}")
    entries = fields.objects("lines")
    if fields.whole("count") != len(entries):
        raise FormatError(
            f"the bundle manifest counts {fields.whole('count')} lines and lists {len(entries)}",
            remedy=_REMEDY,
            where=fields.where,
        )
    if len(entries) != len(lines):
        raise FormatError(
            f"the bundle has {len(lines)} lines before its manifest, which lists {len(entries)}: "
            "lines were cut or added",
            remedy=_REMEDY,
            where=where,
        )
    by_digest = {entry.sha256("lineSha256"): entry.whole("index") for entry in entries}
    for position, (line, entry) in enumerate(zip(lines, entries, strict=True), 1):
        place = f"{where}:{position}"
        if entry.whole("index") != position:
            raise FormatError(
                f"entry {position} of the bundle manifest has index {entry.whole('index')}",
                remedy=_REMEDY,
                where=fields.where,
            )
        if entry.sha256("lineSha256") != line.line_sha256:
            belongs = by_digest.get(line.line_sha256)
            raise FormatError(
                f"line {position} is not the one in the bundle manifest: "
                + ("it was changed" if belongs is None else f"it belongs at line {belongs}"),
                remedy=_REMEDY,
                where=place,
            )
        if (
            entry.sha256("payloadSha256") != line.payload_sha256
            or entry.text("predicateType") != line.statement.predicate_type
        ):
            raise FormatError(
                f"line {position} does not carry what the bundle manifest says",
                remedy=_REMEDY,
                where=place,
            )
        said = collected_at.get(line.payload_sha256)
        if said is not None and entry.time("collectedAt") != said:
            raise FormatError(
                f"line {position} was collected at {said:%Y-%m-%dT%H:%M:%SZ} according to the "
                "release manifest, and at another time according to the bundle manifest",
                remedy=_REMEDY,
                where=place,
            )
