"""The JSON report of coverage.py (`coverage json`), formats 2 and 3 and those before them.

Line by line: `executed_lines`, `missing_lines`, `excluded_lines` and, with `branch_coverage`,
the branches. The summaries and totals have to agree with them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import CollectError
from assurance_tests.coverage_lines import CoverageReport, Source
from assurance_tests.report_age import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS: Final = (1, 2, 3)
MAX_SOURCES: Final = 100_000

_REMEDY: Final = "write it again: `coverage json -o build/coverage.json`"
_SHOWN: Final = 200
_JUMP: Final = 2


def read(value: Mapping[str, Any], *, name: str, sha256: str) -> CoverageReport:
    """Return what the parsed report says.

    Raises:
        CollectError: it is not as coverage.py writes it, or its sums disagree with its lines.
    """
    return _Reader(name).report(value, sha256)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name

    def report(self, value: Mapping[str, Any], sha256: str) -> CoverageReport:
        meta = self._object(value, "meta", "")
        files = self._object(value, "files", "")
        totals = self._object(value, "totals", "")
        number = meta.get("format")
        if number is not None and (type(number) is not int or number not in FORMATS):
            raise self._refuse(f"`meta.format` is {number!r:.40}; known are 1, 2 and 3")
        branches = meta.get("branch_coverage")
        if not isinstance(branches, bool):
            raise self._refuse("`meta.branch_coverage` must be true or false")
        if len(files) > MAX_SOURCES:
            raise self._refuse(f"{len(files):,} source files; the limit is {MAX_SOURCES:,}")
        sources = {
            path.replace("\\", "/"): self._source(files, path, branches=branches) for path in files
        }
        self._agree(totals, sources.values(), "totals", branches=branches)
        version = meta.get("version")
        return CoverageReport(
            name=self._name,
            sha256=sha256,
            format="coverage.py",
            tool=f"coverage.py {version}" if isinstance(version, str) else "coverage.py",
            measured=_claim(meta.get("timestamp"), self._name),
            has_branches=branches,
            sources=sources,
        )

    def _source(self, files: Mapping[str, Any], path: str, *, branches: bool) -> Source:
        where = f"files[{path!r:.{_SHOWN}}]"
        entry = self._object(files, path, "")
        excluded = set(self._lines(entry, "excluded_lines", where))
        source = Source()
        for line in self._lines(entry, "executed_lines", where):
            # A line that is left out of the measurement may have run all the same.
            if line not in excluded:
                source.see_line(line, ran=True)
        for line in self._lines(entry, "missing_lines", where):
            if line in source.lines:
                raise self._refuse(f"line {line} of `{where}` is both executed and missing")
            source.see_line(line, ran=False)
        if branches:
            for jump in self._jumps(entry, "executed_branches", where):
                source.see_jump(jump, ran=True)
            for jump in self._jumps(entry, "missing_branches", where):
                if jump in source.jumps:
                    raise self._refuse(f"branch {jump} of `{where}` is both taken and missing")
                source.see_jump(jump, ran=False)
        summary = self._object(entry, "summary", f"{where}.")
        self._agree(summary, (source,), f"{where}.summary", branches=branches)
        return source

    def _agree(
        self,
        said: Mapping[str, Any],
        sources: Any,
        where: str,
        *,
        branches: bool,
    ) -> None:
        """Refuse sums that the lines do not bear out."""
        listed = list(sources)
        counted = {
            "num_statements": sum(len(it.lines) for it in listed),
            "covered_lines": sum(sum(it.lines.values()) for it in listed),
        }
        if branches:
            counted["num_branches"] = sum(len(it.jumps) for it in listed)
            counted["covered_branches"] = sum(sum(it.jumps.values()) for it in listed)
        for key, count in counted.items():
            if type(said.get(key)) is not int or said[key] != count:
                raise self._refuse(
                    f"`{where}.{key}` is {said.get(key)!r:.40}, and the report's lines give {count}"
                )

    def _object(self, value: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        found = value.get(key)
        if not isinstance(found, dict):
            raise self._refuse(f"`{where}{key!s:.{_SHOWN}}` must be an object")
        return found

    def _lines(self, entry: Mapping[str, Any], key: str, where: str) -> list[int]:
        found = entry.get(key)
        if not isinstance(found, list) or not all(type(it) is int and it >= 0 for it in found):
            raise self._refuse(f"`{where}.{key}` must be a list of line numbers")
        if len(set(found)) != len(found):
            raise self._refuse(f"`{where}.{key}` has a line twice")
        return found

    def _jumps(self, entry: Mapping[str, Any], key: str, where: str) -> list[tuple[int, int]]:
        found = entry.get(key)
        if not isinstance(found, list) or not all(
            isinstance(it, list) and len(it) == _JUMP and all(type(to) is int for to in it)
            for it in found
        ):
            raise self._refuse(f"`{where}.{key}` must be a list of pairs of line numbers")
        jumps = [(it[0], it[1]) for it in found]
        if len(set(jumps)) != len(jumps):
            raise self._refuse(f"`{where}.{key}` has a branch twice")
        return jumps

    def _refuse(self, problem: str) -> CollectError:
        return CollectError(problem, remedy=_REMEDY, where=self._name)


def _claim(text: object, name: str) -> Claim | None:
    """Return the time at which coverage.py wrote: the machine's local time, without an offset."""
    if not isinstance(text, str):
        return None
    try:
        written = datetime.fromisoformat(text)
        zoned = written.tzinfo is not None
        moment = written.astimezone(UTC) if zoned else written.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Claim(name=name, moment=moment, zoned=zoned)
