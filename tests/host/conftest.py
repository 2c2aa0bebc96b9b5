"""Distributions written by hand into a folder on `sys.path`: installed, as far as Python knows."""

from __future__ import annotations

import importlib
import sys
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

import pytest

from assurance.settings import (
    GateSettings,
    InputGlob,
    PolicySettings,
    ReleaseSettings,
    ReportSettings,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assurance.settings import (
        CollectSettings,
    )


class Install(Protocol):
    """Writes a distribution and puts its folder on `sys.path`."""

    def __call__(
        self,
        name: str,
        modules: dict[str, str],
        entry_points: str,
        *,
        version: str = "1.2",
        record: bool = True,
    ) -> Path:
        """Install modules (name to text) with the text of an entry_points.txt."""


def write_distribution(
    folder: Path,
    name: str,
    modules: dict[str, str],
    entry_points: str,
    *,
    version: str = "1.2",
    record: bool = True,
) -> None:
    """Write what an installer would write into `folder`."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {f"{module.replace('.', '/')}.py": text for module, text in modules.items()}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files[f"{info}/entry_points.txt"] = entry_points
    lines = []
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        digest = urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
        lines.append(f"{path},sha256={digest},{len(text)}\n")
    if record:
        (folder / info / "RECORD").write_text("".join(lines) + f"{info}/RECORD,,\n")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return a function that installs; modules are forgotten again afterwards."""
    before = set(sys.modules)
    count = 0

    def do(
        name: str,
        modules: dict[str, str],
        entry_points: str,
        *,
        version: str = "1.2",
        record: bool = True,
    ) -> Path:
        nonlocal count
        count += 1
        folder = tmp_path / f"site-{count}"
        folder.mkdir()
        write_distribution(folder, name, modules, entry_points, version=version, record=record)
        monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
        importlib.invalidate_caches()
        return folder

    yield do
    for name in set(sys.modules) - before:
        if name.startswith("acme"):
            del sys.modules[name]


class MakeSettings(Protocol):
    """Makes settings for a project's folder."""

    def __call__(
        self,
        root: Path,
        *collectors: CollectSettings,
        artifacts: tuple[str, ...] = (),
        name: str | None = None,
        version: str | None = None,
        revision: str | None = None,
    ) -> Settings:
        """Return settings with these collectors and this release."""


@pytest.fixture(scope="session")
def make_settings() -> MakeSettings:
    """Return a function that makes settings for a project's folder."""

    def make(
        root: Path,
        *collectors: CollectSettings,
        artifacts: tuple[str, ...] = (),
        name: str | None = None,
        version: str | None = None,
        revision: str | None = None,
    ) -> Settings:
        return Settings(
            path=root / "assurance.toml",
            root=root,
            release=ReleaseSettings(
                name=name,
                version=version,
                revision=revision,
                artifacts=tuple(InputGlob(glob=it) for it in artifacts),
            ),
            collect=collectors,
            policy=PolicySettings(),
            sign={},
            log=None,
            gate=GateSettings(),
            report=ReportSettings(),
            imports=(),
            digest="0" * 64,
        )

    return make
