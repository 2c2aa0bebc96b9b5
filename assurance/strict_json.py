"""JSON from outside, read strictly (RFC 8259 with the limits of RFC 7493), and our own writing.

`loads` takes bytes and either returns a value that every other JSON reader agrees on, or
raises `FormatError`: no duplicate keys, no NaN or infinity, no byte-order mark, no lone
surrogates, no integer beyond 64 bits, and bounds on size, depth and number of containers
that are checked before the parser runs. `dumps` writes the one form that `assurance` uses.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from assurance.errors import FormatError

MAX_BYTES: Final = 64 * 1024 * 1024
"""Default limit of one document, in bytes."""
MAX_DEPTH: Final = 64
"""Default limit of nesting: `[[1]]` has depth 2."""
MAX_CONTAINERS: Final = 4_000_000
"""Objects and arrays in one document: 64 MiB of `{},` would otherwise take gigabytes."""

_DEEPEST: Final = 500
_LARGEST: Final = 2**64 - 1
_SMALLEST: Final = -(2**63)
_INTEGER_DIGITS: Final = 20
_SHOWN: Final = 40

_BRACKETS: Final = bytes.maketrans(b"[]", b"{}")
_NOT_STRUCTURE: Final = bytes(sorted(set(range(256)) - set(b'"\\[]{}')))
_SURROGATE_ESCAPE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

_REMEDY: Final = "make the document again with a tool that writes standard JSON (RFC 8259)"


def loads(data: bytes, *, what: str, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of the one JSON document in `data`.

    Args:
        data: UTF-8 without a byte-order mark. Space around the document is allowed.
        what: Name of the document with its place, for messages (`trust.json`, `b.jsonl:3`).
        max_bytes: A longer document is refused unread.
        max_depth: A document nested deeper is refused unparsed; at most 500, so that the
            parser itself never meets the interpreter's recursion limit.

    Raises:
        FormatError: for every input that is not strict JSON within the limits.
        ValueError: `max_depth` is above 500, which is a bug of the caller.
    """
    if max_depth > _DEEPEST:
        msg = f"max_depth {max_depth} is above {_DEEPEST}"
        raise ValueError(msg)
    if len(data) > max_bytes:
        raise _error(f"{len(data):,} bytes of JSON; the limit is {max_bytes:,}", what)
    if data.startswith(b"\xef\xbb\xbf"):
        raise _error("the JSON begins with a byte-order mark", what)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as err:
        raise _error(f"the JSON is not UTF-8: byte {err.start} is wrong", what) from err
    _check_structure(data, what, max_depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as err:
        said = err.msg.removesuffix(" at")
        raise _error(f"not JSON: {said} at line {err.lineno} column {err.colno}", what) from err
    except _RefusedError as err:
        raise _error(str(err), what) from err
    except RecursionError as err:
        raise _error("the JSON is nested too deeply for the parser", what) from err
    if _SURROGATE_ESCAPE.search(data):
        _check_surrogates(value, what)
    return value


def dumps(value: object) -> bytes:
    r"""Return `value` as deterministic JSON: sorted keys, compact, UTF-8, no newline.

    Raises:
        FormatError: NaN, infinity, a lone surrogate, or a value that contains itself.
        TypeError: a type that JSON does not have, which is a bug of the caller.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode("utf-8")
    except (ValueError, RecursionError) as err:
        raise _error(f"the value cannot be written as JSON: {err}", None) from err


class _RefusedError(Exception):
    """Carries a problem out of the parser's call-backs."""


def _error(problem: str, what: str | None) -> FormatError:
    return FormatError(problem, remedy=_REMEDY, where=what)


def _check_structure(data: bytes, what: str, max_depth: int) -> None:
    """Bound depth and containers before the parser runs, in a few passes of C speed.

    Exact for valid JSON. For anything else it may refuse with another message than the
    parser's, or let the input through to the parser, which refuses it.
    """
    kept = data.translate(_BRACKETS, _NOT_STRUCTURE)
    if b"\\" in kept:
        # In this order: an escaped backslash does not escape the quote after it. What an
        # escape names is gone from `kept`, except for a quote or a second backslash.
        kept = _without_escapes(data).translate(_BRACKETS, _NOT_STRUCTURE)
    outside = b"".join(kept.split(b'"')[::2])
    containers = outside.count(b"{")
    if containers > MAX_CONTAINERS:
        raise _error(
            f"{containers:,} objects and arrays in the JSON; the limit is {MAX_CONTAINERS:,}", what
        )
    depth = 0
    while outside and depth <= max_depth:
        shorter = outside.replace(b"{}", b"")
        if len(shorter) == len(outside):
            return  # unbalanced: not JSON, as the parser will say
        outside = shorter
        depth += 1
    if depth > max_depth:
        raise _error(f"the JSON is nested deeper than {max_depth} levels", what)


def _without_escapes(data: bytes) -> bytes:
    return data.replace(b"\\\\", b"").replace(b'\\"', b"")


def _check_surrogates(value: object, what: str) -> None:
    """Refuse strings with half of a surrogate pair: no other encoder can write them."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as err:
        raise _error("a string of the JSON has a lone surrogate escape", what) from err


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RefusedError(f"the key {_short(key)} stands twice in one JSON object")
            seen.add(key)
    return value


def _integer(digits: str) -> int:
    if len(digits) <= _INTEGER_DIGITS:
        value = int(digits)
        if _SMALLEST <= value <= _LARGEST:
            return value
    raise _RefusedError(f"the integer {_short(digits)} does not fit into 64 bits")


def _decimal(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise _RefusedError(f"the number {_short(digits)} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"`{name}` is not a JSON number")


def _short(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return json.dumps(shown)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_pairs,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
)
