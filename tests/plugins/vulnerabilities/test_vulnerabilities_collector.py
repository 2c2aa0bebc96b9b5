"""The collector as a whole, on real advisories."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pip_audit
import pytest

from assurance.errors import CollectError
from assurance.interfaces import Collector
from assurance.predicates import VULNERABILITIES
from assurance_vulnerabilities import canary
from assurance_vulnerabilities.collector import VulnerabilitiesCollector
from assurance_vulnerabilities.plugin import assurance_collectors

if TYPE_CHECKING:
    from pathlib import Path

DETAIL = "https://w3id.org/release-assurance/vulns-detail/v1"


def _found(predicate: dict[str, Any]) -> dict[str, list[str]]:
    """Ids by package."""
    found: dict[str, list[str]] = {}
    for result in predicate["scanner"]["result"]:
        found.setdefault(result["annotations"][0]["package"], []).append(result["id"])
    return found


def _band(result: dict[str, Any]) -> str:
    (band,) = (each["score"] for each in result["severity"] if each["method"] == "band")
    return str(band)


@pytest.mark.parametrize(
    ("vulnerable", "record", "cve", "fix"),
    [
        ("urllib3==1.26.4", "PYSEC-2021-108", "CVE-2021-33503", "1.26.5"),
        ("Jinja2==2.10", "PYSEC-2019-217", "CVE-2019-10906", "2.10.1"),
        ("PyYAML==5.3", "PYSEC-2020-96", "CVE-2020-1747", "5.3.1"),
        ("Django==3.2.0", "PYSEC-2021-98", "CVE-2021-33203", "3.2.4"),
    ],
)
def test_known_vulnerabilities(
    project: Any, vulnerable: str, record: str, cve: str, fix: str
) -> None:
    """A version that is known to be vulnerable is found, with its CVE and the first fix."""
    project.requirements(vulnerable)
    results = {each["id"]: each for each in project.collect()["scanner"]["result"]}
    (annotation,) = results[record]["annotations"]
    assert cve in annotation["aliases"]
    assert fix == annotation["fixedVersions"][0]
    assert [record] == annotation["records"]


@pytest.mark.parametrize(
    "pin", ["urllib3==1.26.18", "jinja2==3.1.4", "pyyaml==6.0.2", "Django==5.1"]
)
def test_fixed_versions(project: Any, pin: str) -> None:
    """Nothing is found in a version after the fixes, and it counts as audited."""
    project.requirements(pin)
    predicate = project.collect()
    assert [] == predicate["scanner"]["result"]
    assert (1, 1) == (predicate[DETAIL]["expected"], predicate[DETAIL]["audited"])


def test_predicate(project: Any, data: Path) -> None:
    """The evidence says what was looked up, in which data of which date, and what came out."""
    project.requirements("urllib3==1.26.4", "idna==3.10")
    project.options["kev"] = str(data / "kev.json")
    predicate = project.collect()
    assert pip_audit.__version__ == predicate["scanner"]["version"]
    assert f"pkg:pypi/pip-audit@{pip_audit.__version__}" == predicate["scanner"]["uri"]
    database = predicate["scanner"]["db"]
    assert ("osv", 18, "2024-01-17T11:19:18Z") == (
        database["name"],
        database["records"],
        database["lastUpdate"],
    )
    assert 64 == len(database["digest"]["sha256"])
    assert {
        "scanStartedOn": "2026-11-24T07:00:00Z",
        "scanFinishedOn": "2026-11-24T07:00:00Z",
    } == predicate["metadata"]
    detail = predicate[DETAIL]
    assert ["pkg:pypi/idna@3.10", "pkg:pypi/urllib3@1.26.4"] == detail["packages"]
    assert (2, 2, []) == (detail["expected"], detail["audited"], detail["skipped"])
    assert ("2025.08.25", "2025-08-25T17:04:19Z", 6) == (
        detail["kev"]["catalogVersion"],
        detail["kev"]["dateReleased"],
        detail["kev"]["count"],
    )
    assert "release-assurance-canary 1.0" in detail["canaries"]
    assert "urllib3 1.26.4" in detail["canaries"]
    assert not any("canary" in package for package in detail["packages"])
    (listed,) = detail["inputs"]
    assert ("requirements.txt", 2) == (listed["name"], listed["packages"])
    rated = {each["id"]: each for each in predicate["scanner"]["result"]}
    assert "unknown" == _band(rated["PYSEC-2021-108"])
    assert [
        {"method": "cvss_v3", "score": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N"},
        {"method": "cvss_v3_score", "score": "8.1"},
        {"method": "band", "score": "high"},
    ] == rated["PYSEC-2023-192"]["severity"]


def test_two_runs_give_the_same_bytes(project: Any) -> None:
    """The predicate depends on inputs, options and the run's time only."""
    project.requirements("urllib3==1.26.4", "django==3.2.0")
    first, second = (
        VulnerabilitiesCollector().collect(project.context())[0].predicate for _ in range(2)
    )
    assert first == second


def test_garbage_collection_is_what_it_was(project: Any) -> None:
    """It pauses while records are compared, and goes on after evidence and after an error."""
    assert gc.isenabled()
    project.requirements("idna==3.10")
    project.collect()
    assert gc.isenabled()
    project.options["advisories"] = "absent"
    with pytest.raises(CollectError, match="no advisory data"):
        project.collect()
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(CollectError, match="no advisory data"):
            project.collect()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_known_exploited(project: Any, data: Path) -> None:
    """A CVE of the catalogue marks its bug, whatever the severity."""
    project.requirements("salt==3000.1")
    project.options["kev"] = str(data / "kev.json")
    (result,) = project.collect()["scanner"]["result"]
    assert "PYSEC-2020-102" == result["id"]
    assert result["annotations"][0]["kev"] is True
    project.options.pop("kev")
    predicate = project.collect()
    assert predicate[DETAIL]["kev"] is None
    assert predicate["scanner"]["result"][0]["annotations"][0]["kev"] is False


@pytest.mark.parametrize(
    ("affected", "other"),
    [
        ({"aliases": ["GHSA-x"]}, {"id": "GHSA-x", "aliases": ["CVE-2024-0001"]}),
        ({"aliases": ["GHSA-x"]}, {"id": "CVE-2024-0001", "aliases": ["GHSA-x"]}),
        ({}, {"id": "GHSA-x", "aliases": ["EX-1", "CVE-2024-0001"]}),
        (
            {},
            {
                "id": "GHSA-x",
                "aliases": ["EX-1", "CVE-2024-0001"],
                "withdrawn": "2024-10-01T00:00:00Z",
            },
        ),
        ({"aliases": ["cve-2024-0001"]}, {"id": "GHSA-x"}),
    ],
    ids=["by-alias", "by-the-cve", "from-the-other-side", "by-a-withdrawn-one", "in-lower-case"],
)
def test_known_exploited_by_a_record_about_other_versions(
    project: Any, affected: dict[str, Any], other: dict[str, Any]
) -> None:
    """What a bug is called is looked up in all records: only one has to be about the version."""

    def record(last: str, more: dict[str, Any]) -> bytes:
        events = [{"introduced": "0"}, {"last_affected": last}]
        package = {"ecosystem": "PyPI", "name": "example"}
        entry = {"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        about = {"modified": "2024-10-01T00:00:00Z", "affected": [entry]}
        return json.dumps({"id": "EX-1", **about, **more}).encode()

    folder = project.root / "osv"
    folder.mkdir()
    (folder / "EX-1.json").write_bytes(record("2.0", affected))
    (folder / "other.json").write_bytes(record("1.0", other))
    catalogue = {
        "catalogVersion": "1",
        "dateReleased": "2024-10-01T00:00:00Z",
        "count": 1,
        "vulnerabilities": [{"cveID": "CVE-2024-0001"}],
    }
    (project.root / "kev.json").write_text(json.dumps(catalogue))
    project.options = {"advisories": "osv", "kev": "kev.json"}
    project.requirements("example==2.0")
    (result,) = project.collect()["scanner"]["result"]
    assert ["EX-1"] == result["annotations"][0]["records"]
    assert result["annotations"][0]["kev"] is True


def test_two_records_of_one_bug(project: Any) -> None:
    """Records that share an alias are one result, with every id and both records."""
    project.requirements("distributed==2021.9.0")
    (result,) = project.collect()["scanner"]["result"]
    (annotation,) = result["annotations"]
    assert ["PYSEC-2021-871", "PYSEC-2021-872"] == annotation["records"]
    assert {result["id"], *annotation["aliases"]} >= {
        "PYSEC-2021-871",
        "PYSEC-2021-872",
        "CVE-2021-42343",
    }


def test_one_package_in_two_spellings(project: Any) -> None:
    """Names are normalised, equal versions stay as they are pinned, and both are looked up."""
    project.requirements("PyYAML==5.3", "pyyaml==5.3.0")
    found = _found(project.collect())
    assert {"pkg:pypi/pyyaml@5.3", "pkg:pypi/pyyaml@5.3.0"} == found.keys()
    assert found["pkg:pypi/pyyaml@5.3"] == found["pkg:pypi/pyyaml@5.3.0"]


def test_withdrawn_records(project: Any, tmp_path: Path) -> None:
    """A withdrawn record does not count, unless it is asked for or is withdrawn only later."""
    folder = tmp_path / "records"
    folder.mkdir()
    record: dict[str, Any] = {
        "id": "EX-1",
        "modified": "2024-01-01T00:00:00Z",
        "withdrawn": "2024-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "example"}, "versions": ["1.0"]}],
    }
    project.requirements("example==1.0")
    project.options["advisories"] = "records"
    (folder / "EX-1.json").write_text(json.dumps(record))
    assert {} == _found(project.collect())
    project.options["ignore_withdrawn"] = False
    predicate = project.collect()
    assert {"pkg:pypi/example@1.0": ["EX-1"]} == _found(predicate)
    assert predicate[DETAIL]["ignoreWithdrawn"] is False
    project.options["ignore_withdrawn"] = True
    (folder / "EX-1.json").write_text(json.dumps(record | {"withdrawn": "2030-01-01T00:00:00Z"}))
    assert {"pkg:pypi/example@1.0": ["EX-1"]} == _found(project.collect())


def test_version_strings_outside_pep_440_are_listed(project: Any) -> None:
    """Strings of the data that nothing can equal are passed over beside a range, and said."""
    project.requirements("paramiko==3.4.0")
    (passed,) = project.collect()[DETAIL]["passedOver"]
    assert ("PYSEC-2018-19", "paramiko") == (passed["record"], passed["package"])
    assert "0.1-bulbasaur" in passed["versions"]


def test_a_record_that_cannot_be_evaluated(project: Any) -> None:
    """It leaves its package undecided, even at a version that looks unaffected, and no other."""
    project.requirements("steam==99.0")
    with pytest.raises(CollectError, match="2019-09-12") as caught:
        project.collect()
    assert "PYSEC-2019-125.json" == caught.value.where
    assert not caught.value.missing


def test_several_inputs(project: Any) -> None:
    """The packages of all inputs are looked up, each purl once."""
    project.requirements("urllib3==1.26.4", "jinja2==2.10")
    components = [
        {"type": "library", "name": "inner", "version": "1.0", "purl": "pkg:pypi/inner@1.0"},
        {"type": "library", "name": "Jinja2", "purl": "pkg:pypi/Jinja2@2.10?extension=whl"},
        {"type": "file", "name": "logo.svg"},
        {"type": "file", "name": "packed", "purl": "pkg:pypi/packed@1.0"},
    ]
    part = {"type": "library", "name": "part", "purl": "pkg:pypi/part@1.0"}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"type": "application", "name": "shop", "components": [part]}},
        "components": [
            {
                "type": "library",
                "name": "outer",
                "purl": "pkg:pypi/outer@2.0%2Bcpu?repository_url=https://pypi.org/simple",
                "components": components,
            }
        ],
    }
    project.add("sbom.cdx.json", json.dumps(document).encode())
    detail = project.collect()[DETAIL]
    assert [
        "pkg:pypi/inner@1.0",
        "pkg:pypi/jinja2@2.10",
        "pkg:pypi/outer@2.0%2Bcpu",
        "pkg:pypi/packed@1.0",
        "pkg:pypi/part@1.0",
        "pkg:pypi/urllib3@1.26.4",
    ] == detail["packages"]
    assert [2, 5] == [each["packages"] for each in detail["inputs"]]


def test_no_input(project: Any) -> None:
    """Without inputs and environment the evidence is missing."""
    with pytest.raises(CollectError, match="nothing says which packages") as caught:
        project.collect()
    assert caught.value.missing


def test_no_advisories(project: Any) -> None:
    """Absent data is said with the number of packages that it leaves undecided."""
    project.requirements("urllib3==1.26.4", "idna==3.10")
    project.options["advisories"] = "osv.zip"
    with pytest.raises(CollectError, match="no advisory data to compare 2 packages with") as caught:
        project.collect()
    assert not caught.value.missing
    assert str(project.root / "osv.zip") == caught.value.where
    assert "all.zip" in caught.value.remedy


def test_an_input_that_is_gone(project: Any) -> None:
    """A file that cannot be opened is an error that names it."""
    project.requirements("idna==3.10")
    (project.root / "requirements.txt").unlink()
    with pytest.raises(CollectError, match="the input cannot be read: No such file"):
        project.collect()


def test_nothing_to_look_up(project: Any) -> None:
    """No package at all counts only where the settings say that this is meant."""
    project.add("requirements.txt", b"# depends on nothing\n")
    with pytest.raises(CollectError, match="lists no package"):
        project.collect()
    project.options["allow_empty"] = True
    detail = project.collect()[DETAIL]
    assert (0, 0, []) == (detail["expected"], detail["audited"], detail["packages"])


def test_skipped_packages_are_named(project: Any) -> None:
    """Five are named with reason and line; the rest is counted."""
    project.add("requirements.txt", "".join(f"p{n}>=1\n" for n in range(7)).encode())
    with pytest.raises(CollectError) as caught:
        project.collect()
    assert caught.value.problem.startswith(
        "7 of 7 packages cannot be looked up: p0 is not pinned with `==` (requirements.txt:1); p1"
    )
    assert caught.value.problem.endswith("; and 2 more")


def test_self_test(project: Any) -> None:
    """The canaries are found, and the data read for them serves the collection after them."""
    project.requirements("urllib3==1.26.4")
    collector = VulnerabilitiesCollector()
    result = collector.self_test(project.context())
    assert result is not None
    assert result.found
    assert (
        "release-assurance-canary 1.0, django 3.2, jinja2 2.10, pyyaml 5.3, urllib3 1.26.4"
        == result.planted
    )
    project.options["kev"] = "absent.json"
    with pytest.raises(CollectError, match="exploited vulnerabilities cannot be read"):
        collector.collect(project.context())


def test_data_that_hides_a_known_record(project: Any, data: Path, tmp_path: Path) -> None:
    """Where the data has a well-known record and the audit does not find it, nothing is said."""
    folder = tmp_path / "records"
    folder.mkdir()
    record = json.loads((data / "osv" / "PYSEC-2021-108.json").read_text())
    record["affected"][0] |= {"versions": [], "ranges": [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}]}
    ]}  # fmt: skip
    (folder / "PYSEC-2021-108.json").write_text(json.dumps(record))
    project.requirements("idna==3.10")
    project.options["advisories"] = "records"
    result = VulnerabilitiesCollector().self_test(project.context())
    assert result is not None
    assert not result.found
    assert "did not find urllib3 1.26.4 with PYSEC-2021-108" == result.message
    with pytest.raises(CollectError, match=r"cannot be trusted: it did not find urllib3 1\.26\.4"):
        project.collect()


def test_a_canary_that_is_found_everywhere(real_index: Any, now: datetime) -> None:
    """An audit that finds our record in the fixed version too has not looked at versions."""
    found = {
        (package.name, package.version): (frozenset({canary.ID, known[2]}),)
        for package in canary.packages(real_index, now)
        for known in [next((k for k in canary._WELL_KNOWN if k[0] == package.name), ("", "", ""))]
    }
    result = canary.judge(found, real_index, now)
    assert not result.found
    assert "found RELEASE-ASSURANCE-CANARY in release-assurance-canary 1.1, which fixes it" == (
        result.message
    )
    assert not canary.judge({}, real_index, now).found


def test_a_withdrawn_well_known_record_is_not_expected(real_index: Any, now: datetime) -> None:
    """A database may withdraw even these; the self-test then goes without."""
    advisory = real_index.by_id["PYSEC-2021-108"]
    withdrawn = replace(advisory, withdrawn=datetime(2025, 1, 1, tzinfo=UTC))
    index = replace(real_index, by_id=real_index.by_id | {advisory.id: withdrawn})
    assert "urllib3 1.26.4" in canary.names(real_index, now)
    assert "urllib3 1.26.4" not in canary.names(index, now)


def test_registered() -> None:
    """The plugin registers one collector, with a schema of its options."""
    (collector,) = assurance_collectors()
    assert isinstance(collector, Collector)
    assert ("vulnerabilities", (VULNERABILITIES,)) == (collector.name, collector.predicate_types)
    validator = jsonschema.Draft202012Validator(collector.options_schema)
    validator.check_schema(collector.options_schema)
    assert validator.is_valid({"advisories": "osv.zip", "kev": "kev.json"})
    assert validator.is_valid({"service": "https://osv.example.com"})
    assert not validator.is_valid({"advisories": "osv.zip", "advisory": "osv.zip"})


_CUSTOMIZE = """
import os, sys
def deny(event, arguments):
    if event.startswith("socket."):
        with open(os.environ["SOCKET_LOG"], "a") as log:
            log.write(f"socket {event}\\n")
        raise RuntimeError(f"no sockets here: {event}")
with open(os.environ["SOCKET_LOG"], "a") as log:
    log.write("watching\\n")
sys.addaudithook(deny)
"""
_CHILD = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from assurance.interfaces import CollectContext
from assurance.model import Release
from assurance_vulnerabilities.collector import VulnerabilitiesCollector
root, advisories = Path(sys.argv[1]), sys.argv[2]
assert not {"pip_audit", "pip_api", "requests"} & set(sys.modules), "loaded before any work"
context = CollectContext(
    release=Release(name="shop", version="1", revision=None, artifacts=(),
                    environment="development", resource_uri="https://example.org/shop"),
    root=root, workdir=root, inputs=(root / "requirements.txt",), artifacts=(),
    options={"advisories": advisories}, now=datetime(2026, 11, 24, tzinfo=UTC),
)
collector = VulnerabilitiesCollector()
assert collector.self_test(context).found
print(collector.collect(context)[0].predicate.count(b"PYSEC-2021-108"))
"""


def test_no_socket(project: Any, data: Path, tmp_path: Path) -> None:
    """A whole run, with any interpreter that it might start, opens no socket of any kind."""
    project.requirements("urllib3==1.26.4")
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(_CUSTOMIZE)
    log = tmp_path / "sockets.log"
    run = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path), str(data / "osv")],
        env={**os.environ, "PYTHONPATH": str(site), "SOCKET_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == run.returncode, run.stderr
    assert 1 <= int(run.stdout)
    assert ["watching"] == log.read_text().splitlines(), "one interpreter, no socket"
