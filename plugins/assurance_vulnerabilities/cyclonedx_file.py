"""Packages of a CycloneDX file: its components, nested ones included.

CycloneDX JSON 1.2 to 1.7. What is described (`metadata.component`) is the release and is not
looked up, but what stands inside of it is. Every other component has to be a version of a package
from PyPI; what is not is skipped with its reason. Files, data and cryptographic assets without a
purl are no packages and are passed over.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from assurance import strict_json
from assurance.errors import AssuranceError, CollectError
from assurance_vulnerabilities.package_list import Package, PackageList, Skipped, pin

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSIONS: Final = frozenset(("1.2", "1.3", "1.4", "1.5", "1.6", "1.7"))
_NO_PACKAGES: Final = frozenset(("file", "data", "cryptographic-asset"))
_INDEX_HOSTS: Final = frozenset(("pypi.org", "pypi.python.org", "files.pythonhosted.org"))
_PREFIX: Final = "pkg:pypi/"


def read(data: bytes, *, name: str) -> PackageList:
    """Read the CycloneDX document `data`, known as `name`.

    Raises:
        CollectError: it is no CycloneDX JSON document of a known version, or a component is
            not as the specification says.
    """
    try:
        document = strict_json.loads(data, what=name)
    except AssuranceError as err:
        raise _unreadable(err.problem, name) from err
    if not isinstance(document, dict) or document.get("bomFormat") != "CycloneDX":
        raise _unreadable("it has no `bomFormat` CycloneDX", name)
    version = document.get("specVersion")
    if not isinstance(version, str) or version not in _VERSIONS:
        raise _unreadable(f"specVersion {version!r:.20} is not known", name)
    packages: list[Package] = []
    skipped: list[Skipped] = []
    metadata = _object(document, "metadata", "metadata", name)
    root = _object(metadata, "component", "metadata.component", name)
    listed = (
        *_components(document.get("components"), f"{name}:components"),
        *_components(root.get("components"), f"{name}:metadata.component.components"),
    )
    for place, component in listed:
        kind = component.get("type")
        if not isinstance(kind, str | None):
            raise _unreadable(f"the type of a component is {kind!r:.60}, not a text", place)
        if kind in _NO_PACKAGES and component.get("purl") is None:
            continue
        item = _component(component, place)
        if isinstance(item, Package):
            packages.append(item)
        else:
            skipped.append(item)
    return PackageList(
        source=name,
        sha256=hashlib.sha256(data).hexdigest(),
        packages=tuple(packages),
        skipped=tuple(skipped),
    )


def _unreadable(problem: str, where: str) -> CollectError:
    return CollectError(
        f"the CycloneDX file cannot be read: {problem}",
        remedy="Write it again with the tool that makes it, as JSON of version 1.2 to 1.7.",
        where=where,
    )


def _object(holder: dict[str, Any], key: str, path: str, name: str) -> dict[str, Any]:
    """Return the object at `key`; an empty one where there is none."""
    value = holder.get(key)
    if not isinstance(value, dict | None):
        raise _unreadable(f"`{path}` is no object", name)
    return value or {}


def _components(value: object, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if value is None:
        return
    if not isinstance(value, list):
        raise _unreadable("`components` is not a list", place)
    for number, component in enumerate(value):
        here = f"{place}[{number}]"
        if not isinstance(component, dict):
            raise _unreadable("a component is not an object", here)
        yield here, component
        yield from _components(component.get("components"), f"{here}.components")


def _component(component: dict[str, Any], place: str) -> Package | Skipped:
    name, purl = component.get("name"), component.get("purl")
    if not isinstance(name, str) or not name:
        raise _unreadable("a component has no name", place)
    if not isinstance(purl, str):
        return Skipped(name=name[:200], reason="has no purl", where=place)
    if purl[: len(_PREFIX)].lower() != _PREFIX:
        return Skipped(name=name[:200], reason=f"is `{purl:.120}`: not from PyPI", where=place)
    rest, _, _ = purl[len(_PREFIX) :].partition("#")
    rest, _, qualifiers = rest.partition("?")
    path, _, version = rest.rpartition("@")
    path, version = unquote(path), unquote(version)
    if not path or not version:
        return Skipped(name=name[:200], reason="has no version in its purl", where=place)
    if "/" in path:
        return Skipped(name=name[:200], reason="has a namespace: not from PyPI", where=place)
    origin = _elsewhere(qualifiers)
    if origin is not None:
        return Skipped(name=name[:200], reason=f"is from {origin:.120}: not PyPI", where=place)
    stated = component.get("version")
    if stated is not None and stated != version:
        raise _unreadable(f"the version is {stated!r:.60} and in the purl {version!r:.60}", place)
    return pin(path, version, where=place)


def _elsewhere(qualifiers: str) -> str | None:
    """Return where the purl says that the package is from, if that is not PyPI."""
    for qualifier in qualifiers.split("&"):
        key, _, value = qualifier.partition("=")
        url = unquote(value)
        if key.lower() == "vcs_url":
            return url
        if key.lower() in {"repository_url", "download_url"}:
            try:
                host = urlsplit(url if "://" in url else f"https://{url}").hostname
            except ValueError:
                host = None
            if host not in _INDEX_HOSTS:
                return url
    return None
