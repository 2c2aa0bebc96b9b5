"""What a freeze holds a release to, what does not count as one, and what verify makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import attest, bundle, freeze, policy_set, waivers
from assurance.errors import FormatError
from assurance.freeze import Freeze, Frozen
from assurance.model import Evidence, Result, SignedBy, Status, TrustUsed
from assurance.predicates import FREEZE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

POLICIES, LIST, TRUST = "a" * 64, "b" * 64, "c" * 64
NOW_IS = Frozen(
    project="ledger-api",
    environment="development",
    policies=POLICIES,
    checklist=LIST,
    trust=TrustUsed(version=7, sha256=TRUST),
)


def made(world: Any, *, days: float = -1, frozen: Frozen = NOW_IS, **changes: Any) -> Freeze:
    """Return a freeze of some days ago."""
    said = {"milestone": None, "reason": "candidates start", "by": "a.novak"} | changes
    return Freeze(frozen=frozen, frozen_at=world.now + timedelta(days=days), **said)


def line(item: Freeze, number: int = 5, holder: str = "a.novak", **changes: Any) -> Evidence:
    """Return its verified line; `changes` spoil the predicate."""
    return Evidence(
        line=number,
        digest=f"{number:064x}",
        predicate_type=FREEZE,
        predicate=json.loads(freeze.write(item).predicate) | changes,
        subjects=freeze.write(item).subjects,
        signers=(SignedBy(key="a" * 64, holder=holder, roles=("policy",)),),
        collected_at=None,
        as_of=None,
    )


def judged(
    world: Any, *lines: Evidence, now_is: Frozen = NOW_IS, day: date | None = None
) -> dict[str, Any]:
    """Return the findings by check."""
    found = freeze.judge(lines, now_is, frozen_from=day, now=world.now)
    return {item.check: item for item in found}


def other(**changes: Any) -> Frozen:
    """Return what a release is judged with, changed."""
    return replace(NOW_IS, **changes)


def statuses(found: dict[str, Any]) -> dict[str, str]:
    """Return check and status."""
    return {check: item.status.value for check, item in found.items()}


def test_what_is_written_is_read(world: Any) -> None:
    """The same value comes back."""
    item = made(world, milestone="auth-frozen")
    assert item == freeze.read(json.loads(freeze.write(item).predicate), where="t")


def test_the_same_passes(world: Any) -> None:
    """Both findings say since when."""
    found = judged(world, line(made(world, milestone="m")))
    assert {"freeze.policies": "PASS", "freeze.trust": "PASS"} == statuses(found)
    assert "since 2026-11-22 14:05 UTC (milestone m)" in found["freeze.policies"].message


def test_other_policies_fail(world: Any) -> None:
    """And it is said whether the checklist is another."""
    found = judged(world, line(made(world)), now_is=other(policies="d" * 64))
    assert {"freeze.policies": "FAIL", "freeze.trust": "PASS"} == statuses(found)
    failed = found["freeze.policies"]
    assert (True, True, f"sha256:{'d' * 64}", f"sha256:{POLICIES}", (5,)) == (
        failed.blocking,
        failed.waivable,
        failed.actual,
        failed.required,
        failed.evidence,
    )
    assert "has changed since it was frozen at 2026-11-22 14:05 UTC by a.novak" in failed.message
    assert failed.message.endswith("the checklist is the same")
    found = judged(world, line(made(world)), now_is=other(policies="d" * 64, checklist=None))
    assert found["freeze.policies"].message.endswith("the checklist is another, too")


@pytest.mark.parametrize(
    "trust", [TrustUsed(version=8, sha256="d" * 64), TrustUsed(version=7, sha256="d" * 64)]
)
def test_another_trust_file_fails(world: Any, trust: TrustUsed) -> None:
    """By its bytes, whatever its version says."""
    found = judged(world, line(made(world)), now_is=other(trust=trust))
    assert {"freeze.policies": "PASS", "freeze.trust": "FAIL"} == statuses(found)
    assert f"version {trust.version}, sha256:{'d' * 64}" == found["freeze.trust"].actual


def test_a_trust_file_without_a_digest_is_not_decided(world: Any) -> None:
    """One that was made in memory."""
    found = judged(world, line(made(world)), now_is=other(trust=TrustUsed(version=7, sha256="")))
    assert Status.INDETERMINATE is found["freeze.policies"].status
    assert "the trust file's digest is not known" in found["freeze.policies"].message


def test_the_newest_holds(world: Any) -> None:
    """In whatever order they stand."""
    old = line(made(world, days=-9, frozen=other(policies="d" * 64)), 5)
    new = line(made(world), 6)
    for lines in ((old, new), (new, old)):
        assert "PASS" == statuses(judged(world, *lines))["freeze.policies"]
        back = judged(world, *lines, now_is=other(policies="d" * 64))
        assert "FAIL" == statuses(back)["freeze.policies"]


def test_two_of_one_moment_contradict(world: Any) -> None:
    """Nobody knows which one holds; twice the same is no contradiction."""
    one, two = line(made(world), 5), line(made(world, frozen=other(policies="d" * 64)), 6)
    found = judged(world, one, two)
    assert {"freeze.policies": "FAIL", "freeze.trust": "PASS"} == statuses(found)
    assert "the policy set was frozen twice at" in found["freeze.policies"].message
    assert "PASS" == statuses(judged(world, one, line(made(world), 7)))["freeze.policies"]


def test_another_environment_is_not_looked_at(world: Any) -> None:
    """Each environment has its own freeze."""
    staging = line(made(world, frozen=other(environment="staging", policies="d" * 64)))
    assert {} == judged(world, staging)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frozenAt": "soon"}, "line 5 cannot be read: 'soon' is not an RFC 3339 time"),
        ({"policies": None}, "line 5 cannot be read: `predicate.policies`"),
        ({"trust": {"version": 7, "digest": {"sha256": "x"}}}, "line 5 cannot be read"),
        ({"checklist": []}, "line 5 cannot be read"),
        (
            {"policies": {"digest": {"sha256": "d" * 64}}},
            "line 5 is about other files than it names",
        ),
        ({"frozenBy": "m.okafor"}, "line 5 is signed in the name of m.okafor"),
        ({"frozenAt": "2026-11-23T14:10:01Z"}, "line 5 is dated in the future"),
    ],
)
def test_one_that_does_not_count_decides_nothing(
    world: Any, changes: dict[str, Any], message: str
) -> None:
    """It might be the newest: it is not passed over, whatever else there is."""
    found = judged(world, line(made(world, days=-2), 4), line(made(world), 5, **changes))
    assert {"freeze.policies": "INDETERMINATE"} == statuses(found)
    assert message in found["freeze.policies"].message


def test_from_its_day_on_a_freeze_must_be_there(world: Any) -> None:
    """Who leaves the file out is not better off; before the day nothing is asked."""
    today = world.now.date()
    assert {} == judged(world, day=today + timedelta(days=1))
    staging = line(made(world, frozen=other(environment="staging")))
    for lines in ((), (staging,)):
        found = judged(world, *lines, day=today)
        assert {"freeze.present": "MISSING"} == statuses(found)
        assert found["freeze.present"].blocking
        assert f"frozen from {today} on" in found["freeze.present"].message
    assert "PASS" == statuses(judged(world, line(made(world)), day=today))["freeze.policies"]


@given(
    st.sampled_from(["policies", "trust", "frozenAt", "frozenBy", "reason", "project"]),
    st.one_of(st.none(), st.integers(), st.just(""), st.just({}), st.just([])),
)
def test_a_field_of_another_form_never_passes(
    world_of: Callable[[], Any], key: str, value: Any
) -> None:
    """It is a finding, and no error."""
    world = world_of()
    found = judged(world, line(made(world), 5, **{key: value}))
    assert {"freeze.policies": "INDETERMINATE"} == statuses(found)


def held(world: Any, **changes: Any) -> bytes:
    """Return the world's draft with a freeze of its policies and trust file in it."""
    frozen = Frozen(
        project=world.release.name,
        environment=world.release.environment,
        policies=bundle.digest(policy_set.pack(world.policies)),
        checklist=None,
        trust=TrustUsed(version=world.trust.version, sha256=world.trust.digest),
    )
    item = made(world, frozen=replace(frozen, **changes), by="release-gate")
    draft: bytes = world.draft()
    return draft + attest.attest(freeze.write(item), world.release, world.signers()) + b"\n"


def found_in(verdict: Any, check: str) -> Any:
    """Return the one finding of a check."""
    (item,) = [item for item in verdict.findings if item.check == check]
    return item


def test_sealed_and_verified(world: Any) -> None:
    """The deploy step judges with the gate's trust file, and says that its own is another."""
    sealed = world.seal(held(world))
    assert Result.GO is sealed.verdict.result
    assert Status.PASS is found_in(sealed.verdict, "freeze.trust").status
    decision = world.verify(sealed.bundle)
    assert "VERIFIED" == decision.answer
    assert not any("yours counts" in step.message for step in decision.steps)
    world.trust = replace(world.trust, version=9, digest="d" * 64)
    decision = world.verify(sealed.bundle)
    assert "VERIFIED" == decision.answer
    (told,) = [step.message for step in decision.steps if step.id == "summary"]
    assert "the gate used trust file version 1, sha256:" in told
    assert f"yours is version 9, sha256:{'d' * 64}, and yours counts" in told


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"policies": "d" * 64}, "freeze.policies"),
        ({"trust": TrustUsed(version=1, sha256="d" * 64)}, "freeze.trust"),
    ],
)
def test_a_change_is_no_go_and_cannot_be_hidden(
    world: Any, resign: Any, changes: dict[str, Any], check: str
) -> None:
    """Neither at the gate nor by who rewrites the readiness."""
    sealed = world.seal(held(world, **changes))
    assert Result.NO_GO is sealed.verdict.result
    assert Status.FAIL is found_in(sealed.verdict, check).status

    def lie(statement: dict[str, Any]) -> None:
        said = statement["predicate"]
        said["result"] = "GO"
        said["findings"] = [item for item in said["findings"] if item["check"] != check]

    number = next(
        item.number
        for item in bundle.read(sealed.bundle, where="t")
        if item.statement.predicate_type.endswith("readiness/v1")
    )
    decision = world.verify(resign(world, sealed.bundle, number, lie))
    assert "REFUSED" == decision.answer


def test_a_waiver_covers_exactly_this_change(world: Any) -> None:
    """Its fingerprint is over both digests."""
    first = judged(world, line(made(world)), now_is=other(policies="d" * 64))["freeze.policies"]
    second = judged(world, line(made(world)), now_is=other(policies="e" * 64))["freeze.policies"]
    assert waivers.fingerprint(first) != waivers.fingerprint(second)


def test_a_freeze_of_another_project_is_refused(world: Any) -> None:
    """As any evidence about another release."""
    from assurance.errors import SignatureError

    with pytest.raises(SignatureError, match="its project is not this release's name"):
        world.seal(held(world, project="inkwell"))


def test_only_the_role_policy_freezes(world: Any) -> None:
    """A collector cannot thaw."""
    from assurance.errors import SignatureError

    draft = held(world)
    (key,) = world.trust.keys
    roles = tuple(role for role in key.roles if role != "policy")
    world.trust = replace(world.trust, keys=(replace(key, roles=roles),))
    with pytest.raises(SignatureError, match=r"freeze/v1.* 0 of 1 holders with role policy"):
        world.seal(draft)


def test_a_day_that_passes_later_changes_nothing(world: Any) -> None:
    """A sealed bundle stays what it was when milestone and freeze come due."""
    from assurance.policy_set import CHECKS, build

    day = f"{world.now.date() + timedelta(days=1)}"
    item = {"title": "Plan", "area": "qa", "milestone": "m", "blocking": False, "document": "x"}
    done = {"title": "SBOM", "area": "qa", "weight": 9, "checks": ["sbom.complete"]}
    value = {
        "area": {"qa": {"title": "QA"}},
        "item": {"plan": item, "sbom": done},
        "milestone": {"m": {"title": "M", "due": f"{world.now.date()}"}},
        "freeze": {"from": day},
    }
    files = [entry for entry in world.policies.files if entry[0] != CHECKS]
    content = json.dumps({"checklist": value}).encode()
    world.policies = build([*files, ("checklist.json", content)], world.policies.checks)
    sealed = world.seal()
    assert Result.GO is sealed.verdict.result
    later = world.verify(sealed.bundle, now=world.now + timedelta(days=5))
    assert "VERIFIED" == later.answer, [step.message for step in later.steps]
    world.now += timedelta(days=5)
    late = world.seal().verdict
    assert Result.NO_GO is late.result
    assert Status.MISSING is found_in(late, "freeze.present").status
    assert Status.WARN is found_in(late, "milestone.m").status


def test_a_freeze_that_is_none_is_refused() -> None:
    """The reader says which field."""
    with pytest.raises(FormatError, match=r"`predicate\.trust`"):
        freeze.read({"project": "x"}, where="line 1")
