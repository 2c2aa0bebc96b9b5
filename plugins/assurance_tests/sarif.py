"""SARIF 2.1.0 files: which tools ran, whether they came to their end, and what they found.

Spec: OASIS SARIF 2.1.0 plus Errata 01. Properties that say nothing about the outcome may be
anything; those that do are held to the spec, and what is not known there is refused. Stricter
than the spec in two points:

- a suppression counts only where its `status` is `accepted`, in so many words, and no other one
  of the same result is under review or rejected. The spec takes silence for consent;
- a result keeps the worst level that the file may mean for it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assurance import timestamps
from assurance.errors import CollectError, FormatError
from assurance.fields import Fields
from assurance_tests import sarif_rule
from assurance_tests.evidence_text import cleaned
from assurance_tests.report_age import Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

VERSION: Final = "2.1.0"
MAX_RESULTS: Final = 200_000
"""Results of one file."""

_KINDS: Final = frozenset({"pass", "open", "informational", "notApplicable", "review", "fail"})
_UNDECIDED: Final = frozenset({"open", "review"})
_BASELINE: Final = frozenset({None, "new", "unchanged", "updated", "absent"})
_STATUS: Final = frozenset({None, "accepted", "underReview", "rejected"})
_NOTIFICATIONS: Final = ("toolExecutionNotifications", "toolConfigurationNotifications")
_ELSEWHERE: Final = ("results", "invocations", "driver", "extensions", "policies")
_REMEDY: Final = "run the tool again with SARIF 2.1.0 output, the results inside the file"
_REGION: Final = ("startLine", "startColumn")
_SHORT_COMMIT: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result; equal ones of different runs are the same one."""

    tool: str
    rule: str
    """Its id; empty where the file names none."""
    level: str
    """One of `sarif_rule.LEVELS`."""
    severity: str | None
    """One of `sarif_rule.SEVERITIES`; None where nobody rated it."""
    place: str | None
    """`path:line:column`, as much of it as is known."""
    message: str
    state: str
    """`open`, `suppressed`, `absent` (of an earlier run only) or `undecided`."""
    justification: str | None
    """Why it is suppressed, as the suppressions say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """One run of one tool."""

    file: str
    tool: str
    version: str | None
    completed: bool | None
    """Whether the tool came to its end; None where the file does not say."""
    ended: Claim | None
    """The latest time that the run claims, UTC."""
    problems: tuple[str, ...]
    """Why its results may not be all there are."""
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifLog:
    """One file."""

    name: str
    sha256: str
    runs: tuple[ToolRun, ...]
    problems: tuple[str, ...]
    """What is wrong with the file as a whole."""


def read(
    value: Mapping[str, Any], *, name: str, sha256: str, root: Path, revision: str | None
) -> SarifLog:
    """Return what the parsed file says.

    Args:
        value: The parsed file.
        name: What the file is called in messages and in the evidence.
        sha256: Over its bytes.
        root: The project's folder, so that places are told relative to it.
        revision: The released commit; a run that names another one is refused.

    Raises:
        CollectError: it is no SARIF 2.1.0, or about another commit.
    """
    try:
        return _Reader(name, root, revision).log(value, sha256)
    except FormatError as err:
        raise CollectError(err.problem, remedy=_REMEDY, where=err.where) from err


class _Reader:
    """Reads one file."""

    def __init__(self, name: str, root: Path, revision: str | None) -> None:
        self._name = name
        self._root = root.as_posix().rstrip("/") + "/"
        self._revision = revision
        self._seen = 0

    def log(self, value: Mapping[str, Any], sha256: str) -> SarifLog:
        document = Fields(value, where=self._name, key="sarif")
        version = document.text("version")
        if version != VERSION:
            raise self._refuse(f"the SARIF version is {version!r:.40}; {VERSION} is read")
        if value.get("inlineExternalProperties"):
            raise self._refuse("results in `inlineExternalProperties` are not read")
        found = () if value.get("runs") is None else document.items("runs")
        runs = tuple(self._run(run, f"runs[{index}]") for index, run in enumerate(found))
        return SarifLog(
            name=self._name,
            sha256=sha256,
            runs=runs,
            problems=() if runs else (f"{self._name}: no run, so nothing was looked at",),
        )

    def _run(self, value: Any, key: str) -> ToolRun:
        run = Fields(value, where=self._name, key=key)
        driver = run.object("tool").object("driver")
        tool = cleaned(driver.text("name"))
        elsewhere = run.get("externalPropertyFileReferences")
        if isinstance(elsewhere, dict) and any(elsewhere.get(part) for part in _ELSEWHERE):
            raise self._refuse(f"parts of the run of {tool} are in other files, which are not read")
        self._check_revision(run, tool)
        invocations = _objects(run, "invocations")
        completed = _completed(invocations)
        if run.get("conversion") is not None:
            conversion = run.object("conversion")
            if conversion.get("invocation") is not None:
                converted = conversion.object("invocation")
                invocations = (*invocations, converted)
                # A converter that ended well does not speak for the tool; one that failed does.
                completed = False if _completed((converted,)) is False else completed
        problems = list(self._problems(tool, invocations, completed=completed))
        results: tuple[Result, ...] = ()
        if run.get("results") is None:
            problems.append(f"{self._name}: the run of {tool} has no list of results")
        else:
            rules = sarif_rule.Rules(
                value["tool"], [it for it in value.get("invocations") or () if isinstance(it, dict)]
            )
            results = tuple(
                self._result(it, tool, rules, f"{key}.results[{index}]")
                for index, it in enumerate(run.items("results"))
            )
        versions = (driver.get("semanticVersion"), driver.get("version"))
        return ToolRun(
            file=self._name,
            tool=tool,
            version=next((cleaned(it) for it in versions if isinstance(it, str) and it), None),
            completed=completed,
            ended=self._ended(invocations),
            problems=tuple(problems),
            results=results,
        )

    def _check_revision(self, run: Fields, tool: str) -> None:
        """Refuse a run that names commits, and not the released one."""
        named = [
            commit
            for it in _objects(run, "versionControlProvenance")
            if isinstance(commit := it.get("revisionId"), str) and len(commit) >= _SHORT_COMMIT
        ]
        if self._revision and named and not any(map(self._revision.startswith, named)):
            raise self._refuse(
                f"the run of {tool} is about the commit {named[0]!r:.60}, not about the released "
                f"{self._revision}",
                remedy="run the tool again on the commit that is released",
            )

    def _problems(
        self, tool: str, invocations: Iterable[Fields], *, completed: bool | None
    ) -> Iterator[str]:
        """Say why the results may not be all there are (sections 3.20.14 and 3.58.6)."""
        if completed is False:
            yield f"{self._name}: {tool} did not come to its end, as it says itself"
        for invocation in invocations:
            for key in _NOTIFICATIONS:
                for notification in _objects(invocation, key):
                    if notification.get("level") == "error":
                        said = notification.get("message")
                        text = cleaned(_message(said)) if said is not None else "it does not say"
                        yield f"{self._name}: {tool} reports an error of its own: {text}"

    def _result(self, value: Any, tool: str, rules: sarif_rule.Rules, key: str) -> Result:
        self._seen += 1
        if self._seen > MAX_RESULTS:
            raise self._refuse(f"the file has more than {MAX_RESULTS:,} results, the limit")
        result = Fields(value, where=self._name, key=key)
        kind = self._word(result, "kind", _KINDS | {None}) or "fail"
        said = self._word(result, "level", {*sarif_rule.LEVELS, None})
        name, meant = rules.of(value)
        level = said or (rules.level(meant) if kind == "fail" else "none")
        suppressed, justification = self._suppressed(result)
        if self._word(result, "baselineState", _BASELINE) == "absent":
            state = "absent"
        elif suppressed:
            state = "suppressed"
        else:
            state = "undecided" if kind in _UNDECIDED else "open"
        result.object("message")
        return Result(
            tool=tool,
            rule=cleaned(name),
            level=level,
            severity=sarif_rule.severity(value, *meant) if kind in {"fail", *_UNDECIDED} else None,
            place=self._place(result),
            message=cleaned(_message(value["message"])),
            state=state,
            justification=justification,
        )

    def _suppressed(self, result: Fields) -> tuple[bool, str | None]:
        """Return whether a result is suppressed, and why."""
        found = _objects(result, "suppressions")
        states = [self._word(it, "status", _STATUS) for it in found]
        if not states or set(states) != {"accepted"}:
            return False, None
        reasons = [
            cleaned(it) for each in found if isinstance(it := each.get("justification"), str)
        ]
        return True, "; ".join(reason for reason in reasons if reason) or None

    def _place(self, result: Fields) -> str | None:
        """Return the first location, relative to the project where it lies in it."""
        locations = _objects(result, "locations")
        physical = locations[0].get("physicalLocation") if locations else None
        if not isinstance(physical, dict):
            return None
        artifact = physical.get("artifactLocation")
        uri = artifact.get("uri") if isinstance(artifact, dict) else None
        if not isinstance(uri, str) or not uri.strip():
            return None
        path = uri.removeprefix("file://").removeprefix(self._root)
        region = physical.get("region")
        region = region if isinstance(region, dict) else {}
        numbers = [str(it) for key in _REGION if type(it := region.get(key)) is int]
        return ":".join([cleaned(path), *numbers])

    def _ended(self, invocations: Iterable[Fields]) -> Claim | None:
        """Return the latest time that the invocations claim; unreadable ones are none."""
        times = []
        for invocation in invocations:
            for key in ("startTimeUtc", "endTimeUtc"):
                text = invocation.get(key)
                if isinstance(text, str):
                    with contextlib.suppress(FormatError):
                        times.append(timestamps.parse(text, what=key))
        return Claim(name=self._name, moment=max(times), zoned=True) if times else None

    def _word(self, value: Fields, key: str, known: Collection[str | None]) -> str | None:
        word = value.text_or_none(key)
        if word not in known:
            raise self._refuse(f"`{value.key}.{key}` is {word!r:.40}, which SARIF does not know")
        return word

    def _refuse(self, problem: str, remedy: str = _REMEDY) -> CollectError:
        return CollectError(problem, remedy=remedy, where=self._name)


def _completed(invocations: Iterable[Fields]) -> bool | None:
    """Return whether all came to their end; None where one does not say, or there is none."""
    said = [
        None if it.get("executionSuccessful") is None else it.flag("executionSuccessful")
        for it in invocations
    ]
    if False in said:
        return False
    return True if said and None not in said else None


def _objects(value: Fields, key: str) -> tuple[Fields, ...]:
    return () if value.get(key) is None else value.objects(key)


def _message(*candidates: object) -> str:
    """Return the first text of a message object or text; its `id` where it has none."""
    for it in candidates:
        if isinstance(it, str) and it.strip():
            return it
        if isinstance(it, dict):
            for key in ("text", "markdown", "id"):
                if isinstance(it.get(key), str) and it[key].strip():
                    return str(it[key])
    return "no message"
