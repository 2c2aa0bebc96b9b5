"""Which sealed bundle a command means when none is named: the newest in the output folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.cli.gate_options import DEFAULT_OUT
from assurance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATTERN = "*.intoto.jsonl"


def newest(*, config: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the newest sealed bundle of the output folder, by the time of its file.

    The folder is `ASSURANCE_OUT`, else `evidence/` beside the settings; where there are no
    settings, `evidence/` in `cwd`. The settings are not read.

    Raises:
        UsageError: there is none.
        SettingsError: the settings file that was named is not there.
    """
    folder = _folder(config, environ, cwd)
    found = []
    for path in folder.glob(PATTERN):
        try:
            found.append((path.stat().st_mtime_ns, path.name, path))
        except OSError:  # gone since it was listed
            continue
    if not found:
        raise UsageError(
            f"no sealed bundle here ({PATTERN})",
            remedy="name one after the check, or make one with: assurance run",
            where=str(folder),
        )
    path = max(found)[2]
    return path.relative_to(cwd) if path.is_relative_to(cwd) else path


def _folder(config: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    named = environ.get("ASSURANCE_OUT")
    if named:
        return cwd / named
    from assurance.errors import SettingsError
    from assurance.settings_document import find

    try:
        return find(config, environ=environ, cwd=cwd).parent / DEFAULT_OUT
    except SettingsError:
        if config is not None:
            raise
        return cwd / DEFAULT_OUT
