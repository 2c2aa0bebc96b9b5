"""The one JSON document that `-o json` prints, the same shape for every command and exit code.

Every key of `FIELDS` is always there, null where it does not apply; a command may add keys
of its own. Schema: `assurance/schemas/output/v1.schema.json`; docs/output.md explains it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assurance.errors import AssuranceError, ExitCode

FIELDS = (
    "verdict",
    "environment",
    "grade",
    "target_grade",
    "release",
    "checks",
    "weakenings",
    "sign_offs",
    "plugins",
    "bundle",
    "receipt",
    "trust",
    "decided_at",
    "valid_until",
    "not_checked",
    "claimed",
)
_LISTS = frozenset({"checks", "weakenings", "sign_offs", "plugins", "not_checked"})
_REFUSALS = {1: "REFUSED", 3: "INDETERMINATE"}


def schema_uri(command: str) -> str:
    """Return the URI that names the output of `command`; `none` for what is no command."""
    word = command if re.fullmatch("[a-z][a-z-]{0,62}", command) else "none"
    return f"https://w3id.org/release-assurance/output/{word}/v1"


def document(
    command: str,
    exit: ExitCode | int,  # noqa: A002 - the name of the contract's field
    **fields: Any,
) -> dict[str, Any]:
    """Return the document of `command`: every common key, then what `fields` says."""
    found: dict[str, Any] = {key: [] if key in _LISTS else None for key in FIELDS}
    found["errors"] = []
    found.update(fields)
    found["schema"] = schema_uri(command)
    found["exit"] = int(exit)
    return found


def failure(command: str, error: AssuranceError) -> dict[str, Any]:
    """Return the document of a command that ended in `error`."""
    exit_code = int(error.exit_code)
    fields: dict[str, Any] = {"errors": errors(error)}
    if command == "verify":
        fields["verdict"] = _REFUSALS.get(exit_code)
    return document(command, exit_code, **fields)


def errors(error: AssuranceError) -> list[dict[str, str | None]]:
    """Return `error`, and those that it carries, as `errors` of the document."""
    found = (error, *getattr(error, "others", ()))
    return [
        {"code": item.code, "problem": item.problem, "where": item.where, "remedy": item.remedy}
        for item in found
    ]


def encode(value: dict[str, Any]) -> str:
    """Return the document as one line of JSON; a lone surrogate in a file name is escaped."""
    from assurance.strict_json import dumps

    return dumps(_printable(value)).decode("utf-8")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value
