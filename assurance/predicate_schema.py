"""The JSON Schemas of the predicates that we write, and the check against them before signing.

Every predicate type of ours has `schemas/predicates/NAME.schema.json` (JSON Schema 2020-12),
an example in `schemas/predicates/examples/` and a page in docs/predicates/. For standard types
the schema describes our use of them: what the standard requires, and the form that our own
fields have where they are there.

`verify` does not come here: it reads each predicate with readers of its own, and jsonschema
takes longer to import than a whole verification.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import predicates, strict_json
from assurance.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.protocols import Validator

    from assurance.schema_validator import ValidationError

FOLDER: Final = Path(__file__).parent / "schemas" / "predicates"
"""Schemas; the examples stand in `examples/` below it."""

NAMES: Final[Mapping[str, str]] = {
    predicates.AUTH_HARDENING: "auth-hardening",
    predicates.BUNDLE_MANIFEST: "bundle-manifest",
    predicates.CHECKPOINT: "checkpoint",
    predicates.DRILL: "drill",
    predicates.FREEZE: "freeze",
    predicates.FUZZ: "fuzz",
    predicates.OPENVEX: "openvex",
    predicates.POLICY_SET: "policy-set",
    predicates.READINESS: "readiness",
    predicates.REFERENCE: "reference",
    predicates.RELEASE: "release",
    predicates.REVIEW: "review",
    predicates.SBOM_DETAIL: "sbom-detail",
    predicates.SIGN_OFF: "sign-off",
    predicates.SLO: "slo",
    predicates.TELEMETRY: "telemetry",
    predicates.TESTS_DETAIL: "tests-detail",
    predicates.TEST_RESULT: "test-result",
    predicates.VSA: "vsa",
    predicates.VULNERABILITIES: "vulns",
    predicates.WAIVER: "waiver",
}
"""Predicate type to the name of its schema, example and page."""

_SHOWN: Final = 200


@cache
def schema_for(predicate_type: str) -> Mapping[str, Any] | None:
    """Return the JSON Schema of `predicate_type`; None for one that is not ours to describe."""
    name = NAMES.get(predicate_type)
    if name is None:
        return None
    path = FOLDER / f"{name}.schema.json"
    schema: Mapping[str, Any] = strict_json.loads(path.read_bytes(), what=path.name)
    return schema


def validate(predicate_type: str, predicate: Any) -> None:
    """Check `predicate` against the schema of its type; a type without one passes.

    Args:
        predicate_type: `predicateType` of the Statement.
        predicate: The parsed predicate.

    Raises:
        FormatError: it does not follow its schema; `where` is the JSON pointer (RFC 6901) of
            the value that is wrong.
    """
    validator = _validator(predicate_type)
    if validator is not None:
        name = NAMES[predicate_type]
        _check(validator, predicate_type, predicate, name, f"see docs/predicates/{name}.md")


def validate_with(schema: Mapping[str, Any], predicate_type: str, predicate: Any) -> None:
    """Check `predicate` against a schema that a plugin brought.

    Raises:
        FormatError: it does not follow the schema, or the schema is none.
    """
    from assurance.schema_validator import SchemaError, matching

    validator = matching(schema)
    try:
        validator.check_schema(dict(schema))
    except SchemaError as err:
        raise FormatError(
            f"the schema of {predicate_type} is no JSON Schema: {err.message:.200}",
            remedy="tell the plugin's maker",
            where=predicate_type,
        ) from err
    _check(validator, predicate_type, predicate, predicate_type, "see the plugin's documentation")


def _check(
    validator: Validator, predicate_type: str, predicate: Any, name: str, remedy: str
) -> None:
    from assurance.schema_validator import best_match

    error = best_match(validator.iter_errors(predicate))
    if error is None:
        return
    pointer = "".join(f"/{_escaped(part)}" for part in error.absolute_path)
    raise FormatError(
        f"the predicate does not follow its schema {name}: {_problem(error)}",
        remedy=f"{remedy} for the fields and an example",
        where=f"{predicate_type}#{pointer}",
    )


@cache
def _validator(predicate_type: str) -> Validator | None:
    schema = schema_for(predicate_type)
    if schema is None:
        return None
    from assurance.schema_validator import matching

    return matching(schema)


def _problem(error: ValidationError) -> str:
    """Return jsonschema's message, cut: it repeats the whole value."""
    return error.message if len(error.message) <= _SHOWN else f"{error.message[:_SHOWN]}…"


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
