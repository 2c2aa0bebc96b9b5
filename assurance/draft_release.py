"""What a draft is for must be what is to be decided: another one's evidence is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bundle, release_manifest
from assurance.errors import RefusedError
from assurance.predicates import RELEASE

if TYPE_CHECKING:
    from assurance.model import Release

_ANY = "development"
"""Who asks for no environment in particular takes the draft's, which is as strict or stricter."""


def check(data: bytes, release: Release, *, where: str) -> None:
    """Compare the release that a draft says it is for with the one that is to be decided.

    Nothing is verified here: whoever seals the draft does that, over the same bytes.

    Args:
        data: The draft.
        release: As settings and command line name it now.
        where: The draft's name, for messages.

    Raises:
        RefusedError: name, version or environment is another one.
        FormatError: the first line is none, or its predicate is no release manifest.
    """
    if not data:
        return  # sealing says that there is nothing
    line = bundle.read_line(data.partition(b"\n")[0], 1, where=where)
    if line.statement.predicate_type != RELEASE:
        return  # sealing says what is wrong with the order
    found = release_manifest.read(line.statement.predicate, where=f"{where}:1").release
    has, wanted = f"{found.name} {found.version}", f"{release.name} {release.version}"
    if has != wanted:
        raise RefusedError(
            f"the draft is for release {has}, and {wanted} is to be decided",
            remedy="collect for this release: assurance collect",
            where=f"{where}:1",
        )
    if release.environment not in {found.environment, _ANY}:
        raise RefusedError(
            f"the draft is for {found.environment}, and {release.environment} is to be decided",
            remedy=f"collect for it: assurance collect --env {release.environment}",
            where=f"{where}:1",
        )
