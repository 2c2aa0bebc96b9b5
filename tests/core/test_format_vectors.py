"""The vectors of the format modules are what their script writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "vectors"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the script once; return the folder that it wrote."""
    folder = tmp_path_factory.mktemp("vectors")
    script = HERE / "make_formats.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, timeout=60)
    return folder


@pytest.mark.parametrize("topic", ["json", "envelope", "statement", "keys", "trust"])
def test_vectors_are_as_generated(topic: str, written: Path) -> None:
    """A run of the script writes every file of the folder again, byte for byte."""
    again = {path.name: path.read_bytes() for path in (written / topic).iterdir()}
    assert again
    assert again == {path.name: path.read_bytes() for path in (HERE / topic).iterdir()}
