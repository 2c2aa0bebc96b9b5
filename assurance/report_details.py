"""What a report says besides the verdict: the bundle's lines, and what each check is for.

Both come from the bundle alone. `attestations` has one entry a line group, with how old its
knowledge was when the verdict was given and how old it may be; `rules` has the metadata of every
check in the bundle's policy set. Neither says that a signature holds: `signers` is null unless
the caller verified the lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import (
    checklist,
    freshness,
    policy_set,
    policy_statement,
    release_manifest,
    timestamps,
)
from assurance.errors import FormatError
from assurance.predicates import (
    CYCLONEDX,
    POLICY_SET,
    RELEASE,
    SIGN_OFF,
    SPDX,
    TEST_RESULT,
    TESTS_DETAIL,
    VULNERABILITIES,
    WAIVER,
    kind_of,
)
from assurance.report_contents import contents
from assurance.report_entry import at, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.checklist import Checklist
    from assurance.model import Check, Evidence

_SECTIONS = "report_sections.json"
"""Where a policy set has sections of the report (`assurance.report_sections`)."""
DETAILS = ("attestations", "rules", "contents", "waivers", "approvals", "checklist", "due")
"""The keys that `details` gives."""


def details(
    groups: Sequence[Sequence[Line]],
    *,
    environment: str,
    now: datetime,
    evidence: Iterable[Evidence] = (),
    where: str,
) -> dict[str, Any]:
    """Return the document's keys that `DETAILS` names.

    Args:
        groups: The bundle's lines, as `bundle.groups` joins them.
        environment: Whose age limits count.
        now: The verdict's time: ages are told as of then, so a report never changes.
        evidence: What `verify` made of the lines; without it nobody is named as signer.
        where: The bundle's name, for messages.

    Raises:
        FormatError: the release manifest or the policy set cannot be read.
    """
    checks: tuple[Check, ...] = ()
    collected: Mapping[str, datetime] = {}
    launch: Checklist | None = None
    sections: dict[str, Any] = {}
    for group in groups:
        statement, place = group[0].statement, f"{where}:{group[0].number}"
        if statement.predicate_type == POLICY_SET:
            archive = policy_statement.archive_of(statement.predicate, where=place)
            policies = policy_set.unpack(archive, place)
            checks += policies.checks
            launch = checklist.of(policies)
            if any(name == _SECTIONS for name, _ in policies.files):
                from assurance import report_sections

                sections = report_sections.of(policies)
        elif statement.predicate_type == RELEASE:
            manifest = release_manifest.read(statement.predicate, where=place)
            collected = {item.payload_sha256: item.collected_at for item in manifest.collected}
    limits = _limits(checks, environment)
    verified = {item.line: item for item in evidence}
    return {
        "attestations": [
            _attestation(
                group,
                verified.get(group[0].number),
                collected_at=collected.get(group[0].payload_sha256),
                max_age=limits.get(group[0].statement.predicate_type),
                now=now,
            )
            for group in groups
        ],
        "rules": [_rule(check, environment) for check in checks],
        "contents": contents((group[0] for group in groups), sections),
        "waivers": [
            _waiver(group[0]) for group in groups if group[0].statement.predicate_type == WAIVER
        ],
        "approvals": [
            _approval(group[0]) for group in groups if group[0].statement.predicate_type == SIGN_OFF
        ],
        "checklist": None if launch is None else _checklist(launch),
        "due": {} if launch is None else _due(launch),
    }


def _checklist(launch: Checklist) -> dict[str, Any]:
    """Return the readiness checklist as the policy set has it; what became of it is in `checks`."""
    return {
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "area": item.area,
                "owner": item.owner or item.area,
                "milestone": item.milestone,
                "weight": item.weight,
                "blocking": item.blocking,
                "needs": [
                    *(f"check {name}" for name in item.checks),
                    *(f"evidence {name}" for name in item.evidence),
                    *([f"document {item.document}"] if item.document else ()),
                ]
                or [f"sign-off of {item.area}"],
            }
            for item in launch.items
        ],
        "milestones": [
            {"id": item.id, "title": item.title, "due": item.due.isoformat()}
            for item in launch.milestones
        ],
        "risks": [
            {
                "id": risk.id,
                "title": risk.title,
                "mitigation": risk.mitigation,
                "owner": risk.owner,
                "items": list(risk.items),
            }
            for risk in launch.risks
        ],
        "frozen_from": launch.frozen_from and launch.frozen_from.isoformat(),
    }


def _due(launch: Checklist) -> dict[str, str]:
    """Return the day by which each check is to pass: of an item, of what it names, of milestones.

    What several items name is due on the first of their days.
    """
    days = {milestone.id: milestone.due for milestone in launch.milestones}
    found = {f"milestone.{name}": day for name, day in days.items()}
    for item in launch.items:
        day = item.due or days.get(item.milestone or "")
        if day is None:
            continue
        named = [f"checklist.{item.id}", *item.checks]
        if not (item.checks or item.evidence or item.document):
            named.append(f"signoff.{item.area}")
        for name in named:
            found[name] = min(day, found.get(name, day))
    return {name: day.isoformat() for name, day in sorted(found.items())}


def _limits(checks: Iterable[Check], environment: str) -> dict[str, int]:
    """Return, for each predicate type, the shortest age that any check allows it."""
    found: dict[str, int] = {}
    for check in checks:
        limit = check.age_limit(environment)
        if limit is not None:
            for kind in (*check.requires, *check.reads):
                found[kind] = min(limit, found.get(kind, limit))
    return found


def _attestation(
    group: Sequence[Line],
    verified: Evidence | None,
    *,
    collected_at: datetime | None,
    max_age: int | None,
    now: datetime,
) -> dict[str, Any]:
    line = group[0]
    kind = kind_of(line.statement.predicate_type)
    moment = freshness.as_of(kind, line.statement.predicate, collected_at, now=now)
    return {
        "line": line.number,
        "lines": len(group),
        "sha256": line.line_sha256,
        "kind": kind.name,
        "predicate_type": line.statement.predicate_type,
        "says": _says(line.statement.predicate_type, line.statement.predicate),
        "subjects": len(line.statement.subjects),
        "signers": None
        if verified is None
        else [
            {"holder": signer.holder, "roles": list(signer.roles)} for signer in verified.signers
        ],
        "as_of": None if moment is None else timestamps.format_utc(moment),
        "age_seconds": None if moment is None else int((now - moment).total_seconds()),
        "max_age_seconds": max_age,
    }


def _rule(check: Check, environment: str) -> dict[str, Any]:
    return {
        "id": check.id,
        "title": check.title,
        "description": check.description,
        "severity": check.severity,
        "weight": check.weight,
        "blocking": check.blocking,
        "owner": check.owner,
        "remedy": check.remedy,
        "requires": list(check.requires),
        "reads": list(check.reads),
        "max_age_seconds": check.age_limit(environment),
        "controls": list(check.controls),
        "waivable": check.waivable,
        "source": check.source,
    }


def _waiver(line: Line) -> dict[str, Any]:
    said = line.statement.predicate
    return {
        "line": line.number,
        "check": text(said.get("check")),
        "subject": text(at(said, "subject", "name")),
        "status": text(said.get("status")),
        **{key: text(said.get(key)) for key in ("reason", "mitigation", "owner", "reference")},
        "requester": text(said.get("requester")),
        "approver": text(said.get("approver")),
        "requested_at": _moment(said.get("requestedAt")),
        "expires_at": _moment(said.get("expiresAt")),
    }


def _approval(line: Line) -> dict[str, Any]:
    said = line.statement.predicate
    return {
        "line": line.number,
        "area": text(said.get("area")),
        "approver": text(said.get("approver")),
        "approved_at": _moment(said.get("approvedAt")),
        "evidence_sha256": text(at(said, "evidenceDigest", "sha256")),
        "comment": text(said.get("comment")),
    }


def _moment(value: object) -> str | None:
    """Return a time as every key of the document has it, None for what is no time."""
    if not isinstance(value, str):
        return None
    try:
        return timestamps.format_utc(timestamps.parse(value, what="time"))
    except FormatError:
        return None


def _says(predicate_type: str, predicate: Mapping[str, Any]) -> str | None:
    """Return the size of what a predicate holds, in words; None where none are known for it."""
    if predicate_type == CYCLONEDX:
        return _count(predicate.get("components"), "component")
    if predicate_type == SPDX:
        return _count(predicate.get("packages"), "package")
    if predicate_type == VULNERABILITIES:
        scanner = predicate.get("scanner")
        results = scanner.get("result") if isinstance(scanner, dict) else None
        return _count(results, "advisory", "advisories")
    if predicate_type == TEST_RESULT:
        return _count(predicate.get("failedTests"), "failed test")
    if predicate_type == TESTS_DETAIL:
        totals = predicate.get("totals")
        tests = totals.get("tests") if isinstance(totals, dict) else None
        return f"{tests:,} tests" if isinstance(tests, int) else None
    return None


def _count(items: object, one: str, many: str | None = None) -> str | None:
    if not isinstance(items, list):
        return None
    word = one if len(items) == 1 else many or f"{one}s"
    return f"{len(items):,} {word}"
