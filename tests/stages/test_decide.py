"""How findings become a verdict and a grade."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import decide as deciding
from assurance.grade import grade
from assurance.model import Artifact, Finding, Result, SignOffState, Status


def finding(status: Status, *, check: str = "a.b", blocking: bool = True, weight: int = 10) -> Any:
    """One finding."""
    return Finding(check=check, status=status, message="m", blocking=blocking, weight=weight)


def decide(world: Any, findings: list[Finding], **changes: Any) -> Any:
    """Decide over findings alone."""
    return deciding.decide(
        **{
            "release": world.release,
            "findings": findings,
            "target_grade": 0,
            "now": world.now,
            "valid_until": None,
            "sign_offs": (),
            "weakenings": (),
            "collectors": (),
            "artifacts_at_seal": world.release.artifacts,
            "policy_digest": "0" * 64,
            "engine": "table 1",
            "evidence_digest": "1" * 64,
            "settings_digest": "2" * 64,
        }
        | changes
    )


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (Status.PASS, Result.GO),
        (Status.WARN, Result.GO),
        (Status.WAIVED, Result.GO),
        (Status.NOT_APPLICABLE, Result.GO),
        (Status.FAIL, Result.NO_GO),
        (Status.MISSING, Result.NO_GO),
        (Status.STALE, Result.NO_GO),
        (Status.INDETERMINATE, Result.INDETERMINATE),
    ],
)
def test_what_each_status_does(world: Any, status: Status, result: Result) -> None:
    """A blocking finding decides as the design says; one that does not block never does."""
    assert result == decide(world, [finding(status), finding(Status.PASS, check="c.d")]).result
    free = [finding(status, blocking=False), finding(Status.PASS, check="c.d")]
    assert Result.GO == decide(world, free).result


def test_no_go_beats_indeterminate(world: Any) -> None:
    """What is known to be wrong is not hidden by what is not known."""
    both = [finding(Status.INDETERMINATE), finding(Status.FAIL, check="c.d")]
    assert Result.NO_GO == decide(world, both).result


def test_the_grade_counts_each_check_once_with_its_worst(world: Any) -> None:
    """PASS earns all, WARN and WAIVED half, the rest nothing; NOT_APPLICABLE is left out."""
    findings = [
        finding(Status.PASS, check="a.a", weight=30),
        finding(Status.PASS, check="a.b", weight=10),
        finding(Status.FAIL, check="a.b", weight=10),
        finding(Status.WARN, check="a.c", weight=20),
        finding(Status.NOT_APPLICABLE, check="a.d", weight=100),
    ]
    assert 66 == decide(world, findings).grade


def test_no_weight_is_no_grade(world: Any) -> None:
    """Nothing judged earns nothing."""
    assert 0 == decide(world, []).grade


def test_a_grade_below_target_blocks(world: Any) -> None:
    """Even when every single finding would let the release pass."""
    verdict = decide(world, [finding(Status.WARN)], target_grade=51)
    assert Result.NO_GO == verdict.result
    assert "grade 50 is below the target 51" == verdict.findings[0].message
    assert Result.GO == decide(world, [finding(Status.WARN)], target_grade=50).result


def test_a_grade_that_only_a_broken_tool_lowers_is_not_known(world: Any) -> None:
    """Repaired, the tool could bring GO: the answer is INDETERMINATE, not NO-GO."""
    findings = [finding(Status.PASS), finding(Status.INDETERMINATE, check="c.d")]
    assert Result.INDETERMINATE == decide(world, findings, target_grade=90).result


@pytest.mark.parametrize(
    ("at_seal", "message"),
    [
        ((), "is gone since it was collected"),
        (
            (Artifact(name="ledger_api-2.4.1-py3-none-any.whl", sha256="f" * 64),),
            "has changed since it was collected",
        ),
    ],
)
def test_artifacts_that_changed_since_collection_fail(
    world: Any, at_seal: tuple[Artifact, ...], message: str
) -> None:
    """The digests are taken again at seal, and nothing can waive a difference."""
    verdict = decide(world, [finding(Status.PASS)], artifacts_at_seal=at_seal)
    assert Result.NO_GO == verdict.result
    assert message in verdict.findings[0].message
    assert not verdict.findings[0].waivable


def test_an_artifact_that_appears_after_collection_fails(world: Any) -> None:
    """Nobody looked at it."""
    extra = (*world.release.artifacts, Artifact(name="late.whl", sha256="e" * 64))
    verdict = decide(world, [finding(Status.PASS)], artifacts_at_seal=extra)
    assert "late.whl appeared after collection" == verdict.findings[0].message


def test_a_missing_sign_off_is_missing(world: Any) -> None:
    """An area without its sign-off blocks."""
    state = SignOffState(area="qa", state="MISSING", needs=1, has=0)
    verdict = decide(world, [finding(Status.PASS)], sign_offs=[state])
    assert (Result.NO_GO, "signoff.qa", Status.MISSING) == (
        verdict.result,
        verdict.findings[0].check,
        verdict.findings[0].status,
    )


statuses = st.sampled_from([item for item in Status if item is not Status.WAIVED])
random_findings = st.lists(
    st.one_of(
        # Weight and blocking belong to the check, as its metadata says.
        st.builds(finding, statuses, check=st.just("a.a"), weight=st.just(3)),
        st.builds(finding, statuses, check=st.just("a.b"), blocking=st.sampled_from([False])),
        st.builds(finding, statuses, check=st.just("b.a"), weight=st.just(0)),
    ),
    min_size=1,
    max_size=8,
)
ORDER = {Result.NO_GO: 0, Result.INDETERMINATE: 1, Result.GO: 2}


def test_the_way_to_the_target_is_named(world: Any) -> None:
    """What weighs most, with the grade after each step; of the checklist where there is one."""
    checks = [finding(Status.FAIL, check=f"a.c{weight}", weight=weight) for weight in (1, 2, 9)]
    checks.append(finding(Status.PASS, weight=4))
    by_checks = decide(world, checks, target_grade=90)
    (found,) = [item for item in by_checks.findings if item.check == "gate.grade"]
    assert "mend what weighs most: a.c9 (then 81), a.c2 (then 93)" == found.remedy
    items = [
        finding(Status.FAIL, check=f"checklist.{number}", weight=number) for number in range(1, 6)
    ]
    by_items = decide(world, [*checks, *items], target_grade=99)
    (found,) = [item for item in by_items.findings if item.check == "gate.grade"]
    steps = "checklist.5 (then 33), checklist.4 (then 60), checklist.3 (then 80) and 2 more"
    assert f"mend what weighs most: {steps}" == found.remedy
    weightless = decide(world, [finding(Status.PASS, weight=0)], target_grade=1)
    assert "give the checks or items weights" in weightless.findings[0].remedy


@given(random_findings, st.data())
def test_no_finding_added_ever_improves_the_answer(findings: list[Finding], data: Any) -> None:
    """More bad news never makes the verdict better."""
    extra = data.draw(st.builds(finding, statuses, check=st.just("z.z"), blocking=st.booleans()))
    before = deciding._result(findings)
    after = deciding._result([*findings, extra])
    assert ORDER[after] <= ORDER[before]


@given(random_findings)
def test_the_order_of_findings_changes_nothing(findings: list[Finding]) -> None:
    """Grade and order are a function of the set of findings."""
    assert grade(findings) == grade(findings[::-1])
    assert 0 <= grade(findings) <= 100
    sorted_ones = deciding.sort_findings(findings)
    assert sorted_ones == deciding.sort_findings(findings[::-1])


def test_own_policies_only_add(world: Any) -> None:
    """A deployer's finding makes it worse and hides nothing."""
    verdict = decide(world, [finding(Status.PASS)])
    worse = deciding.with_extra(verdict, [finding(Status.FAIL, check="own.rule")])
    assert Result.NO_GO == worse.result
    assert replace(worse, findings=verdict.findings, result=verdict.result) == verdict
