"""A sealed bundle verifies, and nothing that is changed, cut or moved does."""

from __future__ import annotations

from typing import Any

from assurance.deploy import Answer
from assurance.model import Result


def refusal(decision: Any) -> str:
    """The message of the step that failed."""
    return next(
        f"{step.id}: {step.message}"
        for step in decision.steps
        if step.status in {"FAIL", "INDETERMINATE"}
    )


def test_a_go_is_verified(world: Any) -> None:
    """What the gate sealed as GO, the deploy step verifies with every step reached."""
    sealed = world.seal()
    assert Result.GO == sealed.verdict.result
    assert 7 == sealed.lines
    decision = world.verify(sealed.bundle)
    assert Answer.VERIFIED == decision.answer
    assert {"PASS"} == {step.status for step in decision.steps}


def test_every_byte_matters(world: Any) -> None:
    """Changing any single byte of the bundle never leaves it verified with another content."""
    data = world.seal().bundle
    last_line = data[:-1].rfind(b"\n")
    for position in range(0, len(data), 37):
        changed = bytearray(data)
        changed[position] ^= 0x01
        decision = world.verify(bytes(changed))
        # The last line's unsigned hint is the one place a change may leave unnoticed.
        assert Answer.VERIFIED != decision.answer or position > last_line, position
