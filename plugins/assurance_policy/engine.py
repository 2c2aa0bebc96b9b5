"""The policy engine `regorus`: each check's three rules, asked in a worker process.

First all rules at once, which is several times faster. When that hangs or crashes the worker, a
second one is asked one by one: a bad check then costs its own answer and those that were not given
yet. Every check gets a `RuleResult`, and one with an error never reads as a pass.
"""

from __future__ import annotations

import os
import re
import sys
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyEngineError
from assurance.interfaces import RuleResult
from assurance.policy_set import CHECKS
from assurance_policy.builtins import BANNED, BANNED_PREFIXES
from assurance_policy.process import Answers, Process
from assurance_policy.worker import Request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from assurance.interfaces import PolicySet

RULES: Final = ("applies", "evaluated", "findings")
"""The entry points of a check."""
MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Address space of the worker: measured, a 3 MB SBOM takes 120 MB of it."""

_DISTRIBUTION: Final = "gordon_to_regorus-"
_TEXTS: Final = re.compile(rb'"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*')
_BANNED_CALL: Final = re.compile(
    rb"(?<![\w.])(?:%b|(?:%b)\w+)\s*\("
    % tuple(
        b"|".join(re.escape(name).encode() for name in sorted(names))
        for names in (BANNED, BANNED_PREFIXES)
    )
)


class RegorusEngine:
    """Evaluates Rego v1 with regorus; see `assurance.interfaces.PolicyEngine`."""

    name = "regorus"

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, may_fork: bool = True) -> None:
        """Take the limits.

        Args:
            memory_bytes: Address space of the worker; enforced on Linux.
            may_fork: False starts the worker as a new interpreter, which is slower.
        """
        self._memory_bytes = memory_bytes
        self._may_fork = may_fork
        self._process: Process | None = None
        self.version = _version()

    def start(self) -> None:
        """Start a worker early; harmless when called twice or never.

        Raises:
            PolicyEngineError: no process can be started.
        """
        if self._process is not None:
            return
        try:
            self._process = Process(may_fork=self._may_fork)
        except OSError as err:
            raise PolicyEngineError(
                f"no worker process for the policies can be started: {err.strerror}",
                remedy="free memory or raise the limit of processes, then run again",
            ) from err

    def close(self) -> None:
        """End the worker; harmless when called twice."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Return what each check of `policies` says about `policy_input`.

        Raises:
            PolicyEngineError: no process can be started.
        """
        ids = [check.id for check in policies.checks]
        modules = [file for file in policies.files if file[0].endswith(".rego")]
        banned = _banned(modules)
        answers = (
            Answers([], banned)
            if banned
            else self._ask_for_all(policies, modules, ids, policy_input, timeout_seconds)
        )
        values = answers.values
        whole = len(values) == len(RULES) * len(ids)
        if whole and answers.problem is not None:
            # It said everything and then did not end as our worker does: not our worker's word.
            values = []
        width = len(RULES)
        return {
            check: _result(values[at * width : (at + 1) * width], answers.problem)
            for at, check in enumerate(ids)
        }

    def _ask_for_all(
        self,
        policies: PolicySet,
        modules: Sequence[tuple[str, bytes]],
        ids: Sequence[str],
        policy_input: bytes,
        timeout_seconds: float,
    ) -> Answers:
        """Return three answers a check, or as many as came, and why the rest did not."""
        data = [
            content for path, content in policies.files if path.endswith(".json") and path != CHECKS
        ]
        queries = [f"data.assurance.{check}.{rule}" for check in ids for rule in RULES]
        answers = Answers([], None)
        for together in (True, False):
            answers = self.ask(
                modules,
                data,
                queries,
                policy_input,
                timeout_seconds=timeout_seconds,
                together=together,
            )
            if answers.problem is None:
                break
        return answers

    def load(self, folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
        """Return the policies in `folders` with the data files `data`, statically checked.

        Raises:
            PolicyFileError: a file cannot be read, or is no policy.
            PolicyEngineError: no process can be started.
        """
        from assurance_policy.load import load_policy_set

        return load_policy_set(folders, data)

    def ask(
        self,
        modules: Sequence[tuple[str, bytes]],
        data: Sequence[bytes],
        queries: Sequence[str],
        policy_input: bytes | None,
        *,
        timeout_seconds: float,
        together: bool = False,
    ) -> Answers:
        """Return the worker's answers to `queries`; with none, the modules' syntax trees.

        Raises:
            PolicyEngineError: no process can be started.
        """
        self.start()
        process, self._process = self._process, None
        if process is None:
            raise AssertionError("start() leaves a process or raises")
        return process.ask(
            Request(
                modules=list(modules),
                data=list(data),
                policy_input=policy_input,
                queries=list(queries),
                cpu_seconds=ceil(timeout_seconds) + 1,
                memory_bytes=self._memory_bytes,
                together=together,
            ),
            timeout_seconds=timeout_seconds,
        )


def _result(answers: list[dict[str, Any]], problem: str | None) -> RuleResult:
    if len(answers) < len(RULES):
        return RuleResult(error=problem or "no answer")
    for rule, answer in zip(RULES, answers, strict=True):
        if "error" in answer:
            return RuleResult(error=f"{rule}: {answer['error']}")
    return RuleResult(
        **{
            rule: answer.get("value")  # null is as good as undefined
            for rule, answer in zip(RULES, answers, strict=True)
        }
    )


def _banned(modules: Sequence[tuple[str, bytes]]) -> str | None:
    """Return what is wrong if a module calls a banned function, else None.

    The static checks look at the syntax when policies are loaded; a bundle's policies come
    without them, and an engine may answer such a call with silence.
    """
    for path, content in modules:
        if not _BANNED_CALL.search(content):
            continue
        code = _TEXTS.sub(lambda text: b" " * len(text[0]), content)
        if found := _BANNED_CALL.search(code):
            name = found[0].rstrip(b"( \t\r\n").decode("utf-8", "replace")
            line = content[: found.start()].count(b"\n") + 1
            return f"{path}:{line}: `{name}` is banned"
    return None


def _version() -> str:
    """Return the version of the distribution that regorus comes from; empty without one."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - importlib.metadata costs 20 ms
        except OSError:
            continue
        for name in names:
            if name.startswith(_DISTRIBUTION) and name.endswith(".dist-info"):
                return name[len(_DISTRIBUTION) : -len(".dist-info")]
    return ""
