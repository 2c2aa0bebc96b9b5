"""The package `jsonschema`, without the second that it spends on a grammar when imported.

Where `rfc3987_syntax` is installed, jsonschema imports it for its format checkers `iri` and
`iri-reference`, and that builds 39 parsers before anything was asked of them. Here a stand-in
is there while jsonschema is imported; it loads the real one at the first value that it has to
look at. So no format goes unchecked, and who asks for none does not wait.

Import jsonschema from here only. `matching` and `exact` are stricter than what it has: `$` does not
match before a newline at the end of a text, as it does in Python and not in ECMA-262.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.protocols import Validator

__all__ = [
    "Draft202012Validator",
    "SchemaError",
    "ValidationError",
    "best_match",
    "exact",
    "matching",
]

_SLOW: Final = "rfc3987_syntax"


def _is_valid_syntax(term: str, value: str) -> bool:
    from rfc3987_syntax import is_valid_syntax  # type: ignore[import-untyped]

    return bool(is_valid_syntax(term, value))


def _stand_in() -> bool:
    """Put the stand-in there; return False where there is nothing to stand in for."""
    if _SLOW in sys.modules or "jsonschema" in sys.modules or find_spec(_SLOW) is None:
        return False
    module = ModuleType(_SLOW)
    module.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]
    sys.modules[_SLOW] = module
    return True


_stands_in = _stand_in()
try:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, ValidationError, best_match
    from jsonschema.validators import extend
finally:
    if _stands_in:
        del sys.modules[_SLOW]


def matching(schema: Mapping[str, Any]) -> Validator:
    """Return a validator of JSON documents: patterns match as ECMA-262 says."""
    made = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
    validator: Validator = made(schema)
    return validator


def exact(schema: Mapping[str, Any], **settings: Any) -> Validator:
    """Return a validator of TOML documents: as `matching`, and 60.0 is no integer there.

    Args:
        schema: JSON Schema 2020-12.
        settings: Of jsonschema's validator, such as `registry`.
    """
    made = extend(  # type: ignore[no-untyped-call]
        Draft202012Validator,
        {"pattern": _pattern},
        type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
    )
    validator: Validator = made(schema, **settings)
    return validator


def _is_integer(_checker: object, instance: object) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


def _pattern(
    _validator: Validator, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        shown = f"{instance!r:.60}"
        yield ValidationError(f"{shown} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    return re.compile(pattern[:-1] + r"\Z" if ends else pattern)
