"""Registers the policy engines and the built-in policy packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import PolicyEngine, PolicyPack


@hookimpl
def assurance_policy_engines() -> Iterable[PolicyEngine]:
    """Offer regorus, the command `opa`, and an OPA server."""
    from assurance_policy.engine import RegorusEngine
    from assurance_policy.opa_engine import OpaEngine
    from assurance_policy.opa_server import OpaServerEngine

    return (RegorusEngine(), OpaEngine(), OpaServerEngine())


@hookimpl
def assurance_policy_packs() -> Iterable[PolicyPack]:
    """Offer the packs that ship with this plugin, one a sign-off area."""
    from assurance_policy.packs import built_in

    return built_in()
