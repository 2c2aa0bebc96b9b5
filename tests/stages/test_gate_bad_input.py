"""Bad input of the people around a release: each has its test, which matches the reason.

`WHERE` is the table; `test_each_has_its_test` keeps it true. What has no test elsewhere stands
below it.
"""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assurance import attest, keys, trust, waivers
from assurance.errors import SignatureError
from assurance.model import Artifact, SignedBy, Statement, Status
from assurance.predicates import WAIVER
from assurance.timestamps import format_utc

TESTS = Path(__file__).parents[1]
WHERE = {
    "self-approval": (
        "stages/test_waivers.py::REFUSALS::self-approval",
        "stages/test_waivers.py::test_one_holder_with_both_roles_cannot_do_both",
        "stages/test_sign_offs.py::test_who_made_the_evidence_does_not_approve_it",
        "e2e/test_people.py::test_self_approval_is_refused",
    ),
    "expired key": (
        "stages/test_sign_offs.py::test_an_expired_key_is_refused",
        "stages/test_gate_bad_input.py::test_a_key_that_may_not_ask_or_approve",
        "e2e/test_people.py::test_an_expired_key",
    ),
    "wrong-role key": (
        "stages/test_sign_offs.py::test_a_key_that_may_not_is_refused",
        "stages/test_waivers.py::REFUSALS::approver-without-the-role",
        "stages/test_gate_bad_input.py::test_a_key_that_may_not_ask_or_approve",
        "stages/test_freeze.py::test_only_the_role_policy_freezes",
        "e2e/test_review.py::test_only_a_reviewer_reviews",
        "e2e/test_people.py::test_a_key_without_the_role_cannot_ask",
        "e2e/test_people.py::test_an_approver_without_the_role",
    ),
    "approval of another digest": (
        "stages/test_sign_offs.py::VOID::another-evidence-digest",
        "stages/test_sign_offs.py::VOID::another-policy-digest",
        "stages/test_waivers.py::test_orphans",
        "stages/test_waivers.py::test_another_artifact_under_the_same_name_is_not_covered",
        "stages/test_checklist.py::test_a_manual_item_is_closed_by_a_reviewer",
        "e2e/test_review.py::test_an_imported_review_of_old_bytes_closes_nothing",
        "e2e/test_people.py::test_a_sign_off_is_void_when_the_evidence_changes",
    ),
    "approval before the evidence": (
        "stages/test_sign_offs.py::VOID::before-the-evidence",
        "e2e/test_people.py::test_a_sign_off_from_before_the_evidence",
    ),
    "wildcard waiver": (
        "stages/test_waivers.py::REFUSALS::wildcard",
        "e2e/test_people.py::test_what_has_no_waiver",
        "e2e/test_people.py::test_a_waiver_that_no_command_makes",
    ),
    "waiver without expiry": (
        "stages/test_waivers.py::REFUSALS::without-expiry",
        "stages/test_waivers.py::REFUSALS::too-long",
        "e2e/test_people.py::test_a_waiver_that_no_command_makes",
    ),
    "expired waiver": (
        "stages/test_waivers.py::test_expired_at_verification",
        "e2e/test_people.py::test_an_expired_waiver_no_longer_counts",
    ),
    "orphaned waiver": ("stages/test_waivers.py::test_orphans",),
    "unused waiver": ("stages/test_waivers.py::test_a_waiver_of_something_else_is_unused",),
    "waiver of a waiver": (
        "stages/test_waivers.py::test_a_waiver_of_a_waiver_hides_nothing",
        "e2e/test_people.py::test_no_waiver_of_waivers_signatures_or_the_grade",
    ),
    "waiver of a signature check": (
        "stages/test_waivers.py::test_what_cannot_be_waived",
        "stages/test_gate_bad_input.py::test_what_the_gate_itself_finds_cannot_be_waived",
        "e2e/test_people.py::test_no_waiver_of_waivers_signatures_or_the_grade",
    ),
    "two waivers with two owners": (
        "stages/test_waivers.py::test_two_owners_are_none",
        "e2e/test_people.py::test_two_waivers_with_two_owners",
    ),
    "cyclic milestones": (
        "stages/test_checklist.py::BAD::circle",
        "e2e/test_people.py::test_a_checklist_that_cannot_be",
    ),
    "unknown area": (
        "stages/test_checklist.py::BAD::unknown-area",
        "e2e/test_people.py::test_unknown_area",
        "e2e/test_people.py::test_a_checklist_that_cannot_be",
    ),
    "one holder with two keys": (
        "stages/test_waivers.py::REFUSALS::one-holder-two-keys",
        "stages/test_sign_offs.py::test_one_holder_with_two_keys_is_one",
        "e2e/test_people.py::test_one_holder_with_two_keys",
    ),
}
"""Bad input, and the test or the case of a table that is about it."""
INSIDE = {"orphaned waiver", "unused waiver"}
"""What is left behind when what was waived changes; no command makes it by itself."""


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the tests of a file, and the keys of its tables as `TABLE::key`."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            found |= {
                f"{target.id}::{key.value}"
                for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
                if isinstance(target, ast.Name)
                for key in node.value.keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            }
    return frozenset(found)


@pytest.mark.parametrize("what", WHERE)
def test_each_has_its_test(what: str) -> None:
    """No line of the table points at nothing, and what users do is done with the real command."""
    assert any(place.startswith("e2e/") for place in WHERE[what]) or what in INSIDE
    for place in WHERE[what]:
        path, _, name = place.partition("::")
        assert name in names_in(TESTS / path), place


def waiver_line(world: Any, **changes: Any) -> bytes:
    """Return a request for a waiver, signed with the world's other key."""
    said = {
        "release": {"name": world.release.name, "version": world.release.version},
        "environment": world.release.environment,
        "check": "sbom.complete",
        "subject": {"name": None, "digest": {"sha256": "0" * 64}},
        "fingerprint": {"sha256": "0" * 64},
        "status": "FAIL",
        "reason": "asked",
        "mitigation": None,
        "owner": "QA",
        "reference": None,
        "requestedAt": format_utc(world.now),
        "expiresAt": format_utc(world.now + timedelta(days=3)),
        "requester": "n.abara",
        "approver": None,
        "request": None,
        **changes,
    }
    made = Statement(
        predicate_type=WAIVER, predicate=json.dumps(said).encode(), collected_at=world.now
    )
    return attest.attest_as(made, world.release, world.other) + b"\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"roles": ("sign-off:qa",)}, "0 of 1 holders with role waiver-approver"),
        ({"not_after": timedelta(seconds=-1)}, "a key of n.abara that expired on 2026-11-23 14:04"),
        ({"not_before": timedelta(seconds=1)}, "a key of n.abara that is not valid before"),
        (None, "which the trust file does not know"),
    ],
)
@pytest.mark.parametrize("request_of", [None, {"sha256": "1" * 64}])
def test_a_key_that_may_not_ask_or_approve(
    world: Any, changes: dict[str, Any] | None, message: str, request_of: Any
) -> None:
    """The draft is refused at its line before anything is judged; nothing of it is lost."""
    public = keys.load_public(world.other.public_key_pem, where="t")
    gate = world.trust.keys[0]
    known = {"roles": ("waiver-approver", "waiver-requester")} | {
        key: world.now + value if isinstance(value, timedelta) else value
        for key, value in (changes or {}).items()
    }
    person = trust.TrustKey(
        **{
            "id": public.key_id,
            "holder": "n.abara",
            "not_before": gate.not_before,
            "not_after": gate.not_after,
            "public": public,
            **known,
        }
    )
    world.trust = replace(world.trust, keys=(gate,) if changes is None else (gate, person))
    draft = world.draft() + waiver_line(world, request=request_of)
    with pytest.raises(SignatureError, match=message) as caught:
        world.seal(draft)
    assert "draft:5" == caught.value.where


def test_what_the_gate_itself_finds_cannot_be_waived(world: Any) -> None:
    """Changed artifacts, absent sign-offs, a failed collector: whoever asks and approves."""
    world.gate = replace(world.gate, areas=("qa",), target_grade=100)
    world.at_seal = (Artifact(name="other.whl", sha256="0" * 64, size=1, platform=None),)
    world.runs = (replace(world.runs[0], status="INDETERMINATE", reason="x"), *world.runs[1:])
    verdict = world.seal().verdict
    own = [item for item in verdict.findings if not item.waivable]
    checks = {item.check for item in own}
    assert {"integrity.artifacts", "signoff.qa", "collect.sbom"} <= checks
    asker = SignedBy(key="a" * 64, holder="j.ferreira", roles=("waiver-requester",))
    approver = SignedBy(key="b" * 64, holder="m.okafor", roles=("waiver-approver",))
    for finding in own:
        if finding.status not in waivers.WAIVABLE:
            continue
        said = {
            "check": finding.check,
            "status": finding.status.value,
            "subject": {
                "name": finding.subject,
                "digest": {"sha256": waivers.subject_digest(finding, world.release)},
            },
            "fingerprint": {"sha256": waivers.fingerprint(finding)},
        }
        lines = _pair(world, said, asker, approver)
        outcome = waivers.apply(verdict.findings, lines, release=world.release, now=world.now)
        assert Status.WAIVED not in {item.status for item in outcome.findings}
        assert any(
            f"does not count: {finding.check} cannot be waived" in item.message
            for item in outcome.findings
        ), finding.check


def _pair(world: Any, said: dict[str, Any], asker: SignedBy, approver: SignedBy) -> list[Any]:
    """Return a request and its approval as verified lines."""
    from assurance import bundle
    from assurance.model import Evidence

    line = bundle.read_line(waiver_line(world, **said)[:-1], 8, where="t")
    request = {**line.statement.predicate, "requester": asker.holder}
    approval = {**request, "approver": approver.holder, "request": {"sha256": "1" * 64}}
    return [
        Evidence(
            line=number,
            digest=f"{number:064x}",
            predicate_type=WAIVER,
            predicate=predicate,
            subjects=(),
            signers=(signer,),
            collected_at=None,
            as_of=None,
            payload_sha256=payload,
        )
        for number, predicate, signer, payload in (
            (8, request, asker, "1" * 64),
            (9, approval, approver, "2" * 64),
        )
    ]
