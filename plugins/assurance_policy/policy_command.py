"""`assurance policy check` and `assurance policy test`: policies looked at before they judge."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, PolicyEngineError, PolicyFileError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from assurance.cli.terminal import Terminal
    from assurance_policy.load import Loaded, Module

SUMMARY = "test and check policies"
_TEST: Final = re.compile(r"(test_[A-Za-z0-9_]+)\b")
_SECONDS: Final = 60.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two sub-commands."""
    parser.description = "Check policies without evaluating them, or run their tests."
    parser.epilog = "exit codes: 0 all well, 1 a problem or no test, 2 usage, 3 could not decide"
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in (
        ("check", "look for unknown functions, banned builtins, missing rules and bad metadata"),
        ("test", "run the test_* rules of the *_test.rego files"),
    ):
        sub = verbs.add_parser(verb, help=text, description=f"{text.capitalize()}.")
        sub.add_argument(
            "folders", metavar="DIR", nargs="*", help="folders of policies (default: ours)"
        )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Check or test.

    Raises:
        PolicyFileError: a folder is not there.
        PolicyEngineError: the engine gave no complete answer.
    """
    from assurance_policy import packs
    from assurance_policy.checked_policies import checked

    folders = [Path(name) for name in arguments.folders]
    for folder in folders:
        if not folder.is_dir():
            raise PolicyFileError("no such folder", remedy="correct the path", where=str(folder))
    loaded = checked(folders or [pack.folder for pack in packs.built_in()], [])
    if loaded.problems or arguments.verb == "check":
        return _checked(loaded, terminal)
    return _tested(loaded, terminal)


def _checked(loaded: Loaded, terminal: Terminal) -> Outcome:
    found = loaded.problems
    lines = [f"{terminal.symbol('FAIL')} {problem}" for problem in found]
    if not found and not loaded.checks:
        lines.append("no check found: a check is a package assurance.<area>.<name>")
    elif not found:
        lines.append(f"{terminal.symbol('PASS')} {len(loaded.checks)} checks, no problem")
    return Outcome(
        exit=ExitCode.NO if found or not loaded.checks else ExitCode.YES,
        text=terminal.fit("\n".join(lines)),
        document={
            "policies": {"checks": [check.id for check in loaded.checks]},
            "errors": [
                {
                    "code": problem.code,
                    "problem": problem.problem,
                    "where": problem.where,
                    "remedy": problem.remedy,
                }
                for problem in found
            ],
        },
    )


def _tested(loaded: Loaded, terminal: Terminal) -> Outcome:
    results = _run_tests(loaded)
    failed = [item for item in results if not item["passed"]]
    lines = [
        f"{terminal.symbol('FAIL')} {item['where']}: {item['test']}: {item['reason']}"
        for item in failed
    ]
    if not results:
        lines.append("no test found: a test is a rule test_… in a *_test.rego file")
    lines.append(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return Outcome(
        exit=ExitCode.NO if failed or not results else ExitCode.YES,
        text=terminal.fit("\n".join(lines)),
        document={"tests": results},
    )


def _run_tests(loaded: Loaded) -> list[dict[str, Any]]:
    """Ask every test; anything but `true` is a failure."""
    from assurance_policy.regorus_worker import RegorusWorker

    found = [(module, line, name) for module in loaded.tests for line, name in _names(module)]
    if not found:
        return []
    modules = [*loaded.modules.values(), *loaded.tests]
    answers = RegorusWorker().ask(
        [(module.path, module.content) for module in modules],
        [content for _, content in loaded.data.values()],
        [f"data.{module.package}.{name}" for module, _, name in found],
        b"{}",
        timeout_seconds=_SECONDS,
    )
    if len(answers.values) != len(found) or answers.problem is not None:
        raise PolicyEngineError(
            f"{len(answers.values)} of {len(found)} tests were answered: {answers.problem}",
            remedy="look at the first test without an answer; it may not end",
        )
    return [
        {
            "test": name,
            "where": f"{module.file}:{line}",
            "passed": answer.get("value") is True and "error" not in answer,
            "reason": str(answer.get("error", "it is not true")),
        }
        for (module, line, name), answer in zip(found, answers.values, strict=True)
    ]


def _names(module: Module) -> Sequence[tuple[int, str]]:
    """Return (line, name) of the tests in a module, each name once."""
    found: dict[str, int] = {}
    for number, line in enumerate(module.content.decode("utf-8", "replace").split("\n"), start=1):
        if match := _TEST.match(line):
            found.setdefault(match.group(1), number)
    return [(number, name) for name, number in found.items()]
