"""An old bundle judged with other policies: what changes, and what must not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assurance import backtest, policy_set
from assurance.errors import FormatError, PolicyEngineError, SignatureError
from assurance.interfaces import RuleResult
from assurance.model import Check
from assurance.predicates import CYCLONEDX
from assurance.value import replace
from assurance.verdict import Gate

if TYPE_CHECKING:
    from assurance.interfaces import PolicySet

    World = Any

FAILING = RuleResult(
    applies=True, evaluated=True, findings=[{"status": "FAIL", "message": "no good"}]
)


def policies(*names: str, max_age: tuple[tuple[str, int], ...] = ()) -> PolicySet:
    """Return a policy set of blocking checks with weight 10."""
    modules = [
        (
            f"{name.replace('.', '/')}.rego",
            f"package assurance.{name}\n\napplies := true\nevaluated := true\n"
            "findings := set()\n".encode(),
        )
        for name in names
    ]
    checks = [
        Check(
            id=name,
            title=name,
            description=name,
            severity="high",
            weight=10,
            blocking=True,
            owner="QA",
            remedy="mend it",
            requires=(CYCLONEDX,),
            reads=(CYCLONEDX,),
            max_age=max_age,
            source=f"{path}:1",
        )
        for name, (path, _) in zip(names, modules, strict=True)
    ]
    return policy_set.build(modules, checks)


def rehearse(world: World, data: bytes, made: PolicySet, **more: Any) -> dict[str, Any]:
    """Judge with other policies."""
    return backtest.rehearse(
        data, policies=made, engine=world.engine, trust=world.trust, where="old.jsonl", **more
    )


def test_the_same_policies_say_the_same(world: World) -> None:
    """A bundle and its own policies: nothing changes."""
    sealed = world.seal()
    found = rehearse(world, sealed.bundle, world.policies)
    assert found["from"] == found["to"]
    assert [] == found["changes"]
    assert sealed.sha256 == found["sha256"]


def test_other_policies(world: World) -> None:
    """Verdict, grade and checks as they would have been; what is gone is not better."""
    data = world.seal().bundle
    world.engine.results = {"sbom.strict": FAILING}
    found = rehearse(world, data, policies("sbom.strict"))
    assert ("GO", 100) == (found["from"]["verdict"], found["from"]["grade"])
    assert ("NO-GO", 0) == (found["to"]["verdict"], found["to"]["grade"])
    assert ["gate.grade", "sbom.strict"] == found["to"]["blocking"]
    assert [
        ("gate.grade", None, "FAIL", "grade 0 is below the target 60"),
        ("sbom.strict", None, "FAIL", "no good"),
        ("sbom.complete", "PASS", None, None),
    ] == [(item["check"], item["from"], item["to"], item["message"]) for item in found["changes"]]


def test_added_policies(world: World) -> None:
    """With `add` the bundle's own checks stay as they were, and the grade is over all of them."""
    data = world.seal().bundle
    world.engine.results = {"sbom.strict": FAILING, "sbom.complete": FAILING}
    found = rehearse(world, data, policies("sbom.strict"), add=True)
    assert ("NO-GO", 50) == (found["to"]["verdict"], found["to"]["grade"])
    assert ["gate.grade", "sbom.strict"] == [item["check"] for item in found["changes"]]
    # One of the same id is judged anew and takes the place of the old one.
    found = rehearse(world, data, policies("sbom.complete"), add=True)
    assert ("NO-GO", 0) == (found["to"]["verdict"], found["to"]["grade"])
    world.engine.results = {}
    found = rehearse(world, data, policies("sbom.complete"), add=True)
    assert found["from"] == found["to"]


def test_it_is_judged_as_at_the_time(world: World) -> None:
    """Evidence that was fresh then is fresh, however old it is today; a shorter limit counts."""
    world.now += timedelta(days=2)
    data = world.seal().bundle
    kept = rehearse(world, data, policies("sbom.a", max_age=(("development", 2 * 86_400),)))
    assert "GO" == kept["to"]["verdict"]
    stale = rehearse(world, data, policies("sbom.a", max_age=(("development", 86_400),)))
    assert ("sbom.a", "STALE") in [(item["check"], item["to"]) for item in stale["changes"]]


def test_sign_offs_stay_what_they_were(world: World) -> None:
    """Other policies do not make sign-offs void: they were given over those of then."""
    world.gate = Gate(target_grade=60, areas=("security",))
    found = rehearse(world, world.seal().bundle, world.policies)
    assert [] == found["changes"]
    assert "signoff.security" in found["to"]["blocking"]


def test_an_engine_that_fails(world: World) -> None:
    """No answer is no verdict."""
    data = world.seal().bundle

    def evaluate(*_: Any, **__: Any) -> Any:
        raise PolicyEngineError("killed", remedy="try again")

    world.engine.evaluate = evaluate
    with pytest.raises(PolicyEngineError, match="killed"):
        rehearse(world, data, world.policies)


def test_a_bundle_that_does_not_hold(world: World) -> None:
    """Cut, changed, signed by nobody we know, or with a key that was not valid then: refused."""
    data = world.seal().bundle
    with pytest.raises(FormatError, match="the bundle is cut or not sealed"):
        rehearse(world, b"\n".join(data.split(b"\n")[:-2]) + b"\n", world.policies)
    keys = tuple(
        replace(key, not_before=world.now + timedelta(seconds=1)) for key in world.trust.keys
    )
    world.trust = replace(world.trust, keys=keys)
    with pytest.raises(SignatureError, match="is not valid before"):
        rehearse(world, data, world.policies)


def test_a_key_that_expired_since(world: World) -> None:
    """The past is judged with the keys of the past."""
    data = world.seal().bundle
    keys = tuple(replace(key, not_after=world.now) for key in world.trust.keys)
    world.trust = replace(world.trust, keys=keys)
    assert "GO" == rehearse(world, data, world.policies)["to"]["verdict"]
