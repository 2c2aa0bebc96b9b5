"""What the rules of a SARIF run say of a result's level and severity; the worst counts.

SARIF 2.1.0 (OASIS, plus Errata 01), section 3.27.10 for `level`, 3.52 for references to rules.
`security-severity` is no part of SARIF: GitHub's code scanning made it up, CodeQL, Semgrep and
others write it, a CVSS-like number as text in the `properties` of a rule or result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LEVELS: Final = ("error", "warning", "note", "none")
"""Worst first; a rule's level that is none of them counts as the worst."""
SEVERITIES: Final = ("critical", "high", "unknown", "medium", "low")
"""Worst first; what nobody can read is not taken for harmless."""
DEFAULT_LEVEL: Final = "warning"

_SCORE: Final = re.compile(r"(?:10(?:\.0{1,3})?|[0-9](?:\.[0-9]{1,3})?)")
_BANDS: Final = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))


class Rules:
    """The rules of one run: those of the tool and of its extensions."""

    def __init__(self, tool: Mapping[str, Any], invocations: Iterable[Mapping[str, Any]]) -> None:
        """Take `run.tool`, and `run.invocations` for the levels that its user configured."""
        extensions = [it for it in _list(tool, "extensions") if isinstance(it, dict)]
        driver = _dict(tool, "driver")
        self._components: list[list[Mapping[str, Any]]] = [
            [it for it in _list(driver, "rules") if isinstance(it, dict)]
        ]
        self._components += [
            [it for it in _list(extension, "rules") if isinstance(it, dict)]
            for extension in extensions
        ]
        self._by_id: dict[str, list[Mapping[str, Any]]] = {}
        for rule in (rule for rules in self._components for rule in rules):
            if isinstance(rule.get("id"), str):
                self._by_id.setdefault(rule["id"], []).append(rule)
        self._configured = list(_overrides(invocations))

    def of(self, result: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]]:
        """Return the rule's id, empty where none is said, and every rule that may be meant."""
        reference = _dict(result, "rule")
        index = reference.get("index", result.get("ruleIndex", -1))
        home = _dict(reference, "toolComponent").get("index", -1)
        rules = self._components[0]
        if type(home) is int and 0 <= home < len(self._components) - 1:
            rules = self._components[home + 1]
        found = [rules[index]] if type(index) is int and 0 <= index < len(rules) else []
        name = result.get("ruleId", reference.get("id"))
        if not isinstance(name, str) or not name:
            name = found[0].get("id") if found else None
        if not isinstance(name, str):
            return "", found
        # `CA1000/1` is a part of the rule `CA1000` (section 3.27.5).
        for known in (name, name.rpartition("/")[0]):
            if known in self._by_id:
                return name, [*found, *self._by_id[known]]
        return name, found

    def level(self, rules: Iterable[Mapping[str, Any]]) -> str:
        """Return the level of a result that has none: the worst that its rules may mean."""
        listed = list(rules)
        said = [_dict(rule, "defaultConfiguration").get("level") for rule in listed]
        said += [
            level
            for name, level in self._configured
            if any(rule.get("id") == name for rule in listed)
        ]
        words = [level for level in said if level is not None]
        if any(level not in LEVELS for level in words):
            return LEVELS[0]
        return next((level for level in LEVELS if level in words), DEFAULT_LEVEL)


def severity(*holders: Mapping[str, Any]) -> str | None:
    """Return the worst `security-severity` of results and rules as a word; None without one."""
    scores = [_dict(it, "properties").get("security-severity") for it in holders]
    found = {_band(score) for score in scores if score is not None}
    return next((word for word in SEVERITIES if word in found), None)


def _band(score: object) -> str:
    text = str(score) if isinstance(score, str | int | float) else ""
    if isinstance(score, bool) or not _SCORE.fullmatch(text):
        return "unknown"
    return next((word for least, word in _BANDS if float(text) >= least), "low")


def _overrides(invocations: Iterable[Mapping[str, Any]]) -> Iterator[tuple[object, object]]:
    for invocation in invocations:
        for override in _list(invocation, "ruleConfigurationOverrides"):
            if isinstance(override, dict):
                yield (
                    _dict(override, "descriptor").get("id"),
                    _dict(override, "configuration").get("level"),
                )


def _dict(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
