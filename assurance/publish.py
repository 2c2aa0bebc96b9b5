"""The publish stage: the bundle's digest is appended to a transparency log.

Without a log nothing is appended, and the attested verdict says so.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from assurance.errors import SettingsError
from assurance.interfaces import LogContext
from assurance.log_entry import entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from assurance.interfaces import Log, Receipt, Signer
    from assurance.settings import LogSettings

NO_LOG = "no log: the bundle is in no transparency log"
"""Weakening of a verdict that was sealed without a log."""


def publish(
    bundle: bytes,
    settings: LogSettings | None,
    logs: Mapping[str, Log],
    *,
    root: Path,
    signer: Callable[[], Signer],
) -> Receipt | None:
    """Append a bundle's digest to the settings' log.

    Args:
        bundle: The whole bundle file.
        settings: None: no log is configured.
        logs: The log providers, by URL scheme.
        root: What relative paths in the settings are relative to.
        signer: Opens the log's own key.

    Returns:
        The receipt, or None without a log.

    Raises:
        SettingsError: no provider for the URL's scheme.
        LogError: the log did not acknowledge.
    """
    if settings is None:
        return None
    return provider_of(settings, logs).append(
        settings.url,
        entry(sha256(bundle).hexdigest()),
        LogContext(
            root=root,
            origin=settings.origin,
            signer=signer,
            anchor=settings.anchor,
            witness_policy=settings.witness_policy,
            vkey=settings.vkey,
            bundle=bundle,
        ),
    )


def provider_of(settings: LogSettings, logs: Mapping[str, Log]) -> Log:
    """Return the provider of the settings' log; nothing is opened.

    Raises:
        SettingsError: no loaded plugin offers the URL's scheme.
    """
    scheme = settings.url.partition(":")[0]
    log = logs.get(scheme)
    if log is None:
        raise SettingsError(
            f"no loaded plugin offers a log for {scheme}: (offered: "
            f"{', '.join(sorted(logs)) or 'none'})",
            remedy="correct `url`, or take [log] out",
            where="log.url",
        )
    return log
