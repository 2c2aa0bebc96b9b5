"""Where the settings name a plugin that does not load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assurance import settings_document

if TYPE_CHECKING:
    from assurance.errors import PluginError
    from assurance.settings import Settings


def locate(error: PluginError, settings: Settings) -> None:
    """Let the error point at the first `[collect.NAME]` that names its plugin, if one does."""
    if error.where is not None:
        return
    for item in settings.collect:
        if item.plugin != error.plugin:
            continue
        document = settings_document.read(settings.path, cwd=Path.cwd())
        table = (*document.prefix, "collect", item.name)
        span = document.places.value((*table, "plugin")) or document.places.key(table)
        error.where = document.shown if span is None else span.where(document.shown)
        error.excerpt = None if span is None else span.excerpt("")
        return
