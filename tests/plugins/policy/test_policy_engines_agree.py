"""The three engines say the same about the same input, over all packs."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance import cyclonedx_facts
from assurance.predicates import CYCLONEDX
from assurance_policy import packs, rules
from assurance_policy.engine import RegorusEngine
from assurance_policy.opa_engine import OpaEngine
from assurance_policy.opa_server import OpaServerEngine, _Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.interfaces import PolicySet, RuleResult

GOOD = json.loads(
    (Path(__file__).parents[2] / "vectors/policy/good-input.json").read_text(encoding="utf-8")
)
ODD: tuple[Any, ...] = (None, "x", "", {}, [], 3, -1, 1.5, True, ["a"], {"a": 1}, [{"a": None}])
CHANGES = 60


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    """Return the built-in policy set."""
    return RegorusEngine().load([pack.folder for pack in packs.built_in()], [])


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all values below the top."""
    if path:
        yield path
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in steps:
            yield from _paths(below, (*path, key))


def _changed(chance: random.Random) -> dict[str, Any]:
    """Return the good input with one to three values of its predicates replaced or removed."""
    document: dict[str, Any] = copy.deepcopy(GOOD)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        predicate = chance.choice(document["evidence"])["predicate"]
        paths = list(_paths(predicate))
        if not paths:
            continue
        *way, last = chance.choice(paths)
        for key in way:
            predicate = predicate[key]
        if chance.random() < 0.25:
            del predicate[last]
        else:
            predicate[last] = copy.deepcopy(chance.choice(ODD))
    # As whoever judges writes it, and as somebody may write it by hand.
    return _with_facts(document) if chance.random() < 0.5 else document


def _with_facts(document: dict[str, Any]) -> dict[str, Any]:
    for item in document["evidence"]:
        item["facts"] = None
        if item["predicate_type"] == CYCLONEDX:
            item["facts"] = cyclonedx_facts.facts(item["predicate"])
    return document


def _same(one: dict[str, RuleResult], other: dict[str, RuleResult]) -> list[str]:
    """Return the checks that differ. An error is an error: engines word theirs differently."""
    assert one.keys() == other.keys()
    return [
        check
        for check in one
        if one[check] != other[check] and not (one[check].error and other[check].error)
    ]


def test_opa_and_regorus_agree(opa: Path, policies: PolicySet, tmp_path: Path) -> None:
    """On a release that is well, on one without evidence, and on one that breaks rules."""
    engine = OpaEngine()
    engine.prepare({"binary": str(opa)}, root=tmp_path)
    chance = random.Random(1)
    well = _with_facts(copy.deepcopy(GOOD))
    for document in (GOOD, well, GOOD | {"evidence": []}, *(_changed(chance) for _ in range(10))):
        asked = json.dumps(document).encode()
        ours = dict(RegorusEngine().evaluate(policies, asked, timeout_seconds=30))
        theirs = dict(engine.evaluate(policies, asked, timeout_seconds=30))
        assert [] == _same(ours, theirs), asked.decode()


def test_the_server_and_regorus_agree(opa_server: Any, policies: PolicySet, tmp_path: Path) -> None:
    """Over generated inputs: every finding of each, or an error of both."""
    engine = OpaServerEngine()
    engine.prepare({"url": opa_server.url}, root=tmp_path)
    assert engine._server is not None
    ids = [check.id for check in policies.checks]
    run = _Run(engine._server, rules.parts(policies), rules.queries(ids))
    run.upload()
    chance = random.Random(2)
    broken = 0
    for _ in range(CHANGES):
        document = _changed(chance)
        asked = json.dumps(document).encode()
        ours = dict(RegorusEngine().evaluate(policies, asked, timeout_seconds=30))
        theirs = rules.results(ids, *run.ask(document, 30))
        broken += ours != theirs
        assert [] == _same(ours, theirs), asked.decode()
    run.compare()
    run.remove()
    engine.close()
    assert broken < CHANGES / 4, "most inputs must be judged, not end in errors"
