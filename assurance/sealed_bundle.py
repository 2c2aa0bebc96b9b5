"""Step 2 of deployment: a sealed bundle, every line where its manifest says. No I/O, no clock.

Nothing is believed here yet: whose signatures the lines carry is looked at afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle, bundle_manifest
from assurance.deployment import NOT_OURS
from assurance.errors import FormatError
from assurance.predicates import BUNDLE_MANIFEST, POLICY_SET, READINESS, RELEASE, VSA
from assurance.seal import check_collected, rank
from assurance.value import Value
from assurance.verify import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assurance.bundle import Line

_ONCE = (RELEASE, POLICY_SET, READINESS, VSA, BUNDLE_MANIFEST)


class SealedBundle(Value):
    """The lines of a whole bundle."""

    lines: tuple[Line, ...]
    groups: tuple[tuple[Line, ...], ...]
    """Lines of one payload stand together."""
    by_type: Mapping[str, Line]
    """The first line of each kind that a bundle has once."""


def read(data: bytes, *, where: str, early: Callable[[Line], None] | None = None) -> SealedBundle:
    """Read a bundle that is closed by its manifest.

    Args:
        data: Its bytes.
        where: Its file name, for messages.
        early: Told the policy set's line as soon as it is found, long before it is trusted.

    Raises:
        FormatError: it is cut, not sealed, changed or out of order.
    """
    lines = bundle.read(data, where=where)
    groups = bundle.groups(lines, where=where)
    last = groups[-1]
    if last[0].statement.predicate_type != BUNDLE_MANIFEST:
        raise FormatError(
            "the last line is not the bundle manifest: the bundle is cut or not sealed",
            remedy="fetch the bundle again; a draft is sealed by: assurance decide",
            where=f"{where}:{lines[-1].number}",
        )
    for wanted in _ONCE:
        count = sum(group[0].statement.predicate_type == wanted for group in groups)
        if count != 1:
            raise FormatError(
                f"the bundle has {count} statements of type {wanted}, it must have one",
                remedy=NOT_OURS,
                where=where,
            )
    bundle_manifest.check_own_lines(last, where=where)
    by_type = {
        group[0].statement.predicate_type: group[0]
        for group in groups
        if group[0].statement.predicate_type in _ONCE
    }
    if early is not None:
        early(by_type[POLICY_SET])
    manifest = read_manifest(groups, where=where)
    bundle_manifest.check(
        last[0].statement.predicate,
        lines[: len(lines) - len(last)],
        collected_at={item.payload_sha256: item.collected_at for item in manifest.collected},
        where=where,
    )
    ranks = [rank(line) for line in lines]
    if ranks != sorted(ranks):
        raise FormatError(
            "the lines are not in the order of a bundle", remedy=NOT_OURS, where=where
        )
    check_collected(groups, manifest, where=where)
    return SealedBundle(lines=lines, groups=groups, by_type=by_type)
