"""The report stage: one document from a Verdict, the same for JSON and for every view.

`document` gives the shape that every command's `-o json` has (design section 6): each key of
`FIELDS` is always there, null or empty where it does not apply; keys are only ever added.
Schema: `assurance/schemas/output/v1.schema.json`; docs/output.md explains each key.
Light to import: a failing command needs it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance.model import Artifact, CollectorRun, Finding, Release, SignOffState, Verdict
    from assurance.trust import Trust

FIELDS = (
    "verdict",
    "environment",
    "grade",
    "target_grade",
    "release",
    "checks",
    "weakenings",
    "sign_offs",
    "plugins",
    "bundle",
    "receipt",
    "trust",
    "decided_at",
    "valid_until",
    "not_checked",
    "claimed",
    "errors",
)
_LISTS = frozenset({"checks", "weakenings", "sign_offs", "plugins", "not_checked", "errors"})


def schema_uri(command: str) -> str:
    """Return the URI that names the output of `command`; `none` for what is no command."""
    word = command if re.fullmatch("[a-z][a-z-]{0,62}", command) else "none"
    return f"https://w3id.org/release-assurance/output/{word}/v1"


def document(
    command: str,
    exit: int,  # noqa: A002 - the name of the contract's field
    **fields: Any,
) -> dict[str, Any]:
    """Return the document of `command`: every common key, then what `fields` says."""
    found: dict[str, Any] = {key: [] if key in _LISTS else None for key in FIELDS}
    found.update(fields)
    found["schema"] = schema_uri(command)
    found["exit"] = int(exit)
    return found


def report_document(
    verdict: Verdict,
    *,
    command: str,
    exit: int,  # noqa: A002 - the name of the contract's field
    bundle: Mapping[str, Any] | None = None,
    receipt: Mapping[str, Any] | None = None,
    trust: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return the document that tells everything about `verdict`.

    Args:
        verdict: What was decided.
        command: Which command tells it.
        exit: That command's exit code.
        bundle: `path`, `sha256` (hex) and `lines` of the sealed bundle; None before sealing.
        receipt: `path`, `origin` and `index` of the receipt; None without a log.
        trust: `path`, `version`, `sha256` and `profile` of the trust file.
        fields: Further keys of the command's own; they win over the ones above.
    """
    known = verdict_fields(verdict)
    known["bundle"] = bundle and dict(bundle)
    known["receipt"] = receipt and dict(receipt)
    known["trust"] = trust and dict(trust)
    return document(command, exit, **{**known, **fields})


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """Return what `verdict` says, as keys of the document (or of its `claimed`)."""
    return {
        "verdict": verdict.result.value,
        "environment": verdict.environment,
        "grade": verdict.grade,
        "target_grade": verdict.target_grade,
        "release": release_fields(verdict.release),
        "checks": [_check(finding) for finding in verdict.findings],
        "weakenings": list(verdict.weakenings),
        "sign_offs": [_sign_off(state) for state in verdict.sign_offs],
        "plugins": [run_fields(run) for run in verdict.collectors],
        "decided_at": _time(verdict.decided_at),
        "valid_until": _time(verdict.valid_until),
        "not_checked": list(verdict.not_checked),
        "estimate": None
        if verdict.estimate is None
        else {
            "grade": verdict.estimate.grade,
            "by": verdict.estimate.by,
            "on": verdict.estimate.on,
        },
        "previous": _previous(verdict),
        "policies": {"sha256": verdict.policy_digest or None, "engine": verdict.engine},
        "evidence": {"sha256": verdict.evidence_digest or None},
        "settings": {"sha256": verdict.settings_digest or None},
    }


def _previous(verdict: Verdict) -> dict[str, Any] | None:
    """Return the last release beside this one; `problem` says why there is nothing to compare."""
    last = verdict.previous
    if last is None:
        return None
    # Only where there is something to compare: a failing command needs this module, too.
    from assurance.grade import worst_statuses
    from assurance.model import PreviousProblem
    from assurance.verdict_difference import statuses

    keys = ("name", "version", "environment", "verdict", "grade", "target_grade", "decided_at")
    found: dict[str, Any] = dict.fromkeys((*keys, "bundle_sha256", "policy_sha256", "problem"))
    found |= {"history": [], "changes": []}
    if isinstance(last, PreviousProblem):
        return {**found, "problem": last.problem}
    return {
        **found,
        "name": last.name,
        "version": last.version,
        "environment": last.environment,
        "verdict": last.result.value,
        "grade": last.grade,
        "target_grade": last.target_grade,
        "decided_at": _time(last.decided_at),
        "bundle_sha256": last.bundle_sha256,
        "policy_sha256": last.policy_digest,
        "history": [
            {
                "version": past.version,
                "verdict": past.result.value,
                "grade": past.grade,
                "decided_at": _time(past.decided_at),
            }
            for past in last.history
        ],
        "changes": statuses(dict(last.checks), worst_statuses(verdict.findings)),
    }


def release_fields(release: Release) -> dict[str, Any]:
    """Return `release` as the document shows it."""
    return {
        "name": release.name,
        "version": release.version,
        "revision": release.revision,
        "resource_uri": release.resource_uri,
        "artifacts": [artifact_fields(artifact) for artifact in release.artifacts],
    }


def trust_fields(trust: Trust, path: str | None) -> dict[str, Any]:
    """Return the trust file, which lies at `path`, as the document shows it."""
    return {
        "path": path,
        "version": trust.version,
        "sha256": trust.digest,
        "profile": trust.profile,
    }


def _time(moment: datetime | None) -> str | None:
    from assurance.timestamps import format_utc

    return None if moment is None else format_utc(moment)


def artifact_fields(artifact: Artifact) -> dict[str, Any]:
    """Return `artifact` as the document shows it."""
    return {
        "name": artifact.name,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "platform": artifact.platform,
    }


def _check(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.check,
        "area": finding.area,
        "status": finding.status.value,
        "would_be": None if finding.would_be is None else finding.would_be.value,
        "blocking": finding.blocking,
        "severity": finding.severity,
        "message": finding.message,
        "actual": finding.actual,
        "required": finding.required,
        "subject": finding.subject,
        "owner": finding.owner,
        "remedy": finding.remedy,
        "weight": finding.weight,
        "evidence": list(finding.evidence),
        "waiver": finding.waiver,
    }


def _sign_off(state: SignOffState) -> dict[str, Any]:
    return {
        "area": state.area,
        "state": state.state,
        "needs": state.needs,
        "has": state.has,
        "by": list(state.by),
        "reason": state.reason,
    }


def run_fields(run: CollectorRun) -> dict[str, Any]:
    """Return one entry of `plugins`: how a collector's run ended."""
    return {
        "name": run.name,
        "plugin": run.plugin,
        "distribution": run.distribution,
        "version": run.version,
        "sha256": run.digest,
        "status": run.status,
        "reason": run.reason,
        "remedy": run.remedy,
        "required": run.required,
        "self_test": run.self_test,
        "duration_ms": run.duration_ms,
    }
