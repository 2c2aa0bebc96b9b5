"""What a source found out about a release's parts, before it becomes a CycloneDX document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Known(StrEnum):
    """How much is known of one component's dependencies: CycloneDX 1.6 `aggregate`."""

    COMPLETE = "complete"
    """Every dependency that applies here is among the components."""
    INCOMPLETE = "incomplete"
    """At least one dependency is not among the components, or could not be read."""
    UNKNOWN = "unknown"
    """The source does not say what it depends on."""
    NOT_SPECIFIED = "not_specified"
    """It depends on these; whether on others too, the source does not say."""


class Phase(StrEnum):
    """When the data was captured: CycloneDX 1.6 `metadata.lifecycles[].phase`."""

    PRE_BUILD = "pre-build"
    """From a manifest, before anything was retrieved or built."""
    POST_BUILD = "post-build"
    """From what is installed on a system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or organisation."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One declared licence; exactly one of the first three fields is set."""

    id: str | None = None
    """SPDX licence id."""
    expression: str | None = None
    """SPDX expression of more than one id; then it is the component's only licence."""
    name: str | None = None
    """As declared, where it does not parse as SPDX."""
    acknowledgement: str | None = "declared"
    """`declared` by the authors, `concluded` by somebody else; None for both together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHash:
    """One file of an installed distribution, as its installer recorded it."""

    path: str
    """Relative to the folder that holds the distribution; POSIX."""
    algorithm: str
    """CycloneDX name, such as `SHA-256`."""
    content: str
    """Lowercase hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One distribution package."""

    ref: str
    """bom-ref: unique in the document; the purl where there is one."""
    name: str
    """As the source writes it; the purl has the normalised form."""
    version: str
    """Empty where the source does not say."""
    purl: str | None
    """None for what came from a local path: then it is nobody's published package."""
    description: str | None = None
    supplier: Party | None = None
    authors: tuple[Party, ...] = ()
    licences: tuple[Licence, ...] = ()
    hashes: tuple[tuple[str, str], ...] = ()
    """(CycloneDX algorithm, lowercase hex) of the archives it may be installed from."""
    source_url: str | None = None
    """Where it was installed from, if not from an index; without credentials."""
    optional: bool = False
    """True where its marker is false on this machine: needed elsewhere."""
    files: tuple[FileHash, ...] = ()
    depends_on: tuple[str, ...] = ()
    """bom-refs, sorted."""
    known: Known = Known.UNKNOWN
    """What `depends_on` is worth."""
    properties: tuple[tuple[str, str], ...] = ()
    """(name, value); see docs/plugins/sbom.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeBy:
    """Who made an SBOM, by its own word."""

    tools: tuple[str, ...]
    authors: tuple[Party, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The parts of one release, from one source."""

    phase: Phase | None
    """None where the source does not say."""
    root: Component
    """The release itself."""
    components: tuple[Component, ...]
    """Without the release; refs are unique."""
    properties: tuple[tuple[str, str], ...] = ()
    """About the inventory as a whole: source, markers."""
    made_by: MadeBy | None = None
    """Who made the SBOM that this is derived from; None where it is made here."""
