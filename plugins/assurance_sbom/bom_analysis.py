"""What follows from a CycloneDX document and no policy can work out: graph and licences.

Looked at is the document itself, whoever made it; nothing that it says about itself in
`properties` is believed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from assurance_sbom import graph_walk, licence_expression
from assurance_sbom.package_url import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NO_PACKAGES: Final = ("file", "data", "cryptographic-asset")
_PYPI: Final = "pkg:pypi/"


def document(
    found: Mapping[str, Any], predicate: bytes, origin: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the entry of one valid CycloneDX document in `sbom-detail/v1`.

    Args:
        found: The document, schema-valid.
        predicate: Its bytes, as they are attested.
        origin: `source` and `input`.
    """
    packages = list(_packages(found))
    edges = {
        entry["ref"]: list(entry.get("dependsOn", ())) for entry in found.get("dependencies", ())
    }
    root = found.get("metadata", {}).get("component", {}).get("bom-ref")
    return {
        **origin,
        "format": "CycloneDX",
        "formatVersion": found["specVersion"],
        "id": found.get("serialNumber"),
        "sha256": hashlib.sha256(predicate).hexdigest(),
        "packages": len(packages),
        "circles": graph_walk.circles(edges),
        "unreachable": _unreachable(found, packages, edges, root),
        "versions": _versions(packages),
        "repeated": _repeated(packages),
    }


def expressions(found: Mapping[str, Any]) -> set[str]:
    """Return the licence expressions of all packages."""
    return {
        licence["expression"]
        for package in _packages(found)
        for licence in package.get("licenses", ())
        if "expression" in licence
    }


def parsed(texts: set[str]) -> list[dict[str, Any]]:
    """Return the entries of `licences` for these expressions, sorted."""
    return [
        {
            "expression": text,
            "alternatives": None
            if (offered := licence_expression.alternatives(text)) is None
            else [[term._asdict() for term in terms] for terms in offered],
        }
        for text in sorted(texts)
    ]


def _packages(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every component that is a package, nested ones too, without the root."""
    waiting = list(found.get("components", ()))
    while waiting:
        entry = waiting.pop()
        if entry.get("type", "library") not in _NO_PACKAGES or entry.get("purl") is not None:
            yield entry
        waiting += entry.get("components", ())


def _unreachable(
    found: Mapping[str, Any],
    packages: list[Mapping[str, Any]],
    edges: Mapping[str, list[str]],
    root: str | None,
) -> list[str] | None:
    """Packages that nothing leads to; None where the graph is not known to be complete."""
    complete = {
        ref
        for composition in found.get("compositions", ())
        if composition["aggregate"] == "complete"
        for ref in composition.get("dependencies", ())
    }
    refs = {package["bom-ref"] for package in packages if "bom-ref" in package}
    if root is None or not ({root} | refs) <= complete:
        return None
    return sorted(refs - graph_walk.reached(edges, [root]))


def _versions(packages: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Python packages that are there in more than one version, by normal name."""
    found: dict[str, set[str]] = {}
    for package in packages:
        name = _pypi_name(package)
        if name is not None:
            found.setdefault(name, set()).add(str(package.get("version", "")))
    return [
        {"name": name, "versions": sorted(versions)}
        for name, versions in sorted(found.items())
        if len(versions) > 1
    ]


def _repeated(packages: list[Mapping[str, Any]]) -> list[str]:
    """Python packages that are there twice in one version, as `name@version`."""
    seen: set[str] = set()
    twice: set[str] = set()
    for package in packages:
        name = _pypi_name(package)
        if name is not None:
            label = f"{name}@{package.get('version', '')}"
            (twice if label in seen else seen).add(label)
    return sorted(twice)


def _pypi_name(package: Mapping[str, Any]) -> str | None:
    """The normal form of a Python package's name; None for packages of other kinds."""
    purl = package.get("purl", "")
    if not purl.startswith(_PYPI):
        return None
    return canonical(purl[len(_PYPI) :].partition("@")[0].partition("?")[0])
