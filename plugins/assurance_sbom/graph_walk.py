"""Walks a dependency graph: circles and what cannot be reached, in time linear in its size.

In Python, because policies cannot: Rego has no recursion, and its `graph.reachable` takes
quadratic time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def circles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the sets of nodes that all reach each other, each sorted, sorted.

    A node alone counts where it points to itself. Tarjan's algorithm, without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[list[str]] = []
    for start in edges:
        if start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        path = [(start, iter(edges[start]))]
        while path:
            node, targets = path[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    path.append((target, iter(edges.get(target, ()))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == index[node]:
                    found += _component(node, stack, on_stack, edges)
    return sorted(found)


def _component(
    node: str, stack: list[str], on_stack: set[str], edges: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Take the component of `node` off the stack; none where it is no circle."""
    members = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        members.append(member)
        if member == node:
            break
    return [sorted(members)] if len(members) > 1 or node in edges.get(node, ()) else []


def reached(edges: Mapping[str, Sequence[str]], start: Iterable[str]) -> set[str]:
    """Return `start` and everything that can be reached from it."""
    found = set(start)
    waiting = list(found)
    while waiting:
        for target in edges.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found
