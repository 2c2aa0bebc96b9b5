"""What an SBOM can be made from, by the names that the option `source` has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT: Final = "environment"
REQUIREMENTS: Final = "requirements"
PYLOCK: Final = "pylock"
UV: Final = "uv"
POETRY: Final = "poetry"
ARCHIVE: Final = "archive"
EXISTING: Final = "cyclonedx"
LOCKS: Final = (PYLOCK, UV, POETRY)
"""Of one file each, with who needs whom."""
ALL: Final = (ENVIRONMENT, REQUIREMENTS, *LOCKS, ARCHIVE, EXISTING)


def shown(path: Path, root: Path) -> str:
    """Return the path as a reader knows it: relative to the project."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
