"""The page of hooks describes the hooks that there are, and its examples are valid Python."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from assurance import hooks

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "hooks.md").read_text("utf-8")
SPECS = {
    name: function
    for name, function in inspect.getmembers(hooks, inspect.isfunction)
    if hasattr(function, f"{hooks.PROJECT}_spec")
}
assert len(SPECS) > 5, "an empty module would pass silently"


def test_each_hook_has_a_section_with_its_signature() -> None:
    """Headings and hook specifications are the same, in the same order."""
    expected = []
    for function in sorted(SPECS.values(), key=lambda it: it.__code__.co_firstlineno):
        signature = inspect.signature(function)
        arguments = [f"{name}: {it.annotation}" for name, it in signature.parameters.items()]
        returned = signature.return_annotation
        expected.append(f"{function.__name__}({', '.join(arguments)}) -> {returned}")
    assert expected == re.findall(r"^## `(.*)`$", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("name", sorted(SPECS))
def test_each_section_has_an_example(name: str) -> None:
    """The example implements the hook, with the arguments that it has."""
    section = PAGE.split(f"## `{name}(", 1)[1].split("\n## ", 1)[0]
    (example,) = re.findall(r"^```python\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)
    (function,) = [it for it in ast.parse(example).body if isinstance(it, ast.FunctionDef)]
    assert name == function.name
    assert list(inspect.signature(SPECS[name]).parameters) == [it.arg for it in function.args.args]


@pytest.mark.parametrize("name", sorted(SPECS))
def test_each_hook_says_since_when(name: str) -> None:
    """A plugin's maker sees which version of ours has the hook."""
    assert ".. versionadded:: " in (SPECS[name].__doc__ or "")
