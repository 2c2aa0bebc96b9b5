"""The policy engine `regorus`: each check's three rules, asked in a worker process.

First all rules at once, which is several times faster. When that hangs or crashes the worker, a
second one is asked one by one: a bad check then costs its own answer and those that were not given
yet. Every check gets a `RuleResult`, and one with an error never reads as a pass.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from assurance_policy import rules
from assurance_policy.process import Answers
from assurance_policy.regorus_worker import MEMORY_BYTES, RegorusWorker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from assurance.interfaces import PolicySet, RuleResult

_DISTRIBUTION: Final = "gordon_to_regorus-"


class RegorusEngine:
    """Evaluates Rego v1 with regorus; see `assurance.interfaces.PolicyEngine`."""

    name = "regorus"

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, may_fork: bool = True) -> None:
        """Take the limits of the worker, as `RegorusWorker` has them."""
        self._worker = RegorusWorker(memory_bytes=memory_bytes, may_fork=may_fork)
        self.version = _version()
        self.printed: tuple[str, ...] = ()

    def start(self) -> None:
        """Start a worker early; harmless when called twice or never.

        Raises:
            PolicyEngineError: no process can be started.
        """
        self._worker.start()

    def close(self) -> None:
        """End the worker; harmless when called twice."""
        self._worker.close()

    def keep(self, policies: PolicySet) -> None:
        """Parse these policies once, in this process; its workers begin with what was parsed.

        Each evaluation has a worker of its own all the same. Only for policies that `load` gave: a
        worker has parsed them then.
        """
        modules = rules.parts(policies).modules
        if not rules.banned_call(modules):
            self._worker.keep(modules)

    def expect(self, policies: PolicySet, *, timeout_seconds: float) -> None:
        """Have the worker parse these policies while others are still checking them.

        Nothing of them is evaluated before `evaluate` is called with the same ones.

        Raises:
            PolicyEngineError: no process can be started.
        """
        asked = rules.parts(policies)
        queries = rules.queries([check.id for check in policies.checks])
        if queries and not rules.banned_call(asked.modules):
            self._worker.expect(asked.modules, asked.data, queries, timeout_seconds=timeout_seconds)

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Return what each check of `policies` says about `policy_input`.

        Raises:
            PolicyEngineError: no process can be started.
        """
        ids = [check.id for check in policies.checks]
        asked = rules.parts(policies)
        queries = rules.queries(ids)
        banned = rules.banned_call(asked.modules)
        answers = Answers([], banned)
        for together in () if banned else (True, False):
            answers = self._worker.ask(
                asked.modules,
                asked.data,
                queries,
                policy_input,
                timeout_seconds=timeout_seconds,
                together=together,
                prints=any(b"print(" in content for _, content in asked.modules),
            )
            self.printed = answers.prints
            if answers.problem is None:
                break
        values = answers.values
        if len(values) == len(queries) and answers.problem is not None:
            # It said everything and then did not end as our worker does: not our worker's word.
            values = []
        return rules.results(ids, values, answers.problem)

    def load(self, folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
        """Return the policies in `folders` with the data files `data`, statically checked.

        Raises:
            PolicyFileError: a file cannot be read, or is no policy.
            PolicyEngineError: no process can be started.
        """
        from assurance_policy.checked_policies import load_policy_set

        return load_policy_set(folders, data)


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
