"""The SLSA Verification Summary Attestation derived from the verdict, and its checks.

Spec: SLSA v1.2, "Verification Summary Attestation (VSA)", predicate v1. The seven checks of
`check` are those of its section "How to verify": signature (done by `assurance.verify`
before), subject, predicate type, verifier, resource URI, result and levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import __version__, strict_json, timestamps
from assurance.errors import FormatError
from assurance.fields import Fields
from assurance.model import Result, Statement
from assurance.predicates import VSA
from assurance.verify import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assurance.bundle import Line
    from assurance.model import Subject, Verdict

GO_LEVEL = "RELEASE_ASSURANCE_GO"
UNEVALUATED = "SLSA_BUILD_LEVEL_UNEVALUATED"
"""We make no claim about the build track unless provenance proves one."""
_POLICY_URI = "https://w3id.org/release-assurance/policy-set/v1"


def write(verdict: Verdict, *, verifier_id: str, lines: Sequence[Line]) -> Statement:
    """Return the VSA of `verdict`.

    Args:
        verdict: What was decided.
        verifier_id: `verifier.id` of the trust file.
        lines: Every line of the bundle before the VSA; each becomes an input attestation.
    """
    passed = verdict.result is Result.GO
    predicate = {
        "verifier": {"id": verifier_id, "version": {"release-assurance": __version__}},
        "timeVerified": timestamps.format_utc(verdict.decided_at),
        "resourceUri": verdict.release.resource_uri,
        "policy": {"uri": _POLICY_URI, "digest": {"sha256": verdict.policy_digest}},
        "inputAttestations": [
            {"uri": f"#line={line.number}", "digest": {"sha256": line.line_sha256}}
            for line in lines
        ],
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": [UNEVALUATED, GO_LEVEL] if passed else ["FAILED"],
        "slsaVersion": "1.2",
    }
    return Statement(
        predicate_type=VSA,
        predicate=strict_json.dumps(predicate),
        collected_at=verdict.decided_at,
    )


def check(  # noqa: PLR0913 - one argument for each thing that the spec compares
    predicate: Mapping[str, Any],
    *,
    subjects: Sequence[Subject],
    artifacts: Iterable[str],
    verdict: Verdict,
    lines: Sequence[Line],
    verifier_id: str,
    resource_uri: str | None,
    levels: Iterable[str],
    where: str,
) -> tuple[Problem, ...]:
    """Return what does not hold of a VSA whose signature and signer already do.

    Args:
        predicate: The VSA's predicate.
        subjects: Its statement's subjects.
        artifacts: SHA-256 of each artifact presented.
        verdict: The readiness verdict of the same bundle.
        lines: Every line before the VSA.
        verifier_id: The only verifier accepted.
        resource_uri: Expected `resourceUri`; None: the release's own.
        levels: Each must be among `verifiedLevels`.
        where: File and line of the VSA.

    Raises:
        FormatError: the predicate has a wrong shape.
    """
    fields = Fields(predicate, where=where)
    problems: list[str] = []
    named = {value for subject in subjects for key, value in subject.digest if key == "sha256"}
    problems += [
        f"the VSA is not about the artifact sha256:{digest}"
        for digest in artifacts
        if digest not in named
    ]
    found_verifier = fields.object("verifier").text("id")
    if found_verifier != verifier_id:
        problems.append(f"the VSA is by verifier {found_verifier}, the trust file {verifier_id}")
    wanted_uri = verdict.release.resource_uri if resource_uri is None else resource_uri
    if fields.text("resourceUri") != wanted_uri:
        problems.append(
            f"the VSA is for {fields.text('resourceUri')}, expected resource URI {wanted_uri}"
        )
    result = fields.text("verificationResult")
    if result not in {"PASSED", "FAILED"}:
        raise FormatError(
            f"`verificationResult` must be PASSED or FAILED, found {result!r:.40}",
            remedy="decide again",
            where=where,
        )
    if (result == "PASSED") != (verdict.result is Result.GO):
        problems.append(f"the VSA says {result}, the readiness {verdict.result}")
    if result != "PASSED":
        problems.append("the VSA says FAILED")
    found_levels = set(fields.texts("verifiedLevels"))
    wanted_levels = {*levels, GO_LEVEL}
    if missing := sorted(wanted_levels - found_levels):
        problems.append(f"the VSA does not verify {', '.join(missing)}")
    if fields.object("policy").object("digest").sha256("sha256") != verdict.policy_digest:
        problems.append("the VSA and the readiness name different policy sets")
    if fields.time("timeVerified") != verdict.decided_at:
        problems.append("the VSA and the readiness name different times of decision")
    inputs = [
        item.object("digest").sha256("sha256") for item in fields.objects("inputAttestations")
    ]
    if inputs != [line.line_sha256 for line in lines]:
        problems.append("the VSA's input attestations are not the lines before it")
    return tuple(
        Problem(
            code="vsa",
            problem=problem,
            where=where,
            remedy="decide again; if the bundle came from elsewhere, do not deploy it",
        )
        for problem in problems
    )
