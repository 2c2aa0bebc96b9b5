"""The vectors of the format modules are what their script writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1] / "vectors"


@pytest.mark.parametrize("topic", ["json", "envelope", "statement", "keys", "trust"])
def test_vectors_are_as_generated(topic: str, tmp_path: Path) -> None:
    """A run of the script writes every file of the folder again, byte for byte."""
    script = HERE / "make_formats.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, timeout=60)
    written = {path.name: path.read_bytes() for path in (tmp_path / topic).iterdir()}
    assert written
    assert written == {path.name: path.read_bytes() for path in (HERE / topic).iterdir()}
