"""What stands in a project's folder: name, version, lock files, tests, artifacts, advisories.

`assurance init` looks once, reads only, runs nothing and opens no connection. What it cannot
tell is None or empty; nothing is guessed that a later run would take for evidence.
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any, Final

from assurance import setup_script
from assurance.errors import UsageError
from assurance.release import built_versions
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES: Final = 16 * 1024 * 1024
"""Larger files are not looked into."""
OTHER_LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
"""Lock files that are noted; the SBOM is made from some of them, the rest has to be exported."""

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,99}")
_DUNDER: Final = re.compile(r"^__version__\s*(?::\s*str\s*)?=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_VERSIONED: Final = ("__init__", "__about__", "_version")
"""Modules that state a package's version; `hatch new` writes the second."""
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9._/+-]+")
_SIDE_LOCK: Final = re.compile(r"dev|test|doc|lint|type|build|ci", re.IGNORECASE)
_ADVISORY: Final = re.compile(r"(?:.*/)?(?:PYSEC|GHSA|OSV|CVE|MAL)-[^/]+\.json")
_JUNIT_OPTION: Final = re.compile(r"--junit-?xml[= ]([A-Za-z0-9._/-]+)")


class Project(Value):
    """What was found. Paths are relative to the project, with slashes."""

    name: str
    name_source: str
    """`pyproject.toml`, `[tool.poetry]`, `setup.cfg`, `setup.py` or `the folder's name`."""
    name_is_stated: bool
    """pyproject.toml has it, so that the settings need not repeat it."""
    version: str | None
    version_is_stated: bool
    """pyproject.toml has it literally."""
    locks: tuple[str, ...]
    """Requirements files in which every requirement has a hash; the best one first."""
    unhashed: tuple[str, ...]
    """Requirements files without hashes."""
    other_locks: tuple[str, ...]
    environment: str | None
    """A virtual environment in the project."""
    tests: str | None
    """Where pytest is configured, or the tests' folder."""
    junit: str
    """Where the test report is, or will be."""
    measured: tuple[str, ...]
    """Coverage reports and SARIF files that are there."""
    wheels: int
    sdists: int
    is_built: bool
    """One of these is the project's own, so that its file name tells the version."""
    advisories: str | None
    kev: str | None


def look(root: Path) -> Project:
    """Look at the project in `root`.

    Raises:
        UsageError: its pyproject.toml cannot be read.
    """
    table = _pyproject(root)
    project = table.get("project")
    project = project if isinstance(project, dict) else {}
    poetry = _poetry(table)
    name, source = _name(root, project, poetry)
    stated = project.get("version")
    version_is_stated = isinstance(stated, str) and bool(_VERSION.fullmatch(stated))
    locks, unhashed = _requirements(root)
    return Project(
        name=name,
        name_source=source,
        name_is_stated=source == "pyproject.toml",
        version=str(stated) if version_is_stated else _literal_version(root, poetry),
        version_is_stated=version_is_stated,
        locks=locks,
        unhashed=unhashed,
        other_locks=tuple(lock for lock in OTHER_LOCKS if (root / lock).is_file()),
        environment=_environment(root),
        tests=_tests(root, table),
        junit=_junit(root),
        measured=_measured(root),
        wheels=len(list(root.glob("dist/*.whl"))),
        sdists=len(list(root.glob("dist/*.tar.gz"))),
        is_built=bool(built_versions(name, (path.name for path in root.glob("dist/*")))),
        advisories=_advisories(root),
        kev=_first(root, ("*kev*.json", "advisories/*kev*.json", "*known_exploited*.json")),
    )


def _environment(root: Path) -> str | None:
    return next((v for v in (".venv", "venv") if (root / v / "pyvenv.cfg").is_file()), None)


def _pyproject(root: Path) -> dict[str, Any]:
    path = root / "pyproject.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as err:
        raise UsageError(
            f"pyproject.toml cannot be read: {err}", remedy="correct it first", where=str(path)
        ) from err


def _poetry(table: dict[str, Any]) -> dict[str, Any]:
    """Return `[tool.poetry]`, where Poetry 1 states what `[project]` states for all others."""
    tool = table.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    return poetry if isinstance(poetry, dict) else {}


def _name(root: Path, project: dict[str, Any], poetry: dict[str, Any]) -> tuple[str, str]:
    for table, source in ((project, "pyproject.toml"), (poetry, "[tool.poetry]")):
        name = table.get("name")
        if isinstance(name, str) and _NAME.fullmatch(name):
            return name, source
    match = re.search(r"^name\s*=\s*(\S+)\s*$", _text(root / "setup.cfg"), re.MULTILINE)
    if match and _NAME.fullmatch(match[1]):
        return match[1], "setup.cfg"
    name = setup_script.stated(_text(root / "setup.py")).get("name", "")
    if _NAME.fullmatch(name):
        return name, "setup.py"
    folder = re.sub(r"[^A-Za-z0-9._-]+", "-", root.resolve().name)[:100].strip("._-")
    return folder or "release", "the folder's name"


def _literal_version(root: Path, poetry: dict[str, Any]) -> str | None:
    """Return a version that stands literally.

    In `[tool.poetry]`, setup.cfg, setup.py or one `__version__`.
    """
    stated = poetry.get("version")
    # Poetry's plugins for versions leave a zero here.
    if isinstance(stated, str) and _VERSION.fullmatch(stated) and stated.strip("0."):
        return stated
    match = re.search(r"^version\s*=\s*(\S+)\s*$", _text(root / "setup.cfg"), re.MULTILINE)
    if match and _VERSION.fullmatch(match[1]):
        return match[1]
    scripted = setup_script.stated(_text(root / "setup.py")).get("version", "")
    if _VERSION.fullmatch(scripted):
        return scripted
    found = {
        match[1]
        for folder in ("*/", "src/*/")
        for pattern in (f"{folder}{name}.py" for name in _VERSIONED)
        for path in root.glob(pattern)
        if (match := _DUNDER.search(_text(path))) and _VERSION.fullmatch(match[1])
    }
    return found.pop() if len(found) == 1 else None


def _text(path: Path) -> str:
    """Return a small text file's content; nothing for one that is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return data.decode("utf-8") if len(data) <= MAX_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _files(root: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    """Yield files whose names can stand in settings as a glob that matches only them."""
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            name = path.relative_to(root).as_posix()
            if path.is_file() and _PLAIN_PATH.fullmatch(name):
                yield name


def _first(root: Path, patterns: tuple[str, ...]) -> str | None:
    return next(_files(root, patterns), None)


def _requirements(root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (hashed, unhashed) requirements files; those for releasing come first."""
    patterns = ("requirements*.txt", "requirements*.lock", "requirements/*.txt")
    names = sorted(
        dict.fromkeys(_files(root, patterns)),
        key=lambda name: (bool(_SIDE_LOCK.search(name.rpartition("/")[2])), len(name), name),
    )
    hashed = tuple(name for name in names if _is_hashed(_text(root / name)))
    return hashed, tuple(name for name in names if name not in hashed)


def _is_hashed(text: str) -> bool:
    """Whether there are requirements and each of them has a hash (pip, "Secure installs")."""
    logical = text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines()
    lines = [line.strip() for line in logical]
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    return bool(wanted) and all("--hash=" in line for line in wanted)


def _tests(root: Path, table: dict[str, Any]) -> str | None:
    tool = table.get("tool")
    if isinstance(tool, dict) and "pytest" in tool:
        return "pyproject.toml"
    for name in ("pytest.ini", "pytest.toml"):
        if (root / name).is_file():
            return name
    for name, section in (("tox.ini", "[pytest]"), ("setup.cfg", "[tool:pytest]")):
        if section in _text(root / name):
            return name
    return next((f"{name}/" for name in ("tests", "test") if (root / name).is_dir()), None)


def _junit(root: Path) -> str:
    """Return the report that is there, else the one that is configured, else our proposal."""
    places = ("build/junit.xml", "junit.xml", "reports/junit*.xml", "test-results/junit*.xml")
    there = _first(root, places)
    if there:
        return there
    for name in ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg"):
        match = _JUNIT_OPTION.search(_text(root / name))
        if match and not match[1].startswith("/"):
            return match[1]
    return "build/junit.xml"


def _measured(root: Path) -> tuple[str, ...]:
    """Return the coverage report that is there, in one format only, and every SARIF file."""
    names = ("coverage.json", "coverage.xml", "cobertura.xml", "cobertura-coverage.xml")
    places = tuple(f"{folder}{name}" for name in names for folder in ("build/", "", "coverage/"))
    coverage = _first(root, places)
    sarif = _files(root, ("build/*.sarif", "*.sarif", "reports/*.sarif"))
    return (*((coverage,) if coverage else ()), *sarif)


def _advisories(root: Path) -> str | None:
    """Return a folder or zip of OSV records in the project."""
    for name in _files(root, ("*.zip", "advisories/*.zip")):
        if _is_advisory_zip(root / name):
            return name
    records = (path.name for path in root.glob("advisories/*.json"))
    return "advisories" if any(_ADVISORY.fullmatch(name) for name in records) else None


def _is_advisory_zip(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:20]
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return any(_ADVISORY.fullmatch(name) for name in names)
