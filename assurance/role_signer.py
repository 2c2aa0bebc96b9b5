"""What a log needs of the plugins outside the way of a release: its own key, authenticators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.entry_points import OWN_DISTRIBUTION
from assurance.plugin_host import PluginHost, PluginName
from assurance.secrets import process_secrets
from assurance.signing import open_signers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from assurance.interfaces import AppendAuthenticator, Log, Signer


def open_signer(role: str, uri: str, *, root: Path) -> Signer:
    """Open the key at `uri` with the signers that ship with the project.

    Args:
        role: For messages.
        uri: Such as `file:keys/log.pem`.
        root: What a relative path is relative to.

    Raises:
        SettingsError: nothing offers the URI's scheme.
        SignerError: the key cannot be opened.
    """
    host = PluginHost.load([PluginName(name="signing", distribution=OWN_DISTRIBUTION)])
    providers = {name: provider for name, (_, provider) in host.signers().items()}
    opened = open_signers({role: uri}, (role,), providers, root=root, secrets=process_secrets())
    return opened[role]


def log_makers() -> Mapping[str, Log]:
    """Return the logs that ship with the project, by URL scheme."""
    host = PluginHost.load([PluginName(name="log", distribution=OWN_DISTRIBUTION)])
    return {name: log for name, (_, log) in host.logs().items()}


def append_authenticators(plugins: Iterable[str]) -> Mapping[str, AppendAuthenticator]:
    """Return the authenticators of a log server, by name.

    Args:
        plugins: Beside the log plugin: `NAME`, or `NAME@DISTRIBUTION` of another distribution.

    Raises:
        PluginError: one does not load.
    """
    named = [PluginName(name="log", distribution=OWN_DISTRIBUTION)]
    for text in plugins:
        name, _, distribution = text.partition("@")
        named.append(PluginName(name=name, distribution=distribution or OWN_DISTRIBUTION))
    found = PluginHost.load(named).append_authenticators()
    return {name: authenticator for name, (_, authenticator) in found.items()}


def log_vkey(origin: str, public_pem: bytes) -> str:
    """Return the vkey of a log that signs with this Ed25519 key (SPKI PEM)."""
    from assurance.keys import load_public
    from assurance.tlog import note_key

    raw = load_public(public_pem, where="the log's key").spki[-32:]
    return note_key.from_public(origin, note_key.ED25519, raw).vkey()
