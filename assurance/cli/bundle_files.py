"""Which sealed bundle a command means when none is named: the newest in the output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BUNDLES = "*.intoto.jsonl"
DEFAULT_OUT = "evidence"
"""The folder of results, beside the settings."""


def newest(
    pattern: str = BUNDLES, *, config: Path | None, environ: Mapping[str, str], cwd: Path
) -> Path:
    """Return the newest file of the output folder, by its time: a sealed bundle, where not said.

    The folder is `ASSURANCE_OUT`, else `evidence/` beside the settings; where there are no
    settings, `evidence/` in `cwd`. The settings are not read.

    Raises:
        UsageError: there is none.
    """
    folder = _folder(config, environ, cwd)
    found = []
    for path in folder.glob(pattern):
        try:
            found.append((path.stat().st_mtime_ns, path.name, path))
        except OSError:  # gone since it was listed
            continue
    if not found:
        raise UsageError(
            f"no sealed bundle here ({pattern})",
            remedy="name one after the check, or make one with: assurance run",
            where=str(folder),
        )
    path = max(found)[2]
    return path.relative_to(cwd) if path.is_relative_to(cwd) else path


def _folder(config: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    if named := environ.get("ASSURANCE_OUT"):
        return cwd / named
    # Settings that are not named stand in the current folder, or there are none.
    settings = config or environ.get("ASSURANCE_CONFIG")
    return (cwd / settings).parent / DEFAULT_OUT if settings else cwd / DEFAULT_OUT
