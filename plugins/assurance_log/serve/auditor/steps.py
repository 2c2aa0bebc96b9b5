"""Proofs step by step, as a person follows them with a calculator for SHA-256.

Specification: RFC 9162 sections 2.1.3.2 and 2.1.4.2, of which each round is one step.
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


class GrowthStep(Value):
    """One hash of a consistency proof, put beside what was known of both trees."""

    side: str
    """Where the proof's hash stands: `left` of both, `right` of the newer tree's alone; empty for
    the first one, the part that both trees begin with."""
    sibling: str
    """The proof's hash, in base64."""
    older: str
    """What is known of the older tree then, in base64."""
    newer: str
    """What is known of the newer tree then, in base64."""


def growth_steps(old: int, new: int, old_root: bytes, proof: Sequence[bytes]) -> list[GrowthStep]:
    """Return the steps that lead to both roots; none where nothing has to be shown."""
    if not 0 < old < new:
        return []
    parts = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = parts[0]
    found = [_grown("", older, older, newer)]
    for sibling in parts[1:]:
        if not last:
            break
        left = at % 2 == 1 or at == last
        if left:
            older = merkle.node_hash(sibling, older)
            newer = merkle.node_hash(sibling, newer)
        else:
            newer = merkle.node_hash(newer, sibling)
        while left and at % 2 == 0 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
        found.append(_grown("left" if left else "right", sibling, older, newer))
    return found


def _grown(side: str, *hashes: bytes) -> GrowthStep:
    sibling, older, newer = map(base64_strict.encode, hashes)
    return GrowthStep(side=side, sibling=sibling, older=older, newer=newer)
