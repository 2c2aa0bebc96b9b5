"""When a sign-off counts, and each reason for which one does not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import attest, sign_offs, trust
from assurance.errors import SignatureError
from assurance.model import Evidence, Result, SignedBy, Statement, Status
from assurance.predicates import CYCLONEDX, SIGN_OFF, WAIVER
from assurance.timestamps import format_utc

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST, POLICIES = "e" * 64, "f" * 64
QA = SignedBy(key="a" * 64, holder="n.abara", roles=("sign-off:qa",))
OTHER_KEY = replace(QA, key="b" * 64)
SECOND = SignedBy(key="c" * 64, holder="m.okafor", roles=("sign-off:qa",))


def approval(world: Any, **changes: Any) -> dict[str, Any]:
    """Return what an approver signs."""
    return {
        "area": "qa",
        "decision": "APPROVED",
        "release": {"name": world.release.name, "version": world.release.version},
        "environment": world.release.environment,
        "evidenceDigest": {"sha256": DIGEST},
        "policyDigest": {"sha256": POLICIES},
        "approver": "n.abara",
        "approvedAt": format_utc(world.now),
        **changes,
    }


def line(
    said: dict[str, Any], number: int = 9, *signers: SignedBy, kind: str = SIGN_OFF
) -> Evidence:
    """Return a verified line."""
    return Evidence(
        line=number,
        digest=f"{number:064x}",
        predicate_type=kind,
        predicate=said,
        subjects=(),
        signers=signers or (QA,),
        collected_at=None,
        as_of=None,
    )


def sbom(world: Any, holder: str = "release-gate") -> Evidence:
    """Return collected evidence."""
    by = SignedBy(key="d" * 64, holder=holder, roles=("collector",))
    return replace(line({}, 2, by, kind=CYCLONEDX), collected_at=world.now)


def state(world: Any, *lines: Evidence) -> Any:
    """Return the state of the area qa."""
    (found,) = sign_offs.states(
        ("qa",),
        (sbom(world), *lines),
        release=world.release,
        evidence_digest=DIGEST,
        policy_digest=POLICIES,
        trust=world.trust,
    )
    return found


def test_an_approval_of_this_evidence_is_given(world: Any) -> None:
    """By whom is told."""
    found = state(world, line(approval(world)))
    assert ("GIVEN", 1, 1, ("n.abara",), None) == (
        found.state,
        found.needs,
        found.has,
        found.by,
        found.reason,
    )


VOID: Any = {
    "another-evidence-digest": ({"evidenceDigest": {"sha256": "0" * 64}}, "its evidenceDigest is"),
    "another-policy-digest": (
        {"policyDigest": {"sha256": "0" * 64}},
        "its policyDigest is another",
    ),
    "digest-as-text": ({"evidenceDigest": DIGEST}, "its evidenceDigest is another"),
    "another-environment": ({"environment": "production"}, "its environment is another"),
    "another-version": (
        {"release": {"name": "ledger-api", "version": "2.4.0"}},
        "it is for another release",
    ),
    "release-as-text": ({"release": "ledger-api"}, "it is for another release"),
    "in-another-name": ({"approver": "m.okafor"}, "it is signed in the name of m.okafor"),
    "without-a-name": ({"approver": None}, "it is signed in the name of None"),
    "before-the-evidence": (
        {"approvedAt": "2026-11-23T13:59:59Z"},
        "it was given before the evidence was collected",
    ),
    "without-a-time": ({"approvedAt": None}, "it does not say when it was given"),
}


@pytest.mark.parametrize("name", VOID)
def test_one_that_is_of_something_else_is_void(world: Any, name: str) -> None:
    """And the reason names the line."""
    changes, reason = VOID[name]
    found = state(world, line(approval(world, **changes)))
    assert ("VOID", 0) == (found.state, found.has)
    assert f"line 9 is void, {reason}" in found.reason


def test_clocks_may_differ_by_five_minutes(world: Any) -> None:
    """Exactly five minutes before the evidence still counts."""
    said = approval(world, approvedAt=format_utc(world.now - timedelta(minutes=5)))
    assert "GIVEN" == state(world, line(said)).state


def test_who_made_the_evidence_does_not_approve_it(world: Any) -> None:
    """By holder, whatever the key: who collected, and who asked for a waiver."""
    found = sign_offs.states(
        ("qa",),
        (sbom(world, holder="n.abara"), line(approval(world))),
        release=world.release,
        evidence_digest=DIGEST,
        policy_digest=POLICIES,
        trust=world.trust,
    )[0]
    assert "VOID" == found.state
    assert "n.abara also collected or released this evidence" in str(found.reason)
    asked = SignedBy(key="9" * 64, holder="n.abara", roles=("waiver-requester",))
    for waiver in (
        line({"request": None, "requester": "x"}, 5, asked, kind=WAIVER),
        line({"request": {}, "requester": "n.abara"}, 5, SECOND, kind=WAIVER),
    ):
        found = state(world, waiver, line(approval(world)))
        assert "VOID" == found.state
        assert "or asked for a waiver" in found.reason


def test_one_holder_with_two_keys_is_one(world: Any) -> None:
    """A threshold of two needs two people."""
    world.trust = replace(world.trust, roles=(("sign-off:qa", 2),))
    for lines in (
        [line(approval(world), 9, QA, OTHER_KEY)],
        [line(approval(world), 9, QA), line(approval(world), 10, OTHER_KEY)],
    ):
        found = state(world, *lines)
        assert ("MISSING", 1, 2) == (found.state, found.has, found.needs)
    second = line(approval(world, approver="m.okafor"), 10, SECOND)
    assert "GIVEN" == state(world, line(approval(world)), second).state


def test_a_key_beside_it_without_the_role_is_no_second_person(world: Any) -> None:
    """Whoever else signs the same payload approves nothing, and nothing in another's name."""
    world.trust = replace(world.trust, roles=(("sign-off:qa", 2),))
    reader = SignedBy(key="9" * 64, holder="r.eader", roles=("reviewer",))
    found = state(world, line(approval(world), 9, QA, reader))
    assert ("MISSING", 1) == (found.state, found.has)
    found = state(world, line(approval(world, approver="r.eader"), 9, QA, reader))
    assert "it is signed in the name of r.eader" in str(found.reason)


def test_taken_back_and_given_again(world: Any) -> None:
    """The holder's last word holds; another holder's revocation does not."""
    given_ = line(approval(world))
    back = line(approval(world, decision="REVOKED"), 10)
    found = state(world, given_, back)
    assert ("VOID", "line 9 is void, n.abara has revoked it") == (found.state, found.reason)
    later = format_utc(world.now + timedelta(seconds=1))
    assert "GIVEN" == state(world, given_, back, line(approval(world, approvedAt=later), 11)).state
    others = line(approval(world, decision="REVOKED", approver="m.okafor"), 10, SECOND)
    assert "GIVEN" == state(world, given_, others).state


def test_a_revocation_without_a_time_takes_back_everything(world: Any) -> None:
    """A doubt never approves."""
    back = line(approval(world, decision="REVOKED", approvedAt="soon"), 10)
    later = format_utc(world.now + timedelta(days=9))
    assert "VOID" == state(world, line(approval(world, approvedAt=later)), back).state


@given(
    st.sampled_from(
        ["area", "release", "environment", "evidenceDigest", "policyDigest", "approver"]
    ),
    st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just({}), st.just([])),
)
def test_no_other_value_approves(world_of: Callable[[], Any], key: str, value: Any) -> None:
    """Whatever stands in a field that binds it: no error, and nothing given."""
    world = world_of()
    assert "GIVEN" != state(world, line(approval(world, **{key: value}))).state


def seal(world: Any, holder_key: Any, **changes: Any) -> Any:
    """Seal with an approval by another key of what the draft holds."""
    from assurance import bundle, policy_set, verify

    world.gate = replace(world.gate, areas=("qa",))
    draft = world.draft()
    groups = bundle.groups(bundle.read(draft, where="t"), where="t")
    seen = verify.verify(groups, world.trust, now=world.now, where="t")
    said = approval(
        world,
        evidenceDigest={"sha256": sign_offs.evidence_digest(seen.evidence)},
        policyDigest={"sha256": bundle.digest(policy_set.pack(world.policies))},
        **changes,
    )
    made = Statement(
        predicate_type=SIGN_OFF, predicate=json.dumps(said).encode(), collected_at=world.now
    )
    return world.seal(draft + attest.attest_as(made, world.release, holder_key) + b"\n")


def with_approver(world: Any, *roles: str, **changes: Any) -> None:
    """List the world's other key as n.abara's."""
    from assurance import keys

    gate = world.trust.keys[0]
    public = keys.load_public(world.other.public_key_pem, where="t")
    approver = trust.TrustKey(
        **{
            "id": public.key_id,
            "holder": "n.abara",
            "roles": roles,
            "not_before": gate.not_before,
            "not_after": gate.not_after,
            "public": public,
            **changes,
        }
    )
    world.trust = replace(world.trust, keys=(gate, approver))


def test_the_engine_demands_what_the_gate_names(world: Any) -> None:
    """A missing sign-off is MISSING and NO-GO; with it the same release is GO, and verified."""
    world.gate = replace(world.gate, areas=("qa",))
    verdict = world.seal().verdict
    (missing,) = [item for item in verdict.findings if item.check == "signoff.qa"]
    assert (Status.MISSING, True, False) == (missing.status, missing.blocking, missing.waivable)
    assert Result.NO_GO is verdict.result
    with_approver(world, "sign-off:qa")
    sealed = seal(world, world.other)
    assert Result.GO is sealed.verdict.result
    assert "VERIFIED" == world.verify(sealed.bundle).answer


@pytest.mark.parametrize(
    ("roles", "changes", "message"),
    [
        (("sign-off:security",), {}, "0 of 1 holders with role sign-off:qa"),
        (("collector",), {}, "0 of 1 holders with role sign-off:qa"),
        (("sign-off:qa",), {"predicate_types": (WAIVER,)}, "the key of n.abara may not sign"),
        (
            ("sign-off:qa",),
            {"revoked": trust.Revoked(reason="lost")},
            "signed by a key of n.abara that was revoked: lost",
        ),
    ],
)
def test_a_key_that_may_not_is_refused(
    world: Any, roles: tuple[str, ...], changes: dict[str, Any], message: str
) -> None:
    """Before anything is judged; the line is named."""
    with_approver(world, *roles, **changes)
    with pytest.raises(SignatureError, match=message) as caught:
        seal(world, world.other)
    assert "draft:5" == caught.value.where


def test_an_expired_key_is_refused(world: Any) -> None:
    """Valid at both ends, and not a second after."""
    with_approver(world, "sign-off:qa", not_after=world.now)
    assert Result.GO is seal(world, world.other).verdict.result
    with_approver(world, "sign-off:qa", not_after=world.now - timedelta(seconds=1))
    with pytest.raises(SignatureError, match=r"a key of n\.abara that expired on 2026-11-23 14:04"):
        seal(world, world.other)
