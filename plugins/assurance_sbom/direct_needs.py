"""What the release itself needs of what is locked, where the lock does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assurance import CollectError
from assurance_sbom import interpreter
from assurance_sbom.inventory import Known
from assurance_sbom.requirement import InvalidRequirementError, Markers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from assurance_sbom.release_root import Declared


class DirectNeeds(NamedTuple):
    """The release's own requirements."""

    edges: Collection[str]
    """bom-refs of the locked packages among them."""
    missing: set[str]
    """Names in PEP 503 normal form that are not locked."""
    known: Known

    def check(self, locked: Collection[object], *, where: str) -> None:
        """Refuse a lock of nothing for a release that needs something.

        Raises:
            CollectError: so it is.
        """
        if self.missing and not locked:
            names = ", ".join(sorted(self.missing))
            raise CollectError(
                f"the lock has no package, but the release requires {names}",
                remedy="Write the lock again.",
                where=where,
            )


def declared(about: Declared, locked: Mapping[str, Collection[str]]) -> DirectNeeds:
    """Return what the release's wheel or `pyproject.toml` asks for on this machine.

    Args:
        about: What the release declares.
        locked: bom-refs by name in PEP 503 normal form.
    """
    if about.requires is None:
        # Nothing is locked and nothing is required: that is all there is to know.
        return DirectNeeds((), set(), Known.UNKNOWN if locked else Known.COMPLETE)
    markers = Markers(dict(interpreter.own_markers()))
    edges: set[str] = set()
    missing: set[str] = set()
    is_read = True
    for line in about.requires:
        try:
            wanted = markers.wanted(line)
        except InvalidRequirementError:
            is_read = False
            continue
        if wanted is None:
            continue
        if wanted.key in locked:
            edges.update(locked[wanted.key])
        else:
            missing.add(wanted.key)
    known = Known.COMPLETE if is_read and not missing else Known.INCOMPLETE
    return DirectNeeds(edges, missing, known)
