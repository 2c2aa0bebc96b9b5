"""The three rules of each check: how any engine is asked for them, and what its answers mean.

An engine evaluates the queries in their order and gives one answer a query: `{"value": …}`,
`{"undefined": true}` or `{"error": …}`. Fewer answers than queries mean that the checks whose
answers are not there have an error, never that they have nothing to say.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assurance.interfaces import RuleResult
from assurance.policy_set import CHECKS
from assurance_policy.builtins import BANNED, BANNED_PREFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.interfaces import PolicySet

RULES: Final = ("applies", "evaluated", "findings")
"""The entry points of a check."""

_TEXTS: Final = re.compile(
    rb"""\[%b(?P<index>"(?:\\.|[^"\\\n])*"|`[^`]*`)%b\]|"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*"""
    % (rb"(?:\s|#[^\n]*\n)*", rb"(?:\s|#[^\n]*\n)*")
)
"""Texts and comments; first, texts that are an index: `http["send"]` is `http.send`."""
_BANNED_CALL: Final = re.compile(
    rb"(?<![\w.])(?:%b|(?:%b)\w+)\s*\("
    % tuple(
        b"|".join(re.escape(name).encode() for name in sorted(names))
        for names in (BANNED, BANNED_PREFIXES)
    )
)
_BANNED_WORD: Final = re.compile(
    rb"\\u|\b(?:%b)\b"
    % b"|".join(
        sorted(
            {name.rstrip(".").rpartition(".")[2].encode() for name in (*BANNED, *BANNED_PREFIXES)}
        )
    )
)
"""One of these words is in every banned call, or hidden by an escape."""


class Parts(NamedTuple):
    """A policy set as engines take it."""

    modules: list[tuple[str, bytes]]
    """(path, content) of the Rego modules."""
    data: list[bytes]
    """JSON documents for the root of `data`."""


def parts(policies: PolicySet) -> Parts:
    """Return the modules and data documents of `policies`."""
    return Parts(
        modules=[file for file in policies.files if file[0].endswith(".rego")],
        data=[
            content for path, content in policies.files if path.endswith(".json") and path != CHECKS
        ],
    )


def queries(checks: Sequence[str]) -> list[str]:
    """Return the references to evaluate for `checks` (ids), three a check."""
    return [f"data.assurance.{check}.{rule}" for check in checks for rule in RULES]


def results(
    checks: Sequence[str], answers: Sequence[dict[str, Any]], problem: str | None
) -> dict[str, RuleResult]:
    """Return what each check said.

    Args:
        checks: Ids, in the order of their queries.
        answers: One a query, or only the first of them.
        problem: Why the rest did not come.
    """
    width = len(RULES)
    return {
        check: _result(answers[at * width : (at + 1) * width], problem)
        for at, check in enumerate(checks)
    }


def _result(answers: Sequence[dict[str, Any]], problem: str | None) -> RuleResult:
    if len(answers) < len(RULES):
        return RuleResult(error=problem or "no answer")
    for rule, answer in zip(RULES, answers, strict=True):
        if "error" in answer:
            return RuleResult(error=f"{rule}: {answer['error']}")
    values = {
        rule: answer.get("value")  # null is as good as undefined
        for rule, answer in zip(RULES, answers, strict=True)
    }
    if isinstance(values["findings"], list):
        # Engines put the members of a set into different orders.
        values["findings"].sort(key=lambda finding: json.dumps(finding, sort_keys=True))
    return RuleResult(**values)


def banned_call(modules: Sequence[tuple[str, bytes]]) -> str | None:
    """Return what is wrong if a module calls a banned function, else None.

    The static checks look at the syntax when policies are loaded; a bundle's policies come
    without them, and an engine may answer such a call with silence.
    """
    for path, content in modules:
        if not _BANNED_WORD.search(content):
            continue
        code = _TEXTS.sub(_without_text, content)
        if found := _BANNED_CALL.search(code):
            name = found[0].rstrip(b"( \t\r\n").decode("utf-8", "replace")
            line = code[: found.start()].count(b"\n") + 1
            return f"{path}:{line}: `{name}` is banned"
    return None


def _without_text(found: re.Match[bytes]) -> bytes:
    """Return what stands for a text or comment in code: as many lines, and the word of an index."""
    lines = b"\n" * found[0].count(b"\n") or b" "
    if found["index"] is None:
        return lines
    word = found["index"][1:-1]
    if found["index"].startswith(b'"'):
        try:
            word = json.loads(found["index"]).encode("utf-8", "replace")
        except ValueError:
            return lines
    return b"." + word if lines == b" " else b"." + word + lines
