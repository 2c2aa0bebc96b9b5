"""A check as the page shows it: all its findings as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """One check with all its findings."""

    number: int
    """1-based, in the page's order; its anchor is `c` and this."""
    id: str
    area: str
    title: str | None
    status: str
    """The worst of its findings."""
    findings: tuple[Mapping[str, Any], ...]
    """At most `page.SHOWN_OF_A_CHECK`, worst first."""
    more: int
    """Findings that are not shown."""
    weight: int
    blocking: bool
    """Whether one of them keeps the release from GO."""
    owner: str | None
    remedies: tuple[str, ...]
    evidence: tuple[int, ...]
    controls: tuple[str, ...]
    waiver: str
    """Whether there can be one, or which line it is."""
    loss: str | None = None
    """Points of the grade that it costs; None where it costs none."""
    due: Mapping[str, Any] | None = None
    """`day` by which it is to pass, and whether it is `late`; None where there is no day."""
