"""Findings of a review as people write them: in a TOML or JSON file, or in one word each.

Both end as the objects of `findings[]` in `review/v1` (docs/predicates/review.md). Everything is
refused that does not say clearly what it is: an unknown key, a state without its commit, one id
twice. The schema of the predicate has the last word on values.
"""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES: Final = 4 * 1024 * 1024
"""A larger file of findings is refused."""
STATES: Final = ("OPEN", "FIXED", "ACCEPTED", "FALSE_POSITIVE")
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
UNKNOWN: Final = "high"
"""What a finding without a severity is: unknown is not low."""
_KEYS: Final = ("id", "title", "severity", "state", "fixedIn", "owner", "reference")
_WORD: Final = re.compile(
    r"(?P<id>[^=\s]+)=(?P<state>[A-Za-z_-]+)(@(?P<commit>[0-9a-f]{40}|[0-9a-f]{64}))?"
    r"(:(?P<severity>[a-z]+)(:(?P<title>.+))?)?",
    re.DOTALL,
)
_FORM: Final = "write it like NG-01=OPEN:high:what is wrong, or NG-02=FIXED@COMMIT:low"


def from_word(text: str) -> dict[str, Any]:
    """Return the finding that `ID=STATE[@COMMIT][:severity[:text]]` says.

    Raises:
        UsageError: it has another form.
    """
    found = _WORD.fullmatch(text)
    if found is None:
        raise UsageError(f"`{text:.80}` is no finding of a review", remedy=_FORM, where="--finding")
    return _checked(
        {
            "id": found["id"],
            "title": (found["title"] or "").strip() or found["id"],
            "state": found["state"].upper().replace("-", "_"),
            "severity": found["severity"] or UNKNOWN,
            "fixedIn": found["commit"],
        },
        "--finding",
    )


def read(data: bytes, *, where: str) -> list[dict[str, Any]]:
    """Return the findings in a file: JSON where its name ends so, else TOML with `[[findings]]`.

    Args:
        data: The file.
        where: Its name, for messages.

    Raises:
        UsageError: it is neither, is too large, or a finding has not its form.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"the file of findings is larger than {MAX_BYTES:,} bytes",
            remedy="leave out what is no finding",
            where=where,
        )
    value = _parsed(data, where)
    if isinstance(value, dict):
        if unknown := sorted(set(value) - {"findings"}):
            raise UsageError(
                f"unknown key `{unknown[0]:.60}` beside the findings",
                remedy="the file has `findings` and nothing else",
                where=where,
            )
        value = value.get("findings")
    if not isinstance(value, list):
        raise UsageError(
            "the file has no list of findings",
            remedy="write [[findings]] tables (TOML), or an array of objects (JSON)",
            where=where,
        )
    return [_checked(item, f"{where}: finding {number}") for number, item in enumerate(value, 1)]


def one_each(findings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `findings` as they are when no id stands twice.

    Raises:
        UsageError: one does: which of the two states holds, nobody can say.
    """
    seen: dict[str, dict[str, Any]] = {}
    for item in findings:
        if item["id"] in seen:
            raise UsageError(
                f"the finding `{item['id']:.80}` is given twice",
                remedy="give each finding once, with the state that it has now",
                where="--finding",
            )
        seen[item["id"]] = item
    return list(seen.values())


def _parsed(data: bytes, where: str) -> Any:
    if where.endswith(".json"):
        try:
            return strict_json.loads(data, what=where, max_bytes=MAX_BYTES)
        except FormatError as error:
            raise UsageError(error.problem, remedy=error.remedy, where=where) from error
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(
            f"the file of findings is not TOML: {error!s:.200}",
            remedy="write [[findings]] tables, or an array of objects into a .json file",
            where=where,
        ) from error


def _checked(value: object, where: str) -> dict[str, Any]:
    """Return a finding with every key of the predicate."""
    if not isinstance(value, dict):
        raise UsageError("a finding must be a table", remedy=_FORM, where=where)
    for key in value:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, n=1)
            raise UsageError(
                f"unknown key `{key:.60}` of a finding",
                remedy=f"write `{near[0]}`" if near else f"keys are {', '.join(_KEYS)}",
                where=where,
            )
        if value[key] is not None and not (isinstance(value[key], str) and value[key].strip()):
            raise UsageError(f"`{key}` of a finding must be text", remedy=_FORM, where=where)
    made = {key: value.get(key) for key in _KEYS}
    if made["id"] is None:
        raise UsageError("a finding needs its `id`", remedy=_FORM, where=where)
    made["title"] = made["title"] or made["id"]
    made["severity"] = made["severity"] or UNKNOWN
    for key, words in (("state", STATES), ("severity", SEVERITIES)):
        if made[key] not in words:
            raise UsageError(
                f"`{key}` of {made['id']:.60} must be one of {', '.join(words)}, found "
                f"{made[key]!r:.40}",
                remedy=_FORM,
                where=where,
            )
    if (made["state"] == "FIXED") != (made["fixedIn"] is not None):
        raise UsageError(
            f"{made['id']:.60} is FIXED in no commit"
            if made["state"] == "FIXED"
            else f"{made['id']:.60} is {made['state']} and names a commit that fixes it",
            remedy="name the commit of a finding that is FIXED, and of no other: ID=FIXED@COMMIT",
            where=where,
        )
    return made
