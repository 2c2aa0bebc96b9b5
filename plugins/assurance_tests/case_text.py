"""The attributes of suites and cases as values: names, seconds, times; bounded and clean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME: Final = 1000
"""Characters of an id; a longer one is cut, and its SHA-256 appended."""

_LINE_BREAKING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""Control characters, line and paragraph separators, and bidirectional controls."""
_SECONDS: Final = re.compile(
    r"(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,2})?"
)
"""Surefire groups thousands with commas; JavaScript writes small figures as `1e-7`."""
_MAX_SECONDS: Final = Decimal(10) ** 9
_REMEDY: Final = "let the test runner write the report again"


def identity(attributes: Mapping[str, str], *, where: str) -> str:
    """Return the id of a case: `classname::name`, or `name` where there is no class name.

    Raises:
        CollectError: no name, or one with a control character.
    """
    name = attributes.get("name", "").strip()
    if not name:
        raise CollectError("a test case has no name", remedy=_REMEDY, where=where)
    home = attributes.get("classname", "").strip()
    return _bounded(f"{home}::{name}" if home else name, "a test case's name", where)


def label(tag: str, name: str | None, *, where: str) -> str:
    """Return what to call a suite in messages.

    Raises:
        CollectError: its name has a control character.
    """
    return f"`{tag}`" if not name else _bounded(f"`{tag}` {name}", "a suite's name", where)


def seconds(text: str | None, *, where: str) -> Decimal | None:
    """Return a `time` attribute in seconds; None where there is none or it is empty.

    Raises:
        CollectError: no finite number of seconds, negative, or above 10^9.
    """
    if not text:
        return None
    value = Decimal(text.replace(",", "")) if _SECONDS.fullmatch(text) else None
    if value is None or value > _MAX_SECONDS:
        raise CollectError(
            f"`time` must be seconds, 0 or more, found {text!r:.40}", remedy=_REMEDY, where=where
        )
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when a suite ran, as its report claims."""

    start: datetime
    """UTC; a time without an offset is taken as UTC, as Jest writes it."""
    end: datetime
    zoned: bool
    """Whether the offset was written; else it is the local time of a machine nobody knows."""


def span(text: str | None, lasted: Decimal | None) -> Span | None:
    """Return start and end of a suite; None where its `timestamp` cannot be read."""
    if not text:
        return None
    try:
        written = datetime.fromisoformat(text)
        zoned = written.tzinfo is not None
        start = written.astimezone(UTC) if zoned else written.replace(tzinfo=UTC)
        return Span(start=start, end=start + timedelta(seconds=float(lasted or 0)), zoned=zoned)
    except (ValueError, OverflowError):
        return None


def says_rerun(attributes: Mapping[str, str]) -> bool:
    """Return whether a `property` of a case says that it was run again.

    That is what a `record_property("rerun", n)` in a test suite gives; see docs/plugins/tests.md.
    """
    if attributes.get("name", "").lower() not in {"rerun", "reruns", "flaky"}:
        return False
    return attributes.get("value", "").strip().lower() not in {"", "0", "false", "no"}


def _bounded(text: str, what: str, where: str) -> str:
    found = _LINE_BREAKING.search(text)
    if found:
        raise CollectError(
            f"{what} has the control character U+{ord(found.group()):04X}",
            remedy="rename the test, or let the test runner escape such characters",
            where=where,
        )
    if len(text) <= MAX_NAME:
        return text
    return f"{text[:MAX_NAME]}… sha256:{sha256(text.encode()).hexdigest()}"
