"""A trusted key that signs nonsense: every value of every statement put wrong, one at a time.

Whatever the statements say, the answer is a decision that can be shown, never an exception.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance import deploy, strict_json, trust
from assurance.cli import verify_view
from assurance.cli.terminal import Terminal
from assurance.interfaces import RuleResult
from assurance.predicates import OPENVEX, POLICY_SET, REVIEW, SIGN_OFF, WAIVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.interfaces import PolicySet


def _beside_the_vectors(name: str) -> Any:
    """Load a module of `tests/vectors`, which is no package."""
    path = Path(__file__).parents[1] / "vectors" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


parts = _beside_the_vectors("bundle_parts")
Place = tuple[str | int, ...]
DROPPED = object()
WRONG: tuple[object, ...] = (
    DROPPED,
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    "x",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "\x1b[31m\u202e",
    [],
    {},
    [None],
    {"a": [{}]},
)
STEP = 1 if os.environ.get("EVERY_BYTE") else 11
"""Every so many of the changes are tried; all of them with `EVERY_BYTE=1`."""
EXAMPLES = Path(strict_json.__file__).parent / "schemas" / "predicates" / "examples"


class Engine:
    """Answers PASS, whatever it is asked: the stages are under test here."""

    name = "regorus"
    version = "0"

    def load(self, folders: Any, data: Any) -> PolicySet:
        """Not asked for here."""
        raise NotImplementedError

    def start(self) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to stop."""

    def evaluate(
        self, policies: PolicySet, policy_input: bytes, *, timeout_seconds: float
    ) -> dict[str, RuleResult]:
        """Check that the input is JSON, and pass."""
        assert timeout_seconds > 0
        json.loads(policy_input)
        passing = RuleResult(applies=True, evaluated=True, findings=[])
        return {check.id: passing for check in policies.checks}


def places(value: object, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every value in JSON, the outermost first."""
    yield place
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*place, index))


def changed(value: Any, place: Place, new: object) -> Any:
    """Return a copy of `value` with another value at `place`."""
    if not place:
        return new
    made = copy.deepcopy(value)
    inner = made
    for step in place[:-1]:
        inner = inner[step]
    if new is DROPPED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = new
    return made


def example(name: str) -> Any:
    """Return the example that is shipped with a predicate's schema."""
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def with_people(data: bytes) -> bytes:
    """Add a review, a VEX document, a waiver and a sign-off, each by a key of its role."""
    artifacts, commit = (parts.Line(parts.lines_of(data)[at]).statement["subject"] for at in (1, 2))

    def line(predicate_type: str, name: str, key: str, subject: Any) -> Any:
        made = parts.Line(parts.lines_of(data)[1])
        made.statement |= {
            "predicateType": predicate_type,
            "predicate": example(name),
            "subject": subject,
        }
        made.key = key
        return made

    def insert(lines: Any) -> None:
        at = next(at for at, item in enumerate(lines) if item.type == POLICY_SET)
        lines[at + 1 : at + 1] = [
            line(WAIVER, "waiver", "second", artifacts),
            line(SIGN_OFF, "sign-off", "second", artifacts),
        ]
        lines[at:at] = [
            line(REVIEW, "review", "backup", commit),
            line(OPENVEX, "openvex", "stranger", artifacts),
        ]
        area = {"area": "security", "state": "GIVEN", "needs": 1, "has": 1, "by": ["x"]}
        lines.of(parts.READINESS).predicate["signOffs"] = [area | {"reason": None}]

    return bytes(parts.rebuild(data, insert))


def trusted() -> trust.Trust:
    """Return a trust file in which people have keys, too."""
    keys = tuple(parts.trust_key(name) for name in ("releaser", "collector", "policy", "verifier"))
    people = (
        parts.trust_key("second", "waiver-requester", "sign-off:security", holder="j.ferreira"),
        parts.trust_key("backup", "waiver-approver", "reviewer", holder="m.okafor"),
        parts.trust_key("stranger", "vex", holder="product-security"),
    )
    return trust.read(parts.trust_file(keys + people).encode(), where="trust.json")


DATA = with_people(parts.sealed(parts.THIS, parts.NOW))
LINES = [parts.Line(raw) for raw in parts.lines_of(DATA)]
assert 11 == len(LINES)


@pytest.mark.parametrize("number", range(len(LINES)), ids=[line.type for line in LINES])
def test_no_value_anywhere_is_more_than_a_decision(number: int) -> None:
    """The decision and both its views can be made whatever one statement says where."""
    terminal, believed = Terminal.standard(), trusted()
    presented = [deploy.Presented(name="x", sha256=parts.THIS.artifacts[0].sha256)]
    tried = 0
    changes = [
        (place, new)
        for place in places(LINES[number].statement)
        if place and place[-1] != "content"
        for new in WRONG
    ]
    for place, new in changes[number % STEP :: STEP]:

        def edit(lines: Any, place: Place = place, new: object = new) -> None:
            lines[number].statement = changed(lines[number].statement, place, new)

        try:
            data = parts.rebuild(DATA, edit)
        except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
            try:
                data = parts.rebuild(DATA, edit, agree=False)
            except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
                continue  # without its type, a line cannot even be put in order
        decision = deploy.check(
            data,
            artifacts=presented,
            trust=believed,
            expect=deploy.Expectations(),
            engine=Engine(),
            now=parts.NOW,
            where="bundle",
        )
        assert verify_view.text(decision, terminal, (), trust=believed, trust_path="trust.json")
        strict_json.dumps(
            verify_view.document(decision, believed, (), path="bundle", trust_path="trust.json")
        )
        tried += 1
    assert tried > 5
