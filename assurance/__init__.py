"""Plugin-based release assurance: collect, attest, judge, decide, seal and verify.

The names below are the public API for plugins; they load on first use, so that
`import assurance` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assurance.errors import (
        AssuranceError,
        CollectError,
        CredentialsError,
        LogError,
        PolicyEngineError,
        PolicyFileError,
        SignerError,
    )
    from assurance.hooks import hookimpl
    from assurance.interfaces import (
        AppendAuthenticator,
        AppendRequest,
        AuditEvent,
        CollectContext,
        Collector,
        ConfiguredPolicyEngine,
        Log,
        PolicyEngine,
        PolicyPack,
        PolicySet,
        PredicateType,
        Receipt,
        Renderer,
        RuleResult,
        Secrets,
        SelfTest,
        Signer,
        SignerProvider,
    )
    from assurance.model import Artifact, Check, Release, Statement, Status, Subject

__version__ = "0.1.0"

_HOMES = {
    "assurance.errors": (
        "AssuranceError",
        "CollectError",
        "CredentialsError",
        "LogError",
        "PolicyEngineError",
        "PolicyFileError",
        "SignerError",
    ),
    "assurance.hooks": ("hookimpl",),
    "assurance.interfaces": (
        "AppendAuthenticator",
        "AppendRequest",
        "AuditEvent",
        "CollectContext",
        "Collector",
        "ConfiguredPolicyEngine",
        "Log",
        "PolicyEngine",
        "PolicyPack",
        "PolicySet",
        "PredicateType",
        "Receipt",
        "Renderer",
        "RuleResult",
        "Secrets",
        "SelfTest",
        "Signer",
        "SignerProvider",
    ),
    "assurance.model": ("Artifact", "Check", "Release", "Statement", "Status", "Subject"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AppendAuthenticator",
    "AppendRequest",
    "Artifact",
    "AssuranceError",
    "AuditEvent",
    "Check",
    "CollectContext",
    "CollectError",
    "Collector",
    "ConfiguredPolicyEngine",
    "CredentialsError",
    "Log",
    "LogError",
    "PolicyEngine",
    "PolicyEngineError",
    "PolicyFileError",
    "PolicyPack",
    "PolicySet",
    "PredicateType",
    "Receipt",
    "Release",
    "Renderer",
    "RuleResult",
    "Secrets",
    "SelfTest",
    "Signer",
    "SignerError",
    "SignerProvider",
    "Statement",
    "Status",
    "Subject",
    "hookimpl",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use (PEP 562)."""
    if name not in _HOME_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOME_OF[name]), name)
