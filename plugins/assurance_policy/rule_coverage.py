"""Which rules of the policies their tests have evaluated, from what the engine saw line by line.

A rule is covered when none of its lines was left out: a rule whose head was never reached has never
found anything, whatever its tests call. Lines that the engine does not evaluate (brackets,
comments) do not count, nor do rules that have no other lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.value import Value
from assurance_policy.syntax_nodes import rule_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assurance_policy.load import Module

_WHOLE: Final = 1000
"""Percentages are counted in tenths."""


class RuleLines(Value):
    """One rule, and which of its lines no test has evaluated."""

    module: Module
    name: str
    line: int
    """Where it begins, 1-based."""
    never: tuple[int, ...]
    """Sorted; empty for a rule that is covered."""

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.module.file}:{self.line}"


class Coverage(Value):
    """All rules that were measured."""

    rules: tuple[RuleLines, ...]

    @property
    def covered(self) -> int:
        """How many rules are covered."""
        return sum(not rule.never for rule in self.rules)

    @property
    def tenths(self) -> int:
        """Tenths of a percent, rounded down: 1000 only when every rule is covered."""
        return self.covered * _WHOLE // len(self.rules) if self.rules else 0


def measure(
    modules: Iterable[tuple[Module, Mapping[str, Any]]],
    lines: Mapping[str, Mapping[str, Sequence[int]]],
) -> Coverage:
    """Return the coverage of `modules`.

    Args:
        modules: Each with its syntax tree.
        lines: By module path, what the engine saw: lines `evaluated`, and those `never`.
    """
    return Coverage(
        rules=tuple(rule for module, tree in modules for rule in _rules(module, tree, lines))
    )


def _rules(
    module: Module, tree: Mapping[str, Any], lines: Mapping[str, Mapping[str, Sequence[int]]]
) -> Iterator[RuleLines]:
    seen = lines.get(module.path, {})
    evaluated, never = set(seen.get("evaluated", ())), set(seen.get("never", ()))
    for rule in tree.get("rules", []):
        first, last = _extent(module.content, rule)
        extent = range(first, last + 1)
        if not any(line in evaluated or line in never for line in extent):
            continue
        yield RuleLines(
            module=module,
            name=rule_name(rule),
            line=first,
            never=tuple(line for line in extent if line in never),
        )


def _extent(source: bytes, rule: Mapping[str, Any]) -> tuple[int, int]:
    """Return first and last line of a rule."""
    span: Mapping[str, Any] = next(iter(rule.values())).get("span", {})
    first = int(span.get("line", 1))
    return first, first + source[span.get("start", 0) : span.get("end", 0)].count(b"\n")


def ranges(lines: Sequence[int]) -> str:
    """Return sorted lines as people write them: `3, 7-9`."""
    starts = [line for line in lines if line - 1 not in lines]
    ends = [line for line in lines if line + 1 not in lines]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in pairs)
