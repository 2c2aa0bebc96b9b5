"""What a `setup.py` states literally; the script is read and never run."""

from __future__ import annotations

import ast
import warnings


def stated(text: str) -> dict[str, str]:
    """Return the arguments of the script's one call of `setup` that are literal text, by name.

    A script that is no Python, or that calls `setup` twice, states nothing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the script, which is not ours to mend
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_setup(node.func)]
    if len(calls) != 1:
        return {}
    return {
        keyword.arg: keyword.value.value
        for keyword in calls[0].keywords
        if keyword.arg and isinstance(keyword.value, ast.Constant)
        if isinstance(keyword.value.value, str)
    }


def _is_setup(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr == "setup"
    return isinstance(function, ast.Name) and function.id == "setup"
