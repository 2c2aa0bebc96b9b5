"""The command that makes an input which is not there, as `init` writes it beside the input.

Only a hint for people: nothing is run, and nothing is decided by it.
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from assurance.errors import AssuranceError

if TYPE_CHECKING:
    from pathlib import Path


def command(root: Path, plugin: str, path: str) -> str | None:
    """Return a command that can be pasted, or None where none is known.

    Args:
        root: The project's folder, where it is to be typed.
        plugin: Whose input it is: `tests`, `sbom` or `vulnerabilities`.
        path: The input, as the settings name it.
    """
    name = PurePosixPath(path).name
    if any(character in path for character in "*?["):
        return None
    if plugin == "tests" and name.endswith(".xml") and "coverage" not in name:
        return f"python -m pytest --junitxml={shlex.quote(path)}"
    if plugin in {"sbom", "vulnerabilities"} and name.endswith(".txt"):
        return _lock(root, path)
    return None


def _lock(root: Path, path: str) -> str | None:
    from assurance import project, settings_template

    try:
        seen = project.look(root)
    except AssuranceError:
        return None
    return (
        settings_template.lock_command(seen) if path == settings_template.lock_name(seen) else None
    )
