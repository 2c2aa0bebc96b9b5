"""The report as JUnit XML, for the test tab of a CI service.

One suite an area, one case a finding, and a suite `verdict` with one case that passes only with
GO. What keeps a release from GO fails (or, where nothing could be decided, is an error); what is
only worth a look is skipped with its reason: no finding but PASS and WARN is a passed case. The
elements and attributes are those of the schema that Jenkins and pytest use (junit-10.xsd).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from assurance.cli.terminal import escape
from assurance.report_text import blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_TEXT: Final = 1000
"""Characters of one piece of foreign text."""


class JunitView:
    """For CI services that show test results."""

    name = "junit"
    suffix = ".junit.xml"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the XML; the same report always gives the same text."""
        root = ET.Element("testsuites", name=f"release readiness: {_about(report)}")
        _suite(root, "verdict", [_verdict_case(report)], report)
        areas: dict[str, list[ET.Element]] = {}
        for check in report["checks"]:
            areas.setdefault(check["area"], []).append(_case(check))
        for area in sorted(areas):
            _suite(root, _text(area), areas[area], report)
        for key in ("tests", "failures", "errors"):
            root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
        ET.indent(root, space=" ")
        body = ET.tostring(root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _text(value: object) -> str:
    """Return foreign text in characters that XML 1.0 can hold; ElementTree escapes the rest."""
    return escape(str(value), MAX_TEXT)


def _about(report: Mapping[str, Any]) -> str:
    release = report["release"]
    about = f"{release['name']} {release['version']} for {report['environment']}"
    return _text(about)


def _suite(
    root: ET.Element, name: str, cases: Sequence[ET.Element], report: Mapping[str, Any]
) -> None:
    count = {
        key: sum(1 for case in cases if case.find(tag) is not None)
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": name,
            "tests": str(len(cases)),
            **{key: str(number) for key, number in count.items()},
            "time": "0",
            "timestamp": str(report["decided_at"]).removesuffix("Z"),
        },
    )
    suite.extend(cases)


def _verdict_case(report: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname="verdict", name=_about(report), time="0")
    said = f"{report['verdict']}, grade {report['grade']}, needs {report['target_grade']}"
    if report.get("signatures_checked") is False:
        said += "; signatures were not checked"
    if report["verdict"] == "GO":
        ET.SubElement(case, "system-out").text = said
    else:
        tag = "failure" if report["verdict"] == "NO-GO" else "error"
        ET.SubElement(case, tag, message=said, type=_text(report["verdict"]))
    return case


def _case(check: Mapping[str, Any]) -> ET.Element:
    name = _text(check["id"])
    if check["subject"]:
        name += f" [{_text(check['subject'])}]"
    case = ET.Element("testcase", classname=_text(check["area"]), name=name, time="0")
    status = check["status"]
    message = _text(check["message"])
    if status == "PASS":
        return case
    if status == "WARN":
        ET.SubElement(case, "system-out").text = f"WARN: {message}\n{_more(check)}".rstrip()
    elif blocks(check):
        tag = "error" if status == "INDETERMINATE" else "failure"
        ET.SubElement(case, tag, message=message, type=status).text = _more(check)
    else:
        would = f" (would {check['would_be']})" if check["would_be"] else ""
        why = f"{status}{would}, does not block: {message}"
        ET.SubElement(case, "skipped", message=why)
    return case


def _more(check: Mapping[str, Any]) -> str:
    """Return what else there is to say, a line each."""
    return "\n".join(
        f"{word}: {_text(check[key])}"
        for key, word in (
            ("actual", "found"),
            ("required", "allowed"),
            ("owner", "owner"),
            ("remedy", "next"),
        )
        if check[key] is not None
    )
