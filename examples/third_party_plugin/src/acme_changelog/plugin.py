"""What this distribution registers with release-assurance."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from acme_changelog.collector import PREDICATE_TYPE, ChangelogCollector
from assurance import PolicyPack, PredicateType, hookimpl

if TYPE_CHECKING:
    from assurance import Collector

HERE = Path(__file__).parent


@hookimpl
def assurance_collectors() -> list[Collector]:
    """Return the collector `changelog`."""
    return [ChangelogCollector()]


@hookimpl
def assurance_predicates() -> list[PredicateType]:
    """Return the schema that every `changelog/v1` must pass."""
    schema = json.loads(files("acme_changelog").joinpath("predicate.schema.json").read_bytes())
    return [PredicateType(uri=PREDICATE_TYPE, name="changelog", schema=schema)]


@hookimpl
def assurance_policy_packs() -> list[PolicyPack]:
    """Return the pack `changelog` with the check `changelog.described`."""
    return [PolicyPack(name="changelog", folder=HERE / "policies" / "changelog")]
