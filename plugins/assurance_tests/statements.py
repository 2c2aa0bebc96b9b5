"""A test run as statements: `test-result/v0.1`, and `tests-detail/v1` for the rest.

Spec: in-toto attestation, predicates/test-result.md, version 0.1.0. It has no field for
skipped tests, totals or times; those stand in our own predicate beside it
(docs/predicates/tests-detail.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance import strict_json
from assurance.errors import CollectError
from assurance.model import Statement, Subject
from assurance.predicates import TEST_RESULT, TESTS_DETAIL
from assurance_tests import tests_detail
from assurance_tests.junit import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from assurance.model import Release
    from assurance_tests.inputs import Inputs
    from assurance_tests.test_run import Run

MAX_PREDICATE: Final = 48 * 1024 * 1024
"""Bytes of one predicate: a statement may have 64 MiB, which nobody's tool likes to read."""


def statements(
    inputs: Inputs, release: Release, *, tested: datetime, known: datetime
) -> tuple[Statement, Statement]:
    """Return the two statements about what was given.

    Their subject is the commit that was tested, or the artifacts of a release that has none.

    Args:
        inputs: The reports.
        release: What they are about.
        tested: From when the test reports are: the first statement counts as collected then.
        known: From when the oldest report of any kind is, for the second one.

    Raises:
        CollectError: names and findings are too long together.
    """
    subjects = (
        (Subject(digest=(("gitCommit", release.revision),)),)
        if release.revision
        else release.subjects
    )
    return (
        _statement(TEST_RESULT, _test_result(inputs.run), subjects, tested),
        _statement(TESTS_DETAIL, tests_detail.predicate(inputs), subjects, known),
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
            f"the names of tests and findings fill {len(data):,} bytes; the limit is "
            f"{MAX_PREDICATE:,}",
            remedy="give generated tests shorter names, or let a tool report fewer findings",
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
