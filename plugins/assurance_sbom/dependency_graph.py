"""Which installed distribution needs which: Requires-Dist with markers and extras.

Extras spread: if A needs `B[x]`, the requirements of B that ask for `extra == "x"` apply too.
They are followed until nothing changes; every distribution is looked at again only when it
got a new extra, so the work is bounded by distributions times extras.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assurance_sbom.inventory import Known
from assurance_sbom.requirement import InvalidRequirementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assurance_sbom.requirement import Markers


@dataclass(slots=True, kw_only=True)
class Node:
    """One distribution in the graph."""

    requires: Sequence[str] | None
    """Requirement lines; None where the source does not know them."""
    extras: frozenset[str] = frozenset()
    """What others ask of it; filled by `resolve`."""
    depends_on: set[str] = field(default_factory=set)
    """Keys of nodes; filled by `resolve`."""
    missing: set[str] = field(default_factory=set)
    """Names that it needs and that are no node."""
    invalid: set[str] = field(default_factory=set)
    """Requirement lines that do not parse."""

    @property
    def known(self) -> Known:
        """What `depends_on` is worth."""
        if self.requires is None:
            return Known.UNKNOWN
        return Known.INCOMPLETE if self.missing or self.invalid else Known.COMPLETE


def resolve(nodes: Mapping[str, Node], markers: Markers) -> None:
    """Fill the edges of all `nodes`, which are keyed by normal name."""
    waiting = list(nodes)
    while waiting:
        key = waiting.pop()
        node = nodes[key]
        for line in node.requires or ():
            try:
                wanted = markers.wanted(line, node.extras)
            except InvalidRequirementError:
                node.invalid.add(line)
                continue
            if wanted is None:
                continue
            target = nodes.get(wanted.key)
            if target is None:
                node.missing.add(wanted.key)
                continue
            if wanted.key != key:
                # A package that asks for its own extras does not depend on itself.
                node.depends_on.add(wanted.key)
            if not wanted.extras <= target.extras:
                target.extras |= wanted.extras
                waiting.append(wanted.key)
