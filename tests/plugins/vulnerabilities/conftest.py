"""What the tests of the plugin share: real data, and a project to collect from."""

from __future__ import annotations

import runpy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance import predicate_schema, strict_json
from assurance.interfaces import CollectContext
from assurance.model import Release
from assurance_vulnerabilities import advisory_files
from assurance_vulnerabilities.advisory_index import index
from assurance_vulnerabilities.collector import VulnerabilitiesCollector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance_vulnerabilities.advisory_index import AdvisoryIndex

DATA = Path(__file__).resolve().parents[2] / "data" / "advisories"
NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
HASH = "--hash=sha256:" + "0" * 64


@dataclass
class Project:
    """A folder with inputs; `collect` runs the collector on it as the engine does."""

    root: Path
    options: dict[str, Any] = field(default_factory=lambda: {"advisories": str(DATA / "osv")})
    inputs: list[Path] = field(default_factory=list)
    release: str = "shop"

    def requirements(self, *pins: str) -> None:
        """Write a hashed requirements file as the only input."""
        self.add("requirements.txt", "".join(f"{pin} {HASH}\n" for pin in pins).encode())

    def add(self, name: str, data: bytes) -> Path:
        """Write a file and make it an input."""
        path = self.root / name
        path.write_bytes(data)
        self.inputs.append(path)
        return path

    def context(self) -> CollectContext:
        """Return what the engine would give the collector."""
        workdir = self.root / "work"
        workdir.mkdir(exist_ok=True)
        return CollectContext(
            release=Release(
                name=self.release,
                version="1.0",
                revision=None,
                artifacts=(),
                environment="development",
                resource_uri="https://example.org/shop",
            ),
            root=self.root,
            workdir=workdir,
            inputs=tuple(sorted(self.inputs)),
            artifacts=(),
            options=self.options,
            now=NOW,
        )

    def collect(self) -> dict[str, Any]:
        """Return the predicate of the one statement, which follows the shipped schema."""
        (statement,) = VulnerabilitiesCollector().collect(self.context())
        value = strict_json.loads(statement.predicate, what="predicate")
        predicate_schema.validate(statement.predicate_type, value)
        assert isinstance(value, dict)
        return value


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without inputs, with the real advisories."""
    return Project(root=tmp_path)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real advisories."""
    return DATA


@pytest.fixture(scope="session")
def now() -> datetime:
    """The time of every run."""
    return NOW


@pytest.fixture(scope="session")
def real_index() -> AdvisoryIndex:
    """The real advisories, read."""
    return index(advisory_files.read(DATA / "osv"))


@pytest.fixture
def osv_server() -> Iterator[Any]:
    """A server of ours that speaks OSV's API over the real advisories, on loopback."""
    serve = runpy.run_path(str(Path(__file__).with_name("osv_server.py")))["serve"]
    with serve(DATA / "osv") as server:
        yield server
