"""Cobertura XML: what gcovr, coverlet, Istanbul, PHPUnit, coverage.py and many others write.

Read is what `line` elements say, wherever they stand below a `class` with a `filename`; lines of
methods stand there twice, and classes of one file several times, so lines count by file and
number. Rates are not looked at. Totals have to agree with the lines, in one of the two ways in
which they are counted: by file, or by class.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError
from assurance_tests import xml_stream
from assurance_tests.coverage_lines import CoverageReport, Source
from assurance_tests.report_age import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assurance_tests.input_file import InputFile

ROOT: Final = "coverage"
MAX_LINES: Final = 4_000_000
"""`line` elements of one report."""

_KNOWN: Final = frozenset(
    {"coverage", "sources", "source", "packages", "package", "classes", "class", "methods",
     "method", "lines", "line", "conditions", "condition"}
)  # fmt: skip
_REMEDY: Final = "let the coverage tool write the report again, as Cobertura XML"
_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_CONDITIONS: Final = re.compile(r"[0-9.,]{1,20} ?% ?\(([0-9]{1,9})/([0-9]{1,9})\)")
_MILLISECONDS: Final = 10**11
"""Epoch times above this are not in seconds: that would be the year 5138."""


def read(file: InputFile, *, root: Path) -> CoverageReport:
    """Read one report.

    Args:
        file: The report.
        root: The project's folder: sources below it are called by their path in it.

    Raises:
        CollectError: it cannot be read, is cut, is no Cobertura XML, or contradicts itself.
    """
    digest = sha256()
    target = _Reader(file.name)
    xml_stream.parse(file.chunks(digest.update), target, where=file.name, doctype=True)
    return CoverageReport(
        name=file.name,
        sha256=digest.hexdigest(),
        format="cobertura",
        tool=None,
        measured=target.measured,
        has_branches=any(source.taken for source in target.sources.values()),
        sources=_placed(target.sources, target.folders, root),
    )


class _Reader:
    """Sees the elements of one report (`xml_stream.TextTarget`)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[str] = []
        self._source: Source | None = None
        """Of the class that is open."""
        self._seen = 0
        self._class_lines: set[int] = set()
        self._by_class = [0, 0]
        self._declared: Mapping[str, int] = {}
        self._text: list[str] = []
        self._ran: set[int] = set()
        self.sources: dict[str, Source] = {}
        self.folders: list[str] = []
        self.measured: Claim | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag not in _KNOWN or (tag == ROOT) == bool(self._open):
            raise self._refuse(f"the element `{tag:.40}` is not known in Cobertura XML")
        self._open.append(tag)
        if tag == ROOT:
            keys = ("lines-valid", "lines-covered")
            self._declared = {
                key: self._whole(attributes, key) for key in keys if key in attributes
            }
            self.measured = _claim(attributes.get("timestamp", ""), self._name)
        elif tag == "source":
            self._text = []
        elif tag == "class":
            filename = attributes.get("filename", "").strip()
            if not filename:
                raise self._refuse("a `class` has no `filename`")
            self._source = self.sources.setdefault(filename.replace("\\", "/"), Source())
            self._class_lines, self._ran = set(), set()
        elif tag == "line":
            self._line(attributes)

    def text(self, data: str) -> None:
        """Take note of text: only a `source` has any that counts."""
        if self._open and self._open[-1] == "source":
            self._text.append(data)

    def end(self, tag: str) -> None:
        self._open.pop()
        if tag == "source":
            self.folders.append("".join(self._text).strip())
        elif tag == "class":
            self._by_class[0] += len(self._ran)
            self._by_class[1] += len(self._class_lines)
            self._source = None
        elif tag == ROOT:
            self._check_totals()

    def _line(self, attributes: Mapping[str, str]) -> None:
        if self._source is None:
            raise self._refuse("a `line` stands outside of a `class`")
        self._seen += 1
        if self._seen > MAX_LINES:
            raise self._refuse(f"the report has more than {MAX_LINES:,} lines, the limit")
        number = self._whole(attributes, "number")
        ran = self._whole(attributes, "hits") > 0
        self._source.see_line(number, ran=ran)
        self._class_lines.add(number)
        if ran:
            self._ran.add(number)
        if attributes.get("branch", "").lower() == "true" and "condition-coverage" in attributes:
            text = attributes["condition-coverage"].strip()
            found = _CONDITIONS.fullmatch(text)
            if found is None or int(found[1]) > int(found[2]):
                raise self._refuse(
                    f"`condition-coverage` must be like `50% (1/2)`, found {text!r:.40}"
                )
            self._source.see_taken(number, int(found[1]), int(found[2]))

    def _check_totals(self) -> None:
        if len(self._declared) < 2:  # noqa: PLR2004 - both, or there is nothing to compare
            return
        said = (self._declared["lines-covered"], self._declared["lines-valid"])
        by_file = (
            sum(sum(source.lines.values()) for source in self.sources.values()),
            sum(len(source.lines) for source in self.sources.values()),
        )
        if said not in {by_file, tuple(self._by_class)}:
            raise self._refuse(
                f"the totals say that {said[0]:,} of {said[1]:,} lines are covered, and the "
                f"report's lines give {by_file[0]:,} of {by_file[1]:,}"
            )

    def _whole(self, attributes: Mapping[str, str], key: str) -> int:
        text = attributes.get(key, "")
        if not _WHOLE.fullmatch(text) or not text.isascii():
            raise self._refuse(f"`{key}` must be a whole number, found {text!r:.40}")
        return int(text)

    def _refuse(self, problem: str) -> CollectError:
        return CollectError(problem, remedy=_REMEDY, where=self._name)


def _placed(sources: dict[str, Source], folders: list[str], root: Path) -> dict[str, Source]:
    """Call sources by their path in the project, where the report's one `source` tells it."""
    folder = PurePosixPath(folders[0].replace("\\", "/")) if len(folders) == 1 else None
    placed: dict[str, Source] = {}
    for name, source in sources.items():
        path = PurePosixPath(name)
        if folder is not None and folder.is_absolute() and not path.is_absolute():
            path = folder / path
        if path.is_relative_to(root.as_posix()):
            path = path.relative_to(root.as_posix())
        elif not PurePosixPath(name).is_absolute():
            path = PurePosixPath(name)
        placed.setdefault(path.as_posix(), Source()).add(source)
    return placed


def _claim(text: str, name: str) -> Claim | None:
    """Return the report's `timestamp`: seconds or milliseconds since 1970."""
    if not _WHOLE.fullmatch(text) or not int(text):
        return None
    seconds = int(text) / (1000 if int(text) > _MILLISECONDS else 1)
    try:
        return Claim(name=name, moment=datetime.fromtimestamp(seconds, UTC), zoned=True)
    except (OverflowError, ValueError, OSError):
        return None
