"""The log entry of a bundle: fixed by its digest, so that anyone can recompute it."""

from __future__ import annotations


def entry(bundle_sha256: str) -> bytes:
    """Return the log entry of a bundle file with this SHA-256 (64 hex digits)."""
    return f"release-assurance/bundle/v1\n{bundle_sha256}\n".encode()
