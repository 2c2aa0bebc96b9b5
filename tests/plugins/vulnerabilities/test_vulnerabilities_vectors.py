"""Every vector of bad input ends in the status and the message that it says."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from assurance.errors import CollectError
from assurance_vulnerabilities import osv
from assurance_vulnerabilities.affected_versions import affected_versions

if TYPE_CHECKING:
    from assurance.interfaces import CollectContext

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
BAD = VECTORS / "vulnerabilities"
OSV = sorted((VECTORS / "osv").glob("*.json"))
assert OSV, "an empty glob would pass silently"


def _expected(folder: Path) -> list[Any]:
    expected: dict[str, dict[str, str]] = json.loads((folder / "expected.json").read_text())
    files = {path.name for path in folder.iterdir()} - {"expected.json"}
    assert expected
    assert files == expected.keys(), "each file has its expectation and the other way round"
    return [
        pytest.param(folder / name, each["status"], each["message"], id=name)
        for name, each in expected.items()
    ]


def _refused(project: Any, status: str, message: str) -> None:
    with pytest.raises(CollectError) as caught:
        project.collect()
    assert status == ("MISSING" if caught.value.missing else "INDETERMINATE")
    assert re.search(message, str(caught.value)), str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(("path", "status", "message"), _expected(BAD / "archives"))
def test_archive(project: Any, path: Path, status: str, message: str) -> None:
    """Advisory data with one defect is never compared with."""
    project.requirements("example==2.0")
    project.options["advisories"] = str(path)
    _refused(project, status, message)


@pytest.mark.parametrize(
    ("path", "status", "message"), [*_expected(BAD / "requirements"), *_expected(BAD / "cyclonedx")]
)
def test_input(project: Any, path: Path, status: str, message: str) -> None:
    """An input that does not say everything is never half looked at."""
    project.add(path.name, path.read_bytes())
    _refused(project, status, message)


@pytest.mark.parametrize(("path", "status", "message"), _expected(VECTORS / "kev"))
def test_catalogue(project: Any, path: Path, status: str, message: str) -> None:
    """A catalogue that is named and cannot be read is not left out in silence."""
    project.requirements("example==2.0")
    project.options["kev"] = str(path)
    _refused(project, status, message)


@pytest.mark.parametrize("path", OSV, ids=lambda path: path.stem)
def test_record(path: Path) -> None:
    """Each record affects the versions that the vector says, or cannot be evaluated."""
    vector = json.loads(path.read_text())
    record = json.dumps(vector["record"]).encode()
    if "error" in vector:
        with pytest.raises(CollectError, match=re.escape(vector["error"])) as caught:
            affected_versions(osv.read(record, entry="EX-1.json"), vector["package"])
        assert "EX-1.json" == caught.value.where
        return
    affected = affected_versions(osv.read(record, entry="EX-1.json"), vector["package"])
    for case in vector["cases"]:
        version = Version(case["version"])
        assert case["affected"] == (version in affected), case
        if "fixes" in case:
            assert case["fixes"] == [str(fix) for fix in sorted(affected.fixes(version))]


def test_the_script_makes_these_vectors(tmp_path: Path) -> None:
    """The files here are what `make.py` writes; of archives the names: zlibs differ in bytes."""
    subprocess.run(
        [sys.executable, "-W", "ignore", str(BAD / "make.py"), str(tmp_path)], check=True
    )
    for folder in ("archives", "requirements", "cyclonedx"):
        made = {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        kept = {path.name: path.read_bytes() for path in (BAD / folder).iterdir()}
        assert kept.keys() == made.keys()
        for name, content in kept.items():
            assert name.endswith(".zip") or content == made[name], name


def test_what_the_bad_archives_are_made_from_is_good(project: Any, tmp_path: Path) -> None:
    """The same data without a defect gives evidence, so that a vector fails for its defect."""
    good = zipfile.ZipFile(BAD / "archives" / "not-json-name.zip").read("EX-1.json")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("EX-1.json", good)
    (tmp_path / "good.zip").write_bytes(buffer.getvalue())
    project.requirements("example==2.0")
    project.options["advisories"] = "good.zip"
    assert [] == project.collect()["scanner"]["result"]
    context: CollectContext = project.context()
    assert (context.workdir / "vulnerabilities.json").is_file()
