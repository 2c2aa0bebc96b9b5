"""Bad input, one file a defect under tests/vectors/sbom: refused for the reason it says."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance import CollectError

if TYPE_CHECKING:
    from tests.plugins.sbom.conftest import Collect

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "sbom"


def _vectors(kind: str) -> list[Path]:
    found = sorted((VECTORS / kind).glob("*.json"))
    assert found, "an empty glob would pass silently"
    return found


def _load(path: Path) -> dict[str, Any]:
    vector = json.loads(path.read_text("utf-8"))
    assert isinstance(vector, dict)
    return vector


def _bytes(vector: dict[str, Any]) -> bytes:
    if "base64" in vector:
        return base64.b64decode(vector["base64"])
    text = vector["text"]
    assert isinstance(text, str)
    return text.encode()


@pytest.mark.parametrize("path", _vectors("requirements"), ids=lambda path: path.stem)
def test_lock_is_refused(path: Path, project: Path, collect: Collect) -> None:
    """A lock with this defect is refused, with its file and line."""
    vector = _load(path)
    lock = project / "requirements.txt"
    lock.write_bytes(_bytes(vector))
    with pytest.raises(CollectError, match=vector["error"]) as caught:
        collect(lock)
    assert caught.value.remedy
    assert "requirements.txt" in str(caught.value.where)


LOCKS = {"pylock": "pylock.toml", "uv": "uv.lock", "poetry": "poetry.lock"}


@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind in LOCKS for path in _vectors(kind)],
    ids=lambda item: item if isinstance(item, str) else item.stem,
)
def test_toml_lock_is_refused(kind: str, path: Path, project: Path, collect: Collect) -> None:
    """A lock with this defect is refused, with its file."""
    vector = _load(path)
    lock = project / LOCKS[kind]
    lock.write_bytes(_bytes(vector))
    with pytest.raises(CollectError) as caught:
        collect(lock)
    said = f"{caught.value.where}: {caught.value.problem}"
    assert re.search(vector["error"], said), said
    assert caught.value.remedy
    assert lock.name in str(caught.value.where)


@pytest.mark.parametrize("kind", LOCKS)
def test_lock_that_the_vectors_spoil_is_good(kind: str, project: Path, collect: Collect) -> None:
    """Each defect stands alone: without it the lock is read."""
    lock = project / LOCKS[kind]
    lock.write_bytes((VECTORS / kind / "good.toml").read_bytes())
    (attrs,) = collect(lock)["components"]
    assert "pkg:pypi/attrs@26.1.0" == attrs["purl"]


@pytest.mark.parametrize("path", _vectors("environment"), ids=lambda path: path.stem)
def test_environment_is_refused(path: Path, site: Path, collect: Collect) -> None:
    """An environment with this defect is refused, with the folder."""
    vector = _load(path)
    for name, text in vector["files"].items():
        file = site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    with pytest.raises(CollectError, match=vector["error"]) as caught:
        collect(options={"python": str(site), **vector.get("options", {})})
    assert caught.value.remedy
    assert str(site) in str(caught.value.where)


@pytest.mark.parametrize("path", _vectors("cyclonedx"), ids=lambda path: path.stem)
def test_existing_file_is_refused(path: Path, project: Path, collect: Collect) -> None:
    """A document with this defect is refused, with the file."""
    vector = _load(path)
    file = project / "sbom.json"
    file.write_bytes(_bytes(vector))
    with pytest.raises(CollectError, match=vector["error"]) as caught:
        collect(file)
    assert caught.value.remedy
    assert "sbom.json" == caught.value.where
