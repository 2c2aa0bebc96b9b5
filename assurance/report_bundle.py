"""A sealed bundle as the report document: what `report` and `explain` look at.

Without a trust file nothing is checked but the shape of the lines, and the document says so
(`signatures_checked`); with one, every line's signature, signer and place are checked. Whether a
release may be deployed is never answered here: that is `assurance.deploy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import bundle, readiness
from assurance.bounded_file import read_file
from assurance.errors import FormatError
from assurance.predicates import BUNDLE_MANIFEST, READINESS
from assurance.report import report_document, trust_fields
from assurance.report_details import details
from assurance.value import Value

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.bundle import Line
    from assurance.model import Evidence, Verdict
    from assurance.trust import Trust


class SealedBundle(Value):
    """A sealed bundle, read and, with a trust file, checked."""

    path: str
    sha256: str
    groups: tuple[tuple[Line, ...], ...]
    verdict: Verdict
    trust_path: str | None
    trust: Trust | None
    evidence: tuple[Evidence, ...]
    """What the trust file made of the lines; empty without one."""

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return sum(len(group) for group in self.groups)

    @property
    def statements(self) -> tuple[Line, ...]:
        """Every statement once, in the order of the file: the first line of each group."""
        return tuple(group[0] for group in self.groups)

    def document(self, command: str) -> dict[str, Any]:
        """Return what `command` shows of it; the exit code is 0, whatever the verdict.

        Raises:
            FormatError: the release manifest or the policy set cannot be read.
        """
        trust = self.trust
        return report_document(
            self.verdict,
            command=command,
            exit=0,
            bundle={"path": self.path, "sha256": self.sha256, "lines": self.lines},
            trust=None if trust is None else trust_fields(trust, self.trust_path),
            signatures_checked=trust is not None,
            **details(
                self.groups,
                environment=self.verdict.environment,
                now=self.verdict.decided_at,
                evidence=self.evidence,
                where=self.path,
            ),
        )


def open_bundle(path: str, trust_path: str | None, *, now: datetime) -> SealedBundle:
    """Read the sealed bundle at `path`; check its lines where a trust file is named.

    Args:
        path: The bundle's file.
        trust_path: The trust file, or None: then no signature is checked.
        now: UTC; the trust file must not have expired, and keys must be valid.

    Raises:
        UsageError: a file cannot be read, or the trust file breaks its schema.
        FormatError: it is no sealed bundle.
        SignatureError: a line does not hold.
        UndecidedError: the trust file has expired.
    """
    data = read_file(path, what="the bundle", limit=bundle.MAX_BYTES)
    lines = bundle.read(data, where=path)
    groups = bundle.groups(lines, where=path)
    found = [group[0] for group in groups if group[0].statement.predicate_type == READINESS]
    if len(found) != 1 or groups[-1][0].statement.predicate_type != BUNDLE_MANIFEST:
        raise FormatError(
            f"this is no sealed bundle: {len(found)} verdicts, and the last line is "
            f"{groups[-1][0].statement.predicate_type}",
            remedy="a draft is sealed by: assurance decide",
            where=path,
        )
    trust, evidence = (None, ()) if trust_path is None else _check(groups, trust_path, path, now)
    return SealedBundle(
        path=path,
        sha256=bundle.digest(data),
        groups=groups,
        verdict=readiness.read(found[0].statement.predicate, where=f"{path}:{found[0].number}"),
        trust_path=trust_path,
        trust=trust,
        evidence=evidence,
    )


def _check(
    groups: tuple[tuple[Line, ...], ...], trust_path: str, path: str, now: datetime
) -> tuple[Trust, tuple[Evidence, ...]]:
    """Check each line's signature, signer and place in the bundle; nothing about freshness."""
    from assurance import bundle_manifest, expected, trust_file
    from assurance.verify import verify

    trust = trust_file.load(trust_path)
    expected.check_in_force(trust, now=now, where=trust_path)
    verified = verify(groups, trust, now=now, where=path)
    verified.require()
    last = groups[-1][0]
    bundle_manifest.check_own_lines(groups[-1], where=path)
    bundle_manifest.check(
        last.statement.predicate,
        [line for group in groups[:-1] for line in group],
        collected_at={
            item.payload_sha256: item.collected_at for item in verified.manifest.collected
        },
        where=path,
    )
    return trust, verified.evidence
