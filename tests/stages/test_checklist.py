"""What closes an item of the readiness checklist, what keeps it open, and what that does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assurance import bundle, checklist, policy_set
from assurance.errors import FormatError, SettingsError
from assurance.interfaces import RuleResult
from assurance.model import Evidence, Finding, Result, SignedBy, SignOffState, Status
from assurance.predicates import CYCLONEDX, REFERENCE, REVIEW

if TYPE_CHECKING:
    from pathlib import Path

AREAS = {"security": {"title": "Security"}, "qa": {"title": "QA"}}
GOOD = """\
[area.security]
title = "Security and identity"
owner = "Platform Security"

[milestone.a]
title = "Design complete"
due = "2026-12-01"

[milestone.d]
title = "Signed release chain"
due = "2027-02-01"
after = ["a"]

[item.sbom]
title = "SBOMs are generated and judged"
area = "security"
milestone = "a"
weight = 5
checks = ["sbom.complete"]
evidence = ["sbom"]

[item.review]
title = "Security review approved"
area = "security"
document = "docs/auth-hardening-report.md"

[risk.kms]
title = "Key service integration is late"
mitigation = "staged provider rollout"
items = ["review"]

[estimate]
grade = 68
by = "a.novak"
on = "2026-09-01"
"""


def made(item: dict[str, Any], **more: Any) -> checklist.Checklist:
    """Return a checklist of one item."""
    whole = {"title": "The item", "area": "qa", "weight": 3, **item}
    return checklist.read({"area": AREAS, "item": {"it": whole}, **more})


def finding(status: Status, check: str = "a.b", **changes: Any) -> Finding:
    """One finding of a policy."""
    return Finding(check=check, status=status, message="m", weight=10, evidence=(2,), **changes)


def line(predicate_type: str, predicate: dict[str, Any], number: int = 5) -> Evidence:
    """One verified line."""
    return Evidence(
        line=number,
        digest="0" * 64,
        predicate_type=predicate_type,
        predicate=predicate,
        subjects=(),
        signers=(SignedBy(key="a" * 64, holder="n.abara", roles=("reviewer",)),),
        collected_at=None,
        as_of=None,
    )


PLAN = "1" * 64
"""Digest of docs/plan.md."""
COMMIT = "8f3c1d2a908f3c1d2a908f3c1d2a908f3c1d2a90"


def review(result: str = "APPROVED", name: str = "docs/plan.md", **changes: Any) -> Evidence:
    """A reviewer's word on a document."""
    said = {
        "kind": "document",
        "commit": COMMIT,
        "reviewer": {"name": "n.abara"},
        "result": result,
        "report": {"name": name, "digest": {"sha256": PLAN}},
    }
    return line(REVIEW, said | changes)


def reference(*digests: str, name: str = "docs/plan.md") -> list[Evidence]:
    """The documents as they were collected."""
    return [
        line(REFERENCE, {"references": [{"name": name, "digest": {"sha256": digest}}]}, number)
        for number, digest in enumerate(digests, 8)
    ]


def judged(
    world: Any, known: checklist.Checklist, findings: Any = (), evidence: Any = (), **more: Any
) -> dict[str, Finding]:
    """Judge a checklist; the findings by check."""
    given = {"sign_offs": (), "now": world.now, "revision": COMMIT} | more
    found = checklist.judge(known, findings, evidence, **given)
    return {item.check: item for item in found}


@pytest.mark.parametrize(
    ("status", "closed"),
    [
        (Status.PASS, Status.PASS),
        (Status.WARN, Status.WARN),
        (Status.WAIVED, Status.WARN),
        (Status.NOT_APPLICABLE, Status.WARN),
        (Status.FAIL, Status.FAIL),
        (Status.MISSING, Status.MISSING),
        (Status.STALE, Status.STALE),
        (Status.INDETERMINATE, Status.INDETERMINATE),
    ],
)
def test_an_item_is_as_good_as_its_worst_check(world: Any, status: Status, closed: Status) -> None:
    """Waived is no pass, and two findings of one check count with the worse one."""
    found = [finding(status), finding(Status.PASS), finding(Status.PASS, check="c.d")]
    item = judged(world, made({"checks": ["a.b", "c.d"]}), found)["checklist.it"]
    assert (closed, 3, (2,)) == (item.status, item.weight, item.evidence)


def test_a_check_that_was_not_judged_is_missing(world: Any) -> None:
    """A policy that is gone does not close what named it."""
    item = judged(world, made({"checks": ["a.b"]}))["checklist.it"]
    assert (Status.MISSING, True) == (item.status, item.blocking)
    assert "no check a.b was judged" in item.message


def test_what_blocks_by_itself_blocks_once(world: Any) -> None:
    """The item repeats the bad news and adds no block; a check that does not block becomes one."""
    known = made({"checks": ["a.b"]})
    assert not judged(world, known, [finding(Status.FAIL)])["checklist.it"].blocking
    free = [finding(Status.FAIL, blocking=False)]
    assert judged(world, known, free)["checklist.it"].blocking
    known = made({"checks": ["a.b"], "blocking": False})
    assert not judged(world, known, free)["checklist.it"].blocking


def test_evidence_has_to_be_there(world: Any) -> None:
    """By the kind's short name."""
    known = made({"evidence": ["sbom"]})
    assert Status.MISSING is judged(world, known)["checklist.it"].status
    found = judged(world, known, (), [line(CYCLONEDX, {})])["checklist.it"]
    assert (Status.PASS, (5,)) == (found.status, found.evidence)


@pytest.mark.parametrize(
    ("evidence", "status", "message"),
    [
        ([], Status.MISSING, "nobody has approved the document docs/plan.md"),
        ([review()], Status.PASS, "The item"),
        ([review(name="docs/other.md")], Status.MISSING, "nobody has approved"),
        ([review(kind="code")], Status.MISSING, "nobody has approved"),
        ([review("REJECTED")], Status.FAIL, "docs/plan.md is REJECTED"),
        ([review(), review("CHANGES_REQUESTED")], Status.FAIL, "is CHANGES_REQUESTED (line "),
        (
            [review(report={"name": "docs/plan.md", "digest": {"sha256": "2" * 64}})],
            Status.MISSING,
            "line 5 does not count: it is of other bytes, sha256:2222",
        ),
        ([review(report={"name": "docs/plan.md"})], Status.MISSING, "of other bytes, sha256:None"),
        ([review(commit="0" * 40)], Status.MISSING, "it is of commit 0000"),
        ([review(reviewer={"name": "x"})], Status.MISSING, "it is signed in the name of x"),
        ([review(reviewer={"name": {}})], Status.MISSING, "signed in the name of {}"),
        ([review(reviewer=[])], Status.MISSING, "it is signed in the name of None"),
        ([review(report=[])], Status.MISSING, "nobody has approved"),
        ([review(), review("REJECTED", commit="0" * 40)], Status.PASS, "The item"),
    ],
)
def test_a_manual_item_is_closed_by_a_reviewer(
    world: Any, evidence: Any, status: Status, message: str
) -> None:
    """All reviews of these bytes at this commit count, and the worst decides; no other does."""
    for known, collected in (
        (made({"document": "docs/plan.md"}), reference(PLAN)),
        (made({"document": "docs/plan.md", "sha256": PLAN}), []),
        (made({"document": "docs/plan.md", "sha256": PLAN}), reference(PLAN)),
    ):
        item = judged(world, known, (), [*collected, *evidence])["checklist.it"]
        assert status is item.status
        assert message in item.message


def test_a_document_that_was_not_there_is_not_approved(world: Any) -> None:
    """Whoever takes the file away has no approval of it."""
    known = made({"document": "docs/plan.md"})
    for collected in ([], reference(PLAN, name="docs/other.md"), [line(REFERENCE, {})]):
        item = judged(world, known, (), [*collected, review()])["checklist.it"]
        assert (Status.MISSING, True) == (item.status, item.blocking)
        assert "no document docs/plan.md was there when the release was coll" in item.message
        assert "collect again" in (item.remedy or "")


@pytest.mark.parametrize(
    ("stated", "collected"), [(None, (PLAN, "2" * 64)), ("2" * 64, (PLAN,)), (PLAN, ("2" * 64,))]
)
def test_two_digests_of_one_document_contradict(world: Any, stated: Any, collected: Any) -> None:
    """Whichever was approved: nobody knows which one counts."""
    known = made({"document": "docs/plan.md"} | ({"sha256": stated} if stated else {}))
    item = judged(world, known, (), [*reference(*collected), review()])["checklist.it"]
    assert (Status.FAIL, True) == (item.status, item.blocking)
    assert f"docs/plan.md is sha256:{PLAN} and sha256:{'2' * 64}" in item.message


def test_without_a_revision_no_review_is_about_the_release(world: Any) -> None:
    """A review is of a commit."""
    known = made({"document": "docs/plan.md"})
    found = judged(world, known, (), [*reference(PLAN), review()], revision=None)["checklist.it"]
    assert Status.MISSING is found.status
    assert "the release has no source revision" in found.message


def test_an_item_that_names_nothing_is_its_areas_sign_off(world: Any) -> None:
    """Given, not given, not even asked for."""
    known = made({})
    for states, status, blocking in (
        ((), Status.MISSING, True),
        ((SignOffState(area="qa", state="VOID", needs=1, has=0),), Status.MISSING, False),
        ((SignOffState(area="qa", state="GIVEN", needs=1, has=1),), Status.PASS, False),
    ):
        item = judged(world, known, sign_offs=states)["checklist.it"]
        assert (status, blocking) == (item.status, item.blocking)


def test_a_late_milestone_warns(world: Any) -> None:
    """On its day it is not late; the day after it is, and only with open items."""
    days = {"milestone": {"m": {"title": "Week 3", "due": f"{world.now:%Y-%m-%d}"}}}
    known = made({"checks": ["a.b"], "milestone": "m"}, **days)
    later = world.now + timedelta(days=1)
    late = judged(world, known, now=later)["milestone.m"]
    assert (Status.WARN, False) == (late.status, late.blocking)
    assert "1 item open: it" in late.message
    assert Status.PASS is judged(world, known)["milestone.m"].status
    done = [finding(Status.PASS)]
    assert Status.PASS is judged(world, known, done, now=later)["milestone.m"].status


def test_a_risk_is_shown_by_its_items(world: Any) -> None:
    """With the mitigation in words, and the evidence that shows it."""
    risk = {"kms": {"title": "Late", "mitigation": "staged rollout", "items": ["it"]}}
    known = made({"checks": ["a.b"]}, risk=risk)
    open_ = judged(world, known)["risk.kms"]
    assert (Status.WARN, False) == (open_.status, open_.blocking)
    assert "mitigation: staged rollout; not shown yet: checklist.it" in open_.message
    shown = judged(world, known, [finding(Status.PASS)])["risk.kms"]
    assert (Status.PASS, (2,)) == (shown.status, shown.evidence)


def with_checklist(world: Any, value: dict[str, Any]) -> None:
    """Put a checklist into the world's policy set."""
    files = [item for item in world.policies.files if item[0] != policy_set.CHECKS]
    content = json.dumps({"checklist": value}).encode()
    world.policies = policy_set.build([*files, ("checklist.json", content)], world.policies.checks)


def test_the_checklist_is_sealed_and_judged_again(world: Any) -> None:
    """It stands in the policy set: the deploy step comes to the same items and grade."""
    item = {"title": "SBOM", "area": "qa", "weight": 3, "checks": ["sbom.complete"]}
    estimate = {"grade": 68, "by": "a.novak", "on": "2026-09-01"}
    with_checklist(world, {"area": AREAS, "item": {"sbom": item}, "estimate": estimate})
    sealed = world.seal()
    assert (Result.GO, 100, 68) == (
        sealed.verdict.result,
        sealed.verdict.grade,
        sealed.verdict.estimate.grade,
    )
    decision = world.verify(sealed.bundle)
    assert "VERIFIED" == decision.answer
    assert decision.claimed.estimate == sealed.verdict.estimate


def test_the_grade_is_the_items(world: Any) -> None:
    """With a checklist its weights decide, whatever the checks weigh."""
    items = {
        "a": {"title": "A", "area": "qa", "weight": 3, "checks": ["sbom.complete"]},
        "b": {"title": "B", "area": "qa", "weight": 1, "document": "plan", "blocking": False},
    }
    with_checklist(world, {"area": AREAS, "item": items})
    verdict = world.seal().verdict
    assert (75, Result.GO) == (verdict.grade, verdict.result)
    world.gate = replace(world.gate, target_grade=80)
    assert Result.NO_GO is world.seal().verdict.result


def test_a_failing_check_of_an_item_is_no_go(world: Any) -> None:
    """The check blocks, and the item with it loses its weight."""
    item = {"title": "A", "area": "qa", "checks": ["sbom.complete"]}
    with_checklist(world, {"area": AREAS, "item": {"a": item}})
    bad = [{"status": "FAIL", "message": "incomplete"}]
    world.engine.results["sbom.complete"] = RuleResult(applies=True, evaluated=True, findings=bad)
    verdict = world.seal().verdict
    assert (0, Result.NO_GO) == (verdict.grade, verdict.result)


def test_a_bundle_without_its_checklist_is_refused(world: Any) -> None:
    """Who takes the checklist out of the policy set has another policy set."""
    item = {"title": "A", "area": "qa", "document": "plan"}
    with_checklist(world, {"area": AREAS, "item": {"a": item}})
    with_it = world.seal()
    assert Result.NO_GO is with_it.verdict.result
    without = [entry for entry in world.policies.files if not entry[0].startswith("check")]
    world.policies = policy_set.build(without, world.policies.checks)
    sealed = world.seal()
    assert bundle.digest(sealed.archive) != bundle.digest(with_it.archive)
    world.trust = replace(world.trust, policy_digests=(bundle.digest(with_it.archive),))
    decision = world.verify(sealed.bundle)
    assert "REFUSED" == decision.answer
    assert any("not among the 1 that the trust" in step.message for step in decision.steps)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "must be an object"),
        ({"item": {"a": {"area": "qa"}}}, "`checklist.item.a.title` must be a non-empty string"),
        ({"item": {"a": {"title": "t", "area": "qa", "weight": True}}}, "an integer of at least 1"),
        ({"item": {"a": {"title": "t", "area": "qa", "due": "2026-02-30"}}}, "must be a date"),
        ({"item": {"a": {"title": "t", "area": "qa", "checks": [1]}}}, "an array of strings"),
    ],
)
def test_a_checklist_of_another_form_is_refused(value: Any, message: str) -> None:
    """In a bundle it comes from outside."""
    with pytest.raises(FormatError, match=message):
        checklist.read(value)


def write(folder: Path, text: str) -> Path:
    """Write a checklist file."""
    path = folder / "readiness.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_becomes_the_document(tmp_path: Path) -> None:
    """As it stands: the policy digest changes with every word."""
    from assurance import checklist_file

    value = json.loads(checklist_file.load(write(tmp_path, GOOD), cwd=tmp_path))
    known = checklist.read(value["checklist"])
    assert ["review", "sbom"] == [item.id for item in known.items]
    assert ["a", "d"] == [item.id for item in known.milestones]
    assert known.estimate is not None
    assert 68 == known.estimate.grade


BAD = {
    "no-item": ('[area.qa]\ntitle = "QA"\n', "needs the key `item`"),
    "misspelt-key": (GOOD.replace("weight = 5", "wieght = 5"), "did you mean `weight`"),
    "unknown-area": (GOOD.replace('area = "security"', 'area = "securty"'), "no area `securty`"),
    "unknown-milestone": (GOOD.replace('milestone = "a"', 'milestone = "b"'), "no milestone `b`"),
    "unknown-evidence": (GOOD.replace('["sbom"]', '["sbmo"]'), "did you mean `sbom`"),
    "unknown-item-of-a-risk": (GOOD.replace('["review"]', '["reviw"]'), "no item `reviw`"),
    "toml-date": (GOOD.replace('"2026-12-01"', "2026-12-01"), "TOML date"),
    "no-day": (GOOD.replace('"2026-12-01"', '"2026-02-30"'), "no day of the calendar"),
    "weight-zero": (GOOD.replace("weight = 5", "weight = 0"), "a whole number from 1 to 100"),
    "no-checks": (GOOD.replace('["sbom.complete"]', "[]"), "ids of checks"),
    "not-toml": (GOOD + "x", "the checklist is not TOML"),
    "digest-without-document": (
        GOOD.replace('checks = ["sbom.complete"]', f'sha256 = "{PLAN}"'),
        "a digest without a document",
    ),
    "short-digest": (
        GOOD.replace('document = "docs', 'sha256 = "1234"\ndocument = "docs'),
        "64 lowercase hex digits",
    ),
    "circle": (
        GOOD.replace('due = "2026-12-01"', 'due = "2026-12-01"\nafter = ["d"]'),
        "comes after itself",
    ),
    "wrong-order": (GOOD.replace('"2027-02-01"', '"2026-11-01"'), "is due before `a`"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_shown_at_its_line(tmp_path: Path, name: str) -> None:
    """File, line, what was expected; nothing is judged."""
    from assurance import checklist_file

    text, message = BAD[name]
    with pytest.raises(SettingsError) as caught:
        checklist_file.load(write(tmp_path, text), cwd=tmp_path)
    every = [caught.value, *caught.value.others]
    told = " ".join(f"{error.problem} {error.remedy} {error.excerpt}" for error in every)
    assert message in told
    assert (caught.value.where or "").startswith("readiness.toml")
