"""Registers the `sbom` collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import Collector


@hookimpl
def assurance_collectors() -> Iterable[Collector]:
    """Return the one collector of this plugin."""
    from assurance_sbom.collector import SbomCollector

    return (SbomCollector(),)
