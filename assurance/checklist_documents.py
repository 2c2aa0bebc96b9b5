"""What closes an item of the checklist that names a document: a review of these very bytes.

The bytes are those whose digest was collected with the release (in-toto `reference/v0.1`) or
that the item states. A review counts when it is of kind `document` and names this document, this
digest and the release's commit, and its reviewer is who signed it. Of those that count the worst
decides; one that does not count closes nothing, and the item says why.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from assurance.model import Status
from assurance.predicates import REFERENCE, REVIEW
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance.model import Evidence


class Part(Value):
    """What one thing that an item names says."""

    status: Status
    said: str
    evidence: tuple[int, ...] = ()
    blocks: bool = False
    """Whether another finding blocks for it already."""
    remedy: str | None = None
    """What closes it, where that is always the same."""


def collected(evidence: Iterable[Evidence]) -> dict[str, dict[str, int]]:
    """Return the documents of verified lines: name to SHA-256 (hex) to the line that says so."""
    found: dict[str, dict[str, int]] = {}
    for item in evidence:
        if item.predicate_type == REFERENCE:
            for name, digest in _references(item.predicate):
                found.setdefault(name, {})[digest] = item.line
    return found


class Documents:
    """The documents of a release, and the reviews of them."""

    def __init__(self, evidence: Iterable[Evidence], revision: str | None) -> None:
        """Look for both in verified lines; `revision` is the release's commit."""
        self._revision = revision
        self._reviews: list[tuple[str, Evidence]] = []
        every = tuple(evidence)
        self._digests = collected(every)
        for item in every:
            if item.predicate_type == REVIEW:
                name = _name_of(item.predicate)
                if name is not None:
                    self._reviews.append((name, item))

    def part(self, name: str, stated: str | None) -> Part:
        """Say whether the document `name` is approved; `stated` is the digest of its item."""
        there = self._digests.get(name, {})
        digests = sorted({*there, *(() if stated is None else (stated,))})
        about = [item for known, item in self._reviews if known == name]
        lines = tuple(sorted({*there.values(), *(item.line for item in about)}))
        if len(digests) > 1:
            said = f"the document {name} is sha256:{digests[0]} and sha256:{digests[1]}"
            return Part(
                status=Status.FAIL,
                said=said,
                evidence=lines,
                remedy=f"find out which {name} is meant; correct the `sha256` of the item, or put "
                "that file there and collect again",
            )
        if not digests:
            return Part(
                status=Status.MISSING,
                said=f"no document {name} was there when the release was collected",
                evidence=lines,
                remedy=f"put {name} there and collect again, or state the `sha256` of one that is "
                "kept elsewhere",
            )
        counted, reasons = [], []
        for item in about:
            reason = self._other(item, digests[0])
            if reason is None:
                counted.append(item)
            else:
                reasons.append(f"line {item.line} does not count: {reason}")
        if not counted:
            said = f"nobody has approved the document {name}"
            if reasons:
                said += f"; {reasons[0]}"
            return Part(
                status=Status.MISSING,
                said=said,
                evidence=lines,
                remedy=f"have a reviewer approve it: {_approval(name)}",
            )
        for item in counted:
            result = item.predicate.get("result")
            if result != "APPROVED":
                said = f"the document {name} is {result!s:.40} (line {item.line})"
                return Part(
                    status=Status.FAIL,
                    said=said,
                    evidence=lines,
                    remedy=f"mend {name}, collect again, and have a reviewer approve what it is "
                    f"then: {_approval(name)}",
                )
        return Part(status=Status.PASS, said=name, evidence=lines)

    def _other(self, item: Evidence, digest: str) -> str | None:
        """Say why a review is about something else than this document of this release."""
        predicate = item.predicate
        found = _sha256_of(predicate.get("report"))
        if found != digest:
            return f"it is of other bytes, sha256:{found!s:.64}; here it is sha256:{digest}"
        if self._revision is None:
            return "the release has no source revision that a review could be of"
        commit = predicate.get("commit")
        if commit != self._revision:
            return f"it is of commit {commit!s:.64}, the release is {self._revision}"
        reviewer = predicate.get("reviewer")
        name = reviewer.get("name") if isinstance(reviewer, dict) else None
        if not any(signer.holder == name for signer in item.signers):
            return f"it is signed in the name of {name!s:.60}"
        return None


def _approval(name: str) -> str:
    return f"assurance review document --document {shlex.quote(name)} --result APPROVED"


def _references(predicate: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    references = predicate.get("references")
    for item in references if isinstance(references, list) else ():
        name = item.get("name") if isinstance(item, dict) else None
        digest = _sha256_of(item)
        if isinstance(name, str) and digest is not None:
            yield name, digest


def _name_of(predicate: Mapping[str, Any]) -> str | None:
    report = predicate.get("report")
    if predicate.get("kind") != "document" or not isinstance(report, dict):
        return None
    name = report.get("name")
    return name if isinstance(name, str) else None


def _sha256_of(described: object) -> str | None:
    digest = described.get("digest") if isinstance(described, dict) else None
    value = digest.get("sha256") if isinstance(digest, dict) else None
    return value if isinstance(value, str) else None
