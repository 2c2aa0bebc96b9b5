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
_PLAN: Final = "take it out; in the project's checklist a milestone names the item in its `items`"
_PATH: Final = (
    "take it out, and demand the evidence by `checks` or `evidence`; a project that keeps such a "
    "document writes the whole item in its own checklist"
)
_NOT_OF_PACKS: Final = {"milestone": _PLAN, "due": _PLAN, "document": _PATH, "sha256": _PATH}
"""Keys of an item that a pack cannot have, and what to do instead."""
SCHEMA_FILE: Final = Path(__file__).parent / "schemas" / "checklist.schema.json"


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a checklist."""
    found: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_bytes())
    return found


def load(path: Path, *, cwd: Path, packs: Iterable[Path] | None = ()) -> bytes:
    """Return the checklist at `path` as the JSON that goes into the policy set.

    Args:
        path: The project's own checklist.
        cwd: The current folder, for messages.
        packs: Folders of policy packs; each may bring areas and items in `checklist.toml`. An area
            or item that the project has itself stays the project's. None: they are not known, so
            milestones and risks may name items that are not here.

    Raises:
        SettingsError: a file cannot be read or breaks a rule; `others` has every further problem.
    """
    areas, brought = _of_packs(packs or (), cwd)
    names = {*brought}

    def further(document: Document) -> Iterable[SettingsError]:
        return () if packs is None else _items_named(document, names)

    document = _checked(path, cwd=cwd, problems=further)
    data = dict(document.data)
    for name, (other, item, doubled) in brought.items():
        if doubled is not None and name not in data["item"]:
            raise other.error(
                f"the item `{name}` stands in {doubled} too",
                ("item", name),
                remedy="leave one of the two packs out, or write the item yourself",
            )
        data["item"] = {name: item, **data["item"]}
    data["area"] = areas | data["area"]
    return strict_json.dumps({KEY: _planned(data)})


def _of_packs(
    packs: Iterable[Path], cwd: Path
) -> tuple[dict[str, Any], dict[str, tuple[Document, Any, str | None]]]:
    """Return the areas of packs, and their items with the file of another that has them too."""
    areas: dict[str, Any] = {}
    items: dict[str, tuple[Document, Any, str | None]] = {}
    places: dict[str, str] = {}
    for folder in packs:
        file = folder / PACK
        if not file.is_file():
            continue
        document = _checked(file, cwd=cwd, problems=_of_pack)
        areas |= document.data["area"]
        for name, item in document.data["item"].items():
            first = places.setdefault(name, str(file))
            items[name] = (document, item, None if first == str(file) else first)
    return areas, items


def _planned(data: dict[str, Any]) -> dict[str, Any]:
    """Return the checklist with the milestone at each item that a milestone names."""
    items = dict(data["item"])
    milestones = {}
    for name, milestone in data.get("milestone", {}).items():
        milestones[name] = {key: milestone[key] for key in milestone if key != "items"}
        for item in milestone.get("items", ()):
            if item in items:
                items[item] = {**items[item], "milestone": name}
    planned = {**data, "item": items}
    return {**planned, "milestone": milestones} if milestones else planned


def _items_named(document: Document, brought: Iterable[str]) -> Iterator[SettingsError]:
    """Find milestones and risks that name items of nobody, and items with two milestones."""
    data = document.data
    known = {*data["item"], *brought}
    for table in ("milestone", "risk"):
        for name, entry in data.get(table, {}).items():
            named = entry.get("items", ())
            yield from _known(document, (table, name, "items"), named, sorted(known), "item")
    when = {name: item["milestone"] for name, item in data["item"].items() if "milestone" in item}
    for name, milestone in data.get("milestone", {}).items():
        for item in milestone.get("items", ()):
            if (other := when.setdefault(item, name)) != name:
                yield document.error(
                    f"the item `{item}` belongs to milestone `{other}` already",
                    ("milestone", name, "items"),
                    remedy="leave it in one of the two",
                )


def _of_pack(document: Document) -> Iterator[SettingsError]:
    """Find what a pack cannot say, because only the project knows it: days, risks, paths."""
    for table in document.data:
        if table not in {"area", "item"}:
            yield document.error(
                "a pack brings areas and items, nothing else: days and risks are the project's",
                (table,),
                remedy="leave it to the project's own checklist, whose milestones and risks may "
                "name a pack's items",
            )
    for name, item in document.data["item"].items():
        for key, remedy in _NOT_OF_PACKS.items():
            if key in item:
                problem = f"an item of a pack has no `{key}`, which only the project knows"
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
