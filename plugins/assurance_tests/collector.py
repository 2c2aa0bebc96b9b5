"""The collector `tests`: the reports of a test run that the settings' `inputs` matched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from assurance.predicates import TEST_RESULT, TESTS_DETAIL
from assurance_tests import canary, inputs
from assurance_tests.report_age import as_of, commit_time
from assurance_tests.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from assurance.interfaces import CollectContext, SelfTest
    from assurance.model import Statement

_OPTIONS: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "format": {
            "description": "`auto` tells JUnit XML, coverage and SARIF apart by their content; "
            "`junit` takes every input for JUnit XML.",
            "enum": ["auto", "junit"],
            "default": "auto",
        }
    },
}


class ReportCollector:
    """Turns JUnit XML, coverage and SARIF into `test-result/v0.1` and `tests-detail/v1`."""

    name: str = "tests"
    predicate_types: tuple[str, ...] = (TEST_RESULT, TESTS_DETAIL)
    options_schema: Mapping[str, Any] = _OPTIONS

    def collect(self, context: CollectContext) -> Iterable[Statement]:
        """Read every report; see `assurance.interfaces.Collector`.

        Raises:
            CollectError: no report (MISSING), or one that nothing can be said about.
        """
        given = inputs.read(context)
        committed = commit_time(context.root, context.release.revision)
        clock = datetime.now(UTC)
        tested = as_of(given.run.claims(), now=context.now, clock=clock, committed=committed)
        known = as_of(given.claims(), now=tested, clock=clock, committed=committed)
        return statements(given, context.release, tested=tested, known=known)

    def self_test(self, context: CollectContext) -> SelfTest:
        """See `canary`."""
        return canary.self_test(context)
