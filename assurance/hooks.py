"""The hooks. They only *register* providers; `assurance.interfaces` says what those do.

A plugin is a module (or object) behind an entry point of the group `assurance`; it
implements any of these with `@hookimpl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import (
        AppendAuthenticator,
        AuditEvent,
        Collector,
        Log,
        PolicyEngine,
        PolicyPack,
        PredicateType,
        Renderer,
        SignerProvider,
    )

PROJECT = "assurance"
"""pluggy project name, and the entry-point group that plugins register in."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def assurance_collectors() -> Iterable[Collector]:  # type: ignore[empty-body]
    """Return the collectors this plugin offers; called once, before any runs.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_signers() -> Iterable[SignerProvider]:  # type: ignore[empty-body]
    """Return the signer providers, one a URI scheme.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_policy_engines() -> Iterable[PolicyEngine]:  # type: ignore[empty-body]
    """Return the policy engines; the settings choose one by name.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_policy_packs() -> Iterable[PolicyPack]:  # type: ignore[empty-body]
    """Return folders of policies; the settings choose packs by name.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_logs() -> Iterable[Log]:  # type: ignore[empty-body]
    """Return the transparency log clients, one a URL scheme.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_append_authenticators() -> Iterable[AppendAuthenticator]:  # type: ignore[empty-body]
    """Return those who say who may append at a log server; `--authenticator` chooses one by name.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_renderers() -> Iterable[Renderer]:  # type: ignore[empty-body]
    """Return views of the report.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_predicates() -> Iterable[PredicateType]:  # type: ignore[empty-body]
    """Return predicate types with their JSON Schemas; statements are checked against them.

    .. versionadded:: 0.1
    """


@hookspec
def assurance_audit_event(event: AuditEvent) -> None:
    """Take note of `event`; called after the fact, errors are reported and not fatal.

    .. versionadded:: 0.1
    """
