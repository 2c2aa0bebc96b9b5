"""Compares two JSON Schemas of a contract: would who kept to the old one be let down by the new?

A request's schema may only grow wider: what a client sent must still be taken. An answer's may only
grow narrower: what a client is given must still be what it knew. What cannot be compared is named
as a break, never passed over. Annotations are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUEST: Final = "request"
ANSWER: Final = "answer"
_ANNOTATIONS: Final = frozenset(
    {"description", "summary", "title", "default", "examples", "example", "deprecated", "$comment"}
)
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_COMPARED: Final = frozenset(
    {"$ref", "type", "enum", "required", "properties", "items", "additionalProperties"}
    | {*_UPPER, *_LOWER}
)
_TYPES: Final = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_DEEPEST: Final = 40
_MOST: Final = 200_000


class Schemas:
    """The two documents that the schemas stand in."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Take both documents: references are looked up in the schema's own."""
        self._old = old
        self._new = new
        self._open: set[tuple[str, str, str]] = set()
        """Pairs of references that are being compared: a schema may contain itself."""
        self._steps = 0

    def breaks(
        self, old: Any, new: Any, direction: str, where: str, depth: int = 0
    ) -> Iterator[tuple[str, str]]:
        """Yield (place, what breaks) between two schemas.

        Raises:
            FormatError: a reference leads nowhere, or the schemas are too deep or too many.
        """
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST:
            raise FormatError(
                f"{where} is nested deeper than {_DEEPEST} schemas, or there are more than "
                f"{_MOST:,} to compare",
                remedy="give a smaller OpenAPI document",
            )
        pair = (direction, _reference(old), _reference(new))
        if pair in self._open:
            return
        if pair[1] and pair[2]:
            self._open.add(pair)
        try:
            yield from self._compared(old, new, direction, where, depth)
        finally:
            self._open.discard(pair)

    def _compared(
        self, old: Any, new: Any, direction: str, where: str, depth: int
    ) -> Iterator[tuple[str, str]]:
        before, after = _flat(self._old, old), _flat(self._new, new)
        if _same(before, after):
            yield from self._parts(before, after, direction, where, depth)
            return
        yield from _kinds(before, after, direction, where)
        yield from _bounds(before, after, direction, where)
        yield from _required(before, after, direction, where)
        yield from _others(before, after, direction, where)
        yield from self._parts(before, after, direction, where, depth)

    def _parts(
        self,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        direction: str,
        where: str,
        depth: int,
    ) -> Iterator[tuple[str, str]]:
        olds, news = before.get("properties", {}), after.get("properties", {})
        for name, schema in olds.items():
            place = f"{where}.{name}"
            if name in news:
                yield from self.breaks(schema, news[name], direction, place, depth + 1)
            elif direction == ANSWER or after.get("additionalProperties") is False:
                yield place, "was removed"
        if "items" in before or "items" in after:
            yield from self.breaks(
                before.get("items", {}), after.get("items", {}), direction, f"{where}[]", depth + 1
            )
        one, two = (side.get("additionalProperties", True) for side in (before, after))
        if isinstance(one, dict) and isinstance(two, dict):
            yield from self.breaks(one, two, direction, f"{where}.*", depth + 1)
        elif direction == REQUEST and one is not False and two is False:
            yield where, "takes no further properties any more"
        for word in ("anyOf", "oneOf"):
            yield from self._choices(
                before.get(word, []), after.get(word, []), direction, where, depth
            )

    def _choices(
        self, before: list[Any], after: list[Any], direction: str, where: str, depth: int
    ) -> Iterator[tuple[str, str]]:
        """Each alternative of the side that must be covered has one that covers it."""
        needed, offered = (before, after) if direction == REQUEST else (after, before)
        if not needed and not offered:
            return
        for number, schema in enumerate(needed):
            pairs = ((schema, it) if direction == REQUEST else (it, schema) for it in offered)
            if not any(
                not list(self.breaks(old, new, direction, where, depth + 1)) for old, new in pairs
            ):
                told = "is not taken any more" if direction == REQUEST else "is new"
                yield where, f"alternative {number + 1} {told}"


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, dict) else ""


def _flat(document: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Return a schema with its reference followed and its `allOf` joined."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict):
            return {} if schema is not False else {"enum": []}
        if "$ref" not in schema:
            break
        schema = _looked_up(document, schema["$ref"])
    joined: dict[str, Any] = {
        key: value for key, value in schema.items() if key != "allOf" and key not in _ANNOTATIONS
    }
    for part in schema.get("allOf", []):
        flat = _flat(document, part)
        properties = {**flat.get("properties", {}), **joined.get("properties", {})}
        required = {*flat.get("required", ()), *joined.get("required", ())}
        joined = {**flat, **joined}
        if properties:
            joined["properties"] = properties
        if required:
            joined["required"] = sorted(required)
    return joined


def _looked_up(document: Mapping[str, Any], reference: object) -> Any:
    found: Any = document
    text = reference if isinstance(reference, str) else ""
    if text.startswith("#/"):
        for part in text[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
    else:
        found = None
    if found is None:
        raise FormatError(
            f"the reference {text[:80]!r} leads nowhere in its document",
            remedy="give a whole OpenAPI document, with references inside it only",
        )
    return found


def resolved(document: Mapping[str, Any], item: Any) -> dict[str, Any]:
    """Return an object of a document, its reference followed.

    Raises:
        FormatError: the reference leads nowhere, or to no object.
    """
    for _ in range(_DEEPEST):
        if not isinstance(item, dict):
            break
        if "$ref" not in item:
            return item
        item = _looked_up(document, item["$ref"])
    raise FormatError("a part of the document is no object", remedy="give an OpenAPI 3.1 document")


def _same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return strict_json.dumps(before) == strict_json.dumps(after)


def _set(schema: Mapping[str, Any], word: str) -> frozenset[str] | None:
    """Return the types, or the values as JSON, that a schema allows; None: all."""
    found = schema.get(word)
    if found is None:
        return None
    items = found if isinstance(found, list) else [found]
    if word == "type":
        names = {str(item) for item in items}
        return frozenset(names | {"integer"} if "number" in names else names)
    return frozenset(strict_json.dumps(item).decode() for item in items)


def _kinds(
    before: Mapping[str, Any], after: Mapping[str, Any], direction: str, where: str
) -> Iterator[tuple[str, str]]:
    for word in ("type", "enum"):
        old, new = _set(before, word), _set(after, word)
        needed, offered = (old, new) if direction == REQUEST else (new, old)
        if offered is None or needed == offered:
            continue
        what = "type" if word == "type" else "value"
        if needed is None:
            needed = _TYPES if word == "type" else frozenset({f"any {what}"})
        told = "is not taken any more" if direction == REQUEST else "may be answered now"
        for item in sorted(needed - offered):
            yield where, f"{what} {item[:80]} {told}"


def _bounds(
    before: Mapping[str, Any], after: Mapping[str, Any], direction: str, where: str
) -> Iterator[tuple[str, str]]:
    for word in (*_UPPER, *_LOWER):
        old, new = before.get(word), after.get(word)
        if old == new:
            continue
        sign = 1 if word in _UPPER else -1
        # As the largest that is allowed; no bound allows all.
        wide_old = float("inf") if old is None else sign * old
        wide_new = float("inf") if new is None else sign * new
        if (wide_new < wide_old) if direction == REQUEST else (wide_new > wide_old):
            yield where, f"{word} was {_shown(old)}, is {_shown(new)}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)[:80]


def _required(
    before: Mapping[str, Any], after: Mapping[str, Any], direction: str, where: str
) -> Iterator[tuple[str, str]]:
    old, new = set(before.get("required", ())), set(after.get("required", ()))
    for name in sorted(new - old) if direction == REQUEST else sorted(old - new):
        told = "must be given now" if direction == REQUEST else "may be missing now"
        yield f"{where}.{name}", told


def _others(
    before: Mapping[str, Any], after: Mapping[str, Any], direction: str, where: str
) -> Iterator[tuple[str, str]]:
    """Pattern, format and what else there is: taken away it is wider, added narrower."""
    skipped = {"anyOf", "oneOf"}
    for word in sorted((before.keys() | after.keys()) - _COMPARED - skipped):
        old, new = before.get(word), after.get(word)
        if old == new:
            continue
        narrower_only = old is None
        wider_only = new is None
        if (direction == REQUEST and wider_only) or (direction == ANSWER and narrower_only):
            continue
        yield where, f"{word} was {_shown(old)}, is {_shown(new)}"
