"""The kind that a value of a column has to have: SQLite keeps any kind in any column.

`bytes(7)` is seven zeros and `int("17")` is 17, so that a value which somebody put in place of
another kind would go on as if it were right. Here it is an error, and the database that it was read
from names the row (`database`).
"""

from __future__ import annotations

from typing import Any, Final

LAST_SECOND: Final = 253_402_300_799
"""Seconds since 1970 UTC up to the end of the year 9999: no later time can be written."""


def blob(value: Any) -> bytes:
    """Return the value.

    Raises:
        TypeError: it is not bytes.
    """
    if type(value) is not bytes:
        raise TypeError(f"{type(value).__name__} where bytes belong")
    return value


def text(value: Any) -> str:
    """Return the value.

    Raises:
        TypeError: it is no text.
    """
    if type(value) is not str:
        raise TypeError(f"{type(value).__name__} where a text belongs")
    return value


def text_or_none(value: Any) -> str | None:
    """Return the value.

    Raises:
        TypeError: it is neither a text nor None.
    """
    return None if value is None else text(value)


def integer(value: Any) -> int:
    """Return the value.

    Raises:
        TypeError: it is no integer.
    """
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} where an integer belongs")
    return value


def seconds(value: Any) -> int:
    """Return the value, a time in seconds since 1970 UTC.

    Raises:
        TypeError: it is no integer.
        ValueError: it is before 1970 or after 9999.
    """
    if not 0 <= integer(value) <= LAST_SECOND:
        raise ValueError(f"{value} where a time belongs")
    return int(value)
