"""Reads TOML from outside, and takes values out of it only in the type that they should have.

The parser is the standard library's, which refuses doubled keys. The size is bounded, and a
table of an array knows the line of its header, so that a message can name it.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_PACKAGES: Final = 100_000

_SHOWN: Final = 200


class Table:
    """One table, with its place; every method raises `CollectError` for another type."""

    def __init__(self, value: object, where: str) -> None:
        """Take `value`, which should be a table."""
        if not isinstance(value, dict):
            raise refuse(f"{value!r:.{_SHOWN}} is no table", where)
        self.value: dict[str, Any] = value
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def text(self, key: str) -> str:
        """Return the text at `key`, which has to be there and to say something."""
        found = self.text_or_none(key)
        if found is None:
            raise refuse(f"there is no `{key}`", self.where)
        return found

    def text_or_none(self, key: str) -> str | None:
        """Return the text at `key`; None where it is not there."""
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, str) or not found.strip():
            raise refuse(f"`{key}` is {found!r:.{_SHOWN}}, not a text", self.where)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at `key`; empty where it is not there."""
        found = self.value.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise refuse(f"`{key}` is not a list of texts", self.where)
        return tuple(found)

    def table(self, key: str) -> Table:
        """Return the table at `key`; an empty one where it is not there."""
        return Table(self.value.get(key, {}), self.where)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of the list at `key`; none where it is not there."""
        found = self.value.get(key, [])
        if not isinstance(found, list):
            raise refuse(f"`{key}` is not a list", self.where)
        for item in found:
            yield Table(item, self.where)


def read(data: bytes, *, where: str) -> Table:
    """Return the document in `data`.

    Raises:
        CollectError: longer than 32 MiB, no UTF-8, no TOML, or blank.
    """
    if len(data) > MAX_BYTES:
        raise refuse(f"the file is longer than {MAX_BYTES} bytes", where)
    try:
        text = data.decode("utf-8")
        found = tomllib.loads(text)
    except UnicodeDecodeError as err:
        number = data.count(b"\n", 0, err.start) + 1
        raise refuse(f"byte {err.start} is not UTF-8", f"{where}:{number}") from err
    except tomllib.TOMLDecodeError as err:
        raise refuse(f"not TOML: {str(err)[:_SHOWN]}", where) from err
    except (ValueError, OverflowError, RecursionError) as err:
        # Dates out of range, numbers of thousands of digits, brackets thousands deep.
        raise refuse("not TOML: a value is out of bounds", where) from err
    if not found:
        raise refuse("the lock is blank", where)
    return Table(found, where)


def packages(document: Table, data: bytes, key: str) -> list[Table]:
    """Return the tables of the array `key`, each with the line of its header.

    Raises:
        CollectError: no such array, or more than 100,000 entries.
    """
    entries = document.value.get(key, [])
    if not isinstance(entries, list):
        raise refuse(f"`{key}` is not a list of tables", document.where)
    if len(entries) > MAX_PACKAGES:
        raise refuse(f"more than {MAX_PACKAGES} packages", document.where)
    header = re.compile(rb"^[ \t]*\[\[[ \t]*" + key.encode() + rb"[ \t]*\]\]", re.MULTILINE)
    lines = []
    number, last = 1, 0
    for match in header.finditer(data):
        number += data.count(b"\n", last, match.start())
        last = match.start()
        lines.append(number)
    if len(lines) != len(entries):
        # Written inline, or a text of several lines has such a header in it.
        return [
            Table(entry, f"{document.where}: {key}[{index}]") for index, entry in enumerate(entries)
        ]
    return [
        Table(entry, f"{document.where}:{line}") for entry, line in zip(entries, lines, strict=True)
    ]


def refuse(problem: str, where: str) -> CollectError:
    """Return the error for a lock that does not have the form of its kind."""
    return CollectError(
        problem, remedy="Write the lock again with the tool that made it.", where=where
    )
