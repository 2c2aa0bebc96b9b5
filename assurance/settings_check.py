"""What is wrong with the settings: every problem at once, each with its place in the file.

In order: secrets that stand in the file, keys and values against
`schemas/settings.schema.json` (JSON Schema 2020-12), and values that JSON cannot carry.
"""

from __future__ import annotations

import json
import math
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

    from assurance.settings_document import Document
    from assurance.settings_file import Path as Keys

SCHEMA_FILE: Final = Path(__file__).parent / "schemas" / "settings.schema.json"
_SECRET_KEYS: Final = frozenset({"passphrase", "password", "pin", "secret", "token", "private_key"})
ROLES: Final = (
    "default",
    "collector",
    "releaser",
    "verifier",
    "policy",
    "vex",
    "reviewer",
    "waiver-requester",
    "waiver-approver",
)
"""Names of [sign.ROLE] tables; `sign-off:AREA` besides."""
_TYPES: Final = {
    "string": "text in quotes",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of the settings."""
    found: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
    return found


def named(keys: Keys) -> str:
    """Return `keys` as people read them: `[collect.sbom] inputs[0]`."""
    tables = 2 if keys and keys[0] in {"collect", "sign", "import"} else 1
    table = ".".join(str(key) for key in keys[:tables])
    rest = ""
    for key in keys[tables:]:
        rest += f"[{key}]" if isinstance(key, int) else f".{key}" if rest else str(key)
    return f"[{table}] {rest}".rstrip()


def check(document: Document, rules: Mapping[str, Any] | None = None) -> list[SettingsError]:
    """Return every problem of `document`, in the order of its lines.

    Args:
        document: As read.
        rules: The JSON Schema of another file of this kind; None: that of the settings.
    """
    secrets = list(_secrets(document))
    problems = [
        *(error for _, error in secrets),
        *_unspeakable(document),
        *_schema_problems(document, {keys for keys, _ in secrets}, rules or schema()),
    ]
    return sorted(problems, key=_line)


def check_flags(
    values: Mapping[str, str | int], *, where: str = "command line"
) -> list[SettingsError]:
    """Return what is wrong with `values`, given by dotted key outside of the file."""
    from assurance.schema_validator import exact

    found = []
    for dotted, value in sorted(values.items()):
        table, key = dotted.split(".")
        validator = exact({**schema(), "required": []})
        for error in validator.iter_errors({table: {key: value}}):
            wanted = _wanted(error)
            found.append(
                SettingsError(
                    f"`{dotted}` must be {wanted}, found {_shown(value)}",
                    remedy=f"give {wanted}",
                    where=where,
                )
            )
    return found


def _line(error: SettingsError) -> tuple[int, ...]:
    parts = (error.where or "").split(":")[1:]
    return tuple(int(part) for part in parts if part.isdecimal())


def _walk(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, object]]:
    yield keys, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, (*keys, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*keys, index))


def _secrets(document: Document) -> Iterator[tuple[Keys, SettingsError]]:
    for keys, value in _walk(document.data):
        if not keys or not isinstance(value, str):
            continue
        key = str(keys[-1]).lower().replace("-", "_")
        if key not in _SECRET_KEYS and not _uri_with_secret(value):
            continue
        # No excerpt: the line holds the secret, and errors end up in logs.
        place = document.places.key((*document.prefix, *keys))
        yield (
            keys,
            SettingsError(
                f"{named(keys)}: a secret stands in the settings file",
                remedy="take it out, replace it where it was used, and give it through "
                "ASSURANCE_KEY_PASSPHRASE or ASSURANCE_KEY_PASSPHRASE_FILE",
                where=place.where(document.shown) if place else document.shown,
            ),
        )


def _uri_with_secret(value: str) -> bool:
    """Whether a URI carries a PIN (RFC 7512 `pin-value`) or a password in its user part."""
    scheme, colon, rest = value.partition(":")
    if not colon or not scheme.isalnum():
        return False
    if "pin-value=" in rest:
        return True
    authority = rest[2:].split("/", 1)[0] if rest.startswith("//") else ""
    return ":" in authority.rpartition("@")[0]


def _unspeakable(document: Document) -> Iterator[SettingsError]:
    for keys, value in _walk(document.data):
        if isinstance(value, date | time):
            yield document.error(
                f"{named(keys)} is a TOML date or time, which options cannot carry",
                keys,
                remedy="write it as text in quotes",
            )
        elif isinstance(value, float) and not math.isfinite(value):
            yield document.error(
                f"{named(keys)} must be a finite number", keys, remedy="write a number"
            )


def _schema_problems(
    document: Document, known: set[Keys], rules: Mapping[str, Any]
) -> Iterator[SettingsError]:
    """Yield one error a place; `known` places have one already."""
    from assurance.schema_validator import exact

    errors: Iterator[Any] = exact(rules).iter_errors(document.data)
    for error in errors:
        keys: Keys = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            allowed = error.schema.get("properties", {})
            for key in error.instance:
                if key not in allowed and (*keys, key) not in known:
                    yield _unknown(document, keys, key, allowed)
        elif "propertyNames" in error.absolute_schema_path:
            yield _wrong_name(document, keys, error)
        elif error.validator == "required":
            for key in error.validator_value:
                if key not in error.instance:
                    yield document.error(
                        f"{named(keys)} needs the key `{key}`",
                        keys,
                        remedy=f"add {key} = …: {_described(error.schema, key, rules)}",
                        at_key=True,
                    )
        elif keys not in known:
            known.add(keys)
            yield _wrong_value(document, keys, error)


def _wrong_name(document: Document, keys: Keys, error: ValidationError) -> SettingsError:
    from difflib import get_close_matches

    name = str(error.instance)
    close = get_close_matches(name, ROLES, n=1) if keys == ("sign",) else []
    return document.error(
        f"`{_cut(name)}` cannot be the name of a table in {named(keys)}: it must be "
        f"{_wanted(error)}",
        (*keys, name),
        remedy=f"write `{close[0]}`" if close else "correct the name",
        hint=f"did you mean `{close[0]}`?" if close else "",
        at_key=True,
    )


def _unknown(document: Document, keys: Keys, key: str, allowed: Mapping[str, Any]) -> SettingsError:
    from difflib import get_close_matches

    close = get_close_matches(key, allowed, n=1, cutoff=0.6)
    where = f" in {named(keys)}" if keys else ""
    return document.error(
        f"unknown {'key' if keys else 'table'} `{_cut(key)}`{where}",
        (*keys, key),
        remedy=f"write `{close[0]}`" if close else f"allowed here: {', '.join(sorted(allowed))}",
        hint=f"did you mean `{close[0]}`?" if close else "",
        at_key=True,
    )


def _wrong_value(document: Document, keys: Keys, error: ValidationError) -> SettingsError:
    if error.validator == "uniqueItems":
        return document.error(f"{named(keys)} names something twice", keys, remedy="name it once")
    wanted = _wanted(error)
    return document.error(
        f"{named(keys)} must be {wanted}, found {_shown(error.instance)}",
        keys,
        remedy=f"write {wanted}",
    )


def _wanted(error: ValidationError) -> str:
    part = error.schema if isinstance(error.schema, dict) else {}
    description, kinds = part.get("description"), part.get("type")
    if error.validator == "type" and isinstance(kinds, str) and kinds in {"object", "array"}:
        return _TYPES[kinds]
    if description and description[0].islower():
        return str(description)
    return _TYPES.get(str(kinds), f"as the schema says ({error.validator})")


def _described(schema_part: Mapping[str, Any], key: str, rules: Mapping[str, Any]) -> str:
    part = schema_part.get("properties", {}).get(key, {})
    reference = part.get("$ref", "").rpartition("/")[2]
    part = rules["$defs"].get(reference, part)
    return str(part.get("description", "see docs/settings.md"))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - one line of a terminal


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return _cut(repr(value))
