"""What is planted in every audit: one that sees nothing must not read as one that finds nothing.

Planted is one package under a reserved name with a record of our own, at a version that the
record affects (must be found) and at the one that fixes it (must not be found). Where the data
has one of a few well-known records, the package of that record is planted too: it shows that the
data itself, not only our record, reaches the answer. A service is asked for these packages in the
same batch as for the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packaging.version import Version

from assurance import strict_json
from assurance.interfaces import SelfTest
from assurance_vulnerabilities import osv
from assurance_vulnerabilities.package_list import Package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assurance_vulnerabilities.advisory_index import AdvisoryIndex
    from assurance_vulnerabilities.audit import Bug

NAME: Final = "release-assurance-canary"
"""Reserved: an input that lists it is refused."""
ID: Final = "RELEASE-ASSURANCE-CANARY"
_RECORD: Final = {
    "id": ID,
    "modified": "2026-01-01T00:00:00Z",
    "summary": "Planted in every audit; must be found.",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Release_Assurance.Canary"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
_WELL_KNOWN: Final = (
    ("django", "3.2", "PYSEC-2021-98"),
    ("jinja2", "2.10", "PYSEC-2019-217"),
    ("pyyaml", "5.3", "PYSEC-2020-96"),
    ("urllib3", "1.26.4", "PYSEC-2021-108"),
)
"""(package, version, record about it)."""


def well_known() -> dict[str, str]:
    """Return the well-known records, each with its package: a service is asked for both."""
    return {record: name for name, _, record in _WELL_KNOWN}


def planted(index: AdvisoryIndex) -> AdvisoryIndex:
    """Return `index` with our record in it, read by the code that reads all records."""
    return index.planted(osv.read(strict_json.dumps(_RECORD), entry="(planted)"))


def packages(index: AdvisoryIndex, now: datetime) -> tuple[Package, ...]:
    """Return the packages to plant beside those that are asked about."""
    real = [(name, version) for name, version, _ in _known(index, now)]
    return tuple(
        Package(name=name, version=Version(version), pinned=version, where="(planted)")
        for name, version in ((NAME, "1.0"), (NAME, "1.1"), *real)
    )


def judge(
    found: Mapping[tuple[str, Version], tuple[Bug, ...]], index: AdvisoryIndex, now: datetime
) -> SelfTest:
    """Say whether `found` has what was planted and not what was planted to be absent."""
    expected = ((NAME, "1.0", ID), *_known(index, now))
    lost = [
        f"{name} {version} with {record}"
        for name, version, record in expected
        if not any(record in bug for bug in found.get((name, Version(version)), ()))
    ]
    wrong = found.get((NAME, Version("1.1"))) != ()
    if lost:
        message = f"did not find {', '.join(lost)}"
    elif wrong:
        message = f"found {ID} in {NAME} 1.1, which fixes it"
    else:
        message = "found all that was planted, and nothing in the fixed version"
    return SelfTest(
        planted=", ".join(names(index, now)), found=not lost and not wrong, message=message
    )


def names(index: AdvisoryIndex, now: datetime) -> tuple[str, ...]:
    """Return `package version` of each planted package that must be found."""
    known = ((NAME, "1.0", ID), *_known(index, now))
    return tuple(f"{name} {version}" for name, version, _ in known)


def _known(index: AdvisoryIndex, now: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return those well-known records that the data has, and has not withdrawn."""
    present = []
    for known in _WELL_KNOWN:
        advisory = index.by_id.get(known[2])
        if advisory is not None and not advisory.is_withdrawn(now):
            present.append(known)
    return tuple(present)
