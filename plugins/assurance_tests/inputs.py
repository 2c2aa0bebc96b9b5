"""What the settings' `inputs` matched, read: the one way that reports and canaries take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance_tests.input_file import InputFile
from assurance_tests.test_run import read_run

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_tests.test_run import Run

MAX_FILES: Final = 10_000
"""Reports of one run; Surefire writes one a class."""


def read(context: CollectContext) -> Run:
    """Read every input.

    Raises:
        CollectError: no report (MISSING), or one that nothing can be said about.
    """
    if not context.inputs:
        raise CollectError(
            "there is no test report",
            remedy="run the tests with a JUnit report, such as "
            "`pytest --junitxml=build/junit.xml`, and name it in `inputs`",
            missing=True,
        )
    if len(context.inputs) > MAX_FILES:
        raise CollectError(
            f"{len(context.inputs):,} test reports; the limit is {MAX_FILES:,}",
            remedy="let `inputs` match the reports of this run only",
        )
    return read_run(InputFile(name=_name(path, context.root), path=path) for path in context.inputs)


def _name(path: Path, root: Path) -> str:
    """Return a name for people and for the evidence: relative, and printable."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name
    )
