"""`examples/self_release.py` says why it cannot begin."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

TWO = '<testsuite failures="1" errors="1"/>'
COUNTED = '<testsuite tests="4"/>'


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (None, "no test results at build/junit/py311.xml: tox run -e py311"),
        (TWO, "no coverage at build/coverage/py311.json: 2 tests failed before this, see build/ju"),
        (COUNTED, "no coverage at build/coverage/py311.json, and no test failed in build/junit/py"),
    ],
    ids=["nothing", "tests-failed", "not-measured"],
)
def test_what_is_not_there(
    results: str | None, said: str, tmp_path: Path, project_root: Path
) -> None:
    """Tests that failed leave no coverage: that is said, not only that a file is missing."""
    (tmp_path / "examples").mkdir()
    shutil.copy(project_root / "examples" / "self_release.py", tmp_path / "examples")
    if results is not None:
        (tmp_path / "build" / "junit").mkdir(parents=True)
        (tmp_path / "build" / "junit" / "py311.xml").write_text(
            f"<testsuites>{results}</testsuites>"
        )
    done = subprocess.run(
        [sys.executable, "examples/self_release.py", "a-1-py3-none-any.whl"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr
