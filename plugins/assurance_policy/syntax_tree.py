"""Looks through regorus' syntax tree of a module for names and calls that cannot be right.

The tree is JSON: a node is an object with one key, its kind (`Call`, `RefDot`, `Var`, …), or a
part of one; most carry a `span` with line and column. Kinds that are not known here are searched
all the same, so that a newer engine's tree hides nothing.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyFileError
from assurance_policy.builtins import ALLOWED, BANNED, BANNED_PREFIXES
from assurance_policy.syntax_nodes import (
    MAX_DEPTH,
    bound_by,
    constant_prefix,
    head_of,
    inner_of,
    inside,
    is_function,
    path_of,
    position_of,
    rule_name,
    span_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INPUT_KEYS: Final = frozenset(
    {
        "now",
        "environment",
        "release",
        "evidence",
        "collectors",
        "settings_digest",
        "sign_offs",
        "previous",
    }
)
"""What the policy input has at its top."""

_ROOT: Final = "assurance"


@dataclass(slots=True, kw_only=True)
class Scope:
    """Every package with its rules, over all modules."""

    data_keys: frozenset[str]
    """Top-level keys of the data files, and those that may be left out."""
    unknown: frozenset[str] = frozenset()
    """Packages with a module that did not parse: nothing is said about what they lack."""
    data_read: set[str] = field(default_factory=set)
    """Top-level keys of data that a module refers to."""
    _packages: dict[str, dict[str, int | None]] = field(default_factory=dict)

    def add(self, package: str, tree: dict[str, Any]) -> None:
        """Take note of the rules that a module adds to its package."""
        rules = self._packages.setdefault(package, {})
        for rule in tree.get("rules", []):
            head = head_of(rule)
            name = rule_name(rule)
            arity = len(head["args"]) if "args" in head and is_function(rule) else None
            rules[name] = arity if arity is not None else rules.get(name)

    def rules(self, package: str) -> dict[str, int | None]:
        """Return the package's rules: name, and number of arguments of a function."""
        return self._packages.get(package, {})

    def find(self, path: list[str]) -> tuple[str, str | None] | None:
        """Return package and rule (None: the package itself) that `path` below data begins with."""
        for size in range(len(path), 0, -1):
            package = ".".join(path[:size])
            if package in self._packages or package in self.unknown:
                return package, path[size] if size < len(path) else None
        return None


class TreeCheck:
    """One module's tree against the scope."""

    def __init__(
        self, *, scope: Scope, package: str, file: str, source: bytes, is_test: bool
    ) -> None:
        """Take the module's package, its file for messages, its text, and if it is a test."""
        self._scope = scope
        self._package = package
        self._file = file
        self._source = source
        self._is_test = is_test
        self._aliases: dict[str, list[str]] = {}
        self._found: dict[tuple[int, int, str], PolicyFileError] = {}

    def problems(self, tree: dict[str, Any]) -> list[PolicyFileError]:
        """Return what is wrong in `tree`, by place."""
        for item in tree.get("imports", []):
            self._import(item)
        own = self._scope.rules(self._package)
        for rule in tree.get("rules", []):
            bound = {"input", "data", "_", *self._aliases, *own}
            for kind, value in inside(rule):
                bound.update(self._every(value) if kind == "Every" else bound_by(kind, value))
            self._visit(rule, bound, 0)
        return [error for _, error in sorted(self._found.items(), key=lambda item: item[0])]

    def _add(self, span: Any, problem: str, remedy: str) -> None:
        line, column = position_of(span)
        self._found.setdefault(
            (line, column, problem),
            PolicyFileError(problem, remedy=remedy, where=f"{self._file}:{line}:{column}"),
        )

    def _import(self, item: dict[str, Any]) -> None:
        path = path_of(item.get("refr", {}))
        span = item.get("span")
        if path == ["rego", "v1"]:
            return
        if path is None or path[:1] != ["data"] or len(path) < 2:  # noqa: PLR2004 - data.NAME
            self._add(
                span,
                f"`import {'.'.join(path or ['…'])}` is not taken",
                "import `rego.v1` and helpers such as `data.assurance.lib.evidence` only",
            )
            return
        self._aliases[self._word(item.get("as")) or path[-1]] = path[1:]
        self._data(path[1:], span)

    def _word(self, span: Any) -> str | None:
        """Return the text at `span`: of some names the tree gives only the place."""
        if not isinstance(span, dict):
            return None
        start, end = span.get("start"), span.get("end")
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        return self._source[start:end].decode("utf-8", "replace")

    def _every(self, value: dict[str, Any]) -> Iterator[str]:
        """Yield the names that an `every` gives values to."""
        yield from filter(None, map(self._word, (value.get("key"), value.get("value"))))

    def _visit(  # noqa: C901 - one branch a kind of node
        self, node: Any, bound: set[str], depth: int
    ) -> None:
        if depth > MAX_DEPTH:
            self._add(None, "the module is nested too deeply to be checked", "split its rules")
            return
        if isinstance(node, list):
            for item in node:
                self._visit(item, bound, depth + 1)
            return
        if not isinstance(node, dict):
            return
        if node.get("with_mods") and not self._is_test:
            self._add(
                node.get("span"), "`with` is for tests: a check judges the real input", "remove it"
            )
        for kind, value in node.items():
            if kind == "Call" and isinstance(value, dict):
                self._call(value)
                self._visit(value.get("params"), bound, depth + 1)
                fcn = value.get("fcn")
                if path_of(fcn) is None:
                    self._visit(fcn, bound, depth + 1)
            elif kind in {"RefDot", "RefBrack"} and isinstance(value, dict):
                self._reference(node, bound, depth)
            elif kind == "Var" and isinstance(value, dict):
                self._variable(value, bound)
            elif kind != "span":
                self._visit(value, bound, depth + 1)

    def _variable(self, value: dict[str, Any], bound: set[str]) -> None:
        name = value.get("value")
        if isinstance(name, str) and name not in bound:
            self._add(
                value.get("span"),
                f"`{name}` is unsafe: no rule, import or expression gives it a value"
                + _nearest(name, bound),
                "bind it with `some … in`, `:=`, or correct its name",
            )

    def _reference(self, node: dict[str, Any], bound: set[str], depth: int) -> None:
        """Look at a reference as a whole, then at its indices and at what it begins with."""
        path = constant_prefix(node)
        if path:
            self._named(path, span_of(node), bound)
        current: Any = node
        while isinstance(inner := inner_of(current), dict):
            self._visit(inner.get("index"), bound, depth + 1)
            current = inner.get("refr")
        self._visit(current, bound, depth + 1)

    def _named(self, path: list[str], span: Any, bound: set[str]) -> None:
        head = path[0]
        if head == "input" and len(path) > 1:
            if path[1] not in INPUT_KEYS and not self._is_test:
                self._add(
                    span,
                    f"the policy input has no `{path[1]}`" + _nearest(path[1], INPUT_KEYS),
                    f"it has {', '.join(sorted(INPUT_KEYS))}",
                )
        elif head == "data" and len(path) > 1:
            self._data(path[1:], span)
        elif head in self._aliases and head in bound:
            self._data([*self._aliases[head], *path[1:]], span)

    def _data(self, path: list[str], span: Any) -> None:
        if path[0] != _ROOT:
            self._scope.data_read.add(path[0])
            if path[0] not in self._scope.data_keys:
                self._add(
                    span,
                    f"no data file has the key `{path[0]}`",
                    "add it to a data.json or to [policy] data",
                )
            return
        found = self._scope.find(path)
        if found is None:
            self._add(span, f"there is no package `{'.'.join(path)}`", "correct the reference")
            return
        package, rule = found
        if rule is None or package in self._scope.unknown:
            return
        if rule not in self._scope.rules(package):
            self._add(
                span,
                f"the package `{package}` has no rule `{rule}`"
                + _nearest(rule, self._scope.rules(package)),
                "correct the reference",
            )

    def _call(  # noqa: PLR0911 - one answer a kind of call
        self, value: dict[str, Any]
    ) -> None:
        path = path_of(value.get("fcn"))
        span = span_of(value.get("fcn")) or value.get("span")
        if path is None:
            self._add(span, "a function must be called by its name", "name the function")
            return
        name = ".".join(path)
        given = len(value.get("params") or [])
        if name in self._scope.rules(self._package):
            self._arity(name, self._scope.rules(self._package)[name], given, span)
            return
        if name in BANNED or any(name.startswith(prefix) for prefix in BANNED_PREFIXES):
            why = BANNED.get(name) or next(
                reason for prefix, reason in BANNED_PREFIXES.items() if name.startswith(prefix)
            )
            self._add(span, f"`{name}` is banned: {why}", "remove the call")
            return
        if name in ALLOWED:
            return
        full = self._aliases[path[0]] + path[1:] if path[0] in self._aliases else path
        if full[:1] == ["data"]:
            full = full[1:]
        found = self._scope.find(full) if full[:1] == [_ROOT] else None
        if found is not None:
            package, rule = found
            rules = self._scope.rules(package)
            if package in self._scope.unknown:
                return
            if rule is not None and rule in rules:
                self._arity(name, rules[rule], given, span)
                return
            known: Iterable[str] = (key for key, arity in rules.items() if arity is not None)
            self._add(
                span, f"unknown function `{name}`" + _nearest(rule or "", known), "correct its name"
            )
            return
        known = [*ALLOWED, *self._scope.rules(self._package)]
        self._add(span, f"unknown function `{name}`" + _nearest(name, known), "correct its name")

    def _arity(self, name: str, takes: int | None, given: int, span: Any) -> None:
        if takes is None:
            self._add(span, f"`{name}` is no function", "leave the parentheses out")
        elif given != takes:
            self._add(span, f"`{name}` takes {takes} arguments, found {given}", "correct the call")


def _nearest(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), 1, 0.7)
    return f", did you mean `{near[0]}`?" if near else ""
