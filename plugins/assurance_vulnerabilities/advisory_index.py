"""The advisories by package name, so that looking up does not depend on how many there are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assurance.errors import CollectError
from assurance_vulnerabilities import osv
from assurance_vulnerabilities.affected_versions import affected_versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from packaging.version import Version

    from assurance_vulnerabilities.advisory_files import AdvisoryFiles
    from assurance_vulnerabilities.affected_versions import AffectedVersions
    from assurance_vulnerabilities.osv import Advisory


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Match:
    """One record that is about one version of one package."""

    advisory: Advisory
    name: str
    versions: AffectedVersions


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Everything that the data says about one version of one package."""

    matches: tuple[Match, ...]
    """Sorted by id."""
    passed_over: tuple[tuple[str, tuple[str, ...]], ...]
    """(record id, its version strings that PEP 440 does not know); see `affected_versions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that was asked for records."""

    url: str
    packages: int
    """Asked about, those of the canaries included."""
    requests: int
    """Of batches, further pages included."""
    newest: datetime
    """Newest `modified` of what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryIndex:
    """One copy of the data, read."""

    name: str
    sha256: str
    records: int
    """All records, those of other ecosystems included."""
    last_update: datetime
    """Newest `modified` of the records that are about PyPI; of a service see `osv_service`."""
    by_name: Mapping[str, tuple[Advisory, ...]]
    """By normalised name."""
    by_id: Mapping[str, Advisory]
    service: Service | None = None
    """Where the records are from; None: from a file or folder."""

    def planted(self, advisory: Advisory) -> AdvisoryIndex:
        """Return this index with `advisory` added to what is looked up, and to nothing else."""
        more = {name: (*self.by_name.get(name, ()), advisory) for name in advisory.affected}
        return replace(self, by_name={**self.by_name, **more})

    def look_up(
        self, name: str, version: Version, *, now: datetime, ignore_withdrawn: bool
    ) -> Answer:
        """Return the records about `name` at `version`.

        Args:
            name: Normalised.
            version: Of the package.
            now: A record that is withdrawn later than this still counts.
            ignore_withdrawn: False: withdrawn records count too.

        Raises:
            CollectError: a record about `name`, at whatever version, cannot be evaluated.
        """
        matches: list[Match] = []
        passed_over: list[tuple[str, tuple[str, ...]]] = []
        for advisory in self.by_name.get(name, ()):
            if ignore_withdrawn and advisory.is_withdrawn(now):
                continue
            versions = affected_versions(advisory, name)
            if versions.passed_over:
                passed_over.append((advisory.id, versions.passed_over))
            if version in versions:
                matches.append(Match(advisory=advisory, name=name, versions=versions))
        matches.sort(key=lambda match: match.advisory.id)
        return Answer(matches=tuple(matches), passed_over=tuple(sorted(passed_over)))


def index(files: AdvisoryFiles) -> AdvisoryIndex:
    """Read every record of `files`.

    Raises:
        CollectError: a record is unreadable, an id is there twice, or none is about PyPI.
    """
    by_name: defaultdict[str, list[Advisory]] = defaultdict(list)
    by_id: dict[str, Advisory] = {}
    last_update: datetime | None = None
    for entry, data in files.files:
        advisory = osv.read(data, entry=entry)
        other = by_id.setdefault(advisory.id, advisory)
        if other is not advisory:
            raise osv.unreadable(
                f"has the id {advisory.id} that {other.entry} has too, so one of them is wrong",
                entry,
            )
        for name in advisory.affected:
            by_name[name].append(advisory)
        if advisory.affected and (last_update is None or advisory.modified > last_update):
            last_update = advisory.modified
    if last_update is None:
        raise CollectError(
            f"none of the {len(by_id):,} advisory records is about the ecosystem PyPI",
            remedy="Use OSV's export of the ecosystem PyPI.",
            where=files.name,
        )
    return AdvisoryIndex(
        name=files.name,
        sha256=files.sha256,
        records=len(by_id),
        last_update=last_update,
        by_name={name: tuple(found) for name, found in by_name.items()},
        by_id=by_id,
    )
