"""JUnit XML and SARIF as their readers demand them, for every sort of report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from defusedxml.ElementTree import fromstring

from assurance_report.github_view import GithubView
from assurance_report.junit_view import JunitView
from assurance_report.sarif_view import FINGERPRINT, VERDICT_RULE, SarifView

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SORTS = ("go", "no-go", "indeterminate", "waived", "unchecked", "huge", "nothing")
SCHEMA = json.loads(
    (
        Path(__file__).resolve().parent.parent.parent / "data/sarif/sarif-schema-2.1.0.json"
    ).read_text(encoding="utf-8")
)
JUNIT: dict[str, tuple[set[str], set[str], tuple[str, ...]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, ("testsuite",)),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"time", "skipped", "timestamp", "hostname", "id", "package", "group", "file"},
        ("properties", "testcase", "system-out", "system-err"),
    ),
    "testcase": (
        {"name", "classname"},
        {"time", "group", "file", "line", "assertions"},
        ("skipped", "error", "failure", "rerunFailure", "system-out", "system-err"),
    ),
    "skipped": (set(), {"type", "message"}, ()),
    "failure": (set(), {"type", "message"}, ()),
    "error": (set(), {"type", "message"}, ()),
    "system-out": (set(), set(), ()),
}
"""Element: attributes that it must and may have, and the children that it may have. These are the
rules of Jenkins' junit-10.xsd, which pytest writes to, in our own words."""


def check(element: Element) -> None:
    """Hold an element and all below it against `JUNIT`."""
    must, may, children = JUNIT[element.tag]
    assert must <= set(element.attrib) <= must | may
    assert {child.tag for child in element} <= set(children)
    for child in element:
        check(child)


@pytest.mark.parametrize("sort", SORTS)
def test_junit_follows_the_rules(sort: str, samples: dict[str, dict[str, Any]]) -> None:
    """Elements, attributes and figures are as Jenkins and pytest have them."""
    root = fromstring(JunitView().render(samples[sort]))
    check(root)
    for suite in root:
        cases = suite.findall("testcase")
        assert len(cases) == int(suite.get("tests", "-1"))
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(key, "-1")) == sum(case.find(tag) is not None for case in cases)
    bad = sum(int(root.get(key, "-1")) for key in ("failures", "errors"))
    assert (0 == bad) == (samples[sort]["verdict"] == "GO")


@pytest.mark.parametrize("sort", SORTS)
def test_sarif_follows_its_schema(sort: str, samples: dict[str, dict[str, Any]]) -> None:
    """The log is valid, each result has its rule and a fingerprint, and a NO-GO has an error."""
    log = json.loads(SarifView().render(samples[sort]))
    validator = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
    shown = log if len(log["runs"][0]["results"]) < 500 else _cut(log)
    assert [] == [error.message for error in validator.iter_errors(shown)]
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
        assert 64 == len(result["partialFingerprints"][FINGERPRINT])
    assert all(rule["help"]["text"] for rule in rules)
    errors = [item for item in run["results"] if item["level"] == "error"]
    unsuppressed = [item for item in errors if "suppressions" not in item]
    assert (samples[sort]["verdict"] != "GO") == bool(unsuppressed)
    assert any(rule["id"] == VERDICT_RULE for rule in rules)


def _cut(log: dict[str, Any]) -> dict[str, Any]:
    """Return the log with its first results: validating ten thousand takes half a minute."""
    run = {**log["runs"][0], "results": log["runs"][0]["results"][:200]}
    return {**log, "runs": [run]}


def test_the_schema_is_awake() -> None:
    """A log without results' messages does not pass."""
    bad: Any = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{}]}]}
    validator = jsonschema.validators.validator_for(SCHEMA)(SCHEMA)
    assert ["'message' is a required property"] == [
        error.message for error in validator.iter_errors(bad)
    ]


def test_fingerprints_name_check_and_subject(documents: Any) -> None:
    """The same finding has the same fingerprint in the next release, another has another."""

    def prints(*checks: dict[str, Any], **more: Any) -> list[str]:
        log = json.loads(SarifView().render(documents.report("NO-GO", list(checks), **more)))
        return [item["partialFingerprints"][FINGERPRINT] for item in log["runs"][0]["results"]]

    one = documents.check("a.b", "FAIL", subject="s", message="once", evidence=[1])
    again = documents.check("a.b", "FAIL", subject="s", message="again", evidence=[7])
    other = documents.check("a.b", "FAIL", subject="t")
    assert prints(one) == prints(again, grade=3)
    assert prints(one) != prints(other)


@pytest.mark.parametrize("sort", SORTS)
def test_github_levels(sort: str, samples: dict[str, dict[str, Any]]) -> None:
    """The first annotation is the verdict: a notice for GO alone; at most ten of each level."""
    lines = GithubView().render(samples[sort]).splitlines()
    level = "notice" if samples[sort]["verdict"] == "GO" else "error"
    assert lines[0].startswith(f"::{level} title={samples[sort]['verdict']}::")
    for word in ("error", "warning"):
        assert sum(line.startswith(f"::{word} ") for line in lines) <= 10
