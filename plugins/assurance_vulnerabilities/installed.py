"""Packages installed in an environment: a virtual environment, a folder, or an interpreter's path.

A distribution whose `direct_url.json` (PEP 610) says that it came from somewhere else than an
index is skipped, except for the release itself, which is installed from its source or wheel to be
tested and is looked up under its name like everything else.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from assurance import strict_json
from assurance.errors import AssuranceError, CollectError
from assurance_vulnerabilities.package_list import Package, PackageList, Skipped, pin

_SECONDS: Final = 30
_ASK: Final = "import json, sys; print(json.dumps(sys.path))"
_INDEX: Final = "https://files.pythonhosted.org/"


def read(path: Path, *, release: str) -> PackageList:
    """List the distributions of the environment at `path`.

    Args:
        path: A virtual environment, a `site-packages` folder, or a Python interpreter, which is
            then run in isolated mode to ask where it imports from.
        release: Name of the release, which may be installed from anywhere.

    Raises:
        CollectError: `path` is none of these, or a distribution has no readable metadata.
    """
    packages: list[Package] = []
    skipped: list[Skipped] = []
    for folder in _folders(path):
        for distribution in importlib.metadata.distributions(path=[folder]):
            item = _distribution(distribution, folder, canonicalize_name(release))
            if isinstance(item, Package):
                packages.append(item)
            else:
                skipped.append(item)
    purls = "".join(f"{purl}\n" for purl in sorted({package.purl for package in packages}))
    return PackageList(
        source="environment",
        sha256=hashlib.sha256(purls.encode()).hexdigest(),
        packages=tuple(packages),
        skipped=tuple(skipped),
    )


def _unreadable(problem: str, where: object) -> CollectError:
    return CollectError(
        f"the environment {problem}",
        remedy="Point the option `environment` at the virtual environment, `site-packages`"
        " folder or Python interpreter that the release is tested with.",
        where=str(where),
    )


def _folders(path: Path) -> list[str]:
    if not path.exists():
        raise _unreadable("is not there", path)
    if path.is_file():
        return _imports_of(path)
    if not (path / "pyvenv.cfg").is_file():
        return [str(path)]
    for interpreter in (path / "bin" / "python", path / "Scripts" / "python.exe"):
        if interpreter.is_file():
            # Asked rather than guessed: it may see the packages of the system too.
            return _imports_of(interpreter)
    raise _unreadable("has no interpreter", path)


def _imports_of(interpreter: Path) -> list[str]:
    try:
        asked = subprocess.run(
            [str(interpreter), "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        folders = json.loads(asked.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as err:
        raise _unreadable(
            f"has an interpreter that does not answer: {err!s:.200}", interpreter
        ) from err
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        raise _unreadable("has an interpreter that does not say where it imports from", interpreter)
    return [folder for folder in folders if Path(folder).is_dir()]


def _distribution(
    distribution: importlib.metadata.Distribution, folder: str, release: str
) -> Package | Skipped:
    place = str(getattr(distribution, "_path", folder))
    try:
        metadata = distribution.metadata
        # In two steps: asking for a key that is not there is deprecated, and `get` is not typed.
        name, version = (
            metadata[key] if key in metadata else None  # noqa: SIM401
            for key in ("Name", "Version")
        )
    except Exception as err:  # a broken file may fail anywhere inside the standard library
        raise _unreadable("has a distribution whose metadata cannot be read", place) from err
    if not name or not version:
        raise _unreadable("has a distribution without name or version", place)
    origin = _elsewhere(distribution, place)
    if origin is not None and canonicalize_name(name) != release:
        return Skipped(name=name, reason=f"is installed from {origin:.120}: not PyPI", where=place)
    return pin(name, version, where=place)


def _elsewhere(distribution: importlib.metadata.Distribution, place: str) -> str | None:
    text = distribution.read_text("direct_url.json")
    if text is None:
        return None
    try:
        value = strict_json.loads(text.encode(), what="direct_url.json")
    except AssuranceError as err:
        raise _unreadable(f"has an unreadable direct_url.json: {err.problem}", place) from err
    url = value.get("url") if isinstance(value, dict) else None
    if not isinstance(url, str):
        raise _unreadable("has a direct_url.json without a URL", place)
    return None if url.startswith(_INDEX) else url
