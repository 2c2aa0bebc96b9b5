"""What the policies about vulnerabilities promise beyond their own Rego tests."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

POLICIES = Path(__file__).resolve().parents[3] / "policies"


def test_both_limits_of_age_of_a_vex_document_are_one() -> None:
    """Where a document stops to count, the check that reads it says STALE: on the same day."""
    check = (POLICIES / "security" / "vulnerabilities_vex.rego").read_text("utf-8")
    (ages,) = re.findall(r"^#   max_age: \{(.*)\}$", check, flags=re.MULTILINE)
    days = {int(number) for number in re.findall(r"([0-9]+)d", ages)}
    lib = (POLICIES / "lib" / "vex.rego").read_text("utf-8")
    (seconds,) = re.findall(r"^max_age_seconds := ([0-9]+)$", lib, flags=re.MULTILINE)
    assert {int(seconds) // 86_400} == days
    assert "older than 90 days" in lib


def test_modified_is_that_of_the_newest_record(project: Any) -> None:
    """A bug that two records are about was changed when the later one was."""
    project.requirements("distributed==2021.9.0")
    (result,) = project.collect()["scanner"]["result"]
    (annotation,) = result["annotations"]
    assert ["PYSEC-2021-871", "PYSEC-2021-872"] == annotation["records"]
    assert "2023-05-25T05:07:00Z" == annotation["modified"]


def test_a_part_of_a_second_is_a_whole_one(project: Any, tmp_path: Path) -> None:
    """What is said to have changed at .5 has changed after the second that began then."""
    (tmp_path / "records").mkdir()
    record = {
        "id": "EX-1",
        "modified": "2024-01-01T00:00:00.5Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "example"}, "versions": ["1.0"]}],
    }
    (tmp_path / "records" / "EX-1.json").write_text(json.dumps(record))
    project.requirements("example==1.0")
    project.options["advisories"] = "records"
    (result,) = project.collect()["scanner"]["result"]
    assert "2024-01-01T00:00:01Z" == result["annotations"][0]["modified"]
