"""`assurance policy check` and `assurance policy test`: policies looked at before they judge."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.cli.command import Outcome
from assurance.cli.terminal import escape
from assurance.errors import ExitCode, PolicyFileError
from assurance_policy.rule_coverage import ranges

if TYPE_CHECKING:
    from assurance.cli.terminal import Terminal
    from assurance_policy.load import Loaded
    from assurance_policy.rule_coverage import Coverage

SUMMARY = "test and check policies"
_VERBS: Final = {
    "check": "look for unknown functions, banned builtins, missing rules and bad metadata",
    "test": "run the test_* rules of the *_test.rego files",
}
_MOST: Final = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two sub-commands."""
    parser.description = "Check policies without evaluating them, or run their tests."
    parser.epilog = (
        "example: assurance policy check policies && assurance policy test policies\n"
        "exit codes: 0 all well, 1 a problem or no test, 2 usage, 3 could not decide"
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb, text in _VERBS.items():
        sub = verbs.add_parser(verb, help=text, description=f"{text.capitalize()}.")
        sub.add_argument(
            "folders", metavar="DIR", nargs="*", help="folders of policies (default: ours)"
        )
    test = verbs.choices["test"]
    test.add_argument(
        "--coverage", action="store_true", help="list the rules that no test evaluates in full"
    )
    test.add_argument(
        "--threshold",
        metavar="N",
        type=_percent,
        help="exit 1 when fewer than N %% of the rules are covered (implies --coverage)",
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
    return _tested(loaded, arguments, terminal)


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


def _tested(loaded: Loaded, arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    from assurance_policy import packs
    from assurance_policy.policy_tests import run_tests

    folders = [Path(name) for name in arguments.folders] or [packs.folder()]
    wanted = arguments.coverage or arguments.threshold is not None
    done = run_tests(loaded, folders if wanted else None)
    for text in done.prints:
        terminal.note(escape(text))
    failed = [item for item in done.results if not item.passed]
    lines = [
        f"{terminal.symbol('FAIL')} {item.where}: {item.name}: {escape(item.reason)}"
        for item in failed
    ]
    if not done.results:
        lines.append("no test found: a test is a rule test_… in a *_test.rego file")
    lines.append(f"{len(done.results) - len(failed)} passed, {len(failed)} failed")
    enough = not wanted
    if done.coverage is not None:
        enough = done.coverage.tenths >= 10 * (arguments.threshold or 0)
        lines += _covered(done.coverage, arguments.threshold, terminal)
    return Outcome(
        exit=ExitCode.NO if failed or not done.results or not enough else ExitCode.YES,
        text=terminal.fit("\n".join(lines)),
        document={
            "tests": [
                {
                    "test": item.name,
                    "where": item.where,
                    "passed": item.passed,
                    "reason": item.reason or None,
                }
                for item in done.results
            ],
            "coverage": _coverage_document(done.coverage, arguments.threshold),
        },
    )


def _covered(coverage: Coverage, threshold: int | None, terminal: Terminal) -> list[str]:
    lines = [
        f"{terminal.symbol('FAIL')} {rule.where}: `{rule.name}`: never evaluated: line"
        f"{'s' if len(rule.never) > 1 else ''} {ranges(rule.never)}"
        for rule in coverage.rules
        if rule.never
    ]
    needs = "" if threshold is None else f", needs {threshold} %"
    lines.append(
        f"coverage {coverage.tenths // 10}.{coverage.tenths % 10} %: {coverage.covered} of "
        f"{len(coverage.rules)} rules{needs}"
    )
    return lines


def _coverage_document(coverage: Coverage | None, threshold: int | None) -> dict[str, Any] | None:
    if coverage is None:
        return None
    return {
        "rules": len(coverage.rules),
        "covered": coverage.covered,
        "percent": coverage.tenths / 10,
        "threshold": threshold,
        "never": [
            {"rule": rule.name, "where": rule.where, "lines": list(rule.never)}
            for rule in coverage.rules
            if rule.never
        ],
    }


def _percent(text: str) -> int:
    """Return a whole number of percent; `int` alone takes `1_0` and `+5`."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > _MOST:
        raise argparse.ArgumentTypeError("a whole number from 0 to 100 is needed")
    return int(text)
