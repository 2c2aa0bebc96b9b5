"""The built wheel: tox's own where tox runs the tests, else one built here from the sdist."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def wheel(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that is installed (under tox), or one built from the sdist."""
    given = [Path(path) for path in os.environ.get("TOX_PACKAGE", "").split(os.pathsep) if path]
    wheels = [path for path in given if path.suffix == ".whl" and path.is_file()]
    if wheels:
        return wheels[0]
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(project_root)],
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


@pytest.fixture(scope="session")
def wheel_names(wheel: Path) -> frozenset[str]:
    """Return the paths inside the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())
