"""Makes the inventory of an SPDX document, so that it becomes CycloneDX and every check judges it.

Nothing is added that the document does not say: no lifecycle phase; its own tools, creators and
time. What SPDX leaves open stays open: a package of which no relationship says what it needs counts
as NOASSERTION, which is a warning; for the package that the document describes it is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assurance import CollectError
from assurance_sbom import licences
from assurance_sbom.inventory import Component, Inventory, Known, Licence, MadeBy, Party
from assurance_sbom.spdx_package import NOASSERTION, NONE

if TYPE_CHECKING:
    from assurance_sbom.spdx_file import Document
    from assurance_sbom.spdx_package import Actor, Package

SHA256: Final = "release-assurance:spdx-sha256"
"""Property that names the SPDX file by the SHA-256 of its bytes."""

_ALGORITHMS: Final = {
    "SHA1": "SHA-1", "SHA256": "SHA-256", "SHA384": "SHA-384", "SHA512": "SHA-512", "MD5": "MD5",
    **{name: name for name in (
        "SHA3-256", "SHA3-384", "SHA3-512", "BLAKE2b-256", "BLAKE2b-384", "BLAKE2b-512", "BLAKE3",
    )},
}  # fmt: skip
"""What CycloneDX has too; the others are left out."""
_NEEDS: Final = ("DEPENDS_ON", "CONTAINS")
_NEEDED_BY: Final = ("DEPENDENCY_OF", "CONTAINED_BY")
"""As endings: BUILD_DEPENDENCY_OF and its like count too."""
_NOBODY: Final = "anonymous"


def inventory(document: Document, sha256: str, *, where: str) -> Inventory:
    """Return the packages of `document` and the edges between them.

    Args:
        document: What was read.
        sha256: Of the file it was read from.
        where: The file, for messages.

    Raises:
        CollectError: it names no package beside the one it describes, or does not say what that
            one needs.
    """
    needs, ends = _edges(document)
    components = {
        package.id: _component(package, needs.get(package.id, set()), ends.get(package.id, set()))
        for package in document.packages.values()
    }
    root = components.pop(document.described)
    if not components:
        raise CollectError(
            f"the SBOM has no packages beside {root.ref}, which it describes",
            remedy="Make the SBOM of the built or installed release.",
            where=where,
        )
    if root.known is Known.UNKNOWN and document.described not in ends:
        raise CollectError(
            f"`$.relationships` says nothing of what {root.ref} depends on or contains",
            remedy="Make the SBOM with a tool that writes DEPENDS_ON or CONTAINS relationships.",
            where=where,
        )
    return Inventory(
        phase=None,
        root=root,
        components=tuple(components.values()),
        properties=(
            ("release-assurance:source", "spdx"),
            ("release-assurance:spdx-namespace", document.namespace),
            (SHA256, sha256),
        ),
        made_by=MadeBy(
            tools=tuple(one.name for one in document.creators if one.kind == "Tool"),
            authors=tuple(party for one in document.creators if (party := _party(one)) is not None),
        ),
    )


def _edges(document: Document) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What each package needs; and NONE, NOASSERTION and elements elsewhere that it needs."""
    needs: dict[str, set[str]] = {}
    ends: dict[str, set[str]] = {}
    for source, kind, target in document.relationships:
        if kind.endswith(_NEEDED_BY):
            source, target = target, source  # noqa: PLW2901 - the same relationship read backwards
        elif kind not in _NEEDS:
            continue
        if source not in document.packages:
            continue
        if target in document.packages:
            needs.setdefault(source, set()).add(target)
        elif kind != "CONTAINS" or target in {NONE, NOASSERTION}:
            ends.setdefault(source, set()).add(target)
    return needs, ends


def _component(package: Package, needs: set[str], ends: set[str]) -> Component:
    return Component(
        ref=package.id,
        name=package.name,
        version=package.version,
        purl=package.purl,
        supplier=None if package.supplier is None else _party(package.supplier),
        licences=_licences(package),
        hashes=tuple(
            (_ALGORITHMS[name], value) for name, value in package.checksums if name in _ALGORITHMS
        ),
        depends_on=tuple(sorted(needs)),
        known=_known(needs, ends),
    )


def _known(needs: set[str], ends: set[str]) -> Known:
    """What the edges of one package are worth."""
    if ends - {NONE}:
        return Known.INCOMPLETE if needs or ends - {NONE, NOASSERTION} else Known.UNKNOWN
    if needs:
        return Known.NOT_SPECIFIED
    return Known.COMPLETE if ends else Known.UNKNOWN


def _licences(package: Package) -> tuple[Licence, ...]:
    """The licence; what is concluded and what is declared both count where they differ."""
    concluded, declared = package.concluded, package.declared
    if concluded is None and declared is None:
        return ()
    if concluded is None or declared is None or concluded == declared:
        found = licences.read(concluded or declared or "")
        how = "declared" if concluded is None else "concluded"
    else:
        found, how = licences.read(f"({concluded}) AND ({declared})"), None
    return (
        Licence(id=found.id, expression=found.expression, name=found.name, acknowledgement=how),
    )


def _party(actor: Actor) -> Party | None:
    """A person or organisation with the address in parentheses; None for tools and nobody."""
    if actor.kind == "Tool":
        return None
    name, opened, address = actor.name.removesuffix(")").rpartition("(")
    if not (opened and actor.name.endswith(")")) or ")" in address:
        name, address = actor.name, ""
    if name.strip().lower() in {"", _NOBODY, NOASSERTION.lower()}:
        return None
    return Party(name=name.strip(), email=address.strip() if "@" in address else None)
