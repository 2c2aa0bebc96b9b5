"""Policies that the command line names with `--policy DIR`: read at once, and not empty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assurance.interfaces import PolicyEngine, PolicySet


def load(engine: PolicyEngine, folders: Sequence[str]) -> PolicySet:
    """Return the policies in `folders`, at least one.

    Raises:
        UsageError: a folder is not there, or no check is in any of them.
        PolicyFileError: a file cannot be read, or is no policy.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise UsageError(
                "the policy folder is not there", remedy="check --policy", where=folder
            )
    policies = engine.load([Path(folder) for folder in folders], [])
    if not policies.checks:
        raise UsageError(
            "the policy folders hold no check",
            remedy="add a package assurance.<area>.<name> with # METADATA",
            where=folders[0],
        )
    return policies
