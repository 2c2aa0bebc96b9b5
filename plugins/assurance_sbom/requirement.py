"""What one `Requires-Dist` line asks for, given the environment's markers (PEP 508)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from assurance_sbom.package_url import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST: Final = 4096
_LINE: Final = re.compile(
    r"\s*+([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?+)\s*+(?:\[([A-Za-z0-9._,\s-]*+)\])?+"
    r"\s*+\(?+[\s<>=!~,.*+!0-9A-Za-z_-]*+\)?+\s*+",
    re.ASCII,
)
"""Nothing is given back once it is matched: 500 spaces and an @ took 17 seconds."""
_EXTRA_EQUALS: Final = re.compile(r"\bextra\s*==\s*[\"']([^\"']*)[\"']")


class Wanted(NamedTuple):
    """One requirement that applies."""

    key: str
    """Name in PEP 503 normal form."""
    extras: frozenset[str]
    """In normal form."""


class InvalidRequirementError(ValueError):
    """A line that does not follow PEP 508; never leaves this package."""


class Markers:
    """Decides which requirements apply on one interpreter; remembers what it parsed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the eleven marker variables of PEP 508, without `extra`."""
        self.environment = dict(environment)
        self._answers: dict[tuple[str, str], bool] = {}
        self._parsed: dict[str, Any] = {}

    def wanted(self, line: str, extras: frozenset[str] = frozenset()) -> Wanted | None:
        """Return what `line` asks for when `extras` are chosen; None if it does not apply.

        Raises:
            InvalidRequirementError: the line is not a requirement.
        """
        if len(line) > _LONGEST:
            raise InvalidRequirementError(line[:100])
        text, semicolon, marker = line.partition(";")
        match = _LINE.fullmatch(text)
        if match is None:
            return self._by_library(line, extras)
        if semicolon and not self._any(marker.strip(), extras):
            return None
        names = (match[2] or "").split(",")
        return Wanted(
            canonical(match[1]),
            frozenset(canonical(name.strip()) for name in names if name.strip()),
        )

    def holds(self, marker: str | None, extras: frozenset[str] = frozenset()) -> bool:
        """Return whether `marker` holds; None always does.

        Raises:
            InvalidRequirementError: it is no marker.
        """
        if marker is None:
            return True
        if len(marker) > _LONGEST:
            raise InvalidRequirementError(marker[:100])
        return self._any(marker, extras)

    def _by_library(self, line: str, extras: frozenset[str]) -> Wanted | None:
        """Read the forms that the pattern leaves out, such as direct references."""
        from packaging.requirements import (
            InvalidRequirement,
            Requirement,
        )

        try:
            requirement = Requirement(line)
        except InvalidRequirement as err:
            raise InvalidRequirementError(line) from err
        if requirement.marker is not None and not self._any(str(requirement.marker), extras):
            return None
        return Wanted(
            canonical(requirement.name), frozenset(canonical(extra) for extra in requirement.extras)
        )

    def _any(self, marker: str, extras: frozenset[str]) -> bool:
        """Whether the marker holds with no extra, or with any of `extras`."""
        named = _EXTRA_EQUALS.findall(marker)
        if named and " or " not in marker and not extras.intersection(map(canonical, named)):
            # The common `; extra == "docs"` of an extra nobody chose: no need to parse it.
            return False
        return any(self._holds(marker, extra) for extra in ("", *sorted(extras)))

    def _holds(self, marker: str, extra: str) -> bool:
        known = self._answers.get((marker, extra))
        if known is None:
            known = self._answers[marker, extra] = self._evaluate(marker, extra)
        return known

    def _evaluate(self, marker: str, extra: str) -> bool:
        from packaging.markers import (
            InvalidMarker,
            Marker,
            UndefinedComparison,
            UndefinedEnvironmentName,
        )

        try:
            parsed = self._parsed.get(marker)
            if parsed is None:
                parsed = self._parsed[marker] = Marker(marker)
            return bool(parsed.evaluate({**self.environment, "extra": extra}))
        except (
            InvalidMarker,
            UndefinedComparison,
            UndefinedEnvironmentName,
            RecursionError,
        ) as err:
            raise InvalidRequirementError(marker) from err
