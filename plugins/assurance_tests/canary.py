"""The self-test: defects planted for this very run, seen through the code that reads yours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance.interfaces import SelfTest
from assurance_tests import inputs
from assurance_tests.junit import Outcome

if TYPE_CHECKING:
    from assurance.interfaces import CollectContext

_FAILING: Final = (
    b'<testsuites><testsuite name="planted" tests="2" failures="1">'
    b'<testcase classname="planted" name="passes" time="0.1"/>'
    b'<testcase classname="planted" name="fails" time="0.1"><failure message="planted"/></testcase>'
    b"</testsuite></testsuites>\n"
)
_CUT: Final = b'<testsuites><testsuite name="planted"><testcase name="passes"/></testsuite>\n'


def self_test(context: CollectContext) -> SelfTest:
    """Plant each defect in the work folder, and say which was not seen."""
    plants = {
        "failed test": _failed_test_is_seen(context),
        "cut report": _cut_report_is_seen(context),
    }
    missed = [what for what, seen in plants.items() if not seen]
    return SelfTest(
        planted=" and ".join(f"a {what}" for what in plants),
        found=not missed,
        message=f"did not see the planted {' and '.join(missed)}" if missed else "saw them all",
    )


def _failed_test_is_seen(context: CollectContext) -> bool:
    run = inputs.read(_plant(context, "failing.xml", _FAILING))
    return run.result == "FAILED" and run.ids[Outcome.FAILED] == ("planted::fails",)


def _cut_report_is_seen(context: CollectContext) -> bool:
    try:
        inputs.read(_plant(context, "cut.xml", _CUT))
    except CollectError as err:
        return not err.missing
    return False


def _plant(context: CollectContext, name: str, content: bytes) -> CollectContext:
    path = context.workdir / name
    path.write_bytes(content)
    return replace(context, root=context.workdir, inputs=(path,))
