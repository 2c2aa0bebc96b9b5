"""Nodes of regorus' syntax tree: what they name, where they stand, what they give values to.

A node is a JSON object with one key, its kind (`Call`, `RefDot`, `Var`, …), or a part of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance_policy.builtins import ARGUMENTS_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 200
"""Nesting that is looked at."""


def rule_name(rule: dict[str, Any]) -> str:
    """Return the first word of a rule's name: `findings` of `findings contains …`."""
    return next(iter(constant_prefix(head_of(rule).get("refr", {}))), "")


def inner_of(node: Any) -> Any:
    """Return what is inside a reference `rest.word` or `rest[index]`, None for other nodes."""
    return (node.get("RefDot") or node.get("RefBrack")) if isinstance(node, dict) else None


def position_of(span: Any) -> tuple[int, int]:
    """Return line and column of a span, 1-based."""
    if isinstance(span, dict) and isinstance(span.get("line"), int):
        column = span.get("col")
        return span["line"], column if isinstance(column, int) else 1
    return 1, 1


def span_of(node: Any) -> Any:
    """Return the place where a reference begins."""
    while isinstance(node, dict):
        inner = next((value for value in node.values() if isinstance(value, dict)), None)
        if inner is None:
            return None
        if not isinstance(inner.get("refr"), dict):
            return inner.get("span")
        node = inner["refr"]
    return None


def head_of(rule: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a rule with its name: `refr`, and `args` of a function."""
    if isinstance(default := rule.get("Default"), dict):
        return default
    head = rule.get("Spec", {}).get("head", {})
    found: Any = next(iter(head.values()), {}) if isinstance(head, dict) else {}
    return found if isinstance(found, dict) else {}


def is_function(rule: dict[str, Any]) -> bool:
    """Return whether a rule takes arguments."""
    default = rule.get("Default")
    if isinstance(default, dict):
        return bool(default.get("args"))
    return "Func" in rule.get("Spec", {}).get("head", {})


def path_of(node: Any) -> list[str] | None:
    """Return the words of a reference of names and constant texts, None for any other."""
    found: list[str] = []
    while isinstance(node, dict):
        if isinstance(var := node.get("Var"), dict):
            found.append(str(var.get("value")))
            return found[::-1]
        step = _step_of(node)
        if step is None:
            return None
        word, node = step
        found.append(word)
    return None


def _step_of(node: dict[str, Any]) -> tuple[str, Any] | None:
    """Return last word and the rest of `rest.word` or `rest["word"]`."""
    if isinstance(dot := node.get("RefDot"), dict):
        named = dot.get("field")
        if isinstance(named, list) and isinstance(named[-1], str):
            return named[-1], dot.get("refr")
    if isinstance(brack := node.get("RefBrack"), dict):
        text = brack.get("index")
        if isinstance(text, dict) and isinstance(string := text.get("String"), dict):
            return str(string.get("value")), brack.get("refr")
    return None


def constant_prefix(node: dict[str, Any]) -> list[str]:
    """Return the words that a reference begins with, up to the first that is computed."""
    chain: list[Any] = []
    current: Any = node
    while isinstance(current, dict):
        chain.append(current)
        inner = inner_of(current)
        current = inner.get("refr") if isinstance(inner, dict) else None
    path: list[str] = []
    for item in reversed(chain):
        if isinstance(var := item.get("Var"), dict):
            path.append(str(var.get("value")))
            continue
        step = _step_of(item)
        if step is None or not path:
            break
        path.append(step[0])
    return path


def inside(rule: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object in a rule with the key that it stands under, down to `MAX_DEPTH`."""
    level: list[Any] = [[rule]]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            if isinstance(node, list):
                below += node
                continue
            for kind, value in node.items():
                if isinstance(value, dict):
                    if kind != "span":
                        yield kind, value
                        below.append(value)
                elif isinstance(value, list):
                    below.append(value)
        level = [node for node in below if isinstance(node, list | dict)]
        if not level:
            return


def bound_by(kind: str, value: dict[str, Any]) -> Iterator[str]:
    """Yield the names that an object of this kind may give a value to."""
    if kind in {"Func", "Default"}:
        yield from _names_in(value.get("args"))
    elif kind == "SomeIn":
        yield from _names_in([value.get("key"), value.get("value")])
    elif kind == "AssignExpr":
        sides = [value.get("lhs")]
        if value.get("op") != "ColEq":
            sides.append(value.get("rhs"))
        yield from _names_in(sides)
    elif kind == "RefBrack":
        yield from _names_in(value.get("index"))
    elif kind == "Call":
        # `walk(x, [path, value])`: an argument too many takes the answer.
        params = value.get("params") or [None]
        if (path_of(value.get("fcn")) or [""])[-1] in ARGUMENTS_OUT:
            yield from _names_in(params[-1])


def _names_in(node: Any, depth: int = 0) -> Iterator[str]:
    """Yield the variables of a pattern: a variable, or arrays and objects of patterns."""
    if depth > MAX_DEPTH:
        return
    if isinstance(node, list):
        for item in node:
            yield from _names_in(item, depth + 1)
    elif isinstance(node, dict):
        for kind, value in node.items():
            if kind == "Var" and isinstance(value, dict):
                yield str(value.get("value"))
            elif kind in {"Array", "Object"} and isinstance(value, dict):
                yield from _names_in(value.get("items") or value.get("fields"), depth + 1)
