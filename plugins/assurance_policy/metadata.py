"""Reads the `# METADATA` of a check: OPA's annotation block right above the package clause.

The block is YAML in comments (OPA, "Policy annotations"); what OPA has no key for stands below
`custom`. Everything is checked here, so that a misspelt `blocking` is an error and not a default:
unknown keys are refused with the nearest known one, and every message has file and line.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from typing import TYPE_CHECKING, Any, Final

from assurance.errors import PolicyFileError
from assurance.policy_set import SEVERITIES
from assurance.predicates import KINDS
from assurance_policy import controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import yaml

MARK: Final = "# METADATA"

_TOP: Final = ("title", "description", "scope", "custom", "authors", "organizations",
               "related_resources")  # fmt: skip
_REQUIRED: Final = ("severity", "weight", "owner", "remedy")
_LISTS: Final = ("requires", "reads", "controls")
_CUSTOM: Final = (*_REQUIRED, "blocking", "waivable", *_LISTS, "max_age")
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])\Z")
_ENVIRONMENT: Final = re.compile(r"(?:\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})\Z")
_MAX_BYTES: Final = 64 * 1024
_MAX_DEPTH: Final = 8
_MOST_WEIGHT: Final = 100
_TYPES: Final = {kind.name: kind.predicate_type for kind in KINDS.values()}


def read(source: str, package_line: int, where: str) -> dict[str, Any]:
    """Return the fields of a `Check` that its metadata gives, as JSON values.

    Args:
        source: The module's text.
        package_line: 1-based line of its package clause.
        where: The file, for messages.

    Raises:
        PolicyFileError: no metadata, or anything wrong in it, with file and line.
    """
    first, text = _block(source, package_line, where)
    return _Reader(where, first).check(text)


def _block(source: str, package_line: int, where: str) -> tuple[int, str]:
    """Return the 1-based line after the mark, and the YAML from there to the package clause."""
    lines = source.split("\n")[: package_line - 1]
    start = len(lines)
    while start and lines[start - 1].startswith("#"):
        start -= 1
    for number in range(len(lines) - 1, start - 1, -1):
        if lines[number].rstrip() == MARK:
            text = "\n".join(line.rstrip("\r")[1:] for line in lines[number + 1 :])
            return number + 2, text
    raise PolicyFileError(
        "the check has no `# METADATA` right above its package",
        remedy="add title, description and `custom` with severity, weight, owner and remedy",
        where=f"{where}:{package_line}",
    )


class _Reader:
    """One metadata block; knows at which line each key stands."""

    def __init__(self, where: str, first_line: int) -> None:
        self._where = where
        self._first = first_line
        self._lines: dict[str, int] = {}

    def check(self, text: str) -> dict[str, Any]:
        """Return the check's fields."""
        value = self._load(text)
        self._known(value, _TOP, "")
        if value.get("scope", "package") != "package":
            raise self._wrong("scope", "`scope` of a check's metadata must be `package`")
        custom = value.get("custom")
        if not isinstance(custom, dict):
            raise self._wrong("custom", "the metadata needs an object `custom`")
        self._known(custom, _CUSTOM, "custom.")
        found: dict[str, Any] = {
            "title": self._text(value, "title", "title"),
            "description": self._text(value, "description", "description"),
            "severity": self._severity(custom),
            "weight": self._weight(custom),
            "blocking": self._flag(custom, "blocking"),
            "waivable": self._flag(custom, "waivable"),
            "owner": self._text(custom, "owner", "custom.owner"),
            "remedy": self._text(custom, "remedy", "custom.remedy"),
            "max_age": self._ages(custom.get("max_age", {})),
        }
        for key in _LISTS:
            found[key] = self._texts(custom, key)
        for number, control in enumerate(found["controls"]):
            if wrong := controls.problem(control):
                raise self._wrong(f"custom.controls[{number}]", wrong)
        for key in ("requires", "reads"):
            found[key] = [self._kind(name, f"custom.{key}") for name in found[key]]
        return found

    def _load(self, text: str) -> Mapping[str, Any]:
        """Return the YAML mapping in `text`: no aliases, no key twice, plain types only."""
        import yaml

        if len(text) > _MAX_BYTES:
            raise self._error(self._first, f"the metadata is longer than {_MAX_BYTES:,} bytes")
        if quick := getattr(yaml, "CSafeLoader", None):
            # What the parser in C does not take is read again by the other, which says why.
            with contextlib.suppress(PolicyFileError):
                return self._load_with(quick, text)
            self._lines.clear()
        return self._load_with(yaml.SafeLoader, text)

    def _load_with(self, parser: type[yaml.SafeLoader], text: str) -> Mapping[str, Any]:
        import yaml

        try:
            depth = 0
            for event in yaml.parse(text, Loader=parser):
                # Before composing: the composer and deep brackets are slow together.
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                if depth > _MAX_DEPTH:
                    raise self._error(self._first, "the metadata is not plain YAML: too deep")
                if isinstance(event, yaml.AliasEvent):
                    line = event.start_mark.line if event.start_mark else 0
                    raise self._error(self._first + line, "YAML aliases are not taken")
            loader = parser(text)
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise self._error(self._first, "the metadata must be a YAML mapping")
            self._note(node, "")
            value = loader.construct_document(node)
        except yaml.MarkedYAMLError as err:
            line = self._first + (err.problem_mark.line if err.problem_mark else 0)
            raise self._error(line, f"the metadata is not YAML: {err.problem}") from err
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as err:
            raise self._error(self._first, "the metadata is not plain YAML") from err
        if not isinstance(value, dict):
            raise self._error(self._first, "the metadata must be a YAML mapping")
        return value

    def _note(self, node: yaml.MappingNode, prefix: str) -> None:
        """Remember the line of each key, and refuse a key that stands twice or is no text."""
        import yaml

        for key, value in node.value:
            line = self._first + key.start_mark.line
            if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
                raise self._error(line, "a key of the metadata is no text")
            path = f"{prefix}{key.value}"
            if path in self._lines:
                raise self._error(line, f"`{path}` stands twice in the metadata")
            self._lines[path] = line
            if isinstance(value, yaml.MappingNode):
                self._note(value, f"{path}.")
            elif isinstance(value, yaml.SequenceNode):
                for number, item in enumerate(value.value):
                    self._lines[f"{path}[{number}]"] = self._first + item.start_mark.line

    def _error(self, line: int, problem: str) -> PolicyFileError:
        return PolicyFileError(
            problem,
            remedy="correct the `# METADATA` block (see docs/plugins/policy.md)",
            where=f"{self._where}:{line}",
        )

    def _wrong(self, path: str, problem: str) -> PolicyFileError:
        return self._error(self._lines.get(path, self._first), problem)

    def _known(self, value: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), 1, 0.5)
                hint = f", did you mean `{near[0]}`?" if near else ""
                raise self._wrong(f"{prefix}{key}", f"unknown metadata key `{key}`{hint}")

    def _text(self, value: Mapping[str, Any], key: str, path: str) -> str:
        text = value.get(key)
        if not isinstance(text, str) or not text.strip():
            raise self._wrong(path, f"the metadata needs `{path}`, a text")
        return " ".join(text.split())

    def _texts(self, custom: Mapping[str, Any], key: str) -> list[str]:
        items = custom.get(key, [])
        if not isinstance(items, list) or not all(isinstance(i, str) and i.strip() for i in items):
            raise self._wrong(f"custom.{key}", f"`{key}` must be a list of texts")
        return list(items)

    def _severity(self, custom: Mapping[str, Any]) -> str:
        severity = custom.get("severity")
        if severity not in SEVERITIES:
            raise self._wrong(
                "custom.severity", f"`severity` must be one of {', '.join(SEVERITIES)}"
            )
        return str(severity)

    def _flag(self, custom: Mapping[str, Any], key: str) -> bool:
        flag = custom.get(key, True)
        if not isinstance(flag, bool):
            raise self._wrong(f"custom.{key}", f"`{key}` must be true or false")
        return flag

    def _weight(self, custom: Mapping[str, Any]) -> int:
        weight = custom.get("weight")
        if type(weight) is not int or not 1 <= weight <= _MOST_WEIGHT:
            raise self._wrong("custom.weight", "`weight` must be a whole number from 1 to 100")
        return weight

    def _ages(self, ages: object) -> dict[str, int]:
        if not isinstance(ages, dict):
            raise self._wrong("custom.max_age", "`max_age` must be an object of durations")
        found = {}
        for environment, duration in ages.items():
            path = f"custom.max_age.{environment}"
            if not _ENVIRONMENT.match(environment):
                raise self._wrong(path, f"`{environment}` of `max_age` is no environment")
            match = _DURATION.match(duration) if isinstance(duration, str) else None
            if match is None:
                raise self._wrong(
                    path, f"`max_age` of {environment} must be a duration such as `12h` or `7d`"
                )
            found[environment] = int(match[1]) * _UNITS[match[2]]
        return found

    def _kind(self, name: str, path: str) -> str:
        """Return the predicate type of a kind's short name; a URI stands for itself."""
        if "://" in name:
            return name
        if name in _TYPES:
            return _TYPES[name]
        near = difflib.get_close_matches(name, list(_TYPES), 1, 0.5)
        hint = f", did you mean `{near[0]}`?" if near else ""
        raise self._wrong(path, f"unknown kind of evidence `{name}`{hint}")
