"""What holds for every input: versions agree with another reading, parsers raise only our error."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from assurance.errors import CollectError
from assurance_vulnerabilities import (
    advisory_files,
    cyclonedx_file,
    kev,
    osv,
    requirements_file,
)
from assurance_vulnerabilities.affected_versions import affected_versions, key

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = [f"{major}.{minor}" for major in range(4) for minor in range(4)]
SUFFIXES = ["", ".dev1", "a1", "b2", "rc1", ".post1", ".1"]
VERSIONS = st.builds(
    lambda epoch, release, suffix: f"{epoch}{release}{suffix}",
    st.sampled_from(["", "", "", "1!"]),
    st.sampled_from(RELEASES),
    st.sampled_from(SUFFIXES),
)


def _advisory(events: list[dict[str, str]], versions: list[str]) -> osv.Advisory:
    affected = {
        "package": {"ecosystem": "PyPI", "name": "example"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": versions,
    }
    record = {"id": "EX-1", "modified": "2024-01-01T00:00:00Z", "affected": [affected]}
    return osv.read(json.dumps(record).encode(), entry="EX-1.json")


def _covers(specifier: str, version: Version) -> bool:
    """Compare by PEP 440's specifiers, without their rule that `<1.0` leaves out `1.0rc1`.

    That rule is about what to install; the order of OSV has `1.0rc1` before the fix.
    """
    operator, bound = specifier[:2].rstrip("0123456789"), Version(specifier.lstrip("<>="))
    if operator == "<":
        return not SpecifierSet(f">={bound}").contains(version, prereleases=True)
    return SpecifierSet(specifier).contains(version, prereleases=True)


@settings(deadline=None)
@given(
    bounds=st.lists(VERSIONS, min_size=1, max_size=6, unique_by=Version),
    last=st.booleans(),
    listed=st.lists(VERSIONS, max_size=2),
    shuffled=st.randoms(use_true_random=False),
    version=VERSIONS,
)
def test_ranges_agree_with_specifiers(
    bounds: list[str], last: bool, listed: list[str], shuffled: Any, version: str
) -> None:
    """Disjoint ranges in any order of events say what `packaging`'s specifiers say."""
    ordered = sorted(bounds, key=Version)
    events: list[dict[str, str]] = []
    ranges: list[list[str]] = []
    for position, bound in enumerate(ordered):
        if position % 2 == 0:
            events.append({"introduced": bound})
            ranges.append([f">={bound}"])
        else:
            events.append({"last_affected" if last else "fixed": bound})
            ranges[-1].append(f"<={bound}" if last else f"<{bound}")
    shuffled.shuffle(events)
    candidate = Version(version)
    expected = candidate in map(Version, listed) or any(
        all(_covers(specifier, candidate) for specifier in each) for each in ranges
    )
    affected = affected_versions(_advisory(events, listed), "example")
    assert expected == (candidate in affected)
    fixes = affected.fixes(candidate)
    assert all(fix > candidate and fix not in affected for fix in fixes)


PADDED = st.builds(
    lambda version, zeros, local: f"{version}{zeros}{local}",
    st.sampled_from(["1", "1.0", "1.0.0", "1!1", "0!1.0", "1.1", "v1", "1.0a1", "1.0.0-alpha.1"]),
    st.sampled_from(["", ".post0", ".post", ".dev0"]),
    st.sampled_from(["", "+a", "+A", "+a.1", "+a-01", "+a_1"]),
)


@settings(deadline=None)
@given(first=PADDED, second=PADDED)
def test_keys_are_equal_where_pep_440_has_versions_equal(first: str, second: str) -> None:
    """Comparing keys is comparing versions, whatever their spelling."""
    one, two = Version(first), Version(second)
    assert (one == two) == (key(one) == key(two))


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["a==1", "-e .", "--hash=sha256:", "\\\n", "\n", "# c", " ", "==", ";", "@", "://", "["]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=80), TEXTS.map(lambda text: text.encode("utf-8", "replace"))))
def test_requirements_raise_only_our_error(data: bytes) -> None:
    """Any bytes are a list of packages, or refused."""
    try:
        listed = requirements_file.read(data, name="requirements.txt")
    except CollectError:
        return
    assert all(package.purl.startswith("pkg:pypi/") for package in listed.packages)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=8),
    st.sampled_from(["0", "1.0", "PyPI", "example", "ECOSYSTEM", "2024-01-01T00:00:00Z"]),
)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "modified", "affected", "package", "ecosystem", "name", "ranges", "events", "type",
     "introduced", "fixed", "versions", "aliases", "components", "purl", "version", "withdrawn"]
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(deadline=None)
@given(affected=JSON, changes=st.dictionaries(KEYS, JSON, max_size=3))
def test_records_raise_only_our_error(affected: Any, changes: dict[str, Any]) -> None:
    """Any JSON is a record that can be evaluated, or refused."""
    record = {"id": "EX-1", "modified": "2024-01-01T00:00:00Z", "affected": affected} | changes
    try:
        advisory = osv.read(json.dumps(record).encode(), entry="EX-1.json")
        for name in advisory.affected:
            _ = Version("1.0") in affected_versions(advisory, name)
    except CollectError:
        return


@settings(deadline=None)
@given(item=st.dictionaries(st.sampled_from(["versions", "ranges"]), JSON, max_size=2))
def test_affected_entries_raise_only_our_error(item: dict[str, Any]) -> None:
    """Any content of an entry about the package can be evaluated, or is refused."""
    affected = [{"package": {"ecosystem": "PyPI", "name": "example"}} | item]
    record = {"id": "EX-1", "modified": "2024-01-01T00:00:00Z", "affected": affected}
    advisory = osv.read(json.dumps(record).encode(), entry="EX-1.json")
    try:
        _ = Version("1.0") in affected_versions(advisory, "example")
    except CollectError:
        return


@settings(deadline=None)
@example(components=[{"type": []}], more={})
@example(components=[], more={"specVersion": {}})
@given(components=JSON, more=st.dictionaries(KEYS, JSON, max_size=2))
def test_cyclonedx_raises_only_our_error(components: Any, more: dict[str, Any]) -> None:
    """Any JSON is a list of packages, or refused; nothing in a list goes unsaid."""
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6"} | more | {"components": components}
    try:
        listed = cyclonedx_file.read(json.dumps(document).encode(), name="sbom.json")
    except CollectError:
        return
    if isinstance(components, list):
        assert len(listed.packages) + len(listed.skipped) >= len(components)


def _good_zip() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"EX-{number}.json", b'{"id": "EX"}' * 20)
    return buffer.getvalue()


GOOD_ZIP = _good_zip()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, len(GOOD_ZIP) - 1), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, len(GOOD_ZIP)),
)
def test_zips_raise_only_our_error(
    tmp_path: Path, changes: list[tuple[int, int]], cut: int
) -> None:
    """A zip with changed or missing bytes is read as a whole, or refused."""
    data = bytearray(GOOD_ZIP)
    for position, value in changes:
        data[position] = value
    path = tmp_path / "osv.zip"
    path.write_bytes(data if cut % 3 else data[:cut])
    try:
        files = advisory_files.read(path)
    except CollectError:
        return
    assert files.files


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(
    st.sampled_from(["catalogVersion", "dateReleased", "count", "vulnerabilities"]), JSON
))  # fmt: skip
def test_catalogues_raise_only_our_error(tmp_path: Path, document: dict[str, Any]) -> None:
    """Any JSON is a catalogue with entries, or refused."""
    path = tmp_path / "kev.json"
    path.write_text(json.dumps(document))
    try:
        catalogue = kev.read(path)
    except CollectError:
        return
    assert catalogue.cves
