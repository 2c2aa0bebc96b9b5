"""What the end of a collector's child process means: `ok`, MISSING or INDETERMINATE.

Only one way is `ok`: it ended in time, by itself, with status 0 and a complete result; its
self-test found what was planted (or it offers none); it left no process behind and printed
nothing; and each statement is what the collector announced. Rules in the order of `judge`.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from assurance.collector_protocol import read_answer
from assurance.errors import FormatError
from assurance.freshness import CLOCK_SKEW
from assurance.model import CollectorRun, Status
from assurance.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from assurance.collector_process import Ended
    from assurance.collector_protocol import Answer
    from assurance.interfaces import Collector
    from assurance.model import Statement
    from assurance.plugin_host import Plugin
    from assurance.settings import CollectSettings

_REASON_LENGTH: Final = 300


class Task(Value):
    """One collector of the settings, and what it may give."""

    settings: CollectSettings
    plugin: Plugin
    collector: Collector
    only_self_test: bool = False


def judge(
    task: Task, ended: Ended, answers: int, *, clock: datetime, now: datetime
) -> tuple[CollectorRun, tuple[Statement, ...]]:
    """Decide what the end of the child means.

    Args:
        task: What it was to do.
        ended: How the process ended.
        answers: Descriptor of the folder that it answers in.
        clock: The real time at its end, UTC.
        now: The run's time, UTC. A statement counts as collected at the oldest of the two
            and of what the collector says.
    """
    log = f"see {task.settings.name}/stderr.txt among the outputs"
    report = f"{log}, and report it to the maker of plugin {task.plugin.name}"
    duration = ended.duration_ms
    if ended.timed_out:
        reason = f"did not end within its limit of {task.settings.timeout_seconds} s; was killed"
        remedy = f"{log}, or raise `timeout` in [collect.{task.settings.name}]"
        return ended_as(task, reason=reason, remedy=remedy, duration_ms=duration), ()
    if ended.status != 0:
        reason = f"{_how(ended.status)}, without a result that counts"
        return ended_as(task, reason=reason, remedy=report, duration_ms=duration), ()
    try:
        answer = read_answer(answers)
        if answer is None:
            reason = "exited with status 0 without a result"
            return ended_as(task, reason=reason, remedy=report, duration_ms=duration), ()
        fault = next(_faults(task, ended, answer, clock), None)
    except FormatError as err:
        reason = f"gave a result that does not count: {err.problem}"
        return ended_as(task, reason=reason, remedy=report, duration_ms=duration), ()
    run = ended_as(
        task,
        status="ok",
        reason=None,
        self_test=answer.self_test,
        duration_ms=duration,
    )
    if fault is not None:
        missing = answer.failure is not None and answer.missing
        status = Status.MISSING if missing else Status.INDETERMINATE
        return (
            replace(
                run,
                status=status.value,
                reason=one_line(fault),
                remedy=one_line(answer.remedy or report),
            ),
            (),
        )
    oldest = min(clock, now)
    return run, tuple(
        replace(it, collected_at=min(oldest, it.collected_at).replace(microsecond=0))
        for it in answer.statements
    )


def _faults(task: Task, ended: Ended, answer: Answer, clock: datetime) -> Iterator[str]:
    """Yield every reason not to believe a complete answer."""
    if answer.failure is not None:
        yield answer.failure
    if answer.self_test not in ("passed", "none"):
        yield f"its self-test is `{answer.self_test}`"
    if ended.left_behind:
        yield f"left processes behind: {', '.join(ended.left_behind)}"
    if ended.printed:
        yield f"printed to stdout, which is not its own: {ended.printed.decode(errors='replace')}"
    if not answer.statements and not task.only_self_test:
        yield "gave no statement"
    for statement in answer.statements:
        uri = statement.predicate_type
        if uri not in task.collector.predicate_types:
            yield f"gave {uri}, a predicate type that it did not announce"
        if statement.collected_at > clock + CLOCK_SKEW:
            yield f"gave {uri} as collected in the future"


def ended_as(
    task: Task,
    *,
    reason: str | None,
    status: str = Status.INDETERMINATE.value,
    remedy: str | None = None,
    self_test: str = "not-run",
    duration_ms: int = 0,
) -> CollectorRun:
    """Return the run of `task`, with reason and remedy fit for a finding."""
    return CollectorRun(
        name=task.settings.name,
        plugin=task.plugin.name,
        distribution=task.plugin.distribution,
        version=task.plugin.version,
        digest=task.plugin.digest,
        status=status,
        reason=None if reason is None else one_line(reason),
        required=task.settings.required,
        predicate_types=tuple(task.collector.predicate_types),
        self_test=self_test,
        duration_ms=duration_ms,
        remedy=None if remedy is None else one_line(remedy),
    )


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters, cut at a bounded length."""
    line = " ".join("".join(it if it.isprintable() else " " for it in text).split())
    return line if len(line) <= _REASON_LENGTH else f"{line[: _REASON_LENGTH - 1]}…"


def _how(status: int) -> str:
    if status > 0:
        return f"exited with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
