"""Every predicate type that `assurance` writes or reads, and what each one means to the core.

Start reading at `KINDS`: one row a predicate type, with the role that must sign it, what its
subjects are, and where its as-of time stands. Third-party predicate types are treated as
`OTHER`: signed by a collector, about anything the release links to, as old as their collection.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

_OURS: Final = "https://w3id.org/release-assurance"

CYCLONEDX: Final = "https://cyclonedx.org/bom"
SPDX: Final = "https://spdx.dev/Document"
VULNERABILITIES: Final = "https://in-toto.io/attestation/vulns/v0.2"
OPENVEX: Final = "https://openvex.dev/ns"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
VSA: Final = "https://slsa.dev/verification_summary/v1"
RELEASE: Final = "https://in-toto.io/attestation/release/v0.1"
REFERENCE: Final = "https://in-toto.io/attestation/reference/v0.1"

BUNDLE_MANIFEST: Final = f"{_OURS}/bundle-manifest/v1"
POLICY_SET: Final = f"{_OURS}/policy-set/v1"
READINESS: Final = f"{_OURS}/readiness/v1"
WAIVER: Final = f"{_OURS}/waiver/v1"
SIGN_OFF: Final = f"{_OURS}/sign-off/v1"
FREEZE: Final = f"{_OURS}/freeze/v1"
REVIEW: Final = f"{_OURS}/review/v1"
SBOM_DETAIL: Final = f"{_OURS}/sbom-detail/v1"
TESTS_DETAIL: Final = f"{_OURS}/tests-detail/v1"
FUZZ: Final = f"{_OURS}/fuzz/v1"
SLO: Final = f"{_OURS}/slo/v1"
DRILL: Final = f"{_OURS}/drill/v1"
TELEMETRY: Final = f"{_OURS}/telemetry/v1"
AUTH_HARDENING: Final = f"{_OURS}/auth-hardening/v1"
CHECKPOINT: Final = f"{_OURS}/checkpoint/v1"

Binding = Literal["release", "commit", "service", "linked", "project"]
"""What a statement's subjects must be: exactly the release's artifacts, the release's
`gitCommit`, a service that the release manifest links to, or anything that it links to. `project`
holds for every release of one name: the predicate's `project` is that name."""


class Kind(NamedTuple):
    """What the core knows of one predicate type."""

    predicate_type: str
    name: str
    """Short name for people, as in `inspect`."""
    roles: tuple[str, ...]
    """A signer needs one of these roles; `sign-off:` stands for `sign-off:<area>`."""
    binding: Binding
    as_of: tuple[str, ...]
    """Dotted paths into the predicate; the oldest counts. Empty: `collected_at`."""


OTHER: Final = Kind("", "other", ("collector",), "linked", ())
_COLLECTOR: Final = ("collector",)
_VERIFIER: Final = ("verifier",)

KINDS: Final[dict[str, Kind]] = {
    kind.predicate_type: kind
    for kind in (
        Kind(RELEASE, "release", ("releaser",), "release", ("collectedAt",)),
        Kind(CYCLONEDX, "sbom", _COLLECTOR, "release", ("metadata.timestamp",)),
        Kind(SPDX, "sbom-spdx", _COLLECTOR, "release", ("creationInfo.created",)),
        Kind(SBOM_DETAIL, "sbom-detail", _COLLECTOR, "release", ()),
        Kind(
            VULNERABILITIES,
            "vulnerabilities",
            _COLLECTOR,
            "release",
            ("scanner.db.lastUpdate", "metadata.scanFinishedOn"),
        ),
        Kind(OPENVEX, "vex", ("vex",), "release", ("timestamp",)),
        Kind(TEST_RESULT, "tests", _COLLECTOR, "commit", ()),
        Kind(TESTS_DETAIL, "tests-detail", _COLLECTOR, "commit", ()),
        Kind(PROVENANCE, "provenance", _COLLECTOR, "release", ()),
        Kind(REFERENCE, "reference", _COLLECTOR, "linked", ()),
        Kind(REVIEW, "review", ("reviewer",), "commit", ("completedAt",)),
        Kind(FUZZ, "fuzz", _COLLECTOR, "commit", ("window.end",)),
        Kind(SLO, "slo", _COLLECTOR, "service", ("window.end",)),
        Kind(DRILL, "drill", _COLLECTOR, "service", ("window.end",)),
        Kind(TELEMETRY, "telemetry", _COLLECTOR, "service", ()),
        Kind(AUTH_HARDENING, "auth-hardening", _COLLECTOR, "service", ()),
        Kind(CHECKPOINT, "checkpoint", _COLLECTOR, "linked", ()),
        Kind(FREEZE, "freeze", ("policy",), "project", ()),
        Kind(POLICY_SET, "policy-set", ("policy", "verifier"), "release", ()),
        Kind(WAIVER, "waiver", ("waiver-approver", "waiver-requester"), "release", ()),
        Kind(SIGN_OFF, "sign-off", ("sign-off:",), "release", ()),
        Kind(READINESS, "readiness", _VERIFIER, "release", ()),
        Kind(VSA, "vsa", _VERIFIER, "release", ()),
        Kind(BUNDLE_MANIFEST, "manifest", _VERIFIER, "release", ()),
    )
}


def kind_of(predicate_type: str) -> Kind:
    """Return what the core knows of `predicate_type`; `OTHER` for one it does not know."""
    return KINDS.get(predicate_type, OTHER)
