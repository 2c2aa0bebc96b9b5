"""A test run as statements: `test-result/v0.1`, and `tests-detail/v1` for the rest.

Spec: in-toto attestation, predicates/test-result.md, version 0.1.0. It has no field for
skipped tests, totals or times; those stand in our own predicate beside it
(docs/predicates/tests-detail.md).
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from assurance import strict_json, timestamps
from assurance.errors import CollectError
from assurance.model import Statement, Subject
from assurance.predicates import TEST_RESULT, TESTS_DETAIL
from assurance_tests.junit import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.model import Release
    from assurance_tests.test_run import Run

MAX_PREDICATE: Final = 48 * 1024 * 1024
"""Bytes of one predicate: a statement may have 64 MiB, which nobody's tool likes to read."""


def statements(run: Run, release: Release, *, as_of: datetime) -> tuple[Statement, Statement]:
    """Return the two statements about `run`.

    Their subject is the commit that was tested, or the artifacts of a release that has none;
    they count as collected at `as_of`.

    Raises:
        CollectError: the names of the tests are too long together.
    """
    subjects = (
        (Subject(digest=(("gitCommit", release.revision),)),)
        if release.revision
        else release.subjects
    )
    return (
        _statement(TEST_RESULT, _test_result(run), subjects, as_of),
        _statement(TESTS_DETAIL, _detail(run), subjects, as_of),
    )


def _statement(
    predicate_type: str,
    predicate: dict[str, object],
    subjects: tuple[Subject, ...],
    as_of: datetime,
) -> Statement:
    data = strict_json.dumps(predicate)
    if len(data) > MAX_PREDICATE:
        raise CollectError(
            f"the names of the tests fill {len(data):,} bytes; the limit is {MAX_PREDICATE:,}",
            remedy="give generated tests shorter names, or split the run between releases",
        )
    return Statement(
        predicate_type=predicate_type, predicate=data, collected_at=as_of, subjects=subjects
    )


def _test_result(run: Run) -> dict[str, object]:
    return {
        "result": run.result,
        "configuration": [
            {
                "name": counted.report.name,
                "digest": {"sha256": counted.report.sha256},
                "mediaType": "application/xml",
            }
            for counted in run.reports
        ],
        "passedTests": list(run.ids[Outcome.PASSED]),
        "warnedTests": list(run.ids[Outcome.FLAKY]),
        "failedTests": sorted((*run.ids[Outcome.FAILED], *run.ids[Outcome.ERROR])),
    }


def _detail(run: Run) -> dict[str, object]:
    return {
        "totals": {
            "tests": sum(len(found) for found in run.ids.values()),
            "passed": len(run.ids[Outcome.PASSED]),
            "flaky": len(run.ids[Outcome.FLAKY]),
            "failed": len(run.ids[Outcome.FAILED]),
            "errors": len(run.ids[Outcome.ERROR]),
            "skipped": len(run.ids[Outcome.SKIPPED]),
        },
        "durationSeconds": None if run.seconds is None else _decimal(run.seconds),
        "started": None if run.started is None else timestamps.format_utc(run.started),
        "ended": None if run.ended is None else timestamps.format_utc(run.ended),
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


def _decimal(value: Decimal) -> str:
    return format(value.quantize(Decimal("0.001"), rounding=ROUND_HALF_EVEN), "f")
