"""The child process of one collector: `python -P -m assurance.collector_child`.

Reads the request on stdin, runs the self-test and then the collector, and writes the answer
into its folder. Whatever the plugin raises becomes an answer; whatever ends the process
without one is noticed by the parent (`assurance.collect`).
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from itertools import islice
from typing import TYPE_CHECKING, Any

from assurance.collector_protocol import (
    MAX_STATEMENTS,
    Answer,
    check_statement,
    read_request,
    write_answer,
)
from assurance.errors import AssuranceError, CollectError
from assurance.interfaces import SelfTest
from assurance.model import Statement
from assurance.plugin_host import PluginHost, PluginName
from assurance.value import replace

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.collector_protocol import Request
    from assurance.interfaces import CollectContext, Collector

_MAX_REQUEST_BYTES = 64 << 20
_ALARM_GRACE_SECONDS = 5


def main() -> None:
    """Answer the request on stdin."""
    request = read_request(sys.stdin.buffer.read(_MAX_REQUEST_BYTES))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    signal.alarm(request.timeout_seconds + _ALARM_GRACE_SECONDS)
    sys.path[:] = request.search_path
    own = os.getpid()
    answer = _answer(request)
    if os.getpid() != own:
        # A fork of the collector's came back through here; only the original answers.
        os._exit(0)
    write_answer(answer, request.answer_dir)


def _answer(request: Request) -> Answer:
    """Run self-test and collector; every way to fail becomes an answer."""
    answer = Answer(self_test="not-run")
    try:
        host = PluginHost.load([PluginName(name=request.plugin, distribution=request.distribution)])
        collector = host.collectors()[request.collector][1]
        answer = _self_test(collector, replace(request.context, workdir=request.self_test_dir))
        if answer.failure is None and not request.only_self_test:
            answer = replace(answer, statements=_collect(collector, request.context))
    except BaseException as err:  # noqa: BLE001 - a plugin may raise anything, panics included
        return _failed(answer, err)
    return answer


def _failed(answer: Answer, err: BaseException) -> Answer:
    """Return `answer` with what `err` means as its failure."""
    if isinstance(err, AssuranceError):
        missing = isinstance(err, CollectError) and err.missing is True
        return replace(answer, failure=str(err), missing=missing, remedy=err.remedy)
    if isinstance(err, SystemExit):
        return replace(answer, failure=f"called sys.exit({err.code!r:.100})")
    sys.excepthook(type(err), err, err.__traceback__)
    return replace(answer, failure=f"raised {type(err).__name__}: {err}")


def _self_test(collector: Collector, context: CollectContext) -> Answer:
    """Let the collector look for the defect that it plants for itself."""
    _work_in(context.workdir)
    try:
        found: Any = collector.self_test(context)
    except CollectError:
        # What it looks with is not there: said as it is, the self-test was not run.
        raise
    except BaseException as err:  # noqa: BLE001 - see above
        answer = _failed(Answer(self_test="failed"), err)
        return replace(answer, failure=f"its self-test {answer.failure}")
    if found is None:
        return Answer(self_test="none")
    if not isinstance(found, SelfTest) or not isinstance(found.found, bool):
        failure = f"its self-test returned {type(found).__name__}, not SelfTest"
        return Answer(self_test="failed", failure=failure)
    message = f"{found.planted}: {found.message}"
    if found.found:
        return Answer(self_test="passed", self_test_message=message)
    failure = f"did not find the defect that it planted for itself: {message}"
    return Answer(self_test="failed", self_test_message=message, failure=failure)


def _collect(collector: Collector, context: CollectContext) -> tuple[Statement, ...]:
    """Return the collector's statements, checked."""
    _work_in(context.workdir)
    returned: Any = collector.collect(context)
    if isinstance(returned, (str, bytes, Statement)) or not hasattr(returned, "__iter__"):
        raise _wrong(f"returned {type(returned).__name__}, not a list of Statement")
    statements = tuple(islice(returned, MAX_STATEMENTS + 1))
    if not statements:
        raise _wrong("returned no statement")
    if len(statements) > MAX_STATEMENTS:
        raise _wrong(f"returned more than {MAX_STATEMENTS} statements")
    for statement in statements:
        if not isinstance(statement, Statement):
            raise _wrong(f"returned {type(statement).__name__} among the statements")
        _check_time(statement.collected_at)
        check_statement(statement)
    return statements


def _check_time(moment: Any) -> None:
    offset = getattr(moment, "utcoffset", lambda: None)()
    if offset is None or offset.total_seconds() != 0:
        raise _wrong(f"returned a statement collected at {moment!r:.80}, which is not UTC")


def _work_in(folder: Path) -> None:
    os.chdir(folder)
    os.environ["TMPDIR"] = os.environ["HOME"] = tempfile.tempdir = str(folder)


def _wrong(problem: str) -> CollectError:
    return CollectError(problem, remedy="report it to the maker of the plugin")


if __name__ == "__main__":
    main()
