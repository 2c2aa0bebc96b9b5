"""One record of OSV's data, read strictly as far as every record is needed.

OSV schema 1.x, https://ossf.github.io/osv-schema/. Of all records the identity, times and
package names are read; versions and ranges (`affected_versions`) only of those that are about
a package of the release, since parsing all of them takes longer than everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from assurance import strict_json, timestamps
from assurance.errors import AssuranceError, CollectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_MAX_BYTES: Final = 16 * 1024**2
_MAX_DEPTH: Final = 32
_REMEDY: Final = (
    "Fetch the export of OSV again; if the record is still like this, report it to the database"
    " that publishes it."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advisory:
    """One record."""

    id: str
    entry: str
    """Name of its file in the data."""
    modified: datetime
    withdrawn: datetime | None
    aliases: tuple[str, ...]
    summary: str
    """First line of `summary` or `details`, at most 200 characters; may be empty."""
    affected: Mapping[str, tuple[Mapping[str, Any], ...]]
    """For each normalised name of a PyPI package, its raw `affected` objects; empty if the
    record is about other ecosystems only."""
    record: Mapping[str, Any] = field(repr=False)
    """The whole record as parsed."""

    def is_withdrawn(self, now: datetime) -> bool:
        """Return whether it is withdrawn at `now`: one that will be later still counts."""
        return self.withdrawn is not None and self.withdrawn <= now


def unreadable(problem: str, entry: str) -> CollectError:
    """Return the error that says which record cannot be evaluated, and why."""
    return CollectError(f"the advisory record {problem}", remedy=_REMEDY, where=entry)


def read(data: bytes, *, entry: str) -> Advisory:
    """Read the record `data` that stands in the file `entry`.

    Raises:
        CollectError: it is no JSON, or breaks the schema in a field that is read here.
    """
    try:
        record = strict_json.loads(data, what=entry, max_bytes=_MAX_BYTES, max_depth=_MAX_DEPTH)
    except AssuranceError as err:
        raise unreadable(f"is not readable: {err.problem}", entry) from err
    if not isinstance(record, dict):
        raise unreadable("is not a JSON object", entry)
    version = record.get("schema_version", "1.0.0")
    if not isinstance(version, str) or version.split(".", 1)[0] != "1":
        raise unreadable(f"has schema version {version!r:.40}; only 1.x is known", entry)
    aliases = record.get("aliases") or []
    if not isinstance(aliases, list) or not all(_is_id(alias) for alias in aliases):
        raise unreadable("has `aliases` that are not a list of ids", entry)
    identity = record.get("id")
    if not _is_id(identity):
        raise unreadable("has no `id`", entry)
    withdrawn = record.get("withdrawn")
    return Advisory(
        id=str(identity),
        entry=entry,
        modified=_time(record.get("modified"), "modified", entry),
        withdrawn=None if withdrawn is None else _time(withdrawn, "withdrawn", entry),
        aliases=tuple(sorted({*aliases} - {identity})),
        summary=_summary(record),
        affected=_affected(record, entry),
        record=record,
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


def _time(value: object, name: str, entry: str) -> datetime:
    if not isinstance(value, str):
        raise unreadable(f"has no time `{name}`", entry)
    try:
        return timestamps.parse(value, what=f"`{name}`")
    except AssuranceError as err:
        raise unreadable(f"has a `{name}` that is no time: {err.problem}", entry) from err


def _summary(record: Mapping[str, Any]) -> str:
    for name in ("summary", "details"):
        text = record.get(name)
        if isinstance(text, str) and text.strip():
            line = text.strip().splitlines()[0].strip()
            return line if len(line) <= 200 else line[:199] + "…"  # noqa: PLR2004 - see `summary`
    return ""


def _affected(record: Mapping[str, Any], entry: str) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    affected = record.get("affected") or []
    if not isinstance(affected, list):
        raise unreadable("has an `affected` that is not a list", entry)
    by_name: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for item in affected:
        if isinstance(item, dict) and "package" not in item:
            continue  # the schema allows it: of commits in a repository, and no package's
        package = item.get("package") if isinstance(item, dict) else None
        if not isinstance(package, dict):
            raise unreadable("has an `affected` entry whose package is no object", entry)
        ecosystem, name = package.get("ecosystem"), package.get("name")
        if not isinstance(ecosystem, str) or not isinstance(name, str) or not name:
            raise unreadable("has a package without ecosystem or name", entry)
        # The schema spells it `PyPI` and allows a suffix after a colon; a record that spells
        # it otherwise is better looked at than passed over.
        if ecosystem.split(":", 1)[0].casefold() == "pypi":
            key = canonicalize_name(name)
            by_name[key] = (*by_name.get(key, ()), item)
    return by_name
