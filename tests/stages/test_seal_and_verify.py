"""A sealed bundle verifies, and nothing that is changed, cut or moved does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from assurance import bundle, seal
from assurance.deploy import Answer
from assurance.errors import FormatError
from assurance.interfaces import RuleResult
from assurance.model import Result
from assurance.release_manifest import Collected
from assurance.value import replace
from assurance.verify import read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator


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


FLIPS = range(8)
SAMPLED = 211
"""One byte in so many is tried; every byte of the bundle with `EVERY_BYTE=1`."""


def positions(data: bytes) -> Iterator[int]:
    """Yield where to change: everywhere in the last line, elsewhere everywhere or sampled."""
    last_line = data[:-1].rfind(b"\n") + 1
    step = 1 if os.environ.get("EVERY_BYTE") else SAMPLED
    yield from range(data[0] % step, last_line, step)
    yield from range(last_line, len(data), 1 if step == 1 else 17)


def test_every_byte_matters(world: Any) -> None:
    """A bundle verifies as it was sealed; no byte can be changed, taken out or doubled."""
    data = world.seal().bundle
    assert Answer.VERIFIED == world.verify(data).answer
    for at in positions(data):
        before, byte, after = data[:at], data[at], data[at + 1 :]
        changed = [before + bytes([byte ^ 1 << bit]) + after for bit in FLIPS]
        for other in (*changed, before + after, before + bytes([byte, byte]) + after):
            if other != data:
                assert Answer.VERIFIED != world.verify(other).answer, (at, other[at - 9 : at + 9])


def test_no_byte_makes_a_no_go_better(world: Any) -> None:
    """Nothing that one byte of a NO-GO can be turned into makes it INDETERMINATE or VERIFIED."""
    world.engine.results["sbom.complete"] = RuleResult(
        applies=True, evaluated=True, findings=[{"status": "FAIL", "message": "it is bad"}]
    )
    data = world.seal().bundle
    for at in positions(data):
        before, byte, after = data[:at], data[at], data[at + 1 :]
        for other in (before + bytes([byte ^ 1]) + after, before + after):
            assert Answer.REFUSED == world.verify(other).answer, at


class Counted(str):
    """A digest that counts how often it is looked up."""

    __slots__ = ("looked_up",)
    looked_up: int

    def __hash__(self) -> int:
        """Count."""
        self.looked_up = getattr(self, "looked_up", 0) + 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        """As text."""
        return super().__eq__(other)


def test_missing_lines_are_found_in_one_pass(world: Any) -> None:
    """A line is looked up a few times, however many others a manifest lists that are not there.

    No signature has been checked by then: with 50,000 listed it took over a minute.
    """
    groups = bundle.groups(bundle.read(world.draft(), where="draft"), where="draft")
    manifest = read_manifest(groups, where="draft")
    lost = [
        Collected(payload_sha256=f"{number:064x}", collector="sbom", collected_at=world.now)
        for number in range(1000)
    ]
    digests = [Counted(group[0].payload_sha256) for group in groups]
    counted = [
        (replace(group[0], payload_sha256=digest),)
        for group, digest in zip(groups, digests, strict=True)
    ]
    with pytest.raises(FormatError, match="1000 of 1002 collected statements are missing"):
        seal.check_collected(
            counted, replace(manifest, collected=(*manifest.collected, *lost)), where="draft"
        )
    assert 10 > max(getattr(digest, "looked_up", 0) for digest in digests)
