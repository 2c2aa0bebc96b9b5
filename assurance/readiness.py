"""The readiness predicate: a Verdict as the verifier signs it, and back.

Type: `https://w3id.org/release-assurance/readiness/v1`; fields: docs/predicates/readiness.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from assurance import __version__, strict_json, timestamps
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.model import (
    Estimate,
    Finding,
    PastRelease,
    Previous,
    PreviousProblem,
    Release,
    Result,
    SignOffState,
    Statement,
    Status,
    TrustUsed,
    Verdict,
)
from assurance.predicates import READINESS
from assurance.release_manifest import artifact_object, read_artifacts, read_runs, run_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_Word = TypeVar("_Word", bound=StrEnum)

_PROBLEMS = (Status.MISSING, Status.FAIL, Status.INDETERMINATE)
"""How a last release that cannot be used may read: each of them blocks."""
_REMEDY = "decide again with a tool that follows docs/predicates/readiness.md"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.format_utc(moment)


def _finding_object(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "message": finding.message,
        "subject": finding.subject,
        "actual": finding.actual,
        "required": finding.required,
        "severity": finding.severity,
        "weight": finding.weight,
        "blocking": finding.blocking,
        "owner": finding.owner,
        "remedy": finding.remedy,
        "evidence": list(finding.evidence),
        "wouldBe": None if finding.would_be is None else finding.would_be.value,
        "waiver": finding.waiver,
    }


def _previous_objects(previous: Previous | PreviousProblem | None) -> dict[str, Any]:
    """Return `previous`, and why it is null where a last release was named all the same."""
    if not isinstance(previous, PreviousProblem):
        said = None if previous is None else _previous_object(previous)
        return {"previous": said, "previousProblem": None}
    problem = {
        "status": previous.status.value,
        "problem": previous.problem,
        "remedy": previous.remedy,
    }
    return {"previous": None, "previousProblem": problem}


def _previous_object(previous: Previous) -> dict[str, Any]:
    return {
        "bundle": {"sha256": previous.bundle_sha256},
        "release": {
            "name": previous.name,
            "version": previous.version,
            "artifacts": [artifact_object(artifact) for artifact in previous.artifacts],
        },
        "environment": previous.environment,
        "result": previous.result.value,
        "grade": {"value": previous.grade, "target": previous.target_grade},
        "decidedAt": timestamps.format_utc(previous.decided_at),
        "policyDigest": {"sha256": previous.policy_digest},
        "checks": [{"check": name, "status": status.value} for name, status in previous.checks],
        "history": [
            {
                "version": past.version,
                "result": past.result.value,
                "grade": past.grade,
                "decidedAt": timestamps.format_utc(past.decided_at),
            }
            for past in previous.history
        ],
    }


def write(verdict: Verdict, *, trust_version: int, trust_digest: str) -> Statement:
    """Return `verdict` as a statement about all artifacts."""
    release = verdict.release
    predicate = {
        "result": verdict.result.value,
        "environment": verdict.environment,
        "release": {
            "name": release.name,
            "version": release.version,
            "revision": release.revision,
            "artifacts": [artifact_object(artifact) for artifact in release.artifacts],
            "resourceUri": release.resource_uri,
        },
        "grade": {"value": verdict.grade, "target": verdict.target_grade},
        "decidedAt": timestamps.format_utc(verdict.decided_at),
        "validUntil": _time(verdict.valid_until),
        "findings": [_finding_object(finding) for finding in verdict.findings],
        "signOffs": [
            {
                "area": state.area,
                "state": state.state,
                "needs": state.needs,
                "has": state.has,
                "by": list(state.by),
                "reason": state.reason,
            }
            for state in verdict.sign_offs
        ],
        "weakenings": list(verdict.weakenings),
        "notChecked": list(verdict.not_checked),
        "collectors": [run_object(run) for run in verdict.collectors],
        "policy": {
            "digest": {"sha256": verdict.policy_digest},
            "engine": verdict.engine,
            "checks": len({finding.check for finding in verdict.findings}),
        },
        "evidenceDigest": {"sha256": verdict.evidence_digest},
        "settingsDigest": {"sha256": verdict.settings_digest},
        "trust": {"version": trust_version, "digest": {"sha256": trust_digest}},
        "artifactsAtSeal": [
            artifact_object(artifact) for artifact in verdict.artifacts_at_seal or ()
        ],
        "estimate": None
        if verdict.estimate is None
        else {
            "grade": verdict.estimate.grade,
            "by": verdict.estimate.by,
            "on": verdict.estimate.on,
        },
        **_previous_objects(verdict.previous),
        "tool": {"name": "release-assurance", "version": __version__},
    }
    return Statement(
        predicate_type=READINESS,
        predicate=strict_json.dumps(predicate),
        collected_at=verdict.decided_at,
    )


def read(predicate: Mapping[str, Any], *, where: str) -> Verdict:
    """Read a readiness predicate.

    Raises:
        FormatError: wrong shape, or a word that is no result or status.
    """
    fields = Fields(predicate, where=where)
    about = fields.object("release")
    environment = fields.text("environment")
    grade = fields.object("grade")
    policy, trust = fields.object("policy"), fields.object("trust")
    return Verdict(
        result=_word(fields, "result", Result),
        environment=environment,
        release=Release(
            name=about.text("name"),
            version=about.text("version"),
            revision=about.text_or_none("revision"),
            artifacts=read_artifacts(about),
            environment=environment,
            resource_uri=about.text("resourceUri"),
        ),
        findings=tuple(_finding(item) for item in fields.objects("findings")),
        grade=grade.whole("value"),
        target_grade=grade.whole("target"),
        decided_at=fields.time("decidedAt"),
        valid_until=fields.time_or_none("validUntil"),
        sign_offs=tuple(_sign_off(item) for item in fields.objects("signOffs")),
        weakenings=fields.texts("weakenings"),
        collectors=read_runs(fields),
        policy_digest=policy.object("digest").sha256("sha256"),
        engine=policy.text("engine"),
        evidence_digest=fields.object("evidenceDigest").sha256("sha256"),
        settings_digest=fields.object("settingsDigest").sha256("sha256"),
        not_checked=fields.texts("notChecked"),
        artifacts_at_seal=read_artifacts(fields, "artifactsAtSeal"),
        estimate=_estimate(fields),
        previous=_previous(fields),
        trust_used=TrustUsed(
            version=trust.whole("version"), sha256=trust.object("digest").sha256("sha256")
        ),
    )


def _previous(fields: Fields) -> Previous | PreviousProblem | None:
    if fields.get("previousProblem") is not None:
        problem = fields.object("previousProblem")
        status = _word(problem, "status", Status)
        if status not in _PROBLEMS:
            raise FormatError(
                f"`{problem.key}.status` must be one of {', '.join(_PROBLEMS)}, found {status}",
                remedy=_REMEDY,
                where=fields.where,
            )
        return PreviousProblem(
            status=status, problem=problem.text("problem"), remedy=problem.text("remedy")
        )
    if fields.get("previous") is None:
        return None
    said = fields.object("previous")
    about, grade = said.object("release"), said.object("grade")
    return Previous(
        bundle_sha256=said.object("bundle").sha256("sha256"),
        name=about.text("name"),
        version=about.text("version"),
        environment=said.text("environment"),
        result=_word(said, "result", Result),
        grade=grade.whole("value"),
        target_grade=grade.whole("target"),
        decided_at=said.time("decidedAt"),
        policy_digest=said.object("policyDigest").sha256("sha256"),
        artifacts=read_artifacts(about),
        checks=tuple(
            (item.text("check"), _word(item, "status", Status)) for item in said.objects("checks")
        ),
        history=tuple(
            PastRelease(
                version=item.text("version"),
                result=_word(item, "result", Result),
                grade=item.whole("grade"),
                decided_at=item.time("decidedAt"),
            )
            for item in said.objects("history")
        ),
    )


def _estimate(fields: Fields) -> Estimate | None:
    if fields.get("estimate") is None:
        return None
    said = fields.object("estimate")
    return Estimate(grade=said.whole("grade"), by=said.text("by"), on=said.text("on"))


def _word(fields: Fields, key: str, words: type[_Word]) -> _Word:
    value = fields.text(key)
    try:
        return words(value)
    except ValueError as error:
        raise FormatError(
            f"`{fields.key}.{key}` must be one of {', '.join(words)}, found {value!r:.60}",
            remedy=_REMEDY,
            where=fields.where,
        ) from error


def _finding(fields: Fields) -> Finding:
    would_be = fields.get("wouldBe")
    lines = fields.items("evidence")
    if not all(isinstance(line, int) and not isinstance(line, bool) for line in lines):
        raise FormatError(
            f"`{fields.key}.evidence` must be line numbers", remedy=_REMEDY, where=fields.where
        )
    return Finding(
        check=fields.text("check"),
        status=_word(fields, "status", Status),
        message=fields.text("message"),
        subject=fields.text_or_none("subject"),
        actual=fields.text_or_none("actual"),
        required=fields.text_or_none("required"),
        severity=fields.text("severity"),
        weight=fields.whole("weight"),
        blocking=fields.flag("blocking"),
        owner=fields.text_or_none("owner"),
        remedy=fields.text_or_none("remedy"),
        evidence=lines,
        would_be=None if would_be is None else _word(fields, "wouldBe", Status),
        waiver=fields.whole_or_none("waiver"),
    )


def _sign_off(fields: Fields) -> SignOffState:
    return SignOffState(
        area=fields.text("area"),
        state=fields.text("state"),
        needs=fields.whole("needs"),
        has=fields.whole("has"),
        by=fields.texts("by"),
        reason=fields.text_or_none("reason"),
    )
