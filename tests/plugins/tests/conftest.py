"""What the tests of the plugin share: a project whose reports are collected as the engine does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from assurance import predicate_schema, strict_json
from assurance.interfaces import CollectContext
from assurance.model import Artifact, Release
from assurance.predicates import TEST_RESULT, TESTS_DETAIL
from assurance_tests.collector import ReportCollector

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assurance.interfaces import SelfTest
    from assurance.model import Statement

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
REVISION = "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29"


@dataclass
class Collected:
    """The two predicates of one run, checked against their schemas."""

    statements: Sequence[Statement]
    result: dict[str, Any]
    detail: dict[str, Any]


@dataclass
class Project:
    """A folder with reports; `collect` runs the collector on it."""

    root: Path
    inputs: list[Path] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    revision: str | None = REVISION
    now: datetime = NOW

    def add(self, name: str, data: bytes | str) -> Path:
        """Write an input."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        self.inputs.append(path)
        return path

    def context(self) -> CollectContext:
        """Return what the engine would give the collector."""
        workdir = self.root / "work"
        workdir.mkdir(exist_ok=True)
        return CollectContext(
            release=Release(
                name="inkwell",
                version="0.3.0",
                revision=self.revision,
                artifacts=(Artifact(name="inkwell.whl", sha256="1" * 64, size=1),),
                environment="production",
                resource_uri="pkg:pypi/inkwell@0.3.0",
            ),
            root=self.root,
            workdir=workdir,
            inputs=tuple(sorted(self.inputs)),
            artifacts=(),
            options=self.options,
            now=self.now,
        )

    def collect(self) -> Collected:
        """Collect, and hold each predicate to its schema."""
        statements = tuple(ReportCollector().collect(self.context()))
        assert [TEST_RESULT, TESTS_DETAIL] == [it.predicate_type for it in statements]
        result, detail = (strict_json.loads(it.predicate, what="predicate") for it in statements)
        predicate_schema.validate(TEST_RESULT, result)
        predicate_schema.validate(TESTS_DETAIL, detail)
        return Collected(statements=statements, result=result, detail=detail)

    def self_test(self) -> SelfTest:
        """Run the self-test."""
        return ReportCollector().self_test(self.context())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without reports."""
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)
