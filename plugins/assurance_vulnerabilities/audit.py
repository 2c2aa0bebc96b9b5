"""The audit itself: pip-audit's engine over our own answers. The only module that knows it.

pip-audit has no public Python interface, so what is used here is private and may move with any
release: `pip_audit._audit.Auditor`, the value types and base class of
`pip_audit._service.interface`, and the base class of `pip_audit._dependency_source.interface`.
They were read in 2.9 and 2.10; another version is refused rather than trusted to mean the same.

What pip-audit says about its own success is not used: it passes over what its service did not
answer, and ends in "No known vulnerabilities found" and exit code 0. Here every package
must come back, each record must come back under one of its ids, and nothing may be skipped.
"""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from importlib import metadata
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from packaging.version import Version

    from assurance_vulnerabilities.advisory_index import Match
    from assurance_vulnerabilities.package_list import Package

_KNOWN: Final = ("2.9.", "2.10.")
_REMEDY: Final = "Install release-assurance with the versions that its lock file names."

Bug = frozenset[str]
"""All ids of one vulnerability."""


def pip_audit_version() -> str:
    """Return the version of pip-audit in use.

    Raises:
        CollectError: it is not installed, or none of those that this module was written for.
    """
    try:
        import pip_audit
    except ImportError as err:
        raise CollectError("pip-audit is not installed", remedy=_REMEDY) from err
    version = str(pip_audit.__version__)
    if not version.startswith(_KNOWN):
        raise CollectError(
            f"pip-audit is {version}; its inner interface is known for 2.9 and 2.10 only",
            remedy=_REMEDY,
        )
    return version


def audit(
    packages: Sequence[Package], look_up: Callable[[str, Version], Sequence[Match]]
) -> dict[tuple[str, Version], tuple[Bug, ...]]:
    """Let pip-audit go through `packages`, answering it from `look_up`.

    Args:
        packages: What must be audited.
        look_up: Gives the records about a normalised name at a version.

    Returns:
        For each (name, version) the bugs it has, each with all ids that records give it; empty
        where the data says nothing. No (name, version) of `packages` is absent.

    Raises:
        CollectError: pip-audit does not load, fails, or leaves something out.
    """
    pip_audit_version()
    auditor, interface, source = _pip_audit()
    dependencies = [
        interface.ResolvedDependency(name=package.name, version=package.version)
        for package in packages
    ]
    service = _service(interface, look_up)
    found: dict[tuple[str, Version], tuple[Bug, ...]] = {}
    try:
        for dependency, results in auditor.Auditor(service).audit(_source(source, dependencies)):
            if dependency.is_skipped():
                raise _failed(f"skipped {dependency.name}: {dependency.skip_reason}")
            key = canonicalize_name(dependency.name), dependency.version
            found[key] = merged({result.id, *result.aliases} for result in results)
    except CollectError:
        raise
    except Exception as err:  # a foreign library's inside may raise anything
        raise _failed(f"failed with {type(err).__name__}: {err!s:.200}") from err
    asked = {(package.name, package.version) for package in packages}
    if found.keys() != asked:
        raise _failed(f"answered about {len(found):,} packages of {len(asked):,}")
    for (name, version), bugs in found.items():
        answered = frozenset[str]().union(*bugs)
        lost = [m.advisory.id for m in look_up(name, version) if m.advisory.id not in answered]
        if lost:
            raise _failed(f"lost {', '.join(lost)} of {name} {version}")
    return found


def merged(id_sets: Iterable[set[str]]) -> tuple[Bug, ...]:
    """Join all sets that share an id, however far apart, and sort them.

    pip-audit joins a record with one other that shares an alias; two records with ids of
    PyPA stay two even then, and so do chains of aliases.
    """
    parent: dict[str, str] = {}

    def root(identity: str) -> str:
        while parent[identity] != identity:
            # Halved on the way, so that the whole stays linear but for a hair.
            parent[identity] = parent[parent[identity]]
            identity = parent[identity]
        return identity

    for ids in id_sets:
        first, *others = ids
        top = root(parent.setdefault(first, first))
        for other in others:
            parent[root(parent.setdefault(other, other))] = top
    groups: dict[str, set[str]] = {}
    for identity in parent:
        groups.setdefault(root(identity), set()).add(identity)
    return tuple(sorted((frozenset(group) for group in groups.values()), key=sorted))


def _failed(what: str) -> CollectError:
    return CollectError(
        f"pip-audit {what}",
        remedy="Run again; if it stays, report it to this project with the input that shows it.",
    )


@contextmanager
def _offline_import() -> Iterator[None]:
    """Keep what pip-audit loads from opening sockets and running pip while it is imported.

    urllib3 binds a socket to find out about IPv6: it is told that there is none. pip-api
    runs `python -m pip --version`, a third of a second in which pip does the same: it gets the
    version from pip's metadata. Neither answer is used for anything here.
    """
    has_ipv6, version = socket.has_ipv6, ModuleType("pip_api._version")
    vars(version)["version"] = lambda: metadata.version("pip")
    stand_in = "pip_api" not in sys.modules
    socket.has_ipv6 = False
    if stand_in:
        sys.modules[version.__name__] = version
    try:
        yield
    finally:
        socket.has_ipv6 = has_ipv6
        if stand_in:
            del sys.modules[version.__name__]


def _pip_audit() -> tuple[ModuleType, ModuleType, ModuleType]:
    try:
        with _offline_import():
            from pip_audit import _audit
            from pip_audit._dependency_source import interface as source
            from pip_audit._service import interface
    except Exception as err:  # some twenty packages run code when they are imported
        raise CollectError(
            f"pip-audit does not load: {type(err).__name__}: {err!s:.200}", remedy=_REMEDY
        ) from err
    return _audit, interface, source


def _service(interface: ModuleType, look_up: Callable[[str, Version], Sequence[Match]]) -> object:
    class LocalService(interface.VulnerabilityService):  # type: ignore[name-defined,misc] # private, untyped
        """Answers from the local data."""

        def query(self, spec: Any) -> tuple[Any, list[Any]]:
            """Return `spec` with one result for each record about it."""
            return spec, [
                interface.VulnerabilityResult.create(
                    ids=[match.advisory.id, *match.advisory.aliases],
                    description=match.advisory.summary,
                    fix_versions=[],  # the evidence has them; nothing is asked of pip-audit here
                    published=None,
                )
                for match in look_up(spec.canonical_name, spec.version)
            ]

    return LocalService()


def _source(source: ModuleType, dependencies: Sequence[Any]) -> object:
    class ListedSource(source.DependencySource):  # type: ignore[name-defined,misc] # private, untyped
        """Gives exactly what an input lists; resolves and fixes nothing."""

        def collect(self) -> Iterator[Any]:
            """Yield every dependency."""
            yield from dependencies

        def fix(self, fix_version: Any) -> None:
            """Refuse: nothing here changes a project."""
            raise source.DependencyFixError(f"not asked to fix {fix_version}")

    return ListedSource()
