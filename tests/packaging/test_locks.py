"""The lock files pin every package by version and hash, and agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "examples" / "quickstart" / "inkwell" / "requirements.txt"
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), EXAMPLE]
assert len(LOCKS) > 1, "an empty glob would pass silently"


def pins(path: Path) -> dict[str, Requirement]:
    """Return the requirements of a lock file by name."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    found: dict[str, Requirement] = {}
    for line in text.splitlines():
        words = re.sub(r"\s--hash=\S+", "", line).strip()
        if words and not words.startswith("#"):
            requirement = Requirement(words)
            found[canonicalize_name(requirement.name)] = requirement
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_lock_pins_by_version_and_hash(path: Path) -> None:
    """Each entry is `name==version` with at least one SHA-256, and nothing names a host."""
    text = path.read_text("utf-8")
    assert "://" not in text
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            assert re.match(r"[a-z0-9.-]+==[0-9][^\s]*( |$)", line), line[:80]
            assert re.search(r" --hash=sha256:[0-9a-f]{64}( |$)", line), line[:80]


def test_locks_agree() -> None:
    """One package has one version, wherever it is pinned."""
    versions: dict[str, set[str]] = {}
    for path in LOCKS:
        for name, requirement in pins(path).items():
            versions.setdefault(name, set()).add(str(requirement.specifier))
    assert {} == {name: found for name, found in versions.items() if len(found) > 1}


@pytest.mark.parametrize("lock", ["base", "minimal", "demo", "test"])
def test_lock_covers_the_project(lock: str) -> None:
    """What pyproject.toml asks for is in the lock, at a version it allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    if lock == "test":
        wanted += [item for extra in project["optional-dependencies"].values() for item in extra]
    locked = pins(ROOT / "requirements" / f"{lock}.txt")
    for item in map(Requirement, wanted):
        specifier = str(locked[canonicalize_name(item.name)].specifier)
        assert item.specifier.contains(specifier.removeprefix("==")), item


def test_every_lock_has_its_source() -> None:
    """`requirements/compile.sh` writes each lock; none was made by hand."""
    script = (ROOT / "requirements" / "compile.sh").read_text("utf-8")
    written = set(re.findall(r"^lock (\S+)", script, re.MULTILINE))
    assert written - {"../examples/quickstart/inkwell/requirements"} == {
        path.stem for path in LOCKS if path != EXAMPLE
    }


def test_scripts_are_shell() -> None:
    """The shell scripts parse; a slip there shows first on a machine that is not ours."""
    for script in (ROOT / ".ci" / "run", ROOT / "requirements" / "compile.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)
