"""Which collector a table `[collect.NAME]` means, and whether its options are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance.errors import SettingsError
from assurance.options_schema import first_problem

if TYPE_CHECKING:
    from assurance.interfaces import Collector
    from assurance.plugin_host import Plugin, PluginHost
    from assurance.settings import CollectSettings


def choose(item: CollectSettings, host: PluginHost) -> tuple[Plugin, Collector]:
    """Return the collector of plugin `item.plugin` that `[collect.NAME]` means.

    It is the one called NAME, or else the only one that the plugin has: two tables may so
    use one collector with different inputs.

    Raises:
        SettingsError: the plugin has none, or several and none called NAME.
    """
    offered = {
        name: (plugin, collector)
        for name, (plugin, collector) in host.collectors().items()
        if plugin.name == item.plugin
    }
    if item.name in offered:
        return offered[item.name]
    if len(offered) == 1:
        return next(iter(offered.values()))
    has = f"has {', '.join(offered)}" if offered else "has no collector"
    raise SettingsError(
        f"plugin `{item.plugin}` {has}; [collect.{item.name}] names none of them",
        remedy="name the table after one of them" if offered else "name another plugin",
        where=f"collect.{item.name}",
    )


def check_options(item: CollectSettings, collector: Collector, *, where: str) -> None:
    """Check `[collect.NAME.options]` against the collector's JSON Schema.

    Raises:
        SettingsError: the options break it, or hold what JSON does not have (dates).
        PluginError: the schema is none.
    """
    problem = first_problem(
        item.options, collector.options_schema, owner=f"collector `{collector.name}`"
    )
    if problem:
        raise SettingsError(
            f"[collect.{item.name}.options] {problem}",
            remedy=f"see the page of plugin `{item.plugin}` for its options",
            where=where,
        )
