"""What the settings' `inputs` matched, told apart by content: the one way for all reports.

| begins with | is |
|---|---|
| `{`, with `runs` | SARIF |
| `{`, with `meta` and `files` | the JSON report of coverage.py |
| XML with the root `coverage` | Cobertura XML |
| any other XML | JUnit XML |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance import strict_json
from assurance.errors import CollectError, FormatError
from assurance_tests import (
    cobertura,
    coverage_json,
    coverage_lines,
    sarif,
    static_analysis,
    xml_stream,
)
from assurance_tests.evidence_text import printable
from assurance_tests.input_file import InputFile
from assurance_tests.report_age import refuse_older
from assurance_tests.test_run import read_run

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import CollectContext
    from assurance_tests.coverage_lines import Coverage
    from assurance_tests.report_age import Claim
    from assurance_tests.static_analysis import StaticAnalysis
    from assurance_tests.test_run import Run

MAX_FILES: Final = 10_000
"""Reports of one run; Surefire writes one a class."""

_BOM: Final = b"\xef\xbb\xbf"
_XML: Final = (b"<", b"\0<", b"\xff\xfe", b"\xfe\xff")
"""How XML begins: in UTF-8 and its like, and in UTF-16."""
_REMEDY: Final = (
    "let `inputs` match JUnit XML, coverage.py JSON, Cobertura XML and SARIF 2.1.0 files only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Everything that was given."""

    run: Run
    coverage: Coverage | None
    """None where no coverage report was given."""
    analysis: StaticAnalysis | None
    """None where no SARIF file was given."""

    def claims(self) -> tuple[Claim, ...]:
        """Return from when coverage reports and SARIF files are, as they claim."""
        found: list[Claim | None] = []
        if self.coverage is not None:
            found += [report.measured for report in self.coverage.reports]
        if self.analysis is not None:
            found += [counted.run.ended for counted in self.analysis.runs]
        return tuple(claim for claim in found if claim is not None)


def read(context: CollectContext) -> Inputs:
    """Read every input.

    Raises:
        CollectError: no test report (MISSING), or a file that nothing can be said about.
    """
    if len(context.inputs) > MAX_FILES:
        raise CollectError(
            f"{len(context.inputs):,} reports; the limit is {MAX_FILES:,}",
            remedy="let `inputs` match the reports of this run only",
        )
    only_junit = context.options.get("format") == "junit"
    tests: list[InputFile] = []
    measured: list[coverage_lines.CoverageReport] = []
    logs: list[sarif.SarifLog] = []
    for path in context.inputs:
        file = InputFile(name=_name(path, context.root), path=path)
        if only_junit:
            tests.append(file)
        elif _is_json(file):
            read_json = _read_json(file, context)
            if isinstance(read_json, sarif.SarifLog):
                logs.append(read_json)
            else:
                measured.append(read_json)
        elif xml_stream.root_of(file.chunks(), where=file.name) == cobertura.ROOT:
            measured.append(cobertura.read(file, root=context.root))
        else:
            tests.append(file)
    if not tests:
        raise CollectError(
            "there is no test report",
            remedy="run the tests with a JUnit report, such as "
            "`pytest --junitxml=build/junit.xml`, and name it in `inputs`",
            missing=True,
        )
    run = read_run(tests)
    coverage = coverage_lines.merge(measured) if measured else None
    if coverage is not None:
        refuse_older(
            [report.measured for report in coverage.reports if report.measured], run.claims()
        )
    return Inputs(
        run=run,
        coverage=coverage,
        analysis=static_analysis.merge(logs) if logs else None,
    )


def _is_json(file: InputFile) -> bool:
    first = next(file.chunks(), b"").removeprefix(_BOM).lstrip()
    if first.startswith((b"{", b"[")):
        return True
    if first.startswith(_XML):
        return False
    raise CollectError("the file is neither XML nor JSON", remedy=_REMEDY, where=file.name)


def _read_json(
    file: InputFile, context: CollectContext
) -> sarif.SarifLog | coverage_lines.CoverageReport:
    content, digest = file.read()
    try:
        # .NET tools begin their SARIF with a byte-order mark.
        value = strict_json.loads(content.removeprefix(_BOM), what=file.name)
    except FormatError as err:
        raise CollectError(
            f"the JSON is cut or not well-formed: {err.problem}",
            remedy="let its tool write the report again, to the end",
            where=file.name,
        ) from err
    if isinstance(value, dict) and ("runs" in value or "sarif" in str(value.get("$schema"))):
        return sarif.read(
            value,
            name=file.name,
            sha256=digest,
            root=context.root,
            revision=context.release.revision,
        )
    if isinstance(value, dict) and "meta" in value and "files" in value:
        return coverage_json.read(value, name=file.name, sha256=digest)
    raise CollectError(
        "the JSON is neither SARIF (`runs`) nor a report of coverage.py (`meta`, `files`)",
        remedy=_REMEDY,
        where=file.name,
    )


def _name(path: Path, root: Path) -> str:
    """Return a name for people and for the evidence: relative, and printable."""
    return printable(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name)
