"""What policies ask of every CycloneDX document, worked out once and in linear time.

`policies/lib/bom.rego` says what each fact means, and `walk.rego` works it out itself where the
policy input has none; a test holds the two together. Rego walks a thousand components some ten
times for that, which took more than a third of what `verify` takes (ADR 12). The facts are made
from the signed document by whoever judges, in the gate and in the deploy step alike: nobody can
bring facts along.

Nothing here refuses anything: a document that cannot be read has facts that say so.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NO_PACKAGES: Final = frozenset({"file", "data", "cryptographic-asset"})
"""Types of components that are no packages: they have a hash, not a version and a purl."""
_DIGITS: Final = {
    "SHA-256": 64,
    "SHA-384": 96,
    "SHA-512": 128,
    "SHA3-256": 64,
    "SHA3-384": 96,
    "SHA3-512": 128,
    "BLAKE2b-256": 64,
    "BLAKE2b-384": 96,
    "BLAKE2b-512": 128,
    "BLAKE3": 64,
}
"""Hex digits of the hash algorithms that count as strong."""
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680"
    + "".join(map(chr, range(0x2000, 0x200B)))
    + ("\u2028\u2029\u202f\u205f\u3000")
)
"""What Rego's `trim_space` takes off: Unicode's White_Space, which is not Python's `str.strip`."""
_UNKNOWN: Final = frozenset(
    {"unknown", "incomplete", "incomplete_first_party_only", "incomplete_third_party_only"}
)
"""Aggregates of a composition that say: there may be more dependencies."""


def facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of one document, whatever its form.

    Returns:
        `readable`, `too_deep`; `components`, `packages`: how many; `purls`: what the packages are
        called, each once; `lacking`: by what is lacking, the labels of the packages that do;
        `licences`: what packages state (`licenses` as it stands) and the labels of those that do;
        `graph`: see `_graph`.
    """
    top = _objects(document, "components")
    second = [child for parent in top for child in _objects(parent, "components")]
    third = [child for parent in second for child in _objects(parent, "components")]
    packages = _packages((*top, *second, *third))
    return {
        "readable": _readable(document),
        "too_deep": any(_items(component, "components") for component in third),
        "components": len(top),
        "packages": len(packages),
        "purls": sorted({component["purl"] for component in packages if _text(component, "purl")}),
        "lacking": _lacking(packages),
        "licences": _licences(packages),
        "graph": _graph(document, _packages(top)),
    }


def _items(value: object, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _objects(value: object, key: str) -> list[dict[str, Any]]:
    return [item for item in _items(value, key) if isinstance(item, dict)]


def _text(value: object, key: str) -> bool:
    """Say whether there is a text with something in it at `key`."""
    if not isinstance(value, dict):
        return False
    text = value.get(key)
    return isinstance(text, str) and text.strip(_SPACE) != ""


def _readable(document: Mapping[str, Any]) -> bool:
    components = document.get("components")
    return (
        document.get("bomFormat") == "CycloneDX"
        and isinstance(components, list)
        and all(isinstance(component, dict) for component in components)
    )


def _is_no_package(component: dict[str, Any]) -> bool:
    kind = component.get("type", "library")
    return isinstance(kind, str) and kind in NO_PACKAGES


def _packages(
    components: tuple[dict[str, Any], ...] | list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return the packages: a file with a purl is one, so that its type cannot hide it."""
    return [
        component
        for component in components
        if not _is_no_package(component) or component.get("purl") is not None
    ]


def label(component: Mapping[str, Any]) -> str:
    """Return what people call a component."""
    purl, name, version = (component.get(key) for key in ("purl", "name", "version"))
    if isinstance(purl, str):
        return purl
    if not isinstance(name, str):
        return "a component without a name"
    return f"{name} {version}" if isinstance(version, str) else name


def _lacking(packages: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the labels of the packages that lack something, in one pass over them."""
    lacking: dict[str, list[str]] = {what: [] for what in _HOLDS}
    for component in packages:
        for what, holds in _HOLDS.items():
            if not holds(component):
                lacking[what].append(label(component))
    return lacking


def _licences(packages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each different list of licences once, with the labels of who states it."""
    groups: dict[str, dict[str, Any]] = {}
    for component in packages:
        stated = _items(component, "licenses")
        group = groups.setdefault(_key(stated), {"stated": stated, "packages": []})
        group["packages"].append(label(component))
    return list(groups.values())


def _key(stated: list[Any]) -> str:
    """Return the same text for the same list; quickly for one licence by its id, as most are."""
    if len(stated) == 1 and isinstance(stated[0], dict) and len(stated[0]) == 1:
        licence = stated[0].get("license")
        if isinstance(licence, dict) and len(licence) == 1 and isinstance(licence.get("id"), str):
            return f"id {licence['id']}"
    return json.dumps(stated, sort_keys=True)


def _has_package_url(component: dict[str, Any]) -> bool:
    purl = component.get("purl")
    return isinstance(purl, str) and purl.startswith("pkg:")


def _has_supplier(component: dict[str, Any]) -> bool:
    return (
        _text(component.get("supplier"), "name")
        or _text(component.get("manufacturer"), "name")
        or _text(component, "publisher")
        or _text(component, "author")
        or any(
            _text(author, key)
            for author in _items(component, "authors")
            for key in ("name", "email")
        )
    )


def _has_licence(component: dict[str, Any]) -> bool:
    for choice in _items(component, "licenses"):
        if isinstance(choice, dict):
            licence = choice.get("license")
            if _text(licence, "id") or _text(licence, "name") or _text(choice, "expression"):
                return True
    return False


def _has_strong_hash(component: object) -> bool:
    for item in _items(component, "hashes"):
        content = item.get("content") if isinstance(item, dict) else None
        algorithm = item.get("alg") if isinstance(item, dict) else None
        if (
            isinstance(content, str)
            and isinstance(algorithm, str)
            and len(content) == _DIGITS.get(algorithm)
            and _HEX.issuperset(content)
        ):
            return True
    return False


def _is_strong(component: dict[str, Any]) -> bool:
    """Say whether a strong hash is known: its own, or one of each file nested in it."""
    if _has_strong_hash(component):
        return True
    files = _items(component, "components")
    return bool(files) and all(
        isinstance(file, dict)
        and isinstance(file.get("type"), str)
        and file["type"] in NO_PACKAGES
        and _has_strong_hash(file)
        for file in files
    )


_HOLDS: Final[Mapping[str, Callable[[dict[str, Any]], bool]]] = {
    "name": lambda component: _text(component, "name"),
    "version": lambda component: _text(component, "version"),
    "purl": lambda component: _text(component, "purl"),
    "package-url": _has_package_url,
    "supplier": _has_supplier,
    "licence": _has_licence,
    "hash": _is_strong,
}
"""What a package may lack, and how it is told that it does not."""


def _references(components: list[dict[str, Any]]) -> Iterator[str]:
    for component in components:
        reference = component.get("bom-ref")
        if isinstance(reference, str) and reference.strip(_SPACE):
            yield reference


def _graph(document: Mapping[str, Any], packages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the dependency graph leaves open, for the packages at the top.

    Returns:
        `root_known`: whether the graph or `compositions` speak of the release itself; `silent`:
        packages of which neither does; `unreferred`: how many have no bom-ref; `unknown`: how
        many are declared unknown; `dangling`: what is depended on and not named.
    """
    entries = _objects(document, "dependencies")
    listed = {
        entry["ref"]
        for entry in entries
        if isinstance(entry.get("ref"), str) and isinstance(entry.get("dependsOn", []), list)
    }
    unknown = {
        reference
        for composition in _objects(document, "compositions")
        if isinstance(composition.get("aggregate"), str) and composition["aggregate"] in _UNKNOWN
        for reference in _items(composition, "dependencies")
        if isinstance(reference, str)
    }
    referred = list(_references(packages))
    references = set(referred)
    metadata = document.get("metadata")
    component: Any = metadata.get("component") if isinstance(metadata, dict) else None
    root = component["bom-ref"] if _text(component, "bom-ref") else None
    known = {root, *_references(_objects(document, "components"))}
    used = {
        target if isinstance(target, str) else json.dumps(target, separators=(",", ":"))
        for entry in entries
        for target in _items(entry, "dependsOn")
    }
    if not _readable(document):
        references, referred, packages, used = set(), [], [], set()
    return {
        "root_known": root is not None and (root in listed or root in unknown),
        "silent": sorted(references - listed - unknown),
        "unreferred": len(packages) - len(referred),
        "unknown": len(references & unknown),
        "dangling": [] if root is None else sorted(used - known),
    }
