"""The last release: read from its own bundle, attested, and never missed unseen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from assurance import bundle, previous, readiness
from assurance.errors import FormatError, RefusedError, SignatureError, UndecidedError
from assurance.interfaces import RuleResult
from assurance.model import PastRelease, PreviousProblem, Result, Status
from assurance.predicates import READINESS
from assurance.report import verdict_fields
from assurance.value import replace
from assurance.verdict import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.model import Previous

    World = Any

FAILING = RuleResult(
    applies=True, evaluated=True, findings=[{"status": "FAIL", "message": "no good"}]
)


def read(world: World, data: bytes, **changes: Any) -> Previous:
    """Read the last release's bundle as the gate would, an hour later."""
    given = {
        "trust": world.trust,
        "release": replace(world.release, version="2.4.2"),
        "now": world.now + timedelta(hours=1),
        "where": "last.intoto.jsonl",
        **changes,
    }
    return previous.read(data, **given)


def next_gate(world: World, last: Previous | PreviousProblem | None) -> None:
    """Make the world decide with `last`."""
    world.gate = Gate(target_grade=60, areas=(), previous=last)


def test_what_is_remembered(world: World) -> None:
    """Digest, name, verdict, grade, artifacts and each check with its worst status."""
    sealed = world.seal()
    found = read(world, sealed.bundle)
    assert sealed.sha256 == found.bundle_sha256
    assert ("ledger-api", "2.4.1", "development") == (found.name, found.version, found.environment)
    assert (Result.GO, 100, 60) == (found.result, found.grade, found.target_grade)
    assert (("sbom.complete", Status.PASS),) == found.checks
    assert world.release.artifacts == found.artifacts
    assert () == found.history
    assert world.now == found.decided_at


def test_a_no_go_is_remembered_as_one(world: World) -> None:
    """The last release need not have been GO."""
    world.engine.results = {"sbom.complete": FAILING}
    found = read(world, world.seal().bundle)
    assert Result.NO_GO is found.result
    assert ("sbom.complete", Status.FAIL) in found.checks


def test_history_grows_and_is_bounded(world: World) -> None:
    """Each bundle passes on what its own predecessor was, ten at most, newest first."""
    last = None
    for number in range(previous.MAX_HISTORY + 3):
        world.release = replace(world.release, version=f"1.{number}")
        next_gate(world, last)
        last = read(world, world.seal().bundle)
    assert last is not None
    assert "1.12" == last.version
    assert [f"1.{number}" for number in range(11, 1, -1)] == [item.version for item in last.history]
    assert isinstance(last.history[0], PastRelease)


def test_the_policy_input_has_it(world: World) -> None:
    """Policies see the last release; null where there is none, or none that can be used."""
    sealed = world.seal()
    next_gate(world, read(world, sealed.bundle))
    world.seal()
    next_gate(world, PreviousProblem(status=Status.FAIL, problem="cut", remedy="fetch it"))
    world.seal()
    first, seen, spoilt = (item["previous"] for item in world.engine.inputs)
    assert (None, None) == (first, spoilt)
    assert {
        "bundle": sealed.sha256,
        "release": {
            "name": "ledger-api",
            "version": "2.4.1",
            "artifacts": [
                {
                    "name": item.name,
                    "sha256": item.sha256,
                    "size": item.size,
                    "platform": item.platform,
                }
                for item in world.release.artifacts
            ],
        },
        "environment": "development",
        "verdict": "GO",
        "grade": 100,
        "target_grade": 60,
        "decided_at": "2026-11-23T14:05:00Z",
        "policy_digest": seen["policy_digest"],
        "checks": {"sbom.complete": "PASS"},
        "history": [],
    } == seen


def test_judged_again_it_is_the_same(world: World) -> None:
    """Verify judges with the `previous` that the bundle itself carries, and needs no old bundle."""
    next_gate(world, read(world, world.seal().bundle))
    sealed = world.seal()
    at_the_gate = world.engine.inputs[-1]["previous"]
    decision = world.verify(sealed.bundle)
    assert "VERIFIED" == decision.answer.value, decision.steps
    assert at_the_gate == world.engine.inputs[-1]["previous"]
    own = world.verify(sealed.bundle, own_policies=world.policies)
    assert "VERIFIED" == own.answer.value
    assert at_the_gate == world.engine.inputs[-1]["previous"]


@pytest.mark.parametrize("status", [Status.MISSING, Status.FAIL, Status.INDETERMINATE])
def test_one_that_cannot_be_used_blocks(status: Status, world: World) -> None:
    """A last release that was named and is spoilt is never better than one that is compared."""
    next_gate(world, PreviousProblem(status=status, problem="it is cut", remedy="fetch it"))
    sealed = world.seal()
    assert sealed.verdict.result is (
        Result.INDETERMINATE if status is Status.INDETERMINATE else Result.NO_GO
    )
    (found,) = [item for item in sealed.verdict.findings if item.check == "integrity.previous"]
    assert status is found.status
    assert "the bundle of the last release cannot be used: it is cut" == found.message
    assert not found.waivable
    assert "REFUSED" == world.verify(sealed.bundle).answer.value
    # The finding and the problem come back out of the bundle.
    line = next(
        item
        for item in bundle.read(sealed.bundle, where="t")
        if item.statement.predicate_type == READINESS
    )
    again = readiness.read(line.statement.predicate, where="t")
    assert sealed.verdict.previous == again.previous
    assert "it is cut" == verdict_fields(again)["previous"]["problem"]


def test_the_report_has_the_changes(world: World) -> None:
    """The document tells which checks changed, and which way."""
    last = read(world, world.seal().bundle)
    next_gate(world, replace(last, checks=(*last.checks, ("sbom.gone", Status.FAIL))))
    world.engine.results = {"sbom.complete": FAILING}
    fields = verdict_fields(world.seal().verdict)["previous"]
    assert ("2.4.1", "GO", 100, None) == (
        fields["version"],
        fields["verdict"],
        fields["grade"],
        fields["problem"],
    )
    assert [
        ("gate.grade", None, "FAIL", "worse"),
        ("sbom.complete", "PASS", "FAIL", "worse"),
        ("sbom.gone", "FAIL", None, "gone"),
    ] == [(item["check"], item["from"], item["to"], item["turn"]) for item in fields["changes"]]
    assert verdict_fields(replace(world.seal().verdict, previous=None))["previous"] is None


def test_readiness_keeps_it(world: World) -> None:
    """What is written comes back the same, history and all."""
    last = read(world, world.seal().bundle)
    past = PastRelease(version="2.3.0", result=Result.NO_GO, grade=7, decided_at=world.now)
    next_gate(world, replace(last, history=(past,)))
    verdict = world.seal().verdict
    made = readiness.write(verdict, trust_version=7, trust_digest="a1" * 32)
    assert verdict.previous == readiness.read(json.loads(made.predicate), where="t").previous


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data[:-1], "does not end with a newline"),
        (
            lambda data: b"\n".join(data.split(b"\n")[:-2]) + b"\n",
            "the bundle is cut or not sealed",
        ),
        (lambda _: b"", "the bundle is empty"),
        (lambda data: data.replace(b'"mediaType"', b'"mediaTyp\\u0065"', 1), "it was changed"),
    ],
)
def test_a_spoilt_bundle(change: Callable[[bytes], bytes], problem: str, world: World) -> None:
    """A bundle that is cut or changed is refused for that reason."""
    with pytest.raises(FormatError, match=problem):
        read(world, change(world.seal().bundle))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "other"}, "it is for release ledger-api, and this is for other"),
        ({"environment": "production"}, "it is for environment development, and this is for prod"),
    ],
)
def test_of_something_else(changes: dict[str, str], problem: str, world: World) -> None:
    """Another release's bundle, or one for another environment, says nothing about this one."""
    with pytest.raises(RefusedError, match=problem):
        read(world, world.seal().bundle, release=replace(world.release, **changes))


def test_signed_by_nobody_we_know(world: World, resign: Callable[..., bytes]) -> None:
    """Every line's signer must be in the trust file, and its key valid now."""
    data = world.seal().bundle
    keys = tuple(replace(key, not_after=world.now) for key in world.trust.keys)
    with pytest.raises(SignatureError, match="that expired on 2026-11-23 14:05 UTC"):
        read(world, data, trust=replace(world.trust, keys=keys))
    world.key = world.other
    with pytest.raises(SignatureError, match="which the trust file does not know"):
        read(world, world.seal().bundle)


def test_from_the_future(world: World) -> None:
    """A last release that is decided after this one cannot be the last: nobody knows."""
    with pytest.raises(UndecidedError, match="dated in the future"):
        read(world, world.seal().bundle, now=world.now - timedelta(minutes=6))
    found = read(world, world.seal().bundle, now=world.now - timedelta(minutes=5))
    assert world.now == found.decided_at


def test_a_receipt_that_does_not_hold(world: World) -> None:
    """What lies beside the bundle as its receipt must be its receipt."""
    with pytest.raises(FormatError, match="the receipt has no empty line"):
        read(world, world.seal().bundle, receipt=b"hello\n")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SignatureError("x", remedy="y"), Status.FAIL),
        (FormatError("x", remedy="y"), Status.FAIL),
        (UndecidedError("x", remedy="y"), Status.INDETERMINATE),
    ],
)
def test_problem(error: Any, status: Status) -> None:
    """A no is FAIL, an unknown is INDETERMINATE; both block."""
    assert PreviousProblem(status=status, problem="x", remedy="y") == previous.problem(error)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ({"previousProblem": {"status": "WARN", "problem": "x", "remedy": "y"}}, "must be one of"),
        ({"previousProblem": {"status": "PASS", "problem": "x", "remedy": "y"}}, "must be one of"),
        ({"previousProblem": 7}, "previousProblem` must be an object"),
        ({"previous": {}}, "previous.release` must be an object"),
        ({"previous": "2.4.0"}, "previous` must be an object"),
    ],
)
def test_a_readiness_of_a_wrong_form(edit: dict[str, Any], problem: str, world: World) -> None:
    """A problem that would not block, or a last release without its parts, is refused."""
    made = readiness.write(world.seal().verdict, trust_version=7, trust_digest="a1" * 32)
    with pytest.raises(FormatError, match=problem):
        readiness.read(json.loads(made.predicate) | edit, where="t")
