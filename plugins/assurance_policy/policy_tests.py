"""Runs the `test_…` rules of policies, in regorus, and tells what they printed and evaluated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyEngineError
from assurance.value import Value
from assurance_policy.regorus_worker import RegorusWorker
from assurance_policy.rule_coverage import measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assurance_policy.load import Loaded, Module
    from assurance_policy.process import Answers
    from assurance_policy.rule_coverage import Coverage

_TEST: Final = re.compile(r"(test_[A-Za-z0-9_]+)\b")
_SECONDS: Final = 60.0
_PRINT: Final = re.compile(r"(?P<path>[^:\n]+)(?P<rest>:[0-9]+: .*)", re.DOTALL)


class TestResult(Value):
    """One test."""

    __test__ = False  # to pytest, which would collect it by its name

    name: str
    where: str
    passed: bool
    reason: str
    """Why it did not pass; empty where it did."""


class TestRun(Value):
    """What all tests gave."""

    __test__ = False

    results: tuple[TestResult, ...] = ()
    prints: tuple[str, ...] = ()
    """`file:line: text` each."""
    coverage: Coverage | None = None
    """Where it was asked for."""


def run_tests(loaded: Loaded, measured: Sequence[Path] | None) -> TestRun:
    """Ask every test; anything but `true` is a failure.

    Args:
        loaded: Policies, tests and data.
        measured: Folders whose rules are to be covered; None measures nothing.

    Raises:
        PolicyEngineError: not every test was answered, or no process can be started.
    """
    found = [(module, line, name) for module in loaded.tests for line, name in _names(module)]
    if not found:
        return TestRun()
    modules = [*loaded.modules.values(), *loaded.tests]
    answers = RegorusWorker().ask(
        [(module.path, module.content) for module in modules],
        [content for _, content in loaded.data.values()],
        [f"data.{module.package}.{name}" for module, _, name in found],
        b"{}",
        timeout_seconds=_SECONDS,
        prints=True,
        coverage=measured is not None,
    )
    if len(answers.values) != len(found) or answers.problem is not None:
        raise PolicyEngineError(
            f"{len(answers.values)} of {len(found)} tests were answered: {answers.problem}",
            remedy="look at the first test without an answer; it may not end",
        )
    return TestRun(
        results=tuple(
            _result(module, line, name, answer)
            for (module, line, name), answer in zip(found, answers.values, strict=True)
        ),
        prints=tuple(_placed(text, modules) for text in answers.prints),
        coverage=None if measured is None else _coverage(loaded, measured, answers),
    )


def _result(module: Module, line: int, name: str, answer: dict[str, Any]) -> TestResult:
    passed = answer.get("value") is True and "error" not in answer
    return TestResult(
        name=name,
        where=f"{module.file}:{line}",
        passed=passed,
        reason="" if passed else str(answer.get("error", "it is not true")),
    )


def _coverage(loaded: Loaded, measured: Sequence[Path], answers: Answers) -> Coverage:
    folders = [folder.resolve() for folder in measured]
    modules = [
        module
        for module in loaded.modules.values()
        if any(module.file.resolve().is_relative_to(folder) for folder in folders)
    ]
    trees = RegorusWorker().ask(
        [(module.path, module.content) for module in modules], [], [], None,
        timeout_seconds=_SECONDS,
    )  # fmt: skip
    if len(trees.values) != len(modules) or trees.problem is not None:
        raise PolicyEngineError(
            f"the engine's parser gave no answer: {trees.problem}", remedy="run it again"
        )
    return measure(
        zip(modules, (tree.get("value", {}) for tree in trees.values), strict=True),
        answers.coverage or {},
    )


def _placed(text: str, modules: Sequence[Module]) -> str:
    """Return what was printed with the file's own path in the place of that in the set."""
    found = _PRINT.fullmatch(text)
    files = {module.path: module.file for module in modules}
    if found is None or found["path"] not in files:
        return text
    return f"{files[found['path']]}{found['rest']}"


def _names(module: Module) -> Sequence[tuple[int, str]]:
    """Return (line, name) of the tests in a module, each name once."""
    found: dict[str, int] = {}
    for number, line in enumerate(module.content.decode("utf-8", "replace").split("\n"), start=1):
        if match := _TEST.match(line):
            found.setdefault(match.group(1), number)
    return [(number, name) for name, number in found.items()]
