"""The policy engine `opa-server`: an OPA that runs elsewhere, asked through opa-python-client.

A run uploads its policies below an id of its own, asks with strict builtin errors (which the server
answers with HTTP 500), and removes them. A server that already has policies or data where ours
go is an error: they would be judged with, too. After the answer, the server must still have exactly
what was uploaded; else the answer is not about our policies.

`assurance verify` does not use this engine: it opens no socket and judges again with regorus.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import PolicyEngineError, UsageError
from assurance_policy import rules
from assurance_policy.opa_connection import PREFIX, ServerError, connect
from assurance_policy.opa_engine import answer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assurance.interfaces import PolicySet, RuleResult
    from assurance_policy.opa_connection import Server

_QUESTIONS: Final = "release_assurance_questions"
_ROOT: Final = "assurance"


class OpaServerEngine:
    """Evaluates Rego v1 on an OPA server; see `assurance.interfaces.PolicyEngine`."""

    name = "opa-server"
    options_schema: Final[Mapping[str, Any]] = {
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "pattern": "^https?://[^/@?#]+/?$"},
            "token_file": {"type": "string", "minLength": 1},
            "ca_file": {"type": "string", "minLength": 1},
        },
    }

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self.version = ""
        self._server: Server | None = None

    def prepare(self, options: Mapping[str, Any], *, root: Path) -> None:
        """Connect; see `assurance.interfaces.ConfiguredPolicyEngine`.

        Raises:
            UsageError: the client is not installed, the server does not answer, is older than
                1.0, or has policies or data where ours go.
        """
        server = connect(options, root=root)
        try:
            self.version = server.version
            server.refuse_others(set(), _ROOT)
        except PolicyEngineError as err:
            server.close()
            raise UsageError(err.problem, remedy=err.remedy, where=err.where) from err
        self._server = server

    def start(self) -> None:
        """Do nothing: the server runs."""

    def close(self) -> None:
        """Close the connection; harmless when called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def load(self, folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
        """Return the policies in `folders` with the data files `data`, statically checked.

        Raises:
            PolicyFileError: a file cannot be read, or is no policy.
            PolicyEngineError: the parser of regorus could not be started.
        """
        from assurance_policy.checked_policies import load_policy_set

        return load_policy_set(folders, data)

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> Mapping[str, RuleResult]:
        """Return what each check of `policies` says about `policy_input`.

        Raises:
            PolicyEngineError: the server does not answer, does not take the policies, or has
                others where ours go.
        """
        ids = [check.id for check in policies.checks]
        asked = rules.parts(policies)
        banned = rules.banned_call(asked.modules)
        if banned is not None:
            return rules.results(ids, [], banned)
        if self._server is None:
            raise PolicyEngineError(
                "the OPA server was not named", remedy="set `url` in [policy.options]"
            )
        run = _Run(self._server, asked, rules.queries(ids))
        try:
            run.upload()
            answers, problem = run.ask(
                strict_json.loads(policy_input, what="policy input", max_depth=500),
                timeout_seconds,
            )
            run.compare()
        finally:
            run.remove()
        return rules.results(ids, answers, problem)


class _Run:
    """One evaluation: what it has put on the server, and in what order."""

    def __init__(self, server: Server, parts: rules.Parts, queries: list[str]) -> None:
        self._server = server
        self._prefix = f"{PREFIX}/{secrets.token_hex(8)}/"
        self._queries = queries
        questions = [f"package {_QUESTIONS}"]
        questions += [f'answers["{at}"] := [v | v := {query}]' for at, query in enumerate(queries)]
        self._modules = [(path, content.decode("utf-8")) for path, content in parts.modules]
        self._modules.append((f"{_QUESTIONS}.rego", "\n".join(questions)))
        self._data: dict[str, Any] = {}
        for content in parts.data:
            self._data |= json.loads(content)
        self._put: dict[str, str] = {}
        self._put_data: list[str] = []

    def upload(self) -> None:
        """Put policies and data on the server, which must have none there."""
        self._server.refuse_others(set(), _ROOT, _QUESTIONS)
        for key, value in self._data.items():
            there = self._server.data(key)
            if there is None:
                # Noted first: a request that fails may still have had its effect.
                self._put_data.append(key)
                self._server.put_data(key, value)
            elif there != value:
                raise PolicyEngineError(
                    f"the OPA server has other data at `{key}` than the settings name",
                    remedy="rename the key of your data, or use a server without data",
                )
        rest = self._modules
        while rest:
            # The server takes no module that calls a function of one that is not there yet.
            waiting = []
            problem: ServerError | None = None
            for path, text in rest:
                self._put[self._prefix + path] = text
                try:
                    self._server.put_policy(self._prefix + path, text)
                except ServerError as err:
                    del self._put[self._prefix + path]
                    waiting.append((path, text))
                    problem = problem or err
            if problem is not None and len(waiting) == len(rest):
                raise PolicyEngineError(
                    f"the OPA server does not take {self._own(str(problem))}",
                    remedy="correct the policy, or judge with regorus",
                )
            rest = waiting

    def ask(
        self, policy_input: Any, timeout_seconds: float
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return the answers to all queries, and why there are no more."""
        deadline = time.monotonic() + timeout_seconds
        try:
            found = self._server.query(f"{_QUESTIONS}/answers", policy_input, timeout_seconds)
            return [answer_of(found[str(at)]) for at in range(len(self._queries))], None
        except (ServerError, TimeoutError):
            pass
        except (TypeError, KeyError, ValueError) as err:
            raise PolicyEngineError(
                "the OPA server's answer has no known form",
                remedy="name an OPA server in [policy.options] url",
            ) from err
        deadline = time.monotonic() + timeout_seconds
        answers: list[dict[str, Any]] = []
        for answer in self._one_by_one(policy_input, deadline):
            if answer is None:
                return answers, f"no answer within {timeout_seconds:g} s"
            answers.append(answer)
        return answers, None

    def _one_by_one(self, policy_input: Any, deadline: float) -> Iterator[dict[str, Any] | None]:
        """Yield an answer a query; None when time is up, and then no more."""
        for query in self._queries:
            left = deadline - time.monotonic()
            path = query.removeprefix("data.").replace(".", "/")
            try:
                if left <= 0:
                    raise TimeoutError
                found = self._server.query(path, policy_input, left)
                yield {"undefined": True} if found is None else {"value": found}
            except TimeoutError:
                yield None
                return
            except ServerError as err:
                yield {"error": self._own(str(err))}

    def compare(self) -> None:
        """Check that the server still has what was put there and nothing else beside it."""
        self._server.refuse_others(set(self._put), _ROOT, _QUESTIONS)
        changed = [name for name, text in self._put.items() if self._server.policy(name) != text]
        changed += [key for key, value in self._data.items() if self._server.data(key) != value]
        if changed:
            raise PolicyEngineError(
                f"`{self._own(changed[0])}` was changed on the OPA server while it judged",
                remedy="give this gate a server of its own, then run again",
            )

    def remove(self) -> None:
        """Remove what was put there; what calls functions goes before what has them."""
        left = []
        for name in reversed(self._put):
            try:
                self._server.remove_policy(name)
            except (PolicyEngineError, ServerError):
                left.append(name)
        for key in self._put_data:
            try:
                self._server.remove_data(key)
            except (PolicyEngineError, ServerError):
                left.append(f"data.{key}")
        self._put, self._put_data = {}, []
        if left:
            raise PolicyEngineError(
                f"`{left[0]}` could not be removed from the OPA server",
                remedy=f"remove what begins with `{PREFIX}/` there, then run again",
            )

    def _own(self, text: str) -> str:
        """Return `text` with our own paths in the place of the server's ids."""
        return text.replace(self._prefix, "")
