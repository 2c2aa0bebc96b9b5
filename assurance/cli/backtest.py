"""`assurance backtest`: old bundles judged with other policies."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assurance import expected, policy_set, settings, trust_file
from assurance.cli import backtest_pool, backtest_view, policy_folders
from assurance.cli.command import Outcome
from assurance.entry_points import ENGINES, own
from assurance.errors import ExitCode, UsageError
from assurance.report import trust_fields
from assurance.trust import read as read_trust

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal
    from assurance.trust import Trust

SUMMARY = "judge old bundles with other policies"
_MAX_JOBS = 256


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Judge sealed bundles with the policies in a folder, as at the time of each one's verdict, "
        "and say which verdicts and checks would have been others. A rehearsal before a policy is "
        "made law: nothing is signed or written, and nothing may be deployed for it."
    )
    parser.epilog = (
        "example: assurance backtest --policy policies --trust trust.json evidence/*.intoto.jsonl\n"
        "exit codes: 0 every bundle was judged, whatever the answer; 1 a bundle cannot be read or "
        "does not hold; 2 usage, policies or trust file; 3 a bundle could not be judged"
    )
    parser.add_argument("bundles", metavar="BUNDLE", nargs="+", help="sealed bundles")
    parser.add_argument(
        "--policy",
        action="append",
        required=True,
        metavar="DIR",
        help="a folder of policies to judge with (repeatable)",
    )
    parser.add_argument(
        "--add",
        action="store_true",
        help="keep what the bundle's own checks found, but for those of the same id",
    )
    parser.add_argument(
        "--trust", metavar="FILE", help="who may have signed what (default: the settings' one)"
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        help="how many to judge at once (default: as many as there are processors)",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Judge every bundle, and sum up.

    Raises:
        UsageError: a file is not there, or policies or trust file cannot be used.
        UndecidedError: the trust file has expired, or a process has died.
    """
    for path in arguments.bundles:
        if not Path(path).is_file():
            raise UsageError("there is no such bundle", remedy="check the path", where=path)
    trust, content, trust_path = _trust(arguments)
    job = backtest_pool.Job(
        archive=policy_set.pack(policy_folders.load(own("regorus", ENGINES)(), arguments.policy)),
        trust=content,
        trust_path=trust_path,
        add=arguments.add,
    )
    jobs = min(_jobs(arguments.jobs), len(arguments.bundles))
    progress = backtest_view.Progress(terminal, len(arguments.bundles))
    told = []
    try:
        for item in backtest_pool.results(job, arguments.bundles, jobs):
            told.append(item)
            progress.judged(item)
    finally:
        progress.end()
    found = backtest_view.summed(told)
    return Outcome(
        exit=_exit(told),
        text=backtest_view.render(found, terminal),
        document={
            "backtest": {**found, "policies": {"sha256": policy_set.digest(job.archive)}},
            "trust": trust_fields(trust, trust_path),
        },
    )


def _exit(told: list[dict[str, Any]]) -> ExitCode:
    codes = {item["error"]["exit"] for item in told if item["error"] is not None}
    # What was presented is wrong: that is known, whatever else is not.
    refused = ExitCode.NO in codes or ExitCode.USAGE in codes
    return ExitCode.NO if refused else ExitCode.UNDECIDED if codes else ExitCode.YES


def _trust(arguments: argparse.Namespace) -> tuple[Trust, bytes, str]:
    path = arguments.trust
    if path is None:
        found = settings.load(
            None if arguments.config is None else Path(arguments.config),
            environ=os.environ,
            cwd=Path.cwd(),
        )
        path = str(found.gate.trust)
    content = trust_file.content(path)
    trust = read_trust(content, where=path)
    expected.check_in_force(trust, now=datetime.now(tz=UTC), where=path)
    return trust, content, path


def _jobs(text: str | None) -> int:
    if text is None:
        return backtest_pool.cores()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0  # noqa: PLR2004 - 256 at most
    if not 1 <= number <= _MAX_JOBS:
        raise UsageError(
            f"--jobs must be a number from 1 to {_MAX_JOBS}, found {text!r:.40}",
            remedy="leave it out: then it is the number of processors",
            where="--jobs",
        )
    return number
