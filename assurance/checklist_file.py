"""`readiness.toml` as people write it: read strictly, every mistake at its line.

Keys and values: `schemas/checklist.schema.json`. Beyond it: areas, milestones and items that are
named exist, a digest has its document, kinds of evidence are known, dates are days of the
calendar, and milestones do not wait for each other in a circle.
"""

from __future__ import annotations

import json
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance import settings_check, strict_json
from assurance.checklist import KEY
from assurance.predicates import KINDS
from assurance.settings_document import joined, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from assurance.errors import SettingsError
    from assurance.settings_document import Document
    from assurance.settings_file import Path as Keys

PACK: Final = "checklist.toml"
"""The name of a policy pack's own areas and items, in its folder."""
SCHEMA_FILE: Final = Path(__file__).parent / "schemas" / "checklist.schema.json"


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a checklist."""
    found: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
    return found


def load(path: Path, *, cwd: Path, packs: Iterable[Path] = ()) -> bytes:
    """Return the checklist at `path` as the JSON that goes into the policy set.

    Args:
        path: The project's own checklist.
        cwd: The current folder, for messages.
        packs: Folders of policy packs; each may bring areas and items in `checklist.toml`. An area
            or item that the project has itself stays the project's.

    Raises:
        SettingsError: a file cannot be read or breaks a rule; `others` has every further problem.
    """
    data = dict(_checked(path, cwd=cwd).data)
    items, places = dict(data["item"]), dict.fromkeys(data["item"], "")
    areas: dict[str, Any] = {}
    for folder in packs:
        file = folder / PACK
        if not file.is_file():
            continue
        document = _checked(file, cwd=cwd, problems=_of_pack)
        areas |= document.data["area"]
        for name, item in document.data["item"].items():
            if places.setdefault(name, str(file)) == str(file):
                items[name] = item
            elif places[name]:
                raise document.error(
                    f"the item `{name}` stands in {places[name]} too",
                    ("item", name),
                    remedy="leave one of the two packs out, or write the item yourself",
                )
    return strict_json.dumps({KEY: data | {"area": areas | data["area"], "item": items}})


def _of_pack(document: Document) -> Iterator[SettingsError]:
    """Find what a pack cannot say, because it is the project's: days, risks, paths."""
    remedy = "leave it to the project's own checklist"
    for table in document.data:
        if table not in {"area", "item"}:
            yield document.error(
                "a pack brings areas and items, nothing else", (table,), remedy=remedy
            )
    for name, item in document.data["item"].items():
        for key in ("milestone", "due", "document", "sha256"):
            if key in item:
                problem = f"an item of a pack has no `{key}`, which is the project's"
                yield document.error(problem, ("item", name, key), remedy=remedy)


def _checked(
    path: Path, *, cwd: Path, problems: Callable[[Document], Iterable[SettingsError]] | None = None
) -> Document:
    document = read(path, cwd=cwd, what="checklist")
    found = settings_check.check(document, schema())
    if not found:
        more = () if problems is None else problems(document)
        found = [*more, *_names(document), *_dates(document), *_circles(document)]
    if found:
        raise joined(found)
    return document


def _names(document: Document) -> Iterator[SettingsError]:
    data = document.data
    kinds = [kind.name for kind in KINDS.values()]
    for name, item in data["item"].items():
        keys: Keys = ("item", name)
        yield from _known(document, (*keys, "area"), [item["area"]], data["area"], "area")
        if "milestone" in item:
            named = [item["milestone"]]
            known = data.get("milestone", {})
            yield from _known(document, (*keys, "milestone"), named, known, "milestone")
        yield from _known(
            document, (*keys, "evidence"), item.get("evidence", ()), kinds, "kind of evidence"
        )
        if "sha256" in item and "document" not in item:
            yield document.error(
                "a digest without a document",
                (*keys, "sha256"),
                remedy="name the `document` that it is of",
            )
    for name, risk in data.get("risk", {}).items():
        yield from _known(document, ("risk", name, "items"), risk["items"], data["item"], "item")
    milestones = data.get("milestone", {})
    for name, milestone in milestones.items():
        after = milestone.get("after", ())
        yield from _known(document, ("milestone", name, "after"), after, milestones, "milestone")


def _known(
    document: Document, keys: Keys, named: Iterable[str], known: Iterable[str], what: str
) -> Iterator[SettingsError]:
    known = list(known)
    for word in named:
        if word in known:
            continue
        close = get_close_matches(word, known, n=1)
        yield document.error(
            f"there is no {what} `{word}`",
            keys,
            remedy=f"write `{close[0]}`" if close else f"known: {', '.join(known) or 'none'}",
            hint=f"did you mean `{close[0]}`?" if close else "",
        )


def _dates(document: Document) -> Iterator[SettingsError]:
    data = document.data
    places: list[tuple[Keys, str]] = [
        ((table, name, "due"), entry["due"])
        for table in ("item", "milestone")
        for name, entry in data.get(table, {}).items()
        if "due" in entry
    ]
    for table, key in (("estimate", "on"), ("freeze", "from")):
        if table in data:
            places.append(((table, key), data[table][key]))
    for keys, text in places:
        try:
            date.fromisoformat(text)
        except ValueError:
            yield document.error(
                f"{text} is no day of the calendar", keys, remedy="correct the date"
            )


def _circles(document: Document) -> Iterator[SettingsError]:
    """Find a milestone that comes after itself, or before one that it comes after."""
    milestones = document.data.get("milestone", {})
    for name in milestones:
        seen, waiting = set(), list(milestones[name].get("after", ()))
        while waiting:
            other = waiting.pop()
            if other == name:
                yield document.error(
                    f"milestone `{name}` comes after itself",
                    ("milestone", name, "after"),
                    remedy="take one `after` out of the circle",
                )
                break
            if other not in seen and other in milestones:
                seen.add(other)
                waiting += milestones[other].get("after", ())
    for name, milestone in milestones.items():
        for other in milestone.get("after", ()):
            if other in milestones and milestone["due"] < milestones[other]["due"]:
                yield document.error(
                    f"milestone `{name}` is due before `{other}`, which it comes after",
                    ("milestone", name, "due"),
                    remedy="move one of the two days",
                )
