"""Nothing that is done to sealed bytes ever makes the answer better."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assurance.deploy import Answer
from assurance.interfaces import RuleResult

ORDER = {Answer.REFUSED: 0, Answer.INDETERMINATE: 1, Answer.VERIFIED: 2}
ANSWERS = {
    "go": RuleResult(applies=True, evaluated=True, findings=[]),
    "no-go": RuleResult(
        applies=True, evaluated=True, findings=[{"status": "FAIL", "message": "it is bad"}]
    ),
    "undecided": RuleResult(error="crash"),
}

positions = st.integers(min_value=0, max_value=10**6)


@st.composite
def damage(draw: st.DrawFn) -> Any:
    """One way of changing bytes: flip, cut, insert, swap two lines, drop a line, truncate."""
    kind = draw(st.sampled_from(["flip", "cut", "insert", "swap", "drop", "truncate", "double"]))
    first, second = draw(positions), draw(positions)
    extra = draw(st.binary(min_size=1, max_size=4))

    def apply(data: bytes) -> bytes:
        at = first % len(data)
        lines = data[:-1].split(b"\n")
        row, other = first % len(lines), second % len(lines)
        if kind == "flip":
            return data[:at] + bytes([data[at] ^ (1 << second % 8)]) + data[at + 1 :]
        if kind == "cut":
            return data[:at] + data[at + 1 + second % 64 :]
        if kind == "insert":
            return data[:at] + extra + data[at:]
        if kind == "truncate":
            return data[:at]
        if kind == "swap":
            lines[row], lines[other] = lines[other], lines[row]
        elif kind == "drop":
            del lines[row]
        else:
            lines.insert(other, lines[row])
        return b"\n".join(lines) + b"\n"

    return apply


@pytest.mark.parametrize("name", sorted(ANSWERS))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(change=damage())
def test_damage_never_improves_the_answer(world: Any, name: str, change: Any) -> None:
    """A NO-GO never verifies, and what still verifies says exactly what it said."""
    world.engine.results["sbom.complete"] = ANSWERS[name]
    data = sealed(world, name)
    before = world.verify(data)
    changed = change(data)
    after = world.verify(changed)
    assert ORDER[after.answer] <= ORDER[before.answer]
    if after.answer is Answer.VERIFIED:
        assert before.claimed == after.claimed
        assert before.verdict == after.verdict


_SEALED: dict[str, bytes] = {}


def sealed(world: Any, name: str) -> bytes:
    """Seal once a case: signing is deterministic, so every example damages the same bytes."""
    if name not in _SEALED:
        _SEALED[name] = world.seal().bundle
    return _SEALED[name]
