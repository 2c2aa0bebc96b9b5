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
11. `weakenings`: none but those tolerated, where weakenings are to be refused;
12. `replay`: the verdict is not older than allowed, nor than one already accepted;
13. `receipt`: as the trust file demands; a proven time counts from step 3 on.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from assurance import (
    bundle,
    claimed_verdict,
    expected,
    judged_again,
    policy_set,
    policy_statement,
    readiness,
    replay,
    sealed_bundle,
    vsa,
    weakening_refusal,
)
from assurance.decide import with_extra
from assurance.deployment import (
    Accepted,
    Answer,
    Decision,
    Expectations,
    Presented,
    Step,
)
from assurance.errors import AssuranceError, RefusedError, UndecidedError
from assurance.freshness import CLOCK_SKEW
from assurance.interfaces import EagerPolicyEngine
from assurance.judge import TIMEOUT_SECONDS
from assurance.model import Status
from assurance.predicates import POLICY_SET, READINESS, VSA
from assurance.verify import verify

__all__ = ["Accepted", "Answer", "Decision", "Expectations", "Presented", "Step", "check"]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.interfaces import PolicyEngine, PolicySet
    from assurance.model import Verdict
    from assurance.receipt import Proven
    from assurance.trust import Trust
    from assurance.verify import Verified

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
    "weakenings",
    "replay",
    "receipt",
)


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
        self._unpacked: PolicySet | None = None

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
            "weakenings": self._check_weakenings,
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
            weakenings=self._weakenings(),
            proven=self.proven,
        )

    def _check_trust(self) -> str:
        return expected.check_trust(self._trust, self._expect, now=self._now)

    def _check_bundle(self) -> str:
        self._sealed = sealed_bundle.read(self._data, where=self._where, early=self._parse_ahead)
        self.lines = self._sealed.lines
        return f"{len(self.lines)} lines, all in the manifest, order and digests hold"

    def _parse_ahead(self, line: Line) -> None:
        """Have the engine parse the policies while their signatures are checked.

        Nothing is evaluated before step 6 found them trusted; it says what is wrong with them, too.
        """
        with suppress(AssuranceError):
            archive = policy_statement.archive_of(line.statement.predicate, where=self._where)
            self._unpacked = policy_set.unpack(archive, where=self._where)
            if isinstance(self._engine, EagerPolicyEngine):
                self._engine.expect(self._unpacked, timeout_seconds=TIMEOUT_SECONDS)

    def _place(self, predicate_type: str) -> str:
        """Return file and line of what a bundle has once."""
        return f"{self._where}:{self._sealed.by_type[predicate_type].number}"

    def _check_signatures(self) -> str:
        verified = verify(
            self._sealed.groups,
            self._trust,
            now=self._now,
            where=self._where,
            proven=self.proven,
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
        place = self._place(READINESS)
        line = self._sealed.by_type[READINESS]
        self.claimed = readiness.read(line.statement.predicate, where=place)
        claimed_verdict.check_release(self.claimed, self.verified, where=place)
        return expected.check_release(
            self.claimed.release, self._expect, self._trust.expect, where=f"{self._where}:1"
        )

    def _check_artifacts(self) -> str:
        release = self.verified.manifest.release
        return expected.check_artifacts(release, self._artifacts, where=f"{self._where}:1")

    def _check_policies(self) -> str:
        place = self._place(POLICY_SET)
        archive = claimed_verdict.check_policies(
            self._sealed.by_type[POLICY_SET],
            self.claimed,
            self.verified,
            self._trust,
            where=place,
        )
        self.policies = self._unpacked or policy_set.unpack(archive, where=place)
        return f"sha256:{self.claimed.policy_digest}, {len(self.policies.checks)} checks"

    def _check_summary(self) -> str:
        line = self._sealed.by_type[VSA]
        problems = vsa.check(
            line.statement.predicate,
            subjects=line.statement.subjects,
            artifacts=[item.sha256 for item in self._artifacts],
            verdict=self.claimed,
            lines=self.lines[: line.number - 1],
            verifier_id=self._trust.verifier_id,
            resource_uri=self._trust.expect.resource_uri,
            levels=self._trust.expect.levels,
            where=self._place(VSA),
        )
        said = claimed_verdict.check_go(self.claimed, problems, where=self._place(READINESS))
        return said + claimed_verdict.other_trust(self.claimed, self._trust)

    def _judge_again(self) -> str:
        self.again = judged_again.judge_again(
            self.verified,
            self.claimed,
            policies=self.policies,
            engine=self._engine,
            trust=self._trust,
            now=self._now,
        )
        return judged_again.compare(self.again, self.claimed, where=self._where)

    def _check_freshness(self) -> str:
        return judged_again.check_freshness(self.again, where=self._where)

    def _judge_own(self) -> str:
        own = self._expect.own_policies
        if own is None:
            return "none given"
        findings = judged_again.judge_own(
            self.verified,
            self.claimed,
            own,
            engine=self._engine,
            trust=self._trust,
            now=self._now,
        )
        self.again = with_extra(self.again, findings)
        return judged_again.check_own(own, findings)

    def _weakenings(self) -> tuple[str, ...]:
        """Return what the verdict lists, and what judging again finds that it keeps to itself."""
        verdicts = (getattr(self, "claimed", None), getattr(self, "again", None))
        return tuple(sorted({item for known in verdicts if known for item in known.weakenings}))

    def _check_weakenings(self) -> str:
        found = sorted({*self._weakenings(), *self._expect.weakenings})
        return weakening_refusal.check(
            found, self._expect, self._trust.expect, where=self._place(READINESS)
        )

    def _check_replay(self) -> str:
        return replay.check(
            self.claimed,
            self._expect,
            oldest=self._trust.expect.max_verdict_age,
            now=self._now,
            where=self._place(READINESS),
        )

    def _read_receipt(self) -> None:
        """Look at the receipt first: it may prove a time for step 3. Step 13 says what is wrong."""
        if self._expect.receipt is None:
            return
        # Imported here: without a receipt, `verify` needs none of the log's formats.
        from assurance import receipt

        try:
            proven = receipt.check(self._data, self._expect.receipt, self._trust.logs)
            if proven.proven_at is not None and proven.proven_at - self._now > CLOCK_SKEW:
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
                "the trust file demands a receipt, and none was given",
                remedy="give the bundle's .tlog-proof as --receipt; a bundle that has none is "
                "published with: assurance log append",
            )
        return "none given and none demanded: no log was looked at"
