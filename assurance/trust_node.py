"""One value inside a trust file, with its place: look-ups that refuse whatever is not so.

Every refusal is a `TrustFileError` whose place is `file:line#/json/pointer` (RFC 6901).
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NoReturn

from assurance import timestamps
from assurance.errors import FormatError, TrustFileError
from assurance.value import Value

if TYPE_CHECKING:
    import re
    from datetime import datetime

MAX_ITEMS: Final = 10_000
"""Limit of every list."""
_MAX_TEXT: Final = 4096
_REMEDY: Final = "correct the trust file; docs/trust.md explains each field"


class Node(Value):
    """One value of the file."""

    value: Any
    file: str
    source: str
    """Text of the whole file: where a refusal finds its line number."""
    pointer: tuple[str | int, ...] = ()

    def fail(self, problem: str, *, remedy: str = _REMEDY) -> NoReturn:
        """Refuse the file because of this value."""
        place = "".join(f"/{_escape(step)}" for step in self.pointer)
        line = _line(self.source, self.pointer)
        raise TrustFileError(problem, remedy=remedy, where=f"{self.file}:{line}#{place}")

    def closed(self, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        """Refuse anything but an object with all of `required` and at most `optional`."""
        if not isinstance(self.value, dict):
            self._wrong("an object")
        known = required + optional
        for key in self.value:
            if key not in known:
                from difflib import get_close_matches  # only where a message needs it

                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                Node(
                    value=None, file=self.file, source=self.source, pointer=(*self.pointer, key)
                ).fail(f"unknown key {_short(key)}{hint}")
        for key in required:
            if key not in self.value:
                self.fail(f"the key `{key}` is not there")

    def member(self, key: str) -> Node:
        """Return the value at `key` of this object, which `closed` has looked at."""
        return Node(
            value=self.value[key],
            file=self.file,
            source=self.source,
            pointer=(*self.pointer, key),
        )

    def member_or_none(self, key: str) -> Node | None:
        """Return the value at `key`; None where it is absent or null."""
        return None if self.value.get(key) is None else self.member(key)

    def members(self) -> tuple[tuple[str, Node], ...]:
        """Return every key and value of this object."""
        if not isinstance(self.value, dict):
            self._wrong("an object")
        return tuple((key, self.member(key)) for key in self.value)

    def items(self, *, least: int = 0) -> tuple[Node, ...]:
        """Return the values of this array, which must have `least` to `MAX_ITEMS`."""
        if not isinstance(self.value, list):
            self._wrong("an array")
        if len(self.value) < least:
            self.fail(f"the array is empty; at least {least} is needed")
        if len(self.value) > MAX_ITEMS:
            self.fail(f"{len(self.value):,} items; the limit is {MAX_ITEMS:,}")
        return tuple(
            Node(value=item, file=self.file, source=self.source, pointer=(*self.pointer, index))
            for index, item in enumerate(self.value)
        )

    def text(self, wanted: str = "text", pattern: re.Pattern[str] | None = None) -> str:
        """Return this string: printable, 1 to 4,096 characters, all of it as `pattern`."""
        value = self.value
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= _MAX_TEXT
            or not value.isprintable()
            or (pattern is not None and pattern.fullmatch(value) is None)
        ):
            self._wrong(wanted)
        return str(value)

    def choice(self, *choices: str) -> str:
        """Return this string, one of `choices`."""
        if self.value not in choices:
            self._wrong(" or ".join(f"`{choice}`" for choice in choices))
        return str(self.value)

    def whole(self, *, least: int) -> int:
        """Return this integer, `least` to 2**53 - 1 (RFC 7493)."""
        value = self.value
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value < 2**53:
            self._wrong(f"an integer of at least {least}")
        return int(value)

    def time(self) -> datetime:
        """Return this RFC 3339 time, UTC."""
        text = self.text("a time such as 2026-11-23T07:01:00Z")
        try:
            return timestamps.parse(text, what=self.file)
        except FormatError:
            self._wrong("a time such as 2026-11-23T07:01:00Z")

    def unique(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return `texts`, read from this array, sorted; one that stands twice is refused."""
        ordered = sorted(texts)
        for text, following in pairwise(ordered):
            if text == following:
                self.fail(f"{_short(text)} stands twice")
        return tuple(ordered)

    def _wrong(self, wanted: str) -> NoReturn:
        self.fail(f"{_short(self.value)} found, {wanted} expected")


def _short(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - part of one line


def _escape(step: str | int) -> str:
    text = str(step).replace("~", "~0").replace("/", "~1")
    return text if text.isprintable() else json.dumps(text)[1:-1]


def _line(source: str, pointer: tuple[str | int, ...]) -> int:
    """Return the line, from 1, on which the value at `pointer` stands in valid JSON."""
    decode = json.JSONDecoder().raw_decode
    at = _space(source, 0)
    for step in pointer:
        at = _space(source, at + 1)
        index = 0
        while True:
            key: str | int = index
            if isinstance(step, str):
                key, at = decode(source, at)
                at = _space(source, _space(source, at) + 1)
            if key == step:
                break
            _, at = decode(source, at)
            at = _space(source, _space(source, at) + 1)
            index += 1
    return source.count("\n", 0, at) + 1


def _space(source: str, at: int) -> int:
    while source[at] in " \t\r\n":
        at += 1
    return at
