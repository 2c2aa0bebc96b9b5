"""An inclusion proof step by step, as a person follows it with a calculator for SHA-256.

Specification: RFC 9162 section 2.1.3.2, of which each round is one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.tlog import base64_strict, merkle
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Sequence


class Step(Value):
    """One hash of the proof, put beside what was known before."""

    side: str
    """Where the proof's hash stands: `left` or `right`."""
    sibling: str
    """The proof's hash, in base64."""
    result: str
    """SHA-256 over 0x01, the left and the right hash, in base64."""


def steps(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> list[Step]:
    """Return the steps from a leaf hash upwards; of a proof that is too long, those that fit."""
    at, last, known = index, size - 1, leaf
    found = []
    for sibling in proof:
        if not last:
            break
        left = at % 2 == 1 or at == last
        known = merkle.node_hash(sibling, known) if left else merkle.node_hash(known, sibling)
        while left and at % 2 == 0 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
        found.append(
            Step(
                side="left" if left else "right",
                sibling=base64_strict.encode(sibling),
                result=base64_strict.encode(known),
            )
        )
    return found
