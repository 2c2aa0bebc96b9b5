"""Every way in which a sealed bundle is refused at deployment, each for its own reason."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from assurance import (
    attest,
    bundle,
    deploy,
    envelope,
    judged_again,
    policy_set,
    readiness,
    trust,
)
from assurance.deploy import Answer
from assurance.errors import RefusedError
from assurance.interfaces import RuleResult
from assurance.model import Statement, Status
from assurance.predicates import CYCLONEDX, POLICY_SET, READINESS, VSA, WAIVER
from assurance.verdict import Gate
from assurance.verify import verify

FAIL = RuleResult(
    applies=True, evaluated=True, findings=[{"status": "FAIL", "message": "it is bad"}]
)


def refusal(decision: Any) -> str:
    """The step that failed, and why."""
    return next(
        f"{step.id}: {step.message}"
        for step in decision.steps
        if step.status in {"FAIL", "INDETERMINATE"}
    )


def refused(decision: Any, reason: str, answer: Answer = Answer.REFUSED) -> None:
    """Assert the answer and its reason."""
    assert (answer, True) == (decision.answer, reason in refusal(decision)), refusal(decision)


def with_lines(data: bytes, edit: Any) -> bytes:
    """Return the bundle with its list of lines edited."""
    lines = data[:-1].split(b"\n")
    edit(lines)
    return bundle.write(tuple(lines))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda lines: lines.pop(), "the last line is not the bundle manifest"),
        (lambda lines: lines.pop(1), "lines were cut or added"),
        (lambda lines: lines.pop(0), "the bundle has 0 statements of type https://in-toto"),
        (lambda lines: lines.insert(2, lines[1]), "line 3 repeats line 2"),
        (lambda lines: lines.insert(3, lines[1]), "line 4 repeats line 2"),
        (lambda lines: lines.insert(1, lines.pop(2)), "it belongs at line 3"),
        (lambda lines: lines.insert(4, lines.pop(5)), "it belongs at line 6"),
        (lambda lines: lines.insert(2, b""), "empty line"),
        (lambda lines: lines.insert(2, b"{}"), "bundle: "),
    ],
)
def test_cut_moved_or_doubled_lines(world: Any, edit: Any, reason: str) -> None:
    """The bundle manifest lists every line in its place."""
    refused(world.verify(with_lines(world.seal().bundle, edit)), reason)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b"{}", "does not end with a newline"),
        (b"{}\n", "bundle: "),
        (b"\xff\xfe\n", "bundle: "),
        (b"[" * 10_000 + b"\n", "bundle: "),
    ],
)
def test_bytes_that_are_no_bundle(world: Any, data: bytes, reason: str) -> None:
    """Whatever is presented, the answer is a refusal with a reason."""
    refused(world.verify(data), reason)


def test_a_draft_is_not_a_bundle(world: Any) -> None:
    """A draft lacks the verdict."""
    refused(world.verify(world.draft()), "cut or not sealed")


def test_a_wrong_artifact(world: Any) -> None:
    """Artifacts match by digest; the message names both digests."""
    presented = [deploy.Presented(name=f"dist/{world.release.artifacts[0].name}", sha256="a" * 64)]
    decision = world.verify(world.seal().bundle, artifacts=presented)
    refused(decision, "artifact: dist/ledger_api-2.4.1-py3-none-any.whl is not what was judged")
    refused(world.verify(world.seal().bundle, artifacts=[]), "no artifact was presented")


def test_an_artifact_under_another_name(world: Any) -> None:
    """The name does not matter, the digest does."""
    presented = [deploy.Presented(name="x", sha256=world.release.artifacts[0].sha256)]
    assert Answer.VERIFIED == world.verify(world.seal().bundle, artifacts=presented).answer


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        ({"release": "ledger-api@2.4.0"}, "for release ledger-api@2.4.1, expected"),
        ({"environment": "production"}, "for environment development, expected production"),
        ({"resource_uri": "pkg:pypi/other"}, "expected pkg:pypi/other"),
        ({"min_trust_version": 2}, "the trust file has version 1, at least 2"),
        ({"allow_development": False}, "the trust file has profile development"),
    ],
)
def test_what_the_command_line_expects(world: Any, expect: dict[str, Any], reason: str) -> None:
    """Flags only make it stricter."""
    refused(world.verify(world.seal().bundle, **expect), reason)


def test_an_expired_trust_file_is_undecided(world: Any) -> None:
    """Nobody can be trusted by a list that is no longer in force."""
    data = world.seal().bundle
    world.trust = replace(world.trust, expires=world.now - timedelta(seconds=1))
    refused(world.verify(data), "the trust file expired", Answer.INDETERMINATE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"not_after": "past"}, "that expired on"),
        ({"not_before": "future"}, "that is not valid before"),
        ({"revoked": trust.Revoked(reason="laptop lost")}, "was revoked: laptop lost"),
        ({"predicate_types": (CYCLONEDX,)}, "may not sign"),
        ({"roles": ("collector",)}, "0 of 1 holders with role"),
    ],
)
def test_a_key_that_may_not_sign(world: Any, change: dict[str, Any], reason: str) -> None:
    """Expired, not yet valid, revoked, for other types, or without the role."""
    data = world.seal().bundle
    times = {
        "past": world.now - timedelta(seconds=1),
        "future": world.now + timedelta(seconds=1),
    }
    fields = {
        name: times.get(value, value) if isinstance(value, str) else value
        for name, value in change.items()
    }
    world.trust = replace(world.trust, keys=(replace(world.trust.keys[0], **fields),))
    refused(world.verify(data), reason)


def test_a_key_nobody_knows(world: Any) -> None:
    """A bundle that somebody else sealed is refused line by line."""
    trusted = world.trust
    world.trust = replace(trusted, keys=(replace(trusted.keys[0], id=world.other.key_id),))
    world.key, world.other = world.other, world.key
    key = replace(
        trusted.keys[0],
        id=world.key.key_id,
        public=__import__("assurance.keys", fromlist=["keys"]).load_public(
            world.key.public_key_pem, where="k"
        ),
    )
    world.trust = replace(trusted, keys=(key,))
    data = world.seal().bundle
    world.trust = trusted
    refused(world.verify(data), "which the trust file does not know")


def test_a_threshold_counts_holders(world: Any) -> None:
    """Two keys of one holder are one holder."""
    data = world.seal().bundle
    world.trust = replace(world.trust, roles=(("verifier", 2),))
    refused(world.verify(data), "1 of 2 holders with role verifier")


def test_a_threshold_of_two_is_met_by_two_holders(world: Any) -> None:
    """One payload on two adjacent lines, signed by two holders, is one statement."""
    world.trust = replace(
        world.trust,
        keys=(*world.trust.keys, second_key(world)),
        roles=(("collector", 2),),
    )
    draft = world.draft()[:-1].split(b"\n")
    lines = [draft[0]]
    for line in draft[1:]:
        payload = envelope.read(line, where="t").payload
        signature = world.other.sign(envelope.pae(payload))
        lines += [line, envelope.write(payload, signature, key_id=world.other.key_id)]
    sealed = world.seal(bundle.write(tuple(lines)))
    assert Answer.VERIFIED == world.verify(sealed.bundle).answer
    assert 9 == sealed.lines


@pytest.mark.parametrize(
    ("predicate", "problems"),
    [
        ({"request": None}, ["line 4", "1 of 2 holders with role waiver-"]),
        ({"request": {"sha256": "a" * 64}}, []),
    ],
)
def test_the_threshold_of_a_waiver_is_that_of_what_it_is(
    world: Any, predicate: dict[str, Any], problems: list[str]
) -> None:
    """Two have to ask: one who may approve as well is not two. An approval is one holder's word."""
    world.trust = replace(
        world.trust,
        keys=(
            replace(world.trust.keys[0], roles=(*world.trust.keys[0].roles, "waiver-approver")),
            *world.trust.keys[1:],
            second_key(world),
        ),
        roles=(("waiver-requester", 2),),
    )
    made = Statement(
        predicate_type=WAIVER, predicate=json.dumps(predicate).encode(), collected_at=world.now
    )
    line = attest.attest_as(made, world.release, world.signers()["collector"])
    groups = bundle.groups(bundle.read(world.draft() + line + b"\n", where="d"), where="d")
    found = [
        item.problem for item in verify(groups, world.trust, now=world.now, where="d").problems
    ]
    assert all(text in found[0] for text in problems), found
    assert bool(problems) == bool(found)


def second_key(world: Any) -> Any:
    """A second holder with every role."""
    from assurance import keys

    return replace(
        world.trust.keys[0],
        id=world.other.key_id,
        holder="second",
        public=keys.load_public(world.other.public_key_pem, where="k"),
    )


def test_no_go_is_sealed_and_refused(world: Any) -> None:
    """The bundle of a NO-GO verifies as a file and is never deployed."""
    world.engine.results["sbom.complete"] = FAIL
    refused(world.verify(world.seal().bundle), "the bundle says NO-GO for development: ")


def test_indeterminate_is_refused(world: Any) -> None:
    """Not known is not yes."""
    world.engine.results["sbom.complete"] = RuleResult(error="crash")
    refused(world.verify(world.seal().bundle), "the bundle says INDETERMINATE")


def test_judged_again_otherwise(world: Any) -> None:
    """A sealed GO whose policies now find something is refused."""
    data = world.seal().bundle
    world.engine.results["sbom.complete"] = FAIL
    refused(world.verify(data), "judged again, sbom.complete is FAIL")


def test_judged_again_without_an_answer_is_undecided(world: Any) -> None:
    """A crashed engine is exit 3, neither yes nor no."""
    data = world.seal().bundle
    world.engine.results["sbom.complete"] = RuleResult(error="crash")
    refused(world.verify(data), "could not be decided", Answer.INDETERMINATE)


def test_evidence_that_went_stale(world: Any) -> None:
    """Exactly at the limit it verifies; a second later it is refused as stale."""
    data = world.seal().bundle
    limit = world.now + timedelta(days=30)
    world.trust = replace(world.trust, expires=limit + timedelta(days=1))
    assert Answer.VERIFIED == world.verify(data, now=limit).answer
    late = world.verify(data, now=limit + timedelta(seconds=1))
    refused(late, "freshness: sbom evidence is too old for development")


def test_what_went_stale_explains_no_other_finding(world: Any) -> None:
    """A readiness that keeps a warning to itself is refused, whatever else has aged since."""
    claimed = world.seal().verdict
    first, *others = claimed.findings
    stale = replace(first, status=Status.STALE, blocking=False)
    grade = replace(first, check="gate.grade", status=Status.FAIL)
    again = replace(claimed, findings=(stale, grade, *others))
    said = judged_again.compare(again, claimed, where="b")
    assert said == "same findings, but for what went stale"
    hidden = replace(first, check="release.hidden", status=Status.WARN)
    for one, other in (
        (replace(again, findings=(*again.findings, hidden)), claimed),
        (again, replace(claimed, findings=(*claimed.findings, hidden))),
    ):
        with pytest.raises(RefusedError, match=r"judged again, release\.hidden is "):
            judged_again.compare(one, other, where="b")


def test_a_verdict_from_the_future(world: Any) -> None:
    """Before it was decided, a verdict cannot be verified."""
    data = world.seal().bundle
    early = world.verify(data, now=world.now - timedelta(minutes=6))
    assert Answer.INDETERMINATE == early.answer


def test_replay(world: Any) -> None:
    """Older than demanded, or than one accepted before, is refused; going back is explicit."""
    data = world.seal().bundle
    later = world.now + timedelta(seconds=1)
    refused(world.verify(data, not_older_than=later), "is older than")
    assert Answer.VERIFIED == world.verify(data, not_older_than=world.now).answer
    accepted = (
        deploy.Accepted(
            release="ledger-api", version="2.5.0", environment="development", decided_at=later
        ),
    )
    refused(world.verify(data, accepted=accepted), "older than one you already accepted")
    back = world.verify(data, accepted=accepted, allow_rollback="2.4.1")
    assert Answer.VERIFIED == back.answer
    refused(
        world.verify(data, accepted=accepted, allow_rollback="2.4.0"), "older than one you already"
    )
    elsewhere = (replace(accepted[0], environment="production"),)
    assert Answer.VERIFIED == world.verify(data, accepted=elsewhere).answer


def test_the_oldest_verdict_that_trust_allows(world: Any) -> None:
    """`max_verdict_age` counts from the decision."""
    data = world.seal().bundle
    world.trust = replace(world.trust, expect=replace(world.trust.expect, max_verdict_age=60))
    assert Answer.VERIFIED == world.verify(data, now=world.now + timedelta(seconds=60)).answer
    refused(world.verify(data, now=world.now + timedelta(seconds=61)), "older than the trust file")


def test_a_receipt_that_is_demanded(world: Any) -> None:
    """A receipt that is demanded and not given is refused, and so is one that is none."""
    data = world.seal().bundle
    refused(world.verify(data, receipt=b"x"), "the receipt has no empty line")
    world.trust = replace(world.trust, expect=replace(world.trust.expect, receipt="required"))
    refused(world.verify(data), "demands a receipt")


def test_levels_that_trust_expects(world: Any) -> None:
    """A level that the VSA does not verify is refused."""
    data = world.seal().bundle
    expect = replace(world.trust.expect, levels=("SLSA_BUILD_LEVEL_3",))
    world.trust = replace(world.trust, expect=expect)
    refused(world.verify(data), "does not verify SLSA_BUILD_LEVEL_3")


def test_own_policies_block(world: Any) -> None:
    """A deployer's own check that fails refuses; one that passes is counted."""
    own = policy_set.build(
        [("own/rule.rego", b"package assurance.own.rule\n")],
        [replace(world.policies.checks[0], id="own.rule", source="own/rule.rego:1")],
    )
    data = world.seal().bundle
    assert Answer.VERIFIED == world.verify(data, own_policies=own).answer
    world.engine.results["own.rule"] = FAIL
    refused(world.verify(data, own_policies=own), "your own policy own.rule: it is bad")
    world.engine.results["own.rule"] = RuleResult(error="crash")
    refused(world.verify(data, own_policies=own), "own.rule", Answer.INDETERMINATE)


def test_own_policies_see_the_collectors(world: Any) -> None:
    """How each collector's run ended is input of the deployer's policies as of the gate's."""
    own = policy_set.build(
        [("own/rule.rego", b"package assurance.own.rule\n")],
        [replace(world.policies.checks[0], id="own.rule", source="own/rule.rego:1")],
    )
    data = world.seal().bundle
    world.engine.inputs.clear()
    assert Answer.VERIFIED == world.verify(data, own_policies=own).answer
    again, mine = world.engine.inputs
    assert again == mine
    assert ["sbom", "vulnerabilities"] == [item["name"] for item in mine["collectors"]]


def test_own_policies_see_the_sign_offs(world: Any) -> None:
    """As they are over the policies of the bundle, whatever else the deployer judges with."""
    own = policy_set.build(
        [("own/rule.rego", b"package assurance.own.rule\n")],
        [replace(world.policies.checks[0], id="own.rule", source="own/rule.rego:1")],
    )
    world.gate = Gate(target_grade=0, areas=("qa",))
    groups = bundle.groups(bundle.read(world.seal().bundle, where="b"), where="b")
    (said,) = [group[0] for group in groups if group[0].statement.predicate_type == READINESS]
    world.engine.inputs.clear()
    judged_again.judge_own(
        verify(groups, world.trust, now=world.now, where="b"),
        readiness.read(said.statement.predicate, where="b"),
        own,
        engine=world.engine,
        trust=world.trust,
        now=world.now,
    )
    (mine,) = world.engine.inputs
    assert [("qa", "MISSING", 1, 0)] == [
        (item["area"], item["state"], item["needs"], item["has"]) for item in mine["sign_offs"]
    ]


def test_policies_that_nobody_trusts(world: Any) -> None:
    """A policy set counts when it is pinned, or signed in role policy."""
    sealed = world.seal()
    digest = sha256(sealed.archive).hexdigest()
    roles = tuple(role for role in world.trust.keys[0].roles if role != "policy")
    unsigned = replace(world.trust, keys=(replace(world.trust.keys[0], roles=roles),))
    world.trust = unsigned
    refused(world.verify(sealed.bundle), "neither pinned in the trust file nor signed")
    world.trust = replace(unsigned, policy_digests=(digest,))
    assert Answer.VERIFIED == world.verify(sealed.bundle).answer
    world.trust = replace(unsigned, policy_digests=("0" * 64,))
    refused(world.verify(sealed.bundle), "neither pinned")


def reseal(world: Any, sealed: Any, edits: dict[str, Any]) -> bytes:
    """Build the bundle again with edited predicates, every line signed by the trusted key."""
    from assurance import bundle_manifest, release_manifest, vsa

    lines = list(bundle.read(sealed.bundle, where="t"))[:-1]
    signers = world.signers()
    made: list[bytes] = []
    for line in lines:
        predicate = json.loads(json.dumps(line.statement.predicate))
        kind = line.statement.predicate_type
        if kind == VSA and VSA not in edits:
            said = bundle.read_line(made[-1], len(made), where="t").statement.predicate
            verdict = readiness.read({**said, "result": "GO"}, where="t")
            parsed = [bundle.read_line(raw, i, where="t") for i, raw in enumerate(made, 1)]
            statement = vsa.write(verdict, verifier_id=world.trust.verifier_id, lines=parsed)
            made.append(attest.attest(statement, world.release, signers))
            continue
        if kind not in edits:
            made.append(line.attestation.line)
            continue
        edits[kind](predicate)
        statement = Statement(
            predicate_type=kind,
            predicate=json.dumps(predicate).encode(),
            collected_at=world.now,
            subjects=line.statement.subjects,
        )
        made.append(attest.attest(statement, world.release, signers))
    parsed = [bundle.read_line(raw, i, where="t") for i, raw in enumerate(made, 1)]
    first = release_manifest.read(parsed[0].statement.predicate, where="t")
    manifest = bundle_manifest.write(
        parsed,
        world.release,
        collected_at={item.payload_sha256: item.collected_at for item in first.collected},
        now=world.now,
    )
    made.append(attest.attest(manifest, world.release, signers))
    return bundle.write(tuple(made))


@pytest.mark.parametrize(
    ("kind", "edit", "reason"),
    [
        (READINESS, {"result": "YES"}, "must be one of GO, NO-GO, INDETERMINATE"),
        (READINESS, {"environment": "production"}, "about another release"),
        (READINESS, {"grade": {"value": 99, "target": 60}}, "the readiness says 99"),
        (READINESS, {"findings": []}, "the readiness says otherwise"),
        (READINESS, {"evidenceDigest": {"sha256": "0" * 64}}, "over other evidence"),
        (READINESS, {"settingsDigest": {"sha256": "0" * 64}}, "other settings"),
        (
            READINESS,
            {"policy": {"digest": {"sha256": "0" * 64}, "engine": "table 1"}},
            "the readiness was judged with policies sha256:0000",
        ),
        (VSA, {"verifier": {"id": "https://evil.example"}}, "the VSA is by verifier"),
        (VSA, {"resourceUri": "pkg:pypi/other"}, "expected resource URI pkg:pypi/ledger-api"),
        (VSA, {"verificationResult": "FAILED"}, "the VSA says FAILED, the readiness GO"),
        (VSA, {"verificationResult": "passed"}, "must be PASSED or FAILED"),
        (VSA, {"verifiedLevels": []}, "does not verify RELEASE_ASSURANCE_GO"),
        (VSA, {"inputAttestations": []}, "are not the lines before it"),
        (VSA, {"timeVerified": "2020-01-01T00:00:00Z"}, "different times of decision"),
        (VSA, {"policy": {"uri": "x", "digest": {"sha256": "0" * 64}}}, "different policy sets"),
    ],
)
def test_a_trusted_signer_that_contradicts_itself(
    world: Any, kind: str, edit: dict[str, Any], reason: str
) -> None:
    """Signed is not enough: readiness, VSA, policies and evidence must agree."""
    data = reseal(world, world.seal(), {kind: lambda predicate: predicate.update(edit)})
    refused(world.verify(data), reason)


def test_resealing_without_an_edit_verifies(world: Any) -> None:
    """The tests above refuse for what they edit, not for how they build."""
    assert Answer.VERIFIED == world.verify(reseal(world, world.seal(), {})).answer


def test_swapped_policies(world: Any) -> None:
    """Another policy set under the same readiness is noticed."""
    other = policy_set.build(
        [("sbom/complete.rego", b"package assurance.sbom.complete\n")], world.policies.checks
    )
    archive = policy_set.pack(other)

    def swap(predicate: dict[str, Any]) -> None:
        predicate["policySet"]["content"] = base64.b64encode(archive).decode()

    refused(
        world.verify(reseal(world, world.seal(), {POLICY_SET: swap})),
        "its statement says sha256:",
    )

    def swap_all(predicate: dict[str, Any]) -> None:
        swap(predicate)
        predicate["policySet"]["digest"] = {"sha256": sha256(archive).hexdigest()}

    refused(
        world.verify(reseal(world, world.seal(), {POLICY_SET: swap_all})),
        "the readiness was judged with policies",
    )


def test_evidence_of_another_release(world: Any) -> None:
    """A line about other artifacts is refused, at the gate and at deployment."""
    from assurance.errors import SignatureError
    from assurance.model import Subject

    other = replace(
        world.statements[0], subjects=(Subject(name="x", digest=(("sha256", "9" * 64),)),)
    )
    world.statements[0] = other
    with pytest.raises(SignatureError, match="is for another release"):
        world.seal()


def test_last_releases_bundle(world: Any) -> None:
    """The bundle of the last release does not fit this release's artifacts."""
    old = world.seal().bundle
    new = sha256(b"the next wheel").hexdigest()
    decision = world.verify(old, artifacts=[deploy.Presented(name="next.whl", sha256=new)])
    refused(decision, "next.whl is not what was judged")
