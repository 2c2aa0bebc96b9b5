"""How evidence and a policy engine's answers become findings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assurance import bundle
from assurance.interfaces import RuleResult
from assurance.model import Status
from assurance.predicates import CYCLONEDX, VULNERABILITIES
from assurance.verify import verify

OK = RuleResult(applies=True, evaluated=True, findings=[])


def findings(world: Any, **changes: Any) -> list[Any]:
    """Judge the world's draft."""
    from assurance.judge import judge

    lines = bundle.read(world.draft(), where="draft")
    verified = verify(bundle.groups(lines, where="draft"), world.trust, now=world.now, where="d")
    assert () == verified.problems
    given = {
        "release": world.release,
        "evidence": verified.evidence,
        "collectors": world.runs,
        "settings_digest": "5" * 64,
        "policies": world.policies,
        "engine": world.engine,
        "now": world.now,
    } | changes
    return list(judge(**given))


def test_nothing_said_about_good_evidence_is_a_pass(world: Any) -> None:
    """A check that read its evidence and found nothing passes, with the lines it rests on."""
    (found,) = findings(world)
    assert (Status.PASS, "sbom.complete", (2,)) == (found.status, found.check, found.evidence)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (RuleResult(error="timed out after 30 s"), "timed out after 30 s"),
        (RuleResult(), "`applies` is undefined"),
        (RuleResult(applies=False, evaluated=True, findings=[]), "`applies` gives no reason"),
        (RuleResult(applies={"reason": " "}, evaluated=True, findings=[]), "gives no reason"),
        (RuleResult(applies="yes", evaluated=True, findings=[]), "gives no reason"),
        (RuleResult(applies=True, findings=[]), "read no usable evidence"),
        (RuleResult(applies=True, evaluated="true", findings=[]), "read no usable evidence"),
        (RuleResult(applies=True, evaluated=1, findings=[]), "read no usable evidence"),
        (RuleResult(applies=True, evaluated=True), "`findings` is undefined"),
        (RuleResult(applies=True, evaluated=True, findings={}), "`findings` is undefined"),
        (RuleResult(applies=True, evaluated=True, findings=["no"]), "no known form"),
        (
            RuleResult(applies=True, evaluated=True, findings=[{"status": "PASS", "message": "m"}]),
            "no known form",
        ),
        (
            RuleResult(applies=True, evaluated=True, findings=[{"status": "FAIL", "message": ""}]),
            "no known form",
        ),
        (
            RuleResult(applies=True, evaluated=True, findings=[{"status": ["FAIL"]}]),
            "no known form",
        ),
    ],
)
def test_an_answer_that_is_none_is_indeterminate(
    world: Any, result: RuleResult, reason: str
) -> None:
    """Errors, undefined rules and odd shapes are never a pass."""
    world.engine.results["sbom.complete"] = result
    (found,) = findings(world)
    assert Status.INDETERMINATE == found.status
    assert reason in found.message


def test_an_engine_that_leaves_a_check_out_is_indeterminate(world: Any) -> None:
    """A check without any answer is undecided."""
    world.engine.evaluate = lambda *_, **__: {}
    (found,) = findings(world)
    assert (Status.INDETERMINATE, "could not decide: no answer") == (found.status, found.message)


def test_not_applicable_needs_a_reason_and_shows_it(world: Any) -> None:
    """Only a policy can say that a check does not apply, and it says why."""
    world.engine.results["sbom.complete"] = replace(OK, applies={"reason": "no dependencies"})
    (found,) = findings(world)
    assert Status.NOT_APPLICABLE == found.status
    assert "does not apply: no dependencies" == found.message


def test_absent_required_evidence_is_missing(world: Any) -> None:
    """What a check requires and nobody gave is MISSING, whatever the rule says."""
    del world.statements[0]
    (found,) = findings(world)
    assert (Status.MISSING, "no sbom evidence in the bundle") == (found.status, found.message)
    assert "have sbom evidence collected ([collect] in the settings)" in str(found.remedy)


def test_a_failed_collector_is_named_twice(world: Any) -> None:
    """It is a finding of its own, and the checks that need its evidence are undecided."""
    del world.statements[0]
    failed = replace(world.runs[0], status="INDETERMINATE", reason="it was killed after 5 s")
    world.runs = (failed, world.runs[1])
    run, check = findings(world)
    assert ("collect.sbom", Status.INDETERMINATE) == (run.check, run.status)
    assert "it was killed after 5 s" in run.message
    assert ("sbom.complete", Status.INDETERMINATE) == (check.check, check.status)
    assert "mend what collect.sbom says, then collect again" == check.remedy


def test_a_failed_self_test_is_indeterminate(world: Any) -> None:
    """A collector that misses the planted defect is not believed."""
    world.runs = (replace(world.runs[0], self_test="failed"), world.runs[1])
    assert Status.INDETERMINATE == findings(world)[0].status


def test_an_optional_collector_does_not_block(world: Any) -> None:
    """Its failure is shown all the same."""
    world.runs = (replace(world.runs[0], status="MISSING", required=False), world.runs[1])
    found = findings(world)[0]
    assert (Status.MISSING, False) == (found.status, found.blocking)


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(days=30), Status.PASS),
        (timedelta(days=30, seconds=1), Status.STALE),
        (timedelta(minutes=-5), Status.PASS),
        (timedelta(minutes=-5, seconds=-1), Status.INDETERMINATE),
    ],
)
def test_freshness_at_its_limits(world: Any, age: timedelta, status: Status) -> None:
    """Exactly at the limit is fresh; more than five minutes ahead is not known."""
    moment = (world.now - age).strftime("%Y-%m-%dT%H:%M:%SZ")
    predicate = json.dumps({"metadata": {"timestamp": moment}}).encode()
    world.statements[0] = replace(world.statements[0], predicate=predicate)
    (found,) = findings(world)
    assert status == found.status
    remedies = {
        Status.PASS: "mend sbom.complete",
        Status.STALE: "collect it again: assurance run",
        Status.INDETERMINATE: "set the clock of the machine that made it, then collect it again",
    }
    assert remedies[status] == found.remedy


@pytest.mark.parametrize(
    ("listed", "environment", "limit"),
    [
        ({"staging": 14, "production": 7}, "production", 7),
        ({"staging": 14, "production": 7}, "staging", 14),
        ({"staging": 14, "production": 7}, "prod", 7),
        ({"staging": 14, "production": 7}, "Production", 7),
        ({"staging": 14, "production": 7}, "development", None),
        ({"staging": 14, "development": 30}, "development", 30),
        ({"staging": 14, "development": 30}, "canary", 14),
        ({"*": 30, "production": 7}, "prod", 30),
        ({"*": 30, "production": 7}, "development", 30),
        ({}, "prod", None),
    ],
)
def test_an_environment_that_is_not_foreseen_has_the_shortest_limit(
    world: Any, listed: dict[str, int], environment: str, limit: int | None
) -> None:
    """Whoever calls it `prod` is held to no less than `production`; development has no limit."""
    days = tuple((name, number * 86_400) for name, number in listed.items())
    check = replace(world.policies.checks[0], max_age=days)
    seconds = check.age_limit(environment)
    assert (None if limit is None else 86_400 * limit) == seconds
    policies = replace(world.policies, checks=(check,))
    release = replace(world.release, environment=environment)
    now = world.now + timedelta(seconds=(seconds or 9_999 * 86_400) + 1)
    (found,) = findings(world, policies=policies, release=release, now=now)
    assert (Status.PASS if limit is None else Status.STALE) == found.status


def test_evidence_without_its_time_is_stale(world: Any) -> None:
    """An SBOM that does not say from when it is cannot be fresh."""
    world.statements[0] = replace(world.statements[0], predicate=b"{}")
    (found,) = findings(world)
    assert Status.STALE == found.status
    assert "does not say from when it is" in found.message


def test_claimed_times_make_evidence_older_never_younger(world: Any) -> None:
    """A timestamp after the collection does not beat the collection's own time."""
    early = world.now - timedelta(days=31)
    world.statements[0] = replace(world.statements[0], collected_at=early)
    assert [Status.STALE] == [found.status for found in findings(world)]


def test_the_older_of_two_times_counts(world: Any) -> None:
    """A scan of today against data of last year is as old as the data."""
    old = (world.now - timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    predicate = {"scanner": {"db": {"lastUpdate": old}}, "metadata": {"scanFinishedOn": new}}
    world.statements[1] = replace(world.statements[1], predicate=json.dumps(predicate).encode())
    check = replace(world.policies.checks[0], reads=(CYCLONEDX, VULNERABILITIES))
    policies = replace(world.policies, checks=(check,))
    assert [Status.STALE] == [found.status for found in findings(world, policies=policies)]


def test_no_check_at_all_is_indeterminate(world: Any) -> None:
    """A policy set without checks judges nothing, which is not a pass."""
    (found,) = findings(world, policies=replace(world.policies, checks=()))
    assert (Status.INDETERMINATE, False) == (found.status, found.waivable)


def test_the_policy_input_is_the_contract(world: Any) -> None:
    """Its keys are the design's, `facts` (ADR 12) and `sign_offs` (ADR 16), sorted by line."""
    findings(world)
    given = world.engine.inputs[0]
    assert {
        "now",
        "environment",
        "release",
        "evidence",
        "collectors",
        "settings_digest",
        "sign_offs",
        "previous",
    } == set(given)
    assert {"name", "version", "revision", "artifacts"} == set(given["release"])
    assert [1, 2, 3] == [item["line"] for item in given["evidence"]]
    assert {
        "line",
        "predicate_type",
        "predicate",
        "facts",
        "subject",
        "signer",
        "as_of",
        "age_seconds",
        "proven_at",
    } == set(given["evidence"][0])
    assert {"key", "holder", "roles"} == set(given["evidence"][0]["signer"])
    assert {"name", "version", "status", "reason"} == set(given["collectors"][0])
