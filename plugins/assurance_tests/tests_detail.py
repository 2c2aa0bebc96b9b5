"""The predicate `tests-detail/v1`: what the test result has no field for.

Coverage and static analysis stand in it only where reports of them were given
(docs/predicates/tests-detail.md).
"""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from assurance import timestamps
from assurance_tests.junit import Outcome
from assurance_tests.sarif_rule import LEVELS, SEVERITIES
from assurance_tests.static_analysis import is_listed

if TYPE_CHECKING:
    from datetime import datetime

    from assurance_tests.coverage_lines import Coverage
    from assurance_tests.inputs import Inputs
    from assurance_tests.static_analysis import StaticAnalysis

_LEVEL_NAMES = dict(zip(LEVELS, ("errors", "warnings", "notes", "others"), strict=True))


def predicate(inputs: Inputs) -> dict[str, object]:
    """Return the predicate as JSON values."""
    run = inputs.run
    found: dict[str, object] = {
        "totals": {
            "tests": sum(len(each) for each in run.ids.values()),
            "passed": len(run.ids[Outcome.PASSED]),
            "flaky": len(run.ids[Outcome.FLAKY]),
            "failed": len(run.ids[Outcome.FAILED]),
            "errors": len(run.ids[Outcome.ERROR]),
            "skipped": len(run.ids[Outcome.SKIPPED]),
        },
        "durationSeconds": None if run.seconds is None else _decimal(run.seconds),
        "started": _time(run.started),
        "ended": _time(run.ended),
        "files": [
            {
                "name": counted.report.name,
                "sha256": counted.report.sha256,
                "tests": len(counted.cases),
                **({"repeated": counted.repeated} if counted.repeated else {}),
            }
            for counted in run.reports
        ],
        "skippedTests": list(run.ids[Outcome.SKIPPED]),
        "problems": list(run.problems),
    }
    if inputs.coverage is not None:
        found["coverage"] = _coverage(inputs.coverage)
    if inputs.analysis is not None:
        found["staticAnalysis"] = _analysis(inputs.analysis)
    return found


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "files": [
            {
                "name": report.name,
                "sha256": report.sha256,
                "format": report.format,
                "tool": report.tool,
                "measured": _time(report.measured.moment if report.measured else None),
                "statements": report.statements,
            }
            for report in coverage.reports
        ],
        "lines": {"covered": coverage.lines[0], "total": coverage.lines[1]},
        "branches": None
        if coverage.branches is None
        else {"covered": coverage.branches[0], "total": coverage.branches[1]},
        "sources": coverage.sources,
        "uncovered": list(coverage.uncovered),
    }


def _analysis(analysis: StaticAnalysis) -> dict[str, object]:
    results = analysis.results
    states = Counter(result.state for result in results)
    still = [result for result in results if result.state == "open"]
    levels = Counter(result.level for result in still)
    severities = Counter(result.severity for result in still)
    return {
        "files": [{"name": log.name, "sha256": log.sha256} for log in analysis.logs],
        "runs": [
            {
                "file": counted.run.file,
                "tool": counted.run.tool,
                "version": counted.run.version,
                "completed": counted.run.completed,
                "ended": _time(counted.run.ended.moment if counted.run.ended else None),
                "results": len(counted.results),
                **({"repeated": counted.repeated} if counted.repeated else {}),
            }
            for counted in analysis.runs
        ],
        "totals": {
            "results": len(results),
            **{_LEVEL_NAMES[level]: levels[level] for level in LEVELS},
            **{state: states[state] for state in ("undecided", "suppressed", "absent")},
        },
        "severities": {word: severities[word] for word in SEVERITIES},
        "findings": [
            {
                "tool": result.tool,
                "rule": result.rule or None,
                "level": result.level,
                "severity": result.severity,
                "place": result.place,
                "message": result.message,
                "state": result.state,
                "justification": result.justification,
            }
            for result in results
            if is_listed(result)
        ],
        "problems": list(analysis.problems),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamps.format_utc(moment)


def _decimal(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.001"), rounding=ROUND_HALF_EVEN), "f")
