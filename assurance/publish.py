"""The publish stage: the bundle's digest is appended to a transparency log.

The leaf of a release is fixed by design section 4, so that anyone recomputes it from the
bundle file. Without a log nothing is appended, and the attested verdict says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import LogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance.interfaces import Log, Receipt
    from assurance.settings import LogSettings

NO_LOG = "no log: the bundle is in no transparency log"
"""Weakening of a verdict that was sealed without a log."""


def entry(bundle_sha256: str) -> bytes:
    """Return the log entry of a bundle file with this SHA-256 (64 hex digits)."""
    return f"release-assurance/bundle/v1\n{bundle_sha256}\n".encode()


def publish(
    bundle_sha256: str, settings: LogSettings | None, logs: Mapping[str, Log]
) -> Receipt | None:
    """Append a bundle's digest to the settings' log.

    Args:
        bundle_sha256: Of the whole bundle file.
        settings: None: no log is configured.
        logs: The log providers, by URL scheme.

    Returns:
        The receipt, or None without a log.

    Raises:
        LogError: no provider for the URL's scheme, or the log did not acknowledge.
    """
    if settings is None:
        return None
    scheme = settings.url.partition(":")[0]
    log = logs.get(scheme)
    if log is None:
        known = ", ".join(sorted(logs)) or "none"
        raise LogError(
            f"no loaded plugin offers a log for {scheme}: (offered: {known})",
            remedy="remove [log], or load a plugin that offers it",
            where="log.url",
        )
    return log.append(settings.url, entry(bundle_sha256))
