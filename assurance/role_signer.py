"""Opens the signer of one role outside the way of a release: the log's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.plugin_host import PluginHost, PluginName
from assurance.secrets import process_secrets
from assurance.settings import OUR_DISTRIBUTION
from assurance.signing import open_signers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assurance.interfaces import Log, Signer


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
    host = PluginHost.load([PluginName(name="signing", distribution=OUR_DISTRIBUTION)])
    providers = {name: provider for name, (_, provider) in host.signers().items()}
    opened = open_signers({role: uri}, (role,), providers, root=root, secrets=process_secrets())
    return opened[role]


def log_makers() -> Mapping[str, Log]:
    """Return the logs that ship with the project, by URL scheme."""
    host = PluginHost.load([PluginName(name="log", distribution=OUR_DISTRIBUTION)])
    return {name: log for name, (_, log) in host.logs().items()}


def log_vkey(origin: str, public_pem: bytes) -> str:
    """Return the vkey of a log that signs with this Ed25519 key (SPKI PEM)."""
    from assurance.keys import load_public
    from assurance.tlog import note_key

    raw = load_public(public_pem, where="the log's key").spki[-32:]
    return note_key.from_public(origin, note_key.ED25519, raw).vkey()
