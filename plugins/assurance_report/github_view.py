"""The report for GitHub Actions: annotations, the job's summary, and the step's outputs.

Annotations are workflow commands on standard output; the runner takes them from every line that
begins with `::`, so `%`, CR and LF of foreign text are percent-encoded (and `:` and `,` in a
property), as the runner decodes them. A step shows ten errors and ten warnings; the last of each
ten says how many more there are. Summary and outputs go into the files that
`$GITHUB_STEP_SUMMARY` and `$GITHUB_OUTPUT` name; `assurance report -o github` appends to both.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from assurance.report_text import blocks, calm
from assurance_report.markdown_view import MarkdownView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SHOWN: Final = 10
"""Annotations of one level that GitHub shows for a step."""
MAX_SUMMARY: Final = 1024 * 1024
"""Bytes of a step's summary; GitHub refuses a larger one whole."""
MAX_TEXT: Final = 1000
"""Characters of one piece of foreign text."""


class GithubView:
    """For a step of a GitHub workflow."""

    name = "github"
    suffix = ".github.txt"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the annotations, a line each; the verdict comes first."""
        release = report["release"]
        about = f"{release['name']} {release['version']} for {report['environment']}"
        level = {"GO": "notice"}.get(str(report["verdict"]), "error")
        said = f"{about}, grade {report['grade']}, needs {report['target_grade']}"
        if report.get("signatures_checked") is False:
            said += "; signatures were not checked"
        first = command(level, str(report["verdict"]), said)
        errors = [check for check in report["checks"] if blocks(check)]
        warnings = [
            check
            for check in report["checks"]
            if not blocks(check) and check["status"] not in {"PASS", "NOT_APPLICABLE"}
        ]
        lines = [first, *_some("error", errors, SHOWN - (level == "error"))]
        lines += _some("warning", warnings, SHOWN)
        return "".join(f"{line}\n" for line in lines)

    def summary(self, report: Mapping[str, Any]) -> str:
        """Return Markdown for `$GITHUB_STEP_SUMMARY`.

        Where the whole would be more than `MAX_SUMMARY` bytes, fewer findings are told.
        """
        view, shown = MarkdownView(), len(report["checks"])
        while True:
            text = view.render(report, shown=shown)
            if len(text.encode("utf-8", "backslashreplace")) <= MAX_SUMMARY or shown == 0:
                return text
            shown //= 2

    def outputs(self, report: Mapping[str, Any]) -> str:
        """Return lines for `$GITHUB_OUTPUT`: verdict, grade, environment, bundle and its digest."""
        bundle = report["bundle"] or {}
        values = {
            "verdict": report["verdict"],
            "grade": report["grade"],
            "environment": report["environment"],
            "valid-until": report["valid_until"],
            "bundle": bundle.get("path"),
            "bundle-sha256": bundle.get("sha256"),
        }
        return "".join(
            _output(name, str(value)) for name, value in values.items() if value is not None
        )


def command(level: str, title: str, message: str) -> str:
    """Return one annotation; nothing in `title` and `message` ends it or begins another."""
    encoded = _encode(calm(title)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={encoded}::{_encode(calm(message, MAX_TEXT))}"


def _encode(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _some(level: str, checks: list[Mapping[str, Any]], room: int) -> Iterable[str]:
    shown = checks if len(checks) <= room else checks[: room - 1]
    for check in shown:
        about = f"{check['subject']}: " if check["subject"] else ""
        remedy = f" → next: {check['remedy']}" if check["remedy"] else ""
        yield command(
            level, f"{check['status']} {check['id']}", f"{about}{check['message']}{remedy}"
        )
    if len(checks) > len(shown):
        yield command(level, "and more", f"{len(checks) - len(shown)} more in the job's summary")


def _output(name: str, value: str) -> str:
    """Return `name=value`, or the form with a delimiter where the value has line breaks."""
    if value.isprintable():
        return f"{name}={value}\n"
    # The delimiter follows from the value, so the value cannot hold it.
    data = value.encode("utf-8", "backslashreplace")
    end = f"end-{sha256(data).hexdigest()}"
    return f"{name}<<{end}\n{data.decode()}\n{end}\n"
