"""One audit of some packages against one copy of the data, with the canaries in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assurance.errors import CollectError
from assurance_vulnerabilities import canary
from assurance_vulnerabilities.audit import audit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from packaging.version import Version

    from assurance.interfaces import SelfTest
    from assurance_vulnerabilities.advisory_index import AdvisoryIndex, Answer, Match
    from assurance_vulnerabilities.audit import Bug
    from assurance_vulnerabilities.package_list import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One bug of one package, under however many ids."""

    package: Package
    ids: frozenset[str]
    matches: tuple[Match, ...]
    """The records that say so, sorted by id; never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What was looked up, and what was found."""

    packages: tuple[Package, ...]
    """Audited, sorted by purl; without the canaries."""
    hits: tuple[Hit, ...]
    """Sorted by purl and ids."""
    passed_over: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(record, package, its version strings that PEP 440 does not know), sorted, unique."""
    self_test: SelfTest


def _hits(package: Package, bugs: Sequence[Bug], matches: Sequence[Match]) -> list[Hit]:
    """Return a hit for each bug, with the matches that are about it, in one pass over them."""
    number = {identity: place for place, bug in enumerate(bugs) for identity in bug}
    about: list[list[Match]] = [[] for _ in bugs]
    for match in matches:
        about[number[match.advisory.id]].append(match)
    return [
        Hit(package=package, ids=ids, matches=tuple(found))
        for ids, found in zip(bugs, about, strict=True)
    ]


def scan(
    packages: Sequence[Package], index: AdvisoryIndex, *, now: datetime, ignore_withdrawn: bool
) -> Scan:
    """Audit `packages` and the canaries in one go.

    Args:
        packages: What the release consists of; each purl once.
        index: The data, without canaries.
        now: Time of the run; see `AdvisoryIndex.look_up`.
        ignore_withdrawn: See `AdvisoryIndex.look_up`.

    Raises:
        CollectError: a record about one of the packages cannot be evaluated, pip-audit fails
            or leaves something out, or a package has the canary's name.
    """
    reserved = next((package for package in packages if package.name == canary.NAME), None)
    if reserved is not None:
        raise CollectError(
            f"the package name {canary.NAME} is reserved for the self-test",
            remedy="Take it out of the input.",
            where=reserved.where,
        )
    data = canary.planted(index)
    answers: dict[tuple[str, Version], Answer] = {}

    def look_up(name: str, version: Version) -> tuple[Match, ...]:
        key = name, version
        if key not in answers:
            answers[key] = data.look_up(name, version, now=now, ignore_withdrawn=ignore_withdrawn)
        return answers[key].matches

    found = audit((*packages, *canary.packages(index, now)), look_up)
    hits = []
    passed_over: set[tuple[str, str, tuple[str, ...]]] = set()
    for package in packages:
        key = package.name, package.version
        hits += _hits(package, found[key], answers[key].matches)
        passed_over |= {(record, package.name, texts) for record, texts in answers[key].passed_over}
    return Scan(
        packages=tuple(packages),
        hits=tuple(hits),
        passed_over=tuple(sorted(passed_over)),
        self_test=canary.judge(found, index, now),
    )
