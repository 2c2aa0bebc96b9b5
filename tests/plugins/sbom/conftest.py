"""Ways to call the collector as the engine does: a context, real files, real documents."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from assurance.interfaces import CollectContext
from assurance.model import Artifact, Release
from assurance.predicate_schema import validate
from assurance.predicates import CYCLONEDX, SBOM_DETAIL
from assurance_sbom.collector import SbomCollector

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HASH = "ab" * 32
VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "sbom"


class MakeContext(Protocol):
    """Gives a context for the release `inkwell 0.3.0`."""

    def __call__(
        self,
        *inputs: Path,
        options: Mapping[str, Any] | None = None,
        artifacts: tuple[Path, ...] = (),
        name: str = "inkwell",
    ) -> CollectContext:
        """See the fixture."""


class Collect(Protocol):
    """Collects and gives the only document."""

    def __call__(self, *inputs: Path, **more: Any) -> dict[str, Any]:
        """See the fixture."""


class Install(Protocol):
    """Writes a dist-info folder."""

    def __call__(
        self,
        name: str,
        version: str = "1.0",
        *lines: str,
        site: Path | None = None,
        **files: str,
    ) -> Path:
        """See the fixture."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project's folder, empty."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages, empty."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


@pytest.fixture
def make_context(tmp_path: Path, project: Path) -> MakeContext:
    """Make a context with a fresh work folder."""

    def make(
        *inputs: Path,
        options: Mapping[str, Any] | None = None,
        artifacts: tuple[Path, ...] = (),
        name: str = "inkwell",
    ) -> CollectContext:
        workdir = tmp_path / f"work{len(list(tmp_path.iterdir()))}"
        workdir.mkdir()
        release = Release(
            name=name,
            version="0.3.0",
            revision="c0ffee" + "0" * 34,
            artifacts=(Artifact(name="inkwell-0.3.0-py3-none-any.whl", sha256=HASH),),
            environment="development",
            resource_uri="pkg:pypi/inkwell@0.3.0",
        )
        return CollectContext(
            release=release,
            root=project,
            workdir=workdir,
            inputs=tuple(sorted(inputs)),
            artifacts=artifacts,
            options=options or {},
            now=NOW,
        )

    return make


@pytest.fixture
def collect(make_context: MakeContext) -> Collect:
    """Collect and parse the one document."""

    def run(*inputs: Path, **more: Any) -> dict[str, Any]:
        statement, detail = SbomCollector().collect(make_context(*inputs, **more))
        assert CYCLONEDX == statement.predicate_type
        assert SBOM_DETAIL == detail.predicate_type
        validate(SBOM_DETAIL, json.loads(detail.predicate))
        assert () == statement.subjects
        assert NOW == statement.collected_at
        document = json.loads(statement.predicate)
        assert isinstance(document, dict)
        return document

    return run


@pytest.fixture
def look(make_context: MakeContext) -> Collect:
    """Collect and parse what was worked out about the SBOMs."""

    def run(*inputs: Path, **more: Any) -> dict[str, Any]:
        statement = SbomCollector().collect(make_context(*inputs, **more))[-1]
        assert SBOM_DETAIL == statement.predicate_type
        detail = json.loads(statement.predicate)
        validate(SBOM_DETAIL, detail)
        assert isinstance(detail, dict)
        return detail

    return run


@pytest.fixture
def poetry(project: Path) -> Path:
    """A poetry project with its lock, whose path it is."""
    shutil.copytree(VECTORS / "poetry" / "whole", project, dirs_exist_ok=True)
    return project / "poetry.lock"


@pytest.fixture
def install(site: Path) -> Install:
    """Write a dist-info folder with METADATA and any other files, as an installer does."""
    default = site

    def write(
        name: str, version: str = "1.0", *lines: str, site: Path | None = None, **files: str
    ) -> Path:
        info = (default if site is None else site) / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        headers = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines]
        (info / "METADATA").write_text("\n".join([*headers, "", "Name: body\n"]), "utf-8")
        for key, text in files.items():
            (info / key.replace("_json", ".json")).write_text(text, "utf-8")
        return info

    return write
