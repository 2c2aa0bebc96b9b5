"""The accepted file: what several deployments at the same time remember in it."""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from assurance import accepted
from assurance.errors import UndecidedError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SHA256 = "0" * 64


def _remember(path: Path, name: str) -> None:
    release = SimpleNamespace(name=name, version="1.0")
    verdict: Any = SimpleNamespace(release=release, environment="production", decided_at=NOW)
    accepted.remember(path, verdict, bundle_sha256=SHA256, now=NOW, rollback=False)


def _names(path: Path) -> list[str]:
    return [entry["release"] for entry in json.loads(path.read_text())["accepted"]]


def test_nothing_is_forgotten_that_others_accept_meanwhile(tmp_path: Path) -> None:
    """What was forgotten could be gone behind: each writes the whole file anew."""
    path = tmp_path / "new" / "accepted.json"
    names = [f"app-{number}" for number in range(24)]
    start = threading.Barrier(8)

    def some(mine: list[str]) -> None:
        start.wait(30)
        for name in mine:
            _remember(path, name)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(some, [names[at::8] for at in range(8)]))
    finally:
        sys.setswitchinterval(before)
    assert names == sorted(_names(path), key=names.index)
    assert 24 == len(accepted.newest(accepted.read(path)))


def test_file_behind_a_link(tmp_path: Path) -> None:
    """The link stays one, and the file that it leads to remembers."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "accepted.json").symlink_to("shared/accepted.json")
    _remember(tmp_path / "accepted.json", "a")
    _remember(tmp_path / "accepted.json", "b")
    assert (tmp_path / "accepted.json").is_symlink()
    assert ["a", "b"] == _names(tmp_path / "shared" / "accepted.json")


def test_same_again_is_one(tmp_path: Path) -> None:
    """A deployment that is repeated adds nothing."""
    _remember(tmp_path / "accepted.json", "a")
    _remember(tmp_path / "accepted.json", "a")
    assert ["a"] == _names(tmp_path / "accepted.json")


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    """What cannot be remembered is no acceptance."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UndecidedError, match="cannot be written"):
        _remember(tmp_path / "file" / "accepted.json", "a")
