"""What the deploy pipeline asks of a sealed bundle. No I/O, no clock, no network.

The steps, in order; a step that fails leaves those that rest on it unchecked:

1. `trust`: the trust file is in force, new enough, and its profile is allowed;
2. `bundle`: every line parses, stands where the bundle manifest says, and all are there;
3. `signatures`: every line is signed by whom the trust file allows (`assurance.verify`);
4. `release`: name, version, environment and resource URI are as expected;
5. `artifact`: every artifact presented is in the release manifest, by digest;
6. `policies`: the policy set is the one that the readiness names, and it is trusted;
7. `summary`: the readiness and the VSA agree and the VSA's seven checks hold;
8. `judged again`: the same policies over the same evidence say the same, now;
9. `freshness`: nothing has gone stale since;
10. `own policies`: the deployer's own policies, which can only add findings;
11. `replay`: the verdict is not older than allowed, nor than one already accepted;
12. `receipt`: as the trust file demands; a proven time counts from step 3 on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assurance import bundle, bundle_manifest, policy_set, policy_statement, readiness, vsa
from assurance.decide import blocks, with_extra
from assurance.deployment import Accepted, Answer, Decision, Expectations, Presented, Step
from assurance.errors import AssuranceError, FormatError, RefusedError, UndecidedError
from assurance.judge import judge
from assurance.model import Result, Status
from assurance.predicates import BUNDLE_MANIFEST, POLICY_SET, READINESS, RELEASE, VSA
from assurance.seal import check_collected, rank
from assurance.verdict import Gate, reach
from assurance.verify import Verified, read_manifest, verify

__all__ = ["Accepted", "Answer", "Decision", "Expectations", "Presented", "Step", "check"]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import Finding, Verdict
    from assurance.receipt import Proven
    from assurance.trust import Trust


_CLOCKS_APART = timedelta(minutes=5)
"""How far in the future a time may be that another machine wrote (design section 5)."""
_STEPS = (
    "trust",
    "bundle",
    "signatures",
    "release",
    "artifact",
    "policies",
    "summary",
    "judged again",
    "freshness",
    "own policies",
    "replay",
    "receipt",
)
_NOT_OURS = "do not deploy; ask whoever made the bundle"


def check(
    data: bytes,
    *,
    artifacts: Sequence[Presented],
    trust: Trust,
    expect: Expectations,
    engine: PolicyEngine,
    now: datetime,
    where: str,
) -> Decision:
    """Check a sealed bundle for deployment.

    Args:
        data: The bundle's bytes.
        artifacts: What is about to be deployed; at least one.
        trust: The deployer's trust file.
        expect: What the command line adds.
        engine: Our own policy engine.
        now: UTC.
        where: The bundle's file name, for messages.

    Returns:
        The decision; nothing that is wrong with the bundle is raised.
    """
    return _Deploy(data, artifacts, trust, expect, engine, now, where).decision()


class _Deploy:
    """The steps, and what the earlier ones leave for the later ones."""

    lines: tuple[Line, ...]
    verified: Verified
    claimed: Verdict
    policies: PolicySet
    again: Verdict

    def __init__(
        self,
        data: bytes,
        artifacts: Sequence[Presented],
        trust: Trust,
        expect: Expectations,
        engine: PolicyEngine,
        now: datetime,
        where: str,
    ) -> None:
        self._data = data
        self._artifacts = artifacts
        self._trust = trust
        self._expect = expect
        self._engine = engine
        self._now = now
        self._where = where
        self.proven: Proven | None = None
        self._receipt_error: AssuranceError | None = None

    def decision(self) -> Decision:
        """Run the steps until one fails."""
        runs: dict[str, Callable[[], str]] = {
            "trust": self._check_trust,
            "bundle": self._check_bundle,
            "signatures": self._check_signatures,
            "release": self._check_release,
            "artifact": self._check_artifacts,
            "policies": self._check_policies,
            "summary": self._check_summary,
            "judged again": self._judge_again,
            "freshness": self._check_freshness,
            "own policies": self._judge_own,
            "replay": self._check_replay,
            "receipt": self._check_receipt,
        }
        self._read_receipt()
        steps: list[Step] = []
        answer = Answer.VERIFIED
        for name in _STEPS:
            if answer is not Answer.VERIFIED:
                steps.append(Step(id=name, status=Status.MISSING, message="not checked"))
                continue
            try:
                steps.append(Step(id=name, status=Status.PASS, message=runs[name]()))
            except AssuranceError as error:
                undecided = isinstance(error, UndecidedError)
                answer = Answer.INDETERMINATE if undecided else Answer.REFUSED
                steps.append(
                    Step(
                        id=name,
                        status=Status.INDETERMINATE if undecided else Status.FAIL,
                        message=error.problem,
                        where=error.where,
                        remedy=error.remedy,
                    )
                )
        claimed: Verdict | None = getattr(self, "claimed", None)
        again: Verdict | None = getattr(self, "again", None)
        return Decision(
            answer=answer,
            steps=tuple(steps),
            claimed=claimed,
            verdict=again,
            lines=len(getattr(self, "lines", ())),
            bundle_sha256=bundle.digest(self._data),
            weakenings=() if claimed is None else claimed.weakenings,
            proven=self.proven,
        )

    def _check_trust(self) -> str:
        trust, expect = self._trust, self._expect
        if trust.expires < self._now:
            raise UndecidedError(
                f"the trust file expired on {trust.expires:%Y-%m-%d %H:%M} UTC",
                remedy="fetch the current trust file",
            )
        if expect.min_trust_version is not None and trust.version < expect.min_trust_version:
            raise RefusedError(
                f"the trust file has version {trust.version}, at least "
                f"{expect.min_trust_version} is demanded",
                remedy="fetch the current trust file",
            )
        if trust.profile == "development" and not expect.allow_development:
            raise RefusedError(
                "the trust file has profile development",
                remedy="use a production trust file, or add --allow-development where nothing "
                "real is deployed",
            )
        return f"version {trust.version}, profile {trust.profile}, in force"

    def _check_bundle(self) -> str:
        where = self._where
        lines = bundle.read(self._data, where=where)
        self._groups = bundle.groups(lines, where=where)
        last = self._groups[-1]
        if last[0].statement.predicate_type != BUNDLE_MANIFEST:
            raise FormatError(
                "the last line is not the bundle manifest: the bundle is cut or not sealed",
                remedy="fetch the bundle again; a draft is sealed by: assurance decide",
                where=f"{where}:{lines[-1].number}",
            )
        for wanted in (RELEASE, POLICY_SET, READINESS, VSA, BUNDLE_MANIFEST):
            count = sum(group[0].statement.predicate_type == wanted for group in self._groups)
            if count != 1:
                raise FormatError(
                    f"the bundle has {count} statements of type {wanted}, it must have one",
                    remedy=_NOT_OURS,
                    where=where,
                )
        bundle_manifest.check_own_lines(last, where=where)
        self.lines = lines
        self._open = lines[: len(lines) - len(last)]
        self._by_type = {group[0].statement.predicate_type: group[0] for group in self._groups}
        manifest = read_manifest(self._groups, where=where)
        bundle_manifest.check(
            last[0].statement.predicate,
            self._open,
            collected_at={item.payload_sha256: item.collected_at for item in manifest.collected},
            where=where,
        )
        ranks = [rank(line) for line in lines]
        if ranks != sorted(ranks):
            raise FormatError(
                "the lines are not in the order of a bundle", remedy=_NOT_OURS, where=where
            )
        check_collected(self._groups, manifest, where=where)
        return f"{len(lines)} lines, all in the manifest, order and digests hold"

    def _check_signatures(self) -> str:
        verified = verify(
            self._groups, self._trust, now=self._now, where=self._where, proven=self.proven
        )
        verified.require()
        self.verified = verified
        holders = {signer.holder for item in verified.evidence for signer in item.signers}
        by = f"{len(holders)} holder{'s that' if len(holders) > 1 else ', whom'}"
        return (
            f"{len(self.lines)} of {len(self.lines)} by {by} trust version {self._trust.version} "
            "allows"
        )

    def _check_release(self) -> str:
        readiness_line = self._by_type[READINESS]
        self.claimed = readiness.read(
            readiness_line.statement.predicate, where=f"{self._where}:{readiness_line.number}"
        )
        release = self.verified.manifest.release
        if self.claimed.release != release:
            raise RefusedError(
                "the readiness is about another release than the release manifest",
                remedy=_NOT_OURS,
                where=f"{self._where}:{readiness_line.number}",
            )
        name = f"{release.name}@{release.version}"
        trusted = self._trust.expect
        for what, found, wanted in (
            ("release", name, self._expect.release),
            ("environment", release.environment, self._expect.environment),
            ("environment", release.environment, trusted.environment),
            ("resource URI", release.resource_uri, self._expect.resource_uri),
            ("resource URI", release.resource_uri, trusted.resource_uri),
        ):
            if wanted is not None and found != wanted:
                raise RefusedError(
                    f"the bundle is for {what} {found}, expected {wanted}",
                    remedy="fetch the bundle of the release that is to be deployed",
                    where=f"{self._where}:1",
                )
        return f"{name} for {release.environment}"

    def _check_artifacts(self) -> str:
        release = self.verified.manifest.release
        by_digest = {artifact.sha256: artifact for artifact in release.artifacts}
        by_name = {artifact.name: artifact for artifact in release.artifacts}
        if not self._artifacts:
            raise RefusedError(
                "no artifact was presented",
                remedy="name the files that are about to be deployed, or --digest",
            )
        for item in self._artifacts:
            if item.sha256 in by_digest:
                continue
            same = by_name.get(item.name.rsplit("/", 1)[-1])
            by_digest_alone = item.name == f"sha256:{item.sha256}"
            raise RefusedError(
                f"{item.name} is not what was judged: "
                + ("" if by_digest_alone else f"found sha256:{item.sha256}, ")
                + (
                    f"the release manifest says sha256:{same.sha256}"
                    if same is not None
                    else f"it is none of the {len(by_digest)} artifacts of the release manifest"
                ),
                remedy="fetch the artifact again from where CI stored it; if it differs again, "
                "treat it as tampered",
                where=f"{self._where}:1",
            )
        return ", ".join(
            f"{by_digest[item.sha256].name} = sha256:{item.sha256}" for item in self._artifacts
        )

    def _check_policies(self) -> str:
        line = self._by_type[POLICY_SET]
        place = f"{self._where}:{line.number}"
        archive = policy_statement.archive_of(line.statement.predicate, where=place)
        digest = bundle.digest(archive)
        if digest != self.claimed.policy_digest:
            raise RefusedError(
                f"the readiness was judged with policies sha256:{self.claimed.policy_digest}, the "
                f"bundle carries sha256:{digest}",
                remedy="do not deploy: the policies were swapped",
                where=place,
            )
        pinned = self._trust.policy_digests
        signed = self._has_role(line, "policy")
        if not signed and (pinned is None or digest not in pinned):
            raise RefusedError(
                f"the policy set sha256:{digest} is neither pinned in the trust file nor signed by "
                "role policy",
                remedy="add its digest to verifier.policy_digests, or sign it with a policy key",
                where=place,
            )
        if pinned is not None and digest not in pinned:
            raise RefusedError(
                f"the policy set sha256:{digest} is not among the {len(pinned)} that the trust "
                "file pins",
                remedy="judge with a pinned policy set, or pin this one after reviewing it",
                where=place,
            )
        self.policies = policy_set.unpack(archive, where=place)
        return f"sha256:{digest}, {len(self.policies.checks)} checks"

    def _has_role(self, line: Line, role: str) -> bool:
        for item in self.verified.evidence:
            if item.line == line.number:
                holders = {signer.holder for signer in item.signers if role in signer.roles}
                return len(holders) >= self._trust.threshold(role)
        return False

    def _check_summary(self) -> str:
        line = self._by_type[VSA]
        problems = vsa.check(
            line.statement.predicate,
            subjects=line.statement.subjects,
            artifacts=[item.sha256 for item in self._artifacts],
            verdict=self.claimed,
            lines=self.lines[: line.number - 1],
            verifier_id=self._trust.verifier_id,
            resource_uri=self._trust.expect.resource_uri,
            levels=self._trust.expect.levels,
            where=f"{self._where}:{line.number}",
        )
        if self.claimed.result is not Result.GO:
            blocking = [item for item in self.claimed.findings if blocks(item)]
            # What the gate adds, as the grade, follows from the rest: named where it stands alone.
            blocking.sort(key=lambda item: item.check.startswith("gate."))
            first = next(iter(blocking), None)
            raise RefusedError(
                f"the bundle says {self.claimed.result} for {self.claimed.environment}"
                + ("" if first is None else f": {first.check}: {first.message}"),
                remedy=(first and first.remedy) or "mend what blocks and run again: assurance run",
                where=f"{self._where}:{self._by_type[READINESS].number}",
            )
        if problems:
            raise RefusedError(
                problems[0].problem, remedy=problems[0].remedy, where=problems[0].where
            )
        return f"{self.claimed.result} for {self.claimed.environment}, grade {self.claimed.grade}"

    def _judge_again(self) -> str:
        evidence = tuple(
            item
            for item in self.verified.evidence
            if item.predicate_type not in {READINESS, VSA, BUNDLE_MANIFEST}
        )
        self.again = reach(
            Verified(manifest=self.verified.manifest, evidence=evidence, problems=()),
            policies=self.policies,
            policy_digest=self.claimed.policy_digest,
            engine=self._engine,
            trust=self._trust,
            gate=Gate(
                target_grade=self.claimed.target_grade,
                areas=tuple(state.area for state in self.claimed.sign_offs),
            ),
            artifacts_at_seal=self.claimed.artifacts_at_seal or (),
            sealed_by=next(
                item.signers
                for item in self.verified.evidence
                if item.line == self._by_type[READINESS].number
            ),
            now=self._now,
        )
        again, claimed = self.again, self.claimed
        if again.evidence_digest != claimed.evidence_digest:
            raise RefusedError(
                "the readiness is over other evidence than the bundle carries", remedy=_NOT_OURS
            )
        if again.settings_digest != claimed.settings_digest:
            raise RefusedError(
                "the readiness names other settings than the release manifest", remedy=_NOT_OURS
            )
        different = sorted(
            _said(again) ^ _said(claimed),
            # What the gate adds follows from the rest, so it is named last.
            key=lambda said: (said[0].startswith("gate."), said[0], said[1] or "", said[2]),
        )
        changed = [said for said in different if said in _said(again)]
        if ended := [said for said in changed if said[0] == "waivers.expired"]:
            finding = _find(again, ended[0])
            raise RefusedError(
                f"{finding.message}: {finding.subject} is no longer waived",
                remedy=finding.remedy or "mend the cause",
                where=f"{self._where}:{finding.evidence[0]}",
            )
        if unknown := [said for said in changed if said[2] is Status.INDETERMINATE]:
            finding = _find(again, unknown[0])
            raise UndecidedError(
                f"judged again, {finding.check} could not be decided: {finding.message}",
                remedy=finding.remedy or "see which part of the evidence the policy cannot read",
            )
        aged = any(said[2] is Status.STALE for said in changed)
        if different and not aged:
            shown = changed[0] if changed else different[0]
            raise RefusedError(
                f"judged again, {shown[0]} is {shown[2] if changed else 'no longer found'}, "
                "the readiness says otherwise",
                remedy=_NOT_OURS,
            )
        if again.grade != claimed.grade and not aged:
            raise RefusedError(
                f"judged again, the grade is {again.grade}, the readiness says {claimed.grade}",
                remedy=_NOT_OURS,
            )
        if again.estimate != claimed.estimate:
            raise RefusedError(
                "the readiness tells another estimate than the checklist", remedy=_NOT_OURS
            )
        return "same findings" if not aged else "same findings, but for what went stale"

    def _check_freshness(self) -> str:
        for finding in self.again.findings:
            if finding.status is Status.STALE and blocks(finding):
                raise RefusedError(
                    f"{finding.message}: {finding.actual or 'no time'}, "
                    f"{finding.required or 'a time is demanded'}",
                    remedy=finding.remedy or "collect again: assurance run",
                    where=f"{self._where}:{finding.evidence[0]}" if finding.evidence else None,
                )
        if self.again.result is Result.INDETERMINATE:
            raise UndecidedError(
                "judged again, the verdict could not be decided", remedy="assurance run"
            )
        if self.again.result is not Result.GO:
            raise RefusedError(
                f"judged again, the verdict is {self.again.result}", remedy="assurance run"
            )
        until = self.again.valid_until
        return "within limits" + ("" if until is None else f" until {until:%Y-%m-%d %H:%M} UTC")

    def _judge_own(self) -> str:
        own = self._expect.own_policies
        if own is None:
            return "none given"
        manifest = self.verified.manifest
        names = {check.id for check in own.checks}
        findings = [
            finding
            for finding in judge(
                release=manifest.release,
                evidence=[
                    item
                    for item in self.verified.evidence
                    if item.predicate_type not in {READINESS, VSA, BUNDLE_MANIFEST}
                ],
                collectors=manifest.collectors,
                settings_digest=manifest.settings_digest,
                policies=own,
                engine=self._engine,
                now=self._now,
            )
            # What the collectors did was judged in step 8; your policies see it, too.
            if finding.check in names
        ]
        self.again = with_extra(self.again, findings)
        first: Finding | None = next((item for item in findings if blocks(item)), None)
        if first is None:
            return f"{len(own.checks)} checks of yours block nothing"
        error = UndecidedError if first.status is Status.INDETERMINATE else RefusedError
        if any(blocks(item) and item.status is not Status.INDETERMINATE for item in findings):
            error = RefusedError
        raise error(
            f"your own policy {first.check}: {first.message}",
            remedy=first.remedy or "mend what your policy demands",
        )

    def _check_replay(self) -> str:
        decided = self.claimed.decided_at
        place = f"{self._where}:{self._by_type[READINESS].number}"
        if decided > self._now + _CLOCKS_APART:
            raise UndecidedError(
                f"the verdict is dated in the future: {decided:%Y-%m-%dT%H:%M:%SZ}",
                remedy="set this machine's clock",
                where=place,
            )
        oldest = self._trust.expect.max_verdict_age
        if oldest is not None and self._now - decided > timedelta(seconds=oldest):
            raise RefusedError(
                f"the verdict of {decided:%Y-%m-%d %H:%M} UTC is older than the trust file allows",
                remedy="decide again: assurance run",
                where=place,
            )
        limit = self._expect.not_older_than
        if limit is not None and decided < limit:
            raise RefusedError(
                f"the verdict of {decided:%Y-%m-%d %H:%M} UTC is older than "
                f"{limit:%Y-%m-%d %H:%M} UTC",
                remedy="deploy a newer verdict",
                where=place,
            )
        about = (self.claimed.release.name, self.claimed.environment)
        newest = next(
            (item for item in self._expect.accepted if (item.release, item.environment) == about),
            None,
        )
        if (
            newest is not None
            and decided < newest.decided_at
            and self.claimed.release.version != self._expect.allow_rollback
        ):
            raise RefusedError(
                "this bundle is older than one you already accepted: given "
                f"{self.claimed.release.version} of {decided:%Y-%m-%d %H:%M} UTC, accepted "
                f"{newest.version} of {newest.decided_at:%Y-%m-%d %H:%M} UTC",
                remedy="to go back on purpose, add "
                f"--allow-rollback {self.claimed.release.version}; it is written to the accepted "
                "file",
                where=place,
            )
        return f"decided {decided:%Y-%m-%d %H:%M} UTC"

    def _read_receipt(self) -> None:
        """Look at the receipt first: it may prove a time for step 3. Step 12 says what is wrong."""
        if self._expect.receipt is None:
            return
        # Imported here: without a receipt, `verify` needs none of the log's formats.
        from assurance import receipt

        try:
            proven = receipt.check(self._data, self._expect.receipt, self._trust.logs)
            if proven.proven_at is not None and proven.proven_at > self._now + _CLOCKS_APART:
                raise UndecidedError(
                    f"the witnesses' time is in the future: {proven.proven_at:%Y-%m-%dT%H:%M:%SZ}",
                    remedy="set this machine's clock; if it is right, ask the witnesses' operators",
                )
            self.proven = proven
        except AssuranceError as error:
            self._receipt_error = error

    def _check_receipt(self) -> str:
        if self._receipt_error is not None:
            raise self._receipt_error
        proven = self.proven
        if proven is not None:
            seen = "" if not proven.witnesses else f", seen by {', '.join(proven.witnesses)}"
            return f"entry {proven.index} of {proven.size} in {proven.origin}{seen}"
        if self._trust.expect.receipt == "required":
            raise RefusedError(
                "the trust file demands a receipt and the bundle is in no log",
                remedy="publish the bundle to a log and give its .tlog-proof as --receipt",
            )
        return "none demanded; the bundle is in no log"


def _said(verdict: Verdict) -> set[tuple[str, str | None, Status]]:
    return {(item.check, item.subject, item.status) for item in verdict.findings}


def _find(verdict: Verdict, said: tuple[str, str | None, Status]) -> Finding:
    return next(
        item for item in verdict.findings if (item.check, item.subject, item.status) == said
    )
