"""The policy engine `opa`: the reference implementation, as a command.

All rules of all checks are one query. Builtin errors are errors (`--strict-builtin-errors`) and end
a query, so that on any failure each check is asked by itself, and the rules of one that fails one
by one. Rego v1 only. `assurance verify` does not use this engine: it judges again with regorus.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyFileError
from assurance_policy import opa_binary, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assurance.interfaces import PolicySet, RuleResult
    from assurance_policy.load import Loaded

_CHECK_SECONDS: Final = 60.0
_MAX_MESSAGE: Final = 500
_MAX_PRINTS: Final = 1_000


class OpaEngine:
    """Evaluates Rego v1 with the `opa` program; see `assurance.interfaces.PolicyEngine`."""

    name = "opa"
    options_schema: Final[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"binary": {"type": "string", "minLength": 1}},
    }

    def __init__(self, *, memory_bytes: int = opa_binary.MEMORY_BYTES) -> None:
        """Take the limit of memory of one call, in bytes; enforced on Linux."""
        self._memory_bytes = memory_bytes
        self._binary: opa_binary.OpaBinary | None = None
        self.version = ""
        self.printed: tuple[str, ...] = ()

    def prepare(self, options: Mapping[str, Any], *, root: Path) -> None:
        """Find the program; see `assurance.interfaces.ConfiguredPolicyEngine`.

        Raises:
            UsageError: it is not there, does not run, or is older than 1.0.
        """
        self._binary = opa_binary.find(options.get("binary"), root=root)
        self.version = self._binary.version

    def start(self) -> None:
        """Do nothing: each call is a process of its own."""

    def close(self) -> None:
        """Do nothing: no process outlives its call."""

    def load(self, folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
        """Return the policies in `folders` with the data files `data`, checked by both engines.

        Raises:
            UsageError: there is no `opa`.
            PolicyFileError: a file cannot be read, or is no policy.
            PolicyEngineError: the parser of regorus could not be started.
        """
        from assurance_policy.checked_policies import checked

        loaded = checked(folders, data)
        if not loaded.problems:
            loaded.problems += self._check(loaded)
        return loaded.policy_set()

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Return what each check of `policies` says about `policy_input`.

        Raises:
            UsageError: there is no `opa`.
        """
        ids = [check.id for check in policies.checks]
        asked = rules.parts(policies)
        self.printed = ()
        banned = rules.banned_call(asked.modules)
        if banned is not None:
            return rules.results(ids, [], banned)
        with tempfile.TemporaryDirectory(prefix="assurance-opa-") as name:
            folder = Path(name)
            arguments = _write(folder, asked, policy_input, self._found().capabilities)
            queries = rules.queries(ids)
            deadline = time.monotonic() + timeout_seconds
            answers = self._ask(folder, arguments, queries, deadline) or []
            if not answers or any("error" in answer for answer in answers):
                deadline = time.monotonic() + timeout_seconds
                answers = self._one_by_one(folder, arguments, queries, deadline)
        return rules.results(ids, answers, f"no answer within {timeout_seconds:g} s")

    def _found(self) -> opa_binary.OpaBinary:
        if self._binary is None:
            self.prepare({}, root=Path.cwd())
        if self._binary is None:
            raise AssertionError("prepare() finds a program or raises")
        return self._binary

    def _one_by_one(
        self, folder: Path, arguments: list[str], queries: list[str], deadline: float
    ) -> list[dict[str, Any]]:
        """Return an answer a query, asking each check by itself, until time is up."""
        answers: list[dict[str, Any]] = []
        for at in range(0, len(queries), len(rules.RULES)):
            its = queries[at : at + len(rules.RULES)]
            found = self._ask(folder, arguments, its, deadline)
            if found is not None and any("error" in answer for answer in found):
                each = [self._ask(folder, arguments, [query], deadline) for query in its]
                found = [answer for one in each if one is not None for answer in one]
            if found is None or len(found) < len(its):
                break
            answers += found
        return answers

    def _ask(
        self, folder: Path, arguments: list[str], queries: list[str], deadline: float
    ) -> list[dict[str, Any]] | None:
        """Return an answer a query, evaluated as one; None when time is up."""
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        query = ",".join(f'"{at}":[v|v:={query}]' for at, query in enumerate(queries))
        said = opa_binary.run(
            self._found().path,
            ["eval", *arguments, f"{{{query}}}"],
            folder=folder / "policies",
            timeout_seconds=left,
            memory_bytes=self._memory_bytes,
        )
        self.printed = tuple(said.err.splitlines()[:_MAX_PRINTS])
        if said.late:
            return None
        problem = said.problem
        if problem is None:
            try:
                return _values(said, len(queries))
            except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
                problem = f"opa gave no answer and ended with {said.status}"
                if "memory" in said.err:
                    problem = "opa reached its memory limit"
        return [{"error": problem}] * len(queries)

    def _check(self, loaded: Loaded) -> list[PolicyFileError]:
        """Return what opa's own compiler says against the modules."""
        modules = [*loaded.modules.values()]
        parts = rules.Parts([(module.path, module.content) for module in modules], [])
        with tempfile.TemporaryDirectory(prefix="assurance-opa-") as name:
            folder = Path(name)
            _write(folder, parts, b"{}", self._found().capabilities)
            said = opa_binary.run(
                self._found().path,
                ["check", "--format=json", "--capabilities=../capabilities.json", "."],
                folder=folder / "policies",
                timeout_seconds=_CHECK_SECONDS,
            )
        if said.problem is None and said.status == 0:
            return []
        found = said.problem or _explain(said.out, said.err)
        for module in modules:
            if found.startswith(f"{module.path}:"):
                place, _, problem = found[len(module.path) + 1 :].partition(": ")
                return [
                    PolicyFileError(
                        f"opa does not take it: {problem}",
                        remedy="correct the policy",
                        where=f"{module.file}:{place}",
                    )
                ]
        return [
            PolicyFileError(
                f"opa does not take the policies: {found}",
                remedy="take out the file that was changed last, or judge with regorus",
            )
        ]


def _write(folder: Path, parts: rules.Parts, policy_input: bytes, capabilities: bytes) -> list[str]:
    """Write what opa reads, and return its arguments; it is run in the folder `policies`."""
    files = {f"policies/{path}": content for path, content in parts.modules}
    files |= {"input.json": policy_input, "capabilities.json": capabilities}
    arguments = [
        "--format=json",
        "--strict-builtin-errors",
        "--capabilities=../capabilities.json",
        "--input=../input.json",
        "--data=.",
    ]
    for number, content in enumerate(parts.data, start=1):
        # A file that is named by itself is merged at the root of `data`.
        files[f"data/{number}.json"] = content
        arguments.append(f"--data=../data/{number}.json")
    (folder / "policies").mkdir()
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return arguments


def _values(said: opa_binary.Output, count: int) -> list[dict[str, Any]]:
    """Return the answers in what opa printed; raises whatever a wrong shape makes it raise."""
    document = json.loads(said.out)
    if said.status != 0 or "errors" in document:
        return [{"error": _explain(said.out, said.err)}] * count
    found = document["result"][0]["expressions"][0]["value"]
    return [answer_of(found[str(at)]) for at in range(count)]


def answer_of(values: list[Any]) -> dict[str, Any]:
    """Return the answer that a list of at most one value stands for."""
    return {"value": values[0]} if values else {"undefined": True}


def _explain(out: bytes, err: str) -> str:
    """Return the first error in what opa printed, `file:line:column: message`."""
    for text in (out, err):
        try:
            return explain(json.loads(text)["errors"])
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            continue
    return " ".join((err or out.decode("utf-8", "replace")).split())[:_MAX_MESSAGE] or "no reason"


def explain(errors: Any) -> str:
    """Return the first of OPA's `errors` as one line, with its place where it has one.

    Raises:
        TypeError, KeyError, IndexError, AttributeError: they are no errors of OPA's.
    """
    first = errors[0]
    place = first.get("location") or {}
    where = ""
    if place.get("file"):
        where = f"{place['file']}:{place['row']}:{place['col']}: "
    return f"{where}{' '.join(str(first['message']).split())}"[:_MAX_MESSAGE]
