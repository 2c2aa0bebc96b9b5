"""The judge stage: Evidence and policies in, Findings out. No I/O and no clock.

For each check, in this order:

1. an error, a time-out or an undefined `applies` is INDETERMINATE;
2. `applies` with a reason is NOT_APPLICABLE, `false` without one is INDETERMINATE;
3. a predicate type that the check `requires` and nobody gave is MISSING, or INDETERMINATE
   when the collector that gives it failed;
4. what it reads and is too old is STALE, from the future INDETERMINATE;
5. `evaluated` other than `true`, or findings that are no findings, are INDETERMINATE;
6. its own findings count as they are; none at all, and nothing above, is PASS.

Collectors that failed and an empty policy set are findings too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from assurance import freshness, policy_input
from assurance.model import Finding, Status
from assurance.predicates import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assurance.interfaces import PolicyEngine, PolicySet, RuleResult
    from assurance.model import (
        Check,
        CollectorRun,
        Evidence,
        Previous,
        PreviousProblem,
        Release,
        SignOffState,
    )

TIMEOUT_SECONDS = 30.0
"""For the whole policy set; the worker is killed after it."""

_FROM_POLICY = {
    status.value: status
    for status in (
        Status.WARN,
        Status.FAIL,
        Status.STALE,
        Status.MISSING,
        Status.INDETERMINATE,
    )
}
"""What a policy may say; PASS is the absence of findings and is never said."""
_AGED = {
    Status.STALE: "collect it again: assurance run",
    Status.INDETERMINATE: "set the clock of the machine that made it, then collect it again",
}
"""What to do about evidence of the wrong age, whatever the check is about."""


def wait_for(collector: str) -> str:
    """Return the remedy of a check that has nothing to read because a collector gave nothing.

    Args:
        collector: The id of the collector's own finding, `collect.NAME`.
    """
    return f"mend what {collector} says, then collect again"


def judge(  # noqa: PLR0913 - a stage takes what the stages before gave
    *,
    release: Release,
    evidence: Sequence[Evidence],
    collectors: Sequence[CollectorRun],
    settings_digest: str,
    policies: PolicySet,
    engine: PolicyEngine,
    now: datetime,
    sign_offs: Sequence[SignOffState] = (),
    previous: Previous | PreviousProblem | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> tuple[Finding, ...]:
    """Return the findings of every check, collectors' failures included.

    Raises:
        PolicyEngineError: the engine gave no answer at all.
    """
    findings = [finding for run in collectors for finding in _collector_findings(run)]
    if not policies.checks:
        findings.append(
            Finding(
                check="policy.present",
                status=Status.INDETERMINATE,
                message="no check is configured, so nothing was judged",
                required="at least one check",
                remedy="name a policy pack in [policy] packs",
                waivable=False,
            )
        )
        return tuple(findings)
    results = engine.evaluate(
        policies,
        policy_input.build(
            now=now,
            release=release,
            evidence=evidence,
            collectors=collectors,
            settings_digest=settings_digest,
            sign_offs=sign_offs,
            previous=previous,
        ),
        timeout_seconds=timeout_seconds,
    )
    judged = _Judge(evidence, collectors, release.environment, now)
    for check in policies.checks:
        findings += judged.check(check, results.get(check.id))
    return tuple(findings)


def _collector_findings(run: CollectorRun) -> tuple[Finding, ...]:
    check = f"collect.{run.name}"
    if run.status != "ok":
        return (
            Finding(
                check=check,
                status=Status(run.status),
                message=f"collector {run.name}: {run.reason or 'no reason given'}",
                blocking=run.required,
                remedy=run.remedy or f"see the output of collector {run.name} and run it again",
                waivable=False,
            ),
        )
    if run.self_test == "failed":
        return (
            Finding(
                check=check,
                status=Status.INDETERMINATE,
                message=f"collector {run.name} did not find the defect planted for it",
                blocking=run.required,
                remedy=f"do not trust {run.name} before its self-test passes",
                waivable=False,
            ),
        )
    return ()


class _Judge:
    """The evidence by predicate type, and who failed to give what."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        collectors: Sequence[CollectorRun],
        environment: str,
        now: datetime,
    ) -> None:
        self._now = now
        self._environment = environment
        self._by_type: dict[str, list[Evidence]] = {}
        for item in evidence:
            self._by_type.setdefault(item.predicate_type, []).append(item)
        self._failed: dict[str, CollectorRun] = {}
        for run in collectors:
            if run.status != "ok" or run.self_test == "failed":
                for predicate_type in run.predicate_types:
                    self._failed.setdefault(predicate_type, run)

    def check(self, check: Check, result: RuleResult | None) -> tuple[Finding, ...]:
        """Return the findings of one check: never none."""
        read = [
            item
            for predicate_type in dict.fromkeys((*check.requires, *check.reads))
            for item in self._by_type.get(predicate_type, ())
        ]
        lines = tuple(sorted(item.line for item in read))
        if result is None or result.error is not None:
            reason = "no answer" if result is None else result.error
            return (_undecided(check, f"could not decide: {reason}", lines),)
        if (skipped := _not_applicable(check, result, lines)) is not None:
            return (skipped,)
        found = self._missing(check)
        if found:
            return tuple(found)
        found += self._aged(check, read)
        if result.evaluated is not True:
            found.append(
                _undecided(check, "could not decide: the rule read no usable evidence", lines)
            )
        found += _said(check, result.findings, lines)
        if not found:
            found.append(_finding(check, Status.PASS, check.title, lines))
        return tuple(found)

    def _missing(self, check: Check) -> list[Finding]:
        found = []
        for predicate_type in check.requires:
            if predicate_type in self._by_type:
                continue
            name = kind_of(predicate_type).name or predicate_type
            run = self._failed.get(predicate_type)
            if run is None:
                found.append(
                    _finding(
                        check,
                        Status.MISSING,
                        f"no {name} evidence in the bundle",
                        (),
                        remedy=f"have {name} evidence collected ([collect] in the settings) or "
                        "imported ([[import]])",
                    )
                )
            else:
                found.append(
                    _finding(
                        check,
                        Status.INDETERMINATE if run.status == "ok" else Status(run.status),
                        f"no {name} evidence: collector {run.name} gave none",
                        (),
                        remedy=wait_for(f"collect.{run.name}"),
                    )
                )
        return found

    def _aged(self, check: Check, read: Sequence[Evidence]) -> list[Finding]:
        limit = check.age_limit(self._environment)
        found = []
        for item in read:
            status = freshness.reading(item.as_of, limit, now=self._now)
            if status is Status.PASS:
                continue
            name = kind_of(item.predicate_type).name or item.predicate_type
            if status is Status.INDETERMINATE:
                message = f"{name} evidence is dated in the future"
            elif item.as_of is None:
                message = f"{name} evidence does not say from when it is"
            else:
                message = f"{name} evidence is too old for {self._environment}"
            found.append(
                _finding(
                    check,
                    status,
                    message,
                    (item.line,),
                    remedy=_AGED[status],
                    actual=None if item.as_of is None else f"as of {item.as_of:%Y-%m-%d %H:%M} UTC",
                    required=None if limit is None else f"at most {duration_text(limit)} old",
                )
            )
        return found


def duration_text(seconds: int) -> str:
    """Return a duration for people: whole days, hours, minutes or seconds."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _not_applicable(check: Check, result: RuleResult, lines: tuple[int, ...]) -> Finding | None:
    applies: Any = result.applies
    if applies is True:
        return None
    if isinstance(applies, dict):
        reason = applies.get("reason")
        if isinstance(reason, str) and reason.strip():
            return _finding(check, Status.NOT_APPLICABLE, f"does not apply: {reason}", lines)
    if applies is None:
        return _undecided(check, "could not decide: `applies` is undefined", lines)
    return _undecided(check, "could not decide: `applies` gives no reason", lines)


def _said(check: Check, findings: Any, lines: tuple[int, ...]) -> list[Finding]:
    if not isinstance(findings, list):
        return [_undecided(check, "could not decide: `findings` is undefined", lines)]
    found = []
    for item in findings:
        status = _FROM_POLICY.get(item.get("status")) if _is_finding(item) else None
        if status is None:
            found.append(_undecided(check, "could not decide: a finding has no known form", lines))
            continue
        found.append(
            _finding(
                check,
                status,
                item["message"],
                lines,
                subject=_text(item, "subject"),
                actual=_text(item, "actual"),
                required=_text(item, "required"),
            )
        )
    return found


def _is_finding(item: object) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("status"), str)
        and isinstance(item.get("message"), str)
        and bool(item["message"].strip())
    )


def _text(item: Mapping[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if value is None or isinstance(value, str) else str(value)


def _undecided(check: Check, message: str, lines: tuple[int, ...]) -> Finding:
    return _finding(check, Status.INDETERMINATE, message, lines)


def _finding(
    check: Check,
    status: Status,
    message: str,
    lines: tuple[int, ...],
    *,
    subject: str | None = None,
    actual: str | None = None,
    required: str | None = None,
    remedy: str | None = None,
) -> Finding:
    return Finding(
        check=check.id,
        status=status,
        message=message,
        subject=subject,
        actual=actual,
        required=required,
        severity=check.severity,
        weight=check.weight,
        blocking=check.blocking,
        owner=check.owner,
        remedy=remedy or check.remedy,
        evidence=lines,
        waivable=check.waivable,
    )


def valid_until(
    evidence: Sequence[Evidence], checks: Sequence[Check], environment: str
) -> datetime | None:
    """Return when the first piece of evidence that a check reads goes stale; None: never."""
    ends = []
    for check in checks:
        limit = check.age_limit(environment)
        if limit is None:
            continue
        kinds = {*check.requires, *check.reads}
        ends += [
            _end(item.as_of, limit)
            for item in evidence
            if item.predicate_type in kinds and item.as_of is not None
        ]
    return min(ends, default=None)


def _end(as_of: datetime, limit: int) -> datetime:
    """Return `as_of` and `limit` seconds; evidence may claim to be of the end of all calendars."""
    try:
        return as_of + timedelta(seconds=limit)
    except OverflowError:
        return as_of
