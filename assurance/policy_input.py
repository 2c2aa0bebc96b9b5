"""The policy input: what every Rego check sees, as one JSON object (design section 5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assurance import cyclonedx_facts, timestamps
from assurance.model import Previous
from assurance.predicates import CYCLONEDX
from assurance.release_manifest import artifact_object

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from assurance.model import (
        CollectorRun,
        Evidence,
        PreviousProblem,
        Release,
        SignedBy,
        SignOffState,
        Subject,
    )


def build(
    *,
    now: datetime,
    release: Release,
    evidence: Sequence[Evidence],
    collectors: Sequence[CollectorRun],
    settings_digest: str,
    sign_offs: Sequence[SignOffState] = (),
    previous: Previous | PreviousProblem | None = None,
) -> bytes:
    """Return the policy input, UTF-8.

    `evidence` is sorted by line; `sign_offs` has the state of each area that is asked for or that
    somebody signed off, as `assurance.sign_offs` found it. `previous` is null where no earlier
    release was named, and where the one that was cannot be used. Keys keep their order instead of
    being sorted: a 1 MB SBOM would cost twice the time, and the engine reads objects, not bytes.
    """
    head = {
        "now": timestamps.format_utc(now),
        "environment": release.environment,
        "release": {
            "name": release.name,
            "version": release.version,
            "revision": release.revision,
            "artifacts": [artifact_object(artifact) for artifact in release.artifacts],
        },
        "collectors": [
            {"name": run.name, "version": run.version, "status": run.status, "reason": run.reason}
            for run in collectors
        ],
        "settings_digest": settings_digest,
        "sign_offs": [
            {
                "area": state.area,
                "state": state.state,
                "needs": state.needs,
                "has": state.has,
                "by": list(state.by),
                "reason": state.reason,
            }
            for state in sign_offs
        ],
        "previous": _previous(previous),
    }
    items = b",".join(_item(item, now=now) for item in evidence)
    return b'%b,"evidence":[%b]}' % (_json(head)[:-1], items)


def _previous(previous: Previous | PreviousProblem | None) -> dict[str, Any] | None:
    if not isinstance(previous, Previous):
        return None
    return {
        "bundle": previous.bundle_sha256,
        "release": {
            "name": previous.name,
            "version": previous.version,
            "artifacts": [artifact_object(artifact) for artifact in previous.artifacts],
        },
        "environment": previous.environment,
        "verdict": previous.result.value,
        "grade": previous.grade,
        "target_grade": previous.target_grade,
        "decided_at": timestamps.format_utc(previous.decided_at),
        "policy_digest": previous.policy_digest,
        "checks": {name: status.value for name, status in previous.checks},
        "history": [
            {
                "version": past.version,
                "verdict": past.result.value,
                "grade": past.grade,
                "decided_at": timestamps.format_utc(past.decided_at),
            }
            for past in previous.history
        ],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _item(item: Evidence, *, now: datetime) -> bytes:
    """Return one piece of evidence; a large predicate goes in as the bytes that were signed."""
    head = _json(_evidence(item, now=now))
    predicate = _json(item.predicate) if item.predicate_json is None else item.predicate_json
    return b'%b,"predicate":%b}' % (head[:-1], predicate)


def _evidence(item: Evidence, *, now: datetime) -> dict[str, Any]:
    age = None if item.as_of is None else int((now - item.as_of).total_seconds())
    return {
        "line": item.line,
        "predicate_type": item.predicate_type,
        "facts": cyclonedx_facts.facts(item.predicate)
        if item.predicate_type == CYCLONEDX
        else None,
        "subject": [_subject(subject) for subject in item.subjects],
        "signer": _signer(item.signers[0]),
        "as_of": None if item.as_of is None else timestamps.format_utc(item.as_of),
        "age_seconds": age,
        "proven_at": None if item.proven_at is None else timestamps.format_utc(item.proven_at),
    }


def _subject(subject: Subject) -> dict[str, Any]:
    return {"name": subject.name, "digest": dict(subject.digest), "uri": subject.uri}


def _signer(signer: SignedBy) -> dict[str, Any]:
    return {"key": signer.key, "holder": signer.holder, "roles": list(signer.roles)}
