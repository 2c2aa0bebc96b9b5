"""What a waiver hides, and each reason for which one hides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import decide as deciding
from assurance import waivers
from assurance.model import Evidence, Finding, Result, SignedBy, Status
from assurance.predicates import WAIVER
from assurance.timestamps import format_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPEN = Finding(
    check="vulnerabilities.unresolved",
    status=Status.FAIL,
    message="urllib3 1.26.4 has a high vulnerability",
    subject="pkg:pypi/urllib3@1.26.4",
    actual="1 high",
    required="0 high",
    weight=6,
)
ASKER = SignedBy(key="a" * 64, holder="j.ferreira", roles=("waiver-requester",))
APPROVER = SignedBy(key="b" * 64, holder="m.okafor", roles=("waiver-approver",))


def predicate(world: Any, finding: Finding = OPEN, **changes: Any) -> dict[str, Any]:
    """Return a request for `finding`."""
    return {
        "release": {"name": world.release.name, "version": world.release.version},
        "environment": world.release.environment,
        "check": finding.check,
        "subject": {
            "name": finding.subject,
            "digest": {"sha256": waivers.subject_digest(finding, world.release)},
        },
        "fingerprint": {"sha256": waivers.fingerprint(finding)},
        "status": finding.status.value,
        "reason": "not reachable",
        "mitigation": None,
        "owner": "Platform Security",
        "reference": None,
        "requestedAt": format_utc(world.now),
        "expiresAt": format_utc(world.now + timedelta(days=14)),
        "requester": "j.ferreira",
        "approver": None,
        "request": None,
        **changes,
    }


def evidence(line: int, said: Mapping[str, Any], signer: SignedBy) -> Evidence:
    """Return the verified line of `said`."""
    return Evidence(
        line=line,
        digest=f"{line:064x}",
        predicate_type=WAIVER,
        predicate=said,
        subjects=(),
        signers=(signer,),
        collected_at=None,
        as_of=None,
        payload_sha256=f"{line + 1000:064x}",
    )


def pair(
    world: Any, *, line: int = 7, asker: SignedBy = ASKER, approver: SignedBy = APPROVER, **own: Any
) -> list[Evidence]:
    """Return a request and its approval."""
    asked = predicate(world, **own)
    approved = {**asked, "approver": "m.okafor", "request": {"sha256": f"{line + 1000:064x}"}}
    return [evidence(line, asked, asker), evidence(line + 1, approved, approver)]


def applied(world: Any, lines: list[Evidence], findings: Any = (OPEN,), **changes: Any) -> Any:
    """Apply the waivers."""
    given_ = {"release": world.release, "now": world.now} | changes
    return waivers.apply(findings, lines, **given_)


def about(outcome: Any) -> list[tuple[str, Status]]:
    """Return what is said about the waivers themselves."""
    return [
        (item.check, item.status) for item in outcome.findings if item.check.startswith("waivers.")
    ]


def test_asked_and_approved_is_waived(world: Any) -> None:
    """The finding keeps what it would be and names the approval; the verdict ends with it."""
    outcome = applied(world, pair(world))
    (found,) = outcome.findings
    assert (Status.WAIVED, Status.FAIL, 8) == (found.status, found.would_be, found.waiver)
    assert world.now + timedelta(days=14) == outcome.valid_until
    assert waivers.fingerprint(OPEN) == waivers.fingerprint(found)


def test_the_documented_fingerprint() -> None:
    """As `jq -cjS` prints it: docs/predicates/waiver.md tells auditors so."""
    finding = Finding(
        check="fuzz.window", status=Status.FAIL, message="m", subject="http_api", actual="22 days"
    )
    text = (
        b'{"actual":"22 days","check":"fuzz.window","required":null,"status":"FAIL",'
        b'"subject":"http_api"}'
    )
    from hashlib import sha256

    assert sha256(text).hexdigest() == waivers.fingerprint(finding)


def _edit(**changes: Any) -> Callable[[list[Evidence]], list[Evidence]]:
    """Change the predicate of the approval only."""

    def edit(lines: list[Evidence]) -> list[Evidence]:
        asked, approved = lines
        return [asked, replace(approved, predicate={**approved.predicate, **changes})]

    return edit


def _both(**changes: Any) -> Callable[[list[Evidence]], list[Evidence]]:
    """Change request and approval alike."""

    def edit(lines: list[Evidence]) -> list[Evidence]:
        return [replace(item, predicate={**item.predicate, **changes}) for item in lines]

    return edit


def _signed(line: int, signer: SignedBy) -> Callable[[list[Evidence]], list[Evidence]]:
    def edit(lines: list[Evidence]) -> list[Evidence]:
        lines[line] = replace(lines[line], signers=(signer,))
        return lines

    return edit


def _without(key: str) -> Callable[[list[Evidence]], list[Evidence]]:
    def edit(lines: list[Evidence]) -> list[Evidence]:
        return [
            replace(item, predicate={name: v for name, v in item.predicate.items() if name != key})
            for item in lines
        ]

    return edit


BOTH_ROLES = SignedBy(
    key="c" * 64, holder="m.okafor", roles=("waiver-approver", "waiver-requester")
)
REFUSALS = {
    "self-approval": (
        _both(requester="m.okafor"),
        "is not signed by m.okafor in role waiver-requester",
    ),
    "one-holder-two-keys": (_signed(0, BOTH_ROLES), "is not signed by j.ferreira"),
    "approver-without-the-role": (
        _signed(1, replace(APPROVER, roles=("reviewer",))),
        "it is not signed by m.okafor in role waiver-approver",
    ),
    "requester-without-the-role": (
        _signed(0, replace(ASKER, roles=("reviewer",))),
        "its request is not signed by j.ferreira in role waiver-requester",
    ),
    "approved-in-another-name": (_edit(approver="a.novak"), "it is not signed by a.novak"),
    "approval-says-more-than-the-request": (
        _edit(expiresAt="2026-12-20T00:00:00Z"),
        "it differs from its request",
    ),
    "another-release": (
        _both(release={"name": "ledger-api", "version": "2.4.0"}),
        "it is for ledger-api@2.4.0 in development",
    ),
    "another-environment": (_both(environment="production"), "in production"),
    "too-long": (_both(expiresAt="2026-12-24T14:05:00Z"), "it lasts longer than 30 days"),
    "ends-before-it-begins": (_both(expiresAt="2026-11-01T00:00:00Z"), "it ends before"),
    "asked-in-the-future": (_both(requestedAt="2026-11-24T14:05:00Z"), "in the future"),
    "status-that-cannot-be-waived": (_both(status="WARN"), "WARN is no status that can be waived"),
    "wildcard": (_both(check="vulnerabilities.*"), "wildcards do not exist"),
    "without-expiry": (_without("expiresAt"), "`predicate.expiresAt` must be a non-empty string"),
    "without-owner": (_without("owner"), "`predicate.owner` must be a non-empty string"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_waiver_that_breaks_a_rule_hides_nothing(world: Any, name: str) -> None:
    """The finding stays as it was, and what is wrong with the waiver is a finding of its own."""
    edit, reason = REFUSALS[name]
    outcome = applied(world, edit(pair(world)))
    assert OPEN in outcome.findings
    assert ("waivers.refused", Status.FAIL) in about(outcome)
    assert any(reason in item.message for item in outcome.findings), [
        item.message for item in outcome.findings
    ]


def test_as_many_holders_approve_as_the_trust_file_asks_for(world: Any) -> None:
    """One holder's two keys are one; the second approval adds nothing where one is enough."""
    asked, approved = pair(world)
    again = evidence(9, approved.predicate, replace(APPROVER, key="d" * 64))
    second = SignedBy(key="e" * 64, holder="a.novak", roles=("waiver-approver",))
    other = evidence(9, {**approved.predicate, "approver": "a.novak"}, second)
    for lines in ([asked, approved], [asked, approved, again]):
        outcome = applied(world, lines, approvers=2)
        assert OPEN in outcome.findings
        assert "has 1 of 2 approvals" in outcome.findings[1].message
    for needed in (1, 2):
        (found,) = applied(world, [asked, approved, other], approvers=needed).findings
        assert (Status.WAIVED, 8) == (found.status, found.waiver)


def test_one_holder_with_both_roles_cannot_do_both(world: Any) -> None:
    """Whatever the keys: thresholds and separation go by holder."""
    other = replace(BOTH_ROLES, key="d" * 64)
    lines = pair(world, asker=BOTH_ROLES, approver=other, requester="m.okafor")
    outcome = applied(world, lines)
    assert OPEN in outcome.findings
    assert "m.okafor asked for it and approved it" in outcome.findings[1].message


@pytest.mark.parametrize(
    ("finding", "message"),
    [
        (replace(OPEN, actual="2 high"), "the finding has changed"),
        (replace(OPEN, status=Status.STALE), "the finding has changed"),
        (replace(OPEN, subject="pkg:pypi/urllib3@1.26.3"), "there is no such finding"),
        (replace(OPEN, status=Status.PASS, actual=None), "the finding has changed"),
    ],
)
def test_a_waiver_of_something_else_is_unused(world: Any, finding: Finding, message: str) -> None:
    """Its scope is exact: check, subject, status and what was found."""
    outcome = applied(world, pair(world), (finding,))
    assert finding in outcome.findings
    assert [("waivers.unused", Status.WARN)] == about(outcome)
    assert message in outcome.findings[1].message


def test_another_artifact_under_the_same_name_is_not_covered(world: Any) -> None:
    """The subject's digest binds it to the bytes."""
    lines = pair(world)
    wheel = replace(world.release.artifacts[0], sha256="f" * 64)
    outcome = applied(world, lines, release=replace(world.release, artifacts=(wheel,)))
    assert [("waivers.unused", Status.WARN)] == about(outcome)


def test_what_cannot_be_waived(world: Any) -> None:
    """Signature, manifest, trust and sign-off findings say so themselves."""
    outcome = applied(world, pair(world), (replace(OPEN, waivable=False),))
    assert Status.FAIL is outcome.findings[0].status
    assert "cannot be waived" in outcome.findings[1].message


def test_expired_at_verification(world: Any) -> None:
    """Exactly at its end it no longer counts; a second before it does."""
    end = world.now + timedelta(days=14)
    assert [] == about(applied(world, pair(world), now=end - timedelta(seconds=1)))
    outcome = applied(world, pair(world), now=end)
    assert OPEN in outcome.findings
    assert [("waivers.expired", Status.WARN)] == about(outcome)


def test_orphans(world: Any) -> None:
    """A request that nobody approved, and an approval whose request is gone."""
    asked, approved = pair(world)
    for lines, message in (([asked], "waits for its approval"), ([approved], "not in this bundle")):
        outcome = applied(world, lines)
        assert OPEN in outcome.findings
        assert [("waivers.orphaned", Status.WARN)] == about(outcome)
        assert message in outcome.findings[1].message


def test_two_owners_are_none(world: Any) -> None:
    """Two waivers of one finding that name different owners contradict each other."""
    lines = pair(world) + pair(world, line=17, owner="QA")
    outcome = applied(world, lines)
    assert OPEN in outcome.findings
    assert [("waivers.refused", Status.FAIL)] * 2 == about(outcome)
    assert "two owners, Platform Security, QA" in outcome.findings[1].message


def test_a_renewal_takes_the_place_of_the_old_one(world: Any) -> None:
    """The one that lasts longer is used, the other one is unused."""
    end = format_utc(world.now + timedelta(days=20))
    outcome = applied(world, pair(world) + pair(world, line=17, expiresAt=end))
    assert Status.WAIVED is outcome.findings[0].status
    assert 18 == outcome.findings[0].waiver
    assert [("waivers.unused", Status.WARN)] == about(outcome)


def test_a_waiver_of_a_waiver_hides_nothing(world: Any) -> None:
    """What is said about a waiver is not waivable, and comes after all waivers were applied."""
    expired = Finding(
        check="waivers.refused", status=Status.FAIL, message="m", subject="x", waivable=False
    )
    lines = pair(world, finding=expired)
    outcome = applied(world, lines, (expired,))
    assert Status.FAIL is outcome.findings[0].status


@given(st.sets(st.integers(min_value=0, max_value=3)), st.data())
def test_without_a_waiver_nothing_fares_better(
    world_of: Callable[[], Any], kept: set[int], data: Any
) -> None:
    """Any subset of the lines gives at best what all of them give."""
    world = world_of()
    name = data.draw(st.sampled_from(sorted(REFUSALS)))
    broken = REFUSALS[name][0](pair(world, line=17))
    every = [*pair(world), *broken]
    some = [item for place, item in enumerate(every) if place in kept]

    def verdict(lines: list[Evidence]) -> Result:
        result: Result = deciding.decide(
            release=world.release,
            findings=applied(world, lines).findings,
            target_grade=0,
            now=world.now,
            valid_until=None,
            sign_offs=(),
            weakenings=(),
            collectors=(),
            artifacts_at_seal=world.release.artifacts,
            policy_digest="0" * 64,
            engine="table 1",
            evidence_digest="1" * 64,
            settings_digest="2" * 64,
        ).result
        return result

    complete = {0, 1} <= kept
    assert verdict(some) is (Result.GO if complete else Result.NO_GO)
    assert Result.GO is verdict(every)
