"""The predicate: in-toto vulns v0.2, with what it has no field for in an extension of ours.

https://in-toto.io/attestation/vulns/v0.2; our extension stands under its own URI beside the
standard fields. docs/plugins/vulnerabilities.md says what a policy can rely on.
"""

from __future__ import annotations

from datetime import MAXYEAR, timedelta
from typing import TYPE_CHECKING, Any, Final

from assurance import timestamps
from assurance_vulnerabilities import canary
from assurance_vulnerabilities.severity import severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assurance_vulnerabilities.advisory_index import AdvisoryIndex, Match
    from assurance_vulnerabilities.kev import Catalogue
    from assurance_vulnerabilities.package_list import PackageList
    from assurance_vulnerabilities.scan import Hit, Scan

DETAIL: Final = "https://w3id.org/release-assurance/vulns-detail/v1"


def predicate(
    scan: Scan,
    index: AdvisoryIndex,
    *,
    lists: Sequence[PackageList],
    catalogue: Catalogue | None,
    pip_audit: str,
    now: datetime,
    ignore_withdrawn: bool,
) -> dict[str, Any]:
    """Return the predicate about a complete scan.

    Args:
        scan: What was found.
        index: What was compared with.
        lists: The inputs that the packages are from; nothing in them is skipped.
        catalogue: Of known exploited vulnerabilities; None where none was given.
        pip_audit: Its version.
        now: Time of the run: start and, since a claimed time may only make evidence
            older, end of the scan.
        ignore_withdrawn: How the scan was made.
    """
    moment = timestamps.format_utc(now)
    exploited: frozenset[str] = frozenset()
    if catalogue is not None and scan.hits:
        exploited = catalogue.names(index.by_id.values())
    return {
        "scanner": {
            "uri": f"pkg:pypi/pip-audit@{pip_audit}",
            "version": pip_audit,
            "db": _source(index)
            | {
                "name": index.name,
                "digest": {"sha256": index.sha256},
                "records": index.records,
                "lastUpdate": timestamps.format_utc(index.last_update),
            },
            "result": [_result(hit, exploited) for hit in scan.hits],
        },
        "metadata": {"scanStartedOn": moment, "scanFinishedOn": moment},
        DETAIL: {
            "expected": len(scan.packages),
            "audited": len(scan.packages),
            "skipped": [],
            "packages": [package.purl for package in scan.packages],
            "kev": None if catalogue is None else _kev(catalogue),
            "inputs": [
                {"name": each.source, "sha256": each.sha256, "packages": len(each.packages)}
                for each in lists
            ],
            "service": _service(index),
            "canaries": list(canary.names(index, now)),
            "ignoreWithdrawn": ignore_withdrawn,
            "passedOver": [
                {"record": record, "package": package, "versions": list(versions)}
                for record, package, versions in scan.passed_over
            ],
        },
    }


def _source(index: AdvisoryIndex) -> dict[str, str]:
    return {} if index.service is None else {"uri": index.service.url}


def _service(index: AdvisoryIndex) -> dict[str, Any] | None:
    service = index.service
    if service is None:
        return None
    return {
        "packages": service.packages,
        "requests": service.requests,
        "newest": timestamps.format_utc(service.newest),
    }


def _kev(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "catalogVersion": catalogue.version,
        "dateReleased": timestamps.format_utc(catalogue.released),
        "count": catalogue.count,
        "digest": {"sha256": catalogue.sha256},
    }


def _result(hit: Hit, exploited: frozenset[str]) -> dict[str, Any]:
    ids = sorted(hit.ids, key=_rank)
    fixes = {fix for match in hit.matches for fix in match.versions.fixes(hit.package.version)}
    # A version that ends one record's range may still be affected by another record of the bug.
    fixes = {fix for fix in fixes if not any(fix in match.versions for match in hit.matches)}
    return {
        "id": ids[0],
        "severity": severity(
            rated for match in hit.matches for rated in (match.advisory.record, *_affected(match))
        ),
        "annotations": [
            {
                "package": hit.package.purl,
                "name": hit.package.name,
                "version": hit.package.pinned,
                "aliases": ids[1:],
                "fixedVersions": [str(fix) for fix in sorted(fixes)],
                "kev": not exploited.isdisjoint(identity.upper() for identity in ids),
                "modified": _modified(hit),
                "records": [match.advisory.id for match in hit.matches],
                "summary": next(
                    (match.advisory.summary for match in hit.matches if match.advisory.summary), ""
                ),
            }
        ],
    }


def _modified(hit: Hit) -> str:
    """Return when a record of the bug was changed last; part of a second counts as a whole one."""
    latest = max(match.advisory.modified for match in hit.matches)
    if latest.microsecond and latest.year < MAXYEAR:
        latest += timedelta(seconds=1)
    return timestamps.format_utc(latest)


def _affected(match: Match) -> tuple[Mapping[str, Any], ...]:
    return match.advisory.affected[match.name]


def _rank(identity: str) -> tuple[int, str]:
    for rank, prefix in enumerate(("PYSEC-", "CVE-")):
        if identity.startswith(prefix):
            return rank, identity
    return 2, identity
