"""Which collector a table `[collect.NAME]` means, and whether its options are right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import strict_json
from assurance.errors import AssuranceError, PluginError, SettingsError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

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
    try:
        strict_json.dumps(dict(item.options))
    except (TypeError, AssuranceError) as err:
        raise SettingsError(
            f"[collect.{item.name}.options] holds a value that JSON does not have: {err}",
            remedy="write it as text, in quotes",
            where=where,
        ) from err
    problem = _first_problem(_validator(collector), dict(item.options))
    if problem:
        raise SettingsError(
            f"[collect.{item.name}.options] {problem}",
            remedy=f"see the page of plugin `{item.plugin}` for its options",
            where=where,
        )


def _validator(collector: Collector) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing import Registry

    schema = dict(collector.options_schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as err:
        raise PluginError(
            f"the options schema of collector `{collector.name}` is none: {err.message:.200}",
            remedy="report it to the maker of the plugin",
        ) from err
    # A registry of our own: the default one would fetch a foreign `$ref` from the network.
    return Draft202012Validator(schema, registry=Registry())


def _first_problem(validator: Validator, value: Any) -> str | None:
    from referencing.exceptions import Unresolvable

    try:
        errors = sorted(validator.iter_errors(value), key=lambda it: list(map(str, it.path)))
    except Unresolvable as err:
        raise PluginError(
            f"an options schema refers to another one that is not there: {err}",
            remedy="report it to the maker of the plugin",
        ) from err
    if not errors:
        return None
    path = ".".join(str(it) for it in errors[0].path)
    return f"{path}: {errors[0].message:.200}" if path else f"{errors[0].message:.200}"
