"""Writes an inventory as CycloneDX 1.6 or 1.7 JSON, the same bytes for the same inventory and time.

The JSON is written here rather than through the library's model: version 11 of it has no
`compositions`, and registering dependencies one by one is quadratic there. The library's
strict validator looks at every document before it is handed on (`schema_check`).
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, Final

from assurance import __version__, strict_json
from assurance.timestamps import format_utc
from assurance_sbom import schema_check
from assurance_sbom.inventory import Known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from assurance.model import Release
    from assurance_sbom.inventory import Component, FileHash, Inventory, Licence, Party

SPEC_VERSIONS: Final = ("1.6", "1.7")
"""What is written here is valid in both, letter for letter; the first is the default."""
_SERIAL_SPACE: Final = uuid.uuid5(
    uuid.NAMESPACE_URL, "https://w3id.org/release-assurance/sbom-serial/v1"
)


def write(
    inventory: Inventory,
    release: Release | None,
    now: datetime,
    *,
    spec_version: str = SPEC_VERSIONS[0],
) -> tuple[bytes, dict[str, Any]]:
    """Return the document: sorted, compact, UTF-8; and as the object that it was written from.

    The serial number is a UUID of version 5 over the SHA-256 of everything else, timestamp
    included: another content or another time gives another number, the same gives the same.

    Args:
        inventory: What to write.
        release: Its artifacts are named in the root; None where the root is not ours to say.
        now: The document's time.
        spec_version: One of `SPEC_VERSIONS`.

    Raises:
        CollectError: the library's strict validator does not accept the document.
    """
    components = sorted(inventory.components, key=lambda component: component.ref)
    document: dict[str, Any] = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec_version,
        "version": 1,
        "metadata": {
            "timestamp": format_utc(now),
            **_made_by(inventory),
            "component": _root(inventory.root, release),
            **_properties(inventory.properties),
        },
        "components": [_component(component) for component in components],
        "dependencies": _graph(inventory.root, components),
        "compositions": _compositions(inventory.root, components),
    }
    digest = hashlib.sha256(strict_json.dumps(document)).hexdigest()
    document["serialNumber"] = uuid.uuid5(_SERIAL_SPACE, digest).urn
    # Without the files: ten thousand entries of three fixed keys, written above from hex that
    # was checked when it was read. Looking at them would take longer than all the rest.
    shown = [
        {key: value for key, value in entry.items() if key != "components"}
        for entry in document["components"]
    ]
    schema_check.check({**document, "components": shown}, where="the SBOM as it was made")
    return strict_json.dumps(document), document


def _made_by(inventory: Inventory) -> dict[str, Any]:
    """Phase, tools and authors: nothing that the source does not say, as policies ask for them."""
    entry: dict[str, Any] = {}
    if inventory.phase is not None:
        entry["lifecycles"] = [{"phase": str(inventory.phase)}]
    tools = [{"type": "application", "name": "release-assurance", "version": __version__}]
    if inventory.made_by is not None:
        tools = [{"type": "application", "name": name} for name in inventory.made_by.tools]
        if inventory.made_by.authors:
            entry["authors"] = [_contact(author) for author in inventory.made_by.authors]
    if tools:
        entry["tools"] = {"components": tools}
    return entry


def _root(root: Component, release: Release | None) -> dict[str, Any]:
    """The release with its artifacts as nested file components."""
    entry = _component(root)
    entry["type"] = "application"
    if release is not None and release.artifacts:
        entry["components"] = [
            {
                "type": "file",
                "name": artifact.name,
                "hashes": [{"alg": "SHA-256", "content": artifact.sha256}],
            }
            for artifact in release.artifacts
        ]
    return entry


def _component(component: Component) -> dict[str, Any]:
    """One entry of `components`; keys without a value are left out."""
    entry: dict[str, Any] = {
        "type": "library",
        "bom-ref": component.ref,
        "name": component.name,
    }
    texts = (
        ("version", component.version),
        ("purl", component.purl),
        ("description", component.description),
    )
    entry.update((key, text) for key, text in texts if text)
    if component.supplier is not None:
        entry["supplier"] = _supplier(component.supplier)
    if component.authors:
        entry["authors"] = [_contact(author) for author in component.authors]
    if component.licences:
        entry["licenses"] = [_licence(licence) for licence in component.licences]
    if component.hashes:
        entry["hashes"] = [
            {"alg": algorithm, "content": content}
            for algorithm, content in sorted(set(component.hashes))
        ]
    if component.source_url is not None:
        entry["externalReferences"] = [{"type": "distribution", "url": component.source_url}]
    if component.optional:
        entry["scope"] = "optional"
    if component.files:
        entry["components"] = _files(component.files)
    entry.update(_properties(component.properties))
    return entry


def _files(files: Iterable[FileHash]) -> list[dict[str, Any]]:
    """The files of an installed distribution as nested components."""
    return [
        {
            "type": "file",
            "name": file.path,
            "hashes": [{"alg": file.algorithm, "content": file.content}],
        }
        for file in sorted(files, key=lambda file: (file.path, file.algorithm, file.content))
    ]


def _supplier(party: Party) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": party.name or party.email}
    if party.email:
        entry["contact"] = [_contact(party)]
    return entry


def _contact(party: Party) -> dict[str, str]:
    entry = {}
    if party.name:
        entry["name"] = party.name
    if party.email:
        entry["email"] = party.email
    return entry


def _licence(licence: Licence) -> dict[str, Any]:
    how = {"acknowledgement": licence.acknowledgement} if licence.acknowledgement else {}
    if licence.expression is not None:
        return {"expression": licence.expression, **how}
    key, value = ("id", licence.id) if licence.id is not None else ("name", licence.name)
    return {"license": {key: value, **how}}


def _properties(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    entries = [{"name": name, "value": value} for name, value in sorted(set(pairs))]
    return {"properties": entries} if entries else {}


def _graph(root: Component, components: list[Component]) -> list[dict[str, Any]]:
    """The dependency graph. A component whose dependencies are unknown has no entry (spec)."""
    return [
        {"ref": component.ref, "dependsOn": sorted(set(component.depends_on))}
        for component in (root, *components)
        if component.known is not Known.UNKNOWN
    ]


def _compositions(root: Component, components: list[Component]) -> list[dict[str, Any]]:
    """For each aggregate the components whose dependencies are known that well."""
    groups: dict[Known, list[str]] = {}
    for component in (root, *components):
        groups.setdefault(component.known, []).append(component.ref)
    return [
        {"aggregate": str(known), "dependencies": sorted(refs)}
        for known, refs in sorted(groups.items())
    ]
