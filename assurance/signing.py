"""Opens the signers that the settings name, one a role; called after the last collector ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from assurance.interfaces import Secrets, Signer, SignerProvider

DEFAULT = "default"
"""`[sign.default]` stands for every role without a table of its own."""


def open_signers(
    uris: Mapping[str, str],
    roles: Iterable[str],
    providers: Mapping[str, SignerProvider],
    *,
    root: Path,
    secrets: Secrets,
) -> dict[str, Signer]:
    """Open the key of each role; one URI in two roles is opened once.

    Args:
        uris: Role (or `default`) to signer URI, from the settings.
        roles: The roles needed.
        providers: URI scheme to provider.
        root: What relative paths are relative to.
        secrets: Where passphrases come from.

    Raises:
        SettingsError: no URI for a role, or a scheme that no loaded plugin offers.
        SignerError: a key cannot be opened.
    """
    opened: dict[str, Signer] = {}
    signers: dict[str, Signer] = {}
    for role, (uri, provider) in providers_of(uris, roles, providers).items():
        if uri not in opened:
            opened[uri] = provider.open(uri, root=root, secrets=secrets)
        signers[role] = opened[uri]
    return signers


def providers_of(
    uris: Mapping[str, str], roles: Iterable[str], providers: Mapping[str, SignerProvider]
) -> dict[str, tuple[str, SignerProvider]]:
    """Return URI and provider of each role's key, without opening one.

    Raises:
        SettingsError: no URI for a role, or a scheme that no loaded plugin offers.
    """
    found = {}
    for role in roles:
        uri = uris.get(role, uris.get(DEFAULT))
        if uri is None:
            raise SettingsError(
                f"no key is configured for role {role}",
                remedy=f'add [sign.{role}] with a `uri`, such as "file:keys/development.pem"',
                where=f"sign.{role}",
            )
        scheme = uri.partition(":")[0]
        provider = providers.get(scheme)
        if provider is None:
            raise SettingsError(
                f"no loaded plugin signs with {scheme}: (offered: "
                f"{', '.join(sorted(providers)) or 'none'})",
                remedy="correct the `uri`, or load the plugin that offers the scheme",
                where=f"sign.{role}",
            )
        found[role] = (uri, provider)
    return found
