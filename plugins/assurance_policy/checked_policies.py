"""Folders of policies in, one policy set out: read, and looked through without running them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance_policy import load, static_check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assurance.interfaces import PolicySet


def load_policy_set(folders: Sequence[Path], data: Sequence[Path]) -> PolicySet:
    """Return the policy set of `folders` and `data` files, statically checked.

    The built-in helpers are part of every set. No Rego is evaluated. Tests are not looked at: they
    judge no release, and `assurance policy check` and `test` say what is wrong with them.

    Raises:
        PolicyFileError: anything wrong with any of them: file, line and column of the first
            problem, and how many more there are.
        PolicyEngineError: the engine's parser could not be started.
    """
    return checked(folders, data, tests=False).policy_set()


def checked(folders: Sequence[Path], data: Sequence[Path], *, tests: bool = True) -> load.Loaded:
    """Return what `folders` and `data` hold, with every problem of it.

    Args:
        folders: Of policies.
        data: Files in JSON.
        tests: Whether to look at the `_test.rego` files too.

    Raises:
        PolicyEngineError: the engine's parser could not be started.
    """
    loaded = load.read(folders, data)
    if not tests:
        loaded.tests.clear()
    loaded.problems += static_check.problems(loaded)
    return loaded
