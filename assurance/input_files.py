"""The files that a settings' glob stands for."""

from __future__ import annotations

import glob
import os
import stat
from typing import TYPE_CHECKING, Final

from assurance.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.settings import InputGlob

MAX_FILES: Final = 100_000
"""More matches of one glob are an error: it is wider than meant."""


def match(root: Path, pattern: InputGlob) -> tuple[Path, ...]:
    """Return the regular files below `root` that `pattern` matches: absolute, sorted, unique.

    `*` and `?` do not match a leading dot, `**` goes down folders. Folders that match are
    passed over. A symlink counts as what it points to.

    Raises:
        SettingsError: more than `MAX_FILES` matches.
    """
    return tuple(path for path in everything(root, pattern) if path.is_file())


def everything(root: Path, pattern: InputGlob) -> tuple[Path, ...]:
    """Return whatever `pattern` matches, of any kind: absolute, sorted, unique."""
    names = set()
    for name in glob.iglob(pattern.glob, root_dir=root, recursive=True):  # noqa: PTH207 - Path.glob hides nothing and follows less
        names.add(os.path.normpath(name))
        if len(names) > MAX_FILES:
            raise SettingsError(
                f"`{pattern.glob}` matches more than {MAX_FILES:,} files",
                remedy="narrow the glob",
            )
    return tuple(sorted(root / name for name in names))


def check_inside(
    root: Path,
    path: Path,
    *,
    what: str = "release artifact",
    where: str = "release.artifacts",
    remedy: str = "narrow the globs in [release] artifacts, or remove the file",
) -> None:
    """Check that `path` is a regular file whose content is inside `root`.

    Args:
        root: The project's folder.
        path: The file.
        what: What it is, for messages.
        where: The setting that names it.
        remedy: What to do about one that is refused.

    Raises:
        SettingsError: a folder, a socket or the like, a symlink out of `root`, or a name
            that evidence cannot carry.
    """
    shown = str(path.relative_to(root) if path.is_relative_to(root) else path)
    if not shown.isprintable():
        raise SettingsError(
            f"{what} {shown!r} has a name that is not printable text", remedy=remedy, where=where
        )
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except (OSError, RuntimeError) as err:
        reason = getattr(err, "strerror", None) or "a symlink to itself"
        raise SettingsError(
            f"{what} `{shown}` cannot be read: {reason}", remedy=remedy, where=where
        ) from err
    if not target.is_relative_to(root.resolve()):
        raise SettingsError(
            f"{what} `{shown}` leads out of {root}, to {target}", remedy=remedy, where=where
        )
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise SettingsError(f"{what} `{shown}` is {kind}", remedy=remedy, where=where)
