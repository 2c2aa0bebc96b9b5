"""What the plugin `tests` registers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assurance.interfaces import Collector


@hookimpl
def assurance_collectors() -> Iterable[Collector]:
    """Return the collector `tests`."""
    from assurance_tests.collector import ReportCollector

    return (ReportCollector(),)
