"""Why one check says what it says, and the least change that would let it pass.

Works on a Verdict and the document of its sealed bundle (`assurance.report_bundle`): what was
read, with which age; what was found and what was required; what is the least that has to become
different; and how the verdict would stand then. Nothing is judged again: a check is not run, so
"the least change" is what its findings, its metadata and the rules of the gate demand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.decide import blocks
from assurance.grade import GRADE, fewest, grade, passing, rank
from assurance.model import Status
from assurance.predicates import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.model import Finding, Verdict

_ANSWER: Final = "an answer: what was asked could not tell"
_WELL: Final = frozenset({Status.PASS, Status.NOT_APPLICABLE})


def check_ids(verdict: Verdict) -> tuple[str, ...]:
    """Return the ids of all checks of `verdict`, in the order in which it lists them."""
    return tuple(dict.fromkeys(finding.check for finding in verdict.findings))


def explain(verdict: Verdict, document: Mapping[str, Any], check: str) -> dict[str, Any]:
    """Return what there is to say about `check`, one of `check_ids`.

    Returns:
        `id`, `area`, `status` (the worst of its findings), `blocking`, `owner`, `weight`,
        `title`, `description`, `controls`, `source` (null where the check has no policy), `why`
        (one sentence a finding), `read` (the lines it rests on), `least` (what has to become
        different; empty when nothing has to), `waivable`, `then` (how the verdict would stand)
        and `remedies`.
    """
    findings = [finding for finding in verdict.findings if finding.check == check]
    rules = {rule["id"]: rule for rule in document.get("rules") or ()}
    rule = rules.get(check)
    worst = min((finding.status for finding in findings), key=rank)
    first = findings[0]
    return {
        "id": check,
        "area": first.area,
        "status": worst.value,
        "blocking": any(blocks(finding) for finding in findings),
        "owner": next((finding.owner for finding in findings if finding.owner), None),
        "weight": max(finding.weight for finding in findings),
        "title": rule and rule["title"],
        "description": rule and rule["description"],
        "controls": list(rule["controls"]) if rule else [],
        "source": rule and rule["source"],
        "why": [_why(finding) for finding in findings],
        "read": _read(findings, rule, document),
        "least": _least(verdict, findings, rule),
        # What the gate itself finds, and what collectors lack, has no policy and no waiver.
        "waivable": rule is not None and rule["waivable"] and worst not in _WELL,
        "then": _then(verdict, check),
        "remedies": list(
            dict.fromkeys(
                finding.remedy
                for finding in findings
                if finding.remedy and finding.status not in _WELL
            )
        ),
    }


def _why(finding: Finding) -> dict[str, Any]:
    return {
        "status": finding.status.value,
        "would_be": finding.would_be and finding.would_be.value,
        "subject": finding.subject,
        "message": finding.message,
        "actual": finding.actual,
        "required": finding.required,
    }


def _read(
    findings: Iterable[Finding], rule: Mapping[str, Any] | None, document: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the lines that the check rests on, and what it wanted to read and was not there."""
    lines = {line for finding in findings for line in finding.evidence}
    limit = rule and rule["max_age_seconds"]
    found = [
        {
            **{
                key: item[key]
                for key in (
                    *("line", "kind", "predicate_type", "sha256", "says"),
                    *("as_of", "age_seconds", "signers"),
                )
            },
            "max_age_seconds": limit,
        }
        for item in document.get("attestations") or ()
        if item["line"] in lines
    ]
    there = {item["predicate_type"] for item in document.get("attestations") or ()}
    found += [
        {
            **dict.fromkeys(("line", "sha256", "says", "as_of", "age_seconds", "signers")),
            "kind": kind_of(wanted).name or wanted,
            "predicate_type": wanted,
            "max_age_seconds": limit,
        }
        for wanted in (rule["requires"] if rule else ())
        if wanted not in there
    ]
    return found


def _least(
    verdict: Verdict, findings: Sequence[Finding], rule: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return the changes that are needed, all of them; the same one is told once."""
    changes = []
    for finding in findings:
        if finding.status in _WELL:
            continue
        if finding.check == GRADE:
            changes += _grade_changes(verdict)
        else:
            changes.append(_change(finding, rule))
    # "Could not decide" beside a reason says nothing of its own.
    changes = [change for change in changes if change["to"] != _ANSWER] or changes
    return [dict(found) for found in dict.fromkeys(tuple(change.items()) for change in changes)]


def _change(finding: Finding, rule: Mapping[str, Any] | None) -> dict[str, Any]:
    status = finding.would_be or finding.status
    what = finding.required
    if what is None and rule is not None and status is Status.MISSING:
        kinds = [kind_of(wanted).name or wanted for wanted in rule["requires"]]
        what = f"evidence of kind {' and '.join(kinds)}" if kinds else None
    if what is None and status is Status.INDETERMINATE:
        what = _ANSWER
    return {
        "subject": finding.subject,
        "from": finding.actual,
        "to": what or finding.remedy or "no such finding",
    }


def _grade_changes(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "subject": finding.check,
            "from": finding.status.value,
            "to": f"PASS, which makes the grade {reached}",
        }
        for finding, reached in fewest(_without_grade(verdict), verdict.target_grade)
    ]


def _without_grade(verdict: Verdict) -> list[Finding]:
    return [finding for finding in verdict.findings if finding.check != GRADE]


def _then(verdict: Verdict, check: str) -> dict[str, Any]:
    """Return how the verdict would stand after the least change, all else as it is."""
    found = _without_grade(verdict)
    names = [check]
    if check == GRADE:
        names = [finding.check for finding, _ in fewest(found, verdict.target_grade)]
    for name in names:
        found = passing(found, name)
    reached = grade(found)
    others = sorted({finding.check for finding in found if blocks(finding)})
    if reached < verdict.target_grade:
        others.append(GRADE)
    return {"grade": reached, "go": not others, "blocking": others}
