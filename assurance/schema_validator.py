"""The package `jsonschema`, without the second that it spends on a grammar when imported.

Where `rfc3987_syntax` is installed, jsonschema imports it for its format checkers `iri` and
`iri-reference`, and that builds 39 parsers before anything was asked of them. Here a stand-in
is there while jsonschema is imported; it loads the real one at the first value that it has to
look at. So no format goes unchecked, and who asks for none does not wait.

Import jsonschema from here only.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Final

__all__ = ["Draft202012Validator", "SchemaError", "ValidationError", "best_match", "extend"]

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
