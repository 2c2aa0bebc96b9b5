"""The plugin's own tests: the collector needs nothing but a folder and a context."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from acme_changelog.collector import ChangelogCollector, sections
from acme_changelog.plugin import assurance_policy_packs, assurance_predicates

from assurance import CollectContext, CollectError, Collector, Release

if TYPE_CHECKING:
    from pathlib import Path


def context(folder: Path, *inputs: Path) -> CollectContext:
    release = Release(
        name="inkwell",
        version="1.2.0",
        revision=None,
        artifacts=(),
        environment="development",
        resource_uri="pkg:pypi/inkwell@1.2.0",
    )
    return CollectContext(
        release=release,
        root=folder,
        workdir=folder,
        inputs=inputs,
        artifacts=(),
        options={},
        now=datetime(2026, 11, 23, tzinfo=UTC),
    )


def test_it_is_a_collector() -> None:
    assert isinstance(ChangelogCollector(), Collector)


def test_what_it_collects(tmp_path: Path) -> None:
    path = tmp_path / "CHANGELOG.md"
    path.write_text("## [1.2.0] - 2026-11-23\n\n- more\n\n## Older\n- x\n## v1.1.0\n* a\n  - b\n")
    (statement,) = ChangelogCollector().collect(context(tmp_path, path))
    predicate = json.loads(statement.predicate)
    assert predicate["sections"] == [
        {"version": "1.2.0", "entries": 1},
        {"version": "1.1.0", "entries": 2},
    ]
    assert statement.predicate_type == assurance_predicates()[0].uri


def test_self_test(tmp_path: Path) -> None:
    assert ChangelogCollector().self_test(context(tmp_path)).found


def test_no_changelog_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        ChangelogCollector().collect(context(tmp_path))
    assert caught.value.missing


def test_not_text() -> None:
    with pytest.raises(CollectError, match="not UTF-8"):
        sections(b"## 1.0\n\xff")


def test_the_pack_is_there() -> None:
    (pack,) = assurance_policy_packs()
    assert (pack.folder / "described.rego").is_file()
