"""Typed look-ups in parsed JSON objects from outside: a wrong shape is a `FormatError`.

The readers of our own predicates share these, so that each refusal names file, line and key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance import timestamps
from assurance.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_REMEDY = "make the evidence again with a tool that follows the predicate's schema"


class Fields:
    """One JSON object with the place where it stands."""

    def __init__(self, value: object, *, where: str, key: str = "predicate") -> None:
        """Take `value`, which must be an object.

        Raises:
            FormatError: it is not.
        """
        self.where = where
        self.key = key
        if not isinstance(value, dict):
            raise self._wrong(key, "an object", value)
        self._value: Mapping[str, Any] = value

    def _wrong(self, key: str, wanted: str, found: object) -> FormatError:
        return FormatError(
            f"`{key}` must be {wanted}, found {_name(found)}", remedy=_REMEDY, where=self.where
        )

    def _path(self, key: str) -> str:
        return f"{self.key}.{key}"

    def closed(self, *allowed: str) -> None:
        """Refuse keys other than `allowed`."""
        extra = sorted(set(self._value) - set(allowed))
        if extra:
            raise FormatError(
                f"`{self.key}` has the unknown key `{extra[0]}`", remedy=_REMEDY, where=self.where
            )

    def get(self, key: str) -> Any:
        """Return the value at `key`, None where it is absent."""
        return self._value.get(key)

    def text(self, key: str) -> str:
        """Return the non-empty string at `key`."""
        value = self._value.get(key)
        if not isinstance(value, str) or not value:
            raise self._wrong(self._path(key), "a non-empty string", value)
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return the string at `key`, None where it is null or absent."""
        value = self._value.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(self._path(key), "a string or null", value)
        return value

    def whole(self, key: str, *, least: int = 0) -> int:
        """Return the integer at `key`, at least `least`."""
        value = self._value.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._wrong(self._path(key), f"an integer of at least {least}", value)
        return value

    def whole_or_none(self, key: str) -> int | None:
        """Return the integer at `key`, None where it is null or absent."""
        return None if self._value.get(key) is None else self.whole(key)

    def flag(self, key: str) -> bool:
        """Return the boolean at `key`."""
        value = self._value.get(key)
        if not isinstance(value, bool):
            raise self._wrong(self._path(key), "true or false", value)
        return value

    def sha256(self, key: str) -> str:
        """Return the 64 lowercase hex digits at `key`."""
        value = self.text(key)
        if len(value) != 64 or set(value) - set("0123456789abcdef"):  # noqa: PLR2004 - SHA-256
            raise self._wrong(self._path(key), "a SHA-256 as 64 lowercase hex digits", value)
        return value

    def time(self, key: str) -> datetime:
        """Return the RFC 3339 time at `key`, UTC."""
        return timestamps.parse(self.text(key), what=f"{self.where}: {self._path(key)}")

    def time_or_none(self, key: str) -> datetime | None:
        """Return the RFC 3339 time at `key`, None where it is null or absent."""
        return None if self._value.get(key) is None else self.time(key)

    def object(self, key: str) -> Fields:
        """Return the object at `key`."""
        return Fields(self._value.get(key), where=self.where, key=self._path(key))

    def items(self, key: str) -> tuple[Any, ...]:
        """Return the array at `key`."""
        value = self._value.get(key)
        if not isinstance(value, list):
            raise self._wrong(self._path(key), "an array", value)
        return tuple(value)

    def objects(self, key: str) -> tuple[Fields, ...]:
        """Return the array of objects at `key`."""
        return tuple(
            Fields(item, where=self.where, key=f"{self._path(key)}[{index}]")
            for index, item in enumerate(self.items(key))
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the array of strings at `key`."""
        items = self.items(key)
        for item in items:
            if not isinstance(item, str):
                raise self._wrong(self._path(key), "an array of strings", item)
        return items


def _name(value: object) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one line of a terminal
