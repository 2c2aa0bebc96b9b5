"""Which folders an interpreter imports from, and its marker variables (PEP 508)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assurance import CollectError

_TIMEOUT_SECONDS: Final = 60
_MAX_OUTPUT: Final = 4 * 1024 * 1024
_MARKERS: Final = (
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
)

_ASK: Final = """
import json, os, platform, sys
version = "{0.major}.{0.minor}.{0.micro}".format(sys.implementation.version)
if sys.implementation.version.releaselevel != "final":
    version += sys.implementation.version.releaselevel[0] + str(sys.implementation.version.serial)
print(json.dumps({"path": sys.path, "markers": {
    "implementation_name": sys.implementation.name,
    "implementation_version": version,
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_release": platform.release(),
    "platform_system": platform.system(),
    "platform_version": platform.version(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}}))
"""
"""Runs in the other interpreter: no imports beyond its standard library, no third-party code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """Where packages are looked for, and how markers are decided."""

    path: tuple[Path, ...]
    """In the order of import; folders that exist."""
    markers: tuple[tuple[str, str], ...]
    """(marker variable, value), sorted."""
    description: str
    """For the document: `running interpreter`, `interpreter` or `folder`."""


def find(python: str | None, *, root: Path) -> Interpreter:
    """Return what is known of the environment that `python` names.

    Args:
        python: An interpreter, the folder of a virtual environment, or a folder of installed
            packages (`site-packages`); relative to `root`. None: the running interpreter.
            A folder of packages is judged with the running interpreter's markers, but with
            the version in its path where that names one (`lib/python3.12/site-packages`).
        root: The project's folder.

    Raises:
        CollectError: there is no such file, or the interpreter does not answer.
    """
    if python is None:
        return Interpreter(
            path=_folders(sys.path[1:] if sys.path[:1] in ([""], [str(Path.cwd())]) else sys.path),
            markers=own_markers(),
            description="running interpreter",
        )
    location = root / python
    if location.is_dir():
        inside = _interpreter_of(location)
        if inside is None:
            return Interpreter(
                path=(location,), markers=_markers_of_folder(location), description="folder"
            )
        location = inside
    if not location.is_file():
        raise CollectError(
            f"there is no interpreter or folder {python!r}",
            remedy="Set the option `python` to an interpreter, a virtual environment or "
            "a site-packages folder.",
            where=str(location),
            missing=True,
        )
    return _ask(location)


def _interpreter_of(folder: Path) -> Path | None:
    """The interpreter of a virtual environment; None where the folder is none."""
    for inside in ("bin/python", "Scripts/python.exe"):
        if (folder / inside).is_file():
            return folder / inside
    return None


def _ask(python: Path) -> Interpreter:
    """Ask another interpreter, isolated from the current folder and PYTHON* variables."""
    try:
        answer = subprocess.run(
            [python, "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise _no_answer(python, str(err)) from err
    if answer.returncode != 0 or len(answer.stdout) > _MAX_OUTPUT:
        last = answer.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise _no_answer(python, f"exit {answer.returncode}: {''.join(last)[:200]}")
    try:
        facts = json.loads(answer.stdout)
        path = [str(entry) for entry in facts["path"]]
        markers = tuple((name, str(facts["markers"][name])) for name in _MARKERS)
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise _no_answer(python, "it printed something else than its path") from err
    return Interpreter(path=_folders(path), markers=markers, description="interpreter")


def _no_answer(python: Path, reason: str) -> CollectError:
    return CollectError(
        f"the interpreter does not say where its packages are ({reason})",
        remedy="Run it by hand with -I -c pass; set the option `python` to one that works.",
        where=str(python),
    )


def _folders(path: list[str]) -> tuple[Path, ...]:
    """The entries that exist, each once, in order."""
    found = dict.fromkeys(Path(entry) for entry in path if entry and os.path.exists(entry))  # noqa: PTH110 - quicker
    return tuple(found)


def own_markers() -> tuple[tuple[str, str], ...]:
    """Return the marker variables of the running interpreter, sorted by name."""
    from packaging.markers import default_environment

    environment = default_environment()
    return tuple((name, str(environment[name])) for name in _MARKERS)


def _markers_of_folder(folder: Path) -> tuple[tuple[str, str], ...]:
    """The running interpreter's markers, with the Python version that the path names."""
    markers = dict(own_markers())
    for part in folder.parts:
        version = part.removeprefix("python")
        if version != part and version.startswith("3.") and version[2:].isdecimal():
            if version != markers["python_version"]:
                markers["python_full_version"] = f"{version}.0"
                markers["implementation_version"] = f"{version}.0"
            markers["python_version"] = version
    return tuple(sorted(markers.items()))
