"""The hooks of this plugin: keys in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl
from assurance_signing.file_signer import FileSignerProvider

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import SignerProvider


@hookimpl
def assurance_signers() -> Iterable[SignerProvider]:
    """Offer the scheme `file`."""
    return (FileSignerProvider(),)
