"""Who supplies and who wrote a package, from the author and maintainer headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from assurance_sbom.inventory import Party

if TYPE_CHECKING:
    from assurance_sbom.metadata_headers import Metadata

_LONGEST: Final = 2000
"""Characters of a header that are looked at."""
_ADDRESS: Final = re.compile(
    r"\s*(?:\"([^\"]*)\"|([^<,\"]*))\s*<([^<>]*)>\s*(?:,|$)|\s*([^,<>]+)\s*(?:,|$)"
)
_EMAIL: Final = re.compile(r"[^@\s<>,]+@[^@\s<>,]+")


def authors(metadata: Metadata) -> tuple[Party, ...]:
    """Return the authors, in the order of the metadata."""
    return _parties(metadata.author, metadata.author_email)


def supplier(metadata: Metadata) -> Party | None:
    """Return who stands behind the package now: its first maintainer, else its first author.

    The index knows who uploaded a file, the metadata does not: this is the closest that an
    installed package says about its supplier (NTIA minimum elements, "Supplier Name").
    """
    maintainers = _parties(metadata.maintainer, metadata.maintainer_email)
    return next(iter((*maintainers, *authors(metadata))), None)


def _parties(name: str | None, email: str | None) -> tuple[Party, ...]:
    """Join the pair of headers: a plain name, and addresses that may carry names."""
    addressed = _addresses(email) if email else []
    if name:
        name = " ".join(name[:_LONGEST].split())
        if len(addressed) == 1 and addressed[0].name is None:
            return (Party(name=name, email=addressed[0].email),)
        if any(party.name == name for party in addressed):
            return tuple(addressed)
        return (Party(name=name), *addressed)
    return tuple(addressed)


def _addresses(text: str) -> list[Party]:
    """Read `Name <a@b>, c@d`; parts that are no address count as names."""
    parties = []
    for quoted, plain, address, bare in _ADDRESS.findall(" ".join(text[:_LONGEST].split())):
        name = (quoted or plain).strip() or None
        email = (address or bare).strip()
        if not _EMAIL.fullmatch(email):
            name, email = name or email or None, ""
        if name or email:
            parties.append(Party(name=name, email=email or None))
    return list(dict.fromkeys(parties))
