"""Opens the keys that the settings give to roles, with the signers of the loaded plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.plugin_host import offered
from assurance.secrets import process_secrets
from assurance.signing import open_signers, providers_of

if TYPE_CHECKING:
    from assurance.interfaces import Signer
    from assurance.plugin_host import PluginHost
    from assurance.settings import Settings


def check_roles(settings: Settings, host: PluginHost, *roles: str) -> None:
    """See to it that each role's key can be asked for; none is opened.

    Raises:
        SettingsError: none is configured for a role, or nothing offers its scheme.
    """
    providers_of(settings.sign, roles, offered(host.signers()))


def open_roles(settings: Settings, host: PluginHost, *roles: str) -> dict[str, Signer]:
    """Open the key of each role; call it when no collector runs any more.

    Raises:
        SettingsError: none is configured for a role, or nothing offers its scheme.
        SignerError: a key cannot be opened.
    """
    return open_signers(
        settings.sign,
        roles,
        offered(host.signers()),
        root=settings.root,
        secrets=process_secrets(),
    )
