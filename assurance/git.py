"""What git knows of the project: which commit is checked out, and what was changed since."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING, Final

from assurance.errors import UndecidedError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS: Final = 60
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REDIRECTS: Final = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
)
"""Variables that would make git look at another repository than the project's."""
_SOURCES = (
    "*.py",
    "*.pyi",
    "*.pyx",
    "*.c",
    "*.h",
    "*.rs",
    "pyproject.toml",
    "setup.*",
    "MANIFEST.in",
)
_NO_SOURCES = (".venv", "venv", ".tox", ".nox", "build", "dist", "node_modules")


def revision(root: Path) -> str | None:
    """Return the commit that is checked out at `root`; None without git, repository or commit.

    Raises:
        UndecidedError: there is a repository, and git refuses to read it.
    """
    answer = _git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if answer is None:
        return None
    commit = answer.strip()
    return commit if _COMMIT.fullmatch(commit) else None


def is_dirty(root: Path) -> bool:
    """Return whether files that git tracks differ from the commit that is checked out.

    Files that git does not track do not count: build results would, in every CI.

    Raises:
        UndecidedError: there is a repository, and git refuses to read it.
    """
    return bool(_git(root, "status", "--porcelain", "--untracked-files=no"))


def untracked_sources(root: Path) -> tuple[str, ...]:
    """Return the source files below `root` that git neither tracks nor ignores, sorted.

    A build takes them up like all others, and the revision does not have them.

    Raises:
        UndecidedError: there is a repository, and git refuses to read it.
    """
    patterns = [*_SOURCES, *(f":(exclude){name}" for name in _NO_SOURCES)]
    listed = _git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *patterns)
    return tuple(sorted(name for name in (listed or "").split("\0") if name))


def _git(root: Path, *arguments: str) -> str | None:
    environment = {key: value for key, value in os.environ.items() if key not in _REDIRECTS}
    # Messages in English, no lock files; core.fsmonitor may name a program to run.
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root), *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return None
    except (OSError, subprocess.TimeoutExpired) as err:
        raise _failed(root, str(err)) from err
    if done.returncode == 0:
        return done.stdout.decode(errors="replace")
    message = done.stderr.decode(errors="replace")
    if "not a git repository" in message or (done.returncode == 1 and not message.strip()):
        return None
    raise _failed(root, message)


def _failed(root: Path, message: str) -> UndecidedError:
    first = message.strip().splitlines()[0] if message.strip() else "no message"
    return UndecidedError(
        f"git cannot tell the source revision: {first:.200}",
        remedy=f"run `git -C {root} status`, or say `revision` in [release]",
        where=str(root),
    )
