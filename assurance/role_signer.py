"""Opens one signer for a command outside the way of a release, such as a log's own key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.plugin_host import PluginHost, PluginName
from assurance.secrets import process_secrets
from assurance.settings import OUR_DISTRIBUTION
from assurance.signing import open_signers

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.interfaces import Signer


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
