"""Sections of the report that policy packs bring for evidence of their plugin's own kind.

A pack says in its `report.json` where the facts and tables of a predicate stand (JSON Schema:
`schemas/report-sections.schema.json`). The sections of all packs travel in the policy set, so
whoever reads the bundle later needs no plugin, and nothing of a plugin runs for it. What they
show is taken from the predicate as text, bounded, and decides nothing.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError, PolicyFileError
from assurance.options_schema import first_problem
from assurance.predicates import KINDS
from assurance.report_entry import at, entry, objects, table, text, yes_no

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assurance.interfaces import PolicySet

SOURCE: Final = "report.json"
"""Its name in a pack's folder."""
FILE: Final = "report_sections.json"
"""The name of all packs' sections in a policy set."""
KEY: Final = "report_sections"
MAX_BYTES: Final = 256 * 1024
_SCHEMA: Final = Path(__file__).parent / "schemas" / "report-sections.schema.json"


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of `report.json`."""
    found: Mapping[str, Any] = json.loads(_SCHEMA.read_bytes())
    return found


def load(folders: Iterable[Path]) -> bytes | None:
    """Return the sections of the packs in `folders` as JSON for the policy set; None for none.

    Raises:
        PolicyFileError: a `report.json` cannot be read, breaks the schema, or speaks of a kind
            that another pack or `assurance` itself shows.
    """
    found: dict[str, Any] = {}
    for folder in folders:
        file = folder / SOURCE
        if not file.is_file():
            continue
        for section in _read(file):
            kind = section["predicate_type"]
            if kind in KINDS:
                raise _error(file, f"`assurance` itself shows what {kind} says")
            if kind in found:
                raise _error(file, f"two packs have a section about {kind}")
            found[kind] = section
    return strict_json.dumps({KEY: found}) if found else None


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        value = strict_json.loads(content, what=SOURCE, max_bytes=MAX_BYTES)
    except OSError as error:
        raise _error(file, f"it cannot be read: {error.strerror}") from error
    except FormatError as error:
        raise _error(file, error.problem) from error
    if problem := _problem(value):
        raise _error(file, problem)
    sections: list[dict[str, Any]] = value["sections"]
    return sections


def _problem(value: object) -> str:
    """Return what is wrong with the content of a `report.json`, empty when nothing is."""
    if not isinstance(value, dict):
        return "it must be one JSON object with the key `sections`"
    return first_problem(value, schema(), owner=SOURCE)


def _error(file: Path, problem: str) -> PolicyFileError:
    return PolicyFileError(
        problem, remedy="correct the pack's report.json (docs/plugins/writing.md)", where=str(file)
    )


def of(policies: PolicySet) -> dict[str, Any]:
    """Return the sections in a policy set by predicate type; none where there are none that fit."""
    content = dict(policies.files).get(FILE)
    if content is None:
        return {}
    # A view shows what it can; whether the policies are trusted is the deploy step's business.
    try:
        found = at(strict_json.loads(content, what=FILE), KEY)
    except FormatError:
        return {}
    if not isinstance(found, dict) or any(_problem({"sections": [it]}) for it in found.values()):
        return {}
    return found


def content(section: Mapping[str, Any], predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `section` shows of a predicate, as `report_contents` has it."""
    return entry(
        section["title"],
        facts=[(name, _text(predicate, path)) for name, path in section.get("facts", ())],
        tables=[
            table(
                one["caption"],
                [name for name, _ in one["columns"]],
                [
                    [_text(row, path) for _, path in one["columns"]]
                    for row in objects(predicate, *one["rows"].split("."))
                ],
            )
            for one in section.get("tables", ())
        ],
    )


def _text(value: object, path: str) -> str | None:
    found = at(value, *path.split("."))
    return text(found) or yes_no(found)
