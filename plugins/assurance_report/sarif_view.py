"""The report as SARIF 2.1.0 (OASIS standard, 27 March 2020), for code scanning and viewers.

A rule is a check, a result is a finding that is not PASS and not NOT_APPLICABLE, and where the
verdict is not GO there is always a result of level `error` (rule `readiness.verdict`), so that no
reader that counts errors takes the log for a GO. A waived finding carries an accepted suppression.
Results point at the line of the bundle that they rest on: evidence has no place in the source.

Message strings of SARIF have a syntax of their own, which foreign text must not reach:
`[text](URI)` is a link and `{0}` a placeholder even in plain text (sections 3.11.5 and 3.11.6).
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from assurance import __version__
from assurance.cli.terminal import escape
from assurance.report_text import blocks
from assurance.strict_json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
VERDICT_RULE: Final = "readiness.verdict"
FINGERPRINT: Final = "releaseAssuranceFinding/v1"
MAX_TEXT: Final = 1000
"""Characters of one piece of foreign text."""
_HOME: Final = "https://w3id.org/release-assurance"
_SYNTAX: Final = re.compile(r"[\\\[\]]")
_PLACEHOLDER: Final = re.compile(r"\{(?=\d)|(?<=\d)\}")
_SEVERITY: Final = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0", "info": "0.0"}
"""GitHub's `security-severity`: the middle of the range of each word."""


class SarifView:
    """For code scanning services and editors."""

    name = "sarif"
    suffix = ".sarif"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the log, one run; the same report always gives the same text."""
        rules = _rules(report)
        index = {rule["id"]: number for number, rule in enumerate(rules)}
        results = [] if report["verdict"] == "GO" else [_verdict_result(report, index)]
        results += [
            _result(check, report, index)
            for check in report["checks"]
            if check["status"] not in {"PASS", "NOT_APPLICABLE"}
        ]
        run = {
            "tool": {
                "driver": {
                    "name": "release-assurance",
                    "version": __version__,
                    "semanticVersion": __version__,
                    "informationUri": _HOME,
                    "rules": rules,
                }
            },
            "automationDetails": {"id": f"release-assurance/{_uri(str(report['environment']))}/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [_invocation(report)],
            "results": results,
            "properties": {
                key: escape(report[key]) if isinstance(report[key], str) else report[key]
                for key in ("verdict", "environment", "grade", "target_grade", "valid_until")
            },
        }
        log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
        return dumps(log).decode("utf-8") + "\n"


def message_text(value: object) -> str:
    """Return foreign text as a SARIF message string that shows exactly its characters."""
    text = _SYNTAX.sub(r"\\\g<0>", escape(str(value), MAX_TEXT))
    return _PLACEHOLDER.sub(lambda found: found.group() * 2, text)


def _rules(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    known = {rule["id"]: rule for rule in report.get("rules") or ()}
    rules = {VERDICT_RULE: _verdict_rule()}
    for check in report["checks"]:
        rules.setdefault(escape(check["id"]), _rule(check, known.get(check["id"])))
    return [rules[name] for name in sorted(rules)]


def _verdict_rule() -> dict[str, Any]:
    return {
        "id": VERDICT_RULE,
        "shortDescription": {"text": "The release may go out."},
        "help": {"text": "Mend the other results, then decide again: assurance run"},
        "defaultConfiguration": {"level": "error"},
    }


def _rule(check: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    remedy = (known or check)["remedy"] or "assurance explain says what is needed"
    about = f"{message_text(check['id'])}, owner: {message_text(check['owner'] or 'nobody')}."
    rule: dict[str, Any] = {
        "id": escape(check["id"]),
        "shortDescription": {"text": message_text(known["title"]) if known else about},
        "help": {"text": f"{about} Next: {message_text(remedy)}"},
        "defaultConfiguration": {"level": "error" if check["blocking"] else "warning"},
        "properties": {
            "tags": sorted({"release-assurance", escape(check["area"])}),
            "security-severity": _SEVERITY[check["severity"]],
        },
    }
    if known:
        rule["fullDescription"] = {"text": message_text(known["description"])}
        rule["properties"]["controls"] = [escape(text) for text in known["controls"]]
    return rule


def _verdict_result(report: Mapping[str, Any], index: Mapping[str, int]) -> dict[str, Any]:
    release = report["release"]
    about = f"{release['name']} {release['version']} for {report['environment']}"
    return {
        "ruleId": VERDICT_RULE,
        "ruleIndex": index[VERDICT_RULE],
        "kind": "fail",
        "level": "error",
        "message": {
            "text": f"{report['verdict']}: {message_text(about)}, "
            f"grade {report['grade']}, needs {report['target_grade']}."
        },
        "locations": [_location(report, None, None)],
        "partialFingerprints": {FINGERPRINT: fingerprint(VERDICT_RULE, None)},
    }


def _result(
    check: Mapping[str, Any], report: Mapping[str, Any], index: Mapping[str, int]
) -> dict[str, Any]:
    parts = [f"{check['status']}: {message_text(check['message'])}"]
    parts += [
        f"{word}: {message_text(check[key])}"
        for key, word in (("actual", "Found"), ("required", "Allowed"), ("remedy", "Next"))
        if check[key] is not None
    ]
    waived = check["status"] == "WAIVED"
    would_block = waived and check["blocking"]
    found: dict[str, Any] = {
        "ruleId": escape(check["id"]),
        "ruleIndex": index[escape(check["id"])],
        "kind": "fail",
        "level": "error" if blocks(check) or would_block else "warning",
        "message": {"text": "\n".join(parts)},
        "locations": [_location(report, check["subject"], check["evidence"])],
        "partialFingerprints": {FINGERPRINT: fingerprint(check["id"], check["subject"])},
        "properties": {
            "status": check["status"],
            "blocking": check["blocking"],
            "owner": None if check["owner"] is None else escape(check["owner"]),
        },
    }
    if waived:
        found["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"Waived by line {check['waiver']} of the bundle; "
                f"it would be {check['would_be']}.",
            }
        ]
    return found


def fingerprint(check: str, subject: str | None) -> str:
    """Return what names a finding from release to release: its check and its subject."""
    return sha256(f"{check}\0{subject or ''}".encode("utf-8", "backslashreplace")).hexdigest()


def _location(
    report: Mapping[str, Any], subject: str | None, evidence: list[int] | None
) -> dict[str, Any]:
    bundle = report["bundle"]
    path = PurePath(bundle["path"]) if bundle else PurePath("assurance.toml")
    # A viewer resolves a relative URI from its root; a path from elsewhere is told by its name.
    inside = not path.is_absolute() and ".." not in path.parts
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(path.as_posix() if inside else path.name)},
            "region": {"startLine": min(evidence) if evidence else 1},
        }
    }
    if subject:
        place["logicalLocations"] = [{"fullyQualifiedName": escape(subject, MAX_TEXT)}]
    return place


def _uri(text: str) -> str:
    return quote(text.encode("utf-8", "backslashreplace"), safe="/")


def _invocation(report: Mapping[str, Any]) -> dict[str, Any]:
    """Tell whether everything ran; collectors that did not are notifications."""
    return {
        "executionSuccessful": report["verdict"] != "INDETERMINATE",
        "endTimeUtc": report["decided_at"],
        "toolExecutionNotifications": [
            {
                "level": "error" if plugin["required"] else "warning",
                "message": {
                    "text": f"collector {message_text(plugin['name'])}: {plugin['status']}"
                    + (f", {message_text(plugin['reason'])}" if plugin["reason"] else "")
                },
            }
            for plugin in report["plugins"]
            if plugin["status"] != "ok"
        ],
    }
