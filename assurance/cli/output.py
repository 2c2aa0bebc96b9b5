"""The one JSON document that `-o json` prints, for success and for failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.report import document

if TYPE_CHECKING:
    from assurance.cli.command import Outcome
    from assurance.errors import AssuranceError

__all__ = ["document", "encode", "errors", "failure", "success"]

_SET = frozenset({"schema", "exit"})
_REFUSALS = {1: "REFUSED", 3: "INDETERMINATE"}


def success(command: str, outcome: Outcome) -> dict[str, Any]:
    """Return the document of a command that could answer; `schema` and `exit` are set here."""
    fields = {key: outcome.document[key] for key in outcome.document if key not in _SET}
    return document(command, outcome.exit, **fields)


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
