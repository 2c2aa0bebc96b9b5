"""Options of a plugin's provider against the JSON Schema that the provider brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import strict_json
from assurance.errors import AssuranceError, PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.protocols import Validator


def first_problem(options: Mapping[str, Any], schema: Mapping[str, Any], *, owner: str) -> str:
    """Return what is wrong with `options` first, empty when nothing is.

    Args:
        options: A table of the settings.
        schema: JSON Schema 2020-12; a `$ref` out of it is not followed.
        owner: Whose options they are, for messages: "collector `sbom`".

    Raises:
        PluginError: the schema is none.
    """
    from referencing.exceptions import Unresolvable

    value = dict(options)
    try:
        strict_json.dumps(value)
    except (TypeError, AssuranceError) as err:
        return f"holds a value that JSON does not have: {err}"
    try:
        errors = sorted(
            _validator(schema, owner).iter_errors(value), key=lambda it: list(map(str, it.path))
        )
    except Unresolvable as err:
        raise PluginError(
            f"the options schema of {owner} refers to another one that is not there: {err}",
            remedy="report it to the maker of the plugin",
        ) from err
    if not errors:
        return ""
    path = ".".join(str(it) for it in errors[0].path)
    return f"{path}: {errors[0].message:.200}" if path else f"{errors[0].message:.200}"


def _validator(schema: Mapping[str, Any], owner: str) -> Validator:
    from referencing import Registry

    from assurance.schema_validator import Draft202012Validator, SchemaError, exact

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as err:
        raise PluginError(
            f"the options schema of {owner} is none: {err.message:.200}",
            remedy="report it to the maker of the plugin",
        ) from err
    # A registry of our own: the default one would fetch a foreign `$ref` from the network.
    return exact(dict(schema), registry=Registry())
