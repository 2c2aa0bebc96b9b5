"""Strict JSON: the vectors, the limits, and what must hold for every input."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import strict_json
from assurance.errors import FormatError

VECTORS = sorted((Path(__file__).parents[1] / "vectors/json").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=30,
)


def given_bytes(vector: dict[str, Any]) -> bytes:
    """Return the input that a vector describes."""
    if "hex" in vector:
        return bytes.fromhex(vector["hex"])
    return b"".join(part.encode() * times for part, times in vector["input"])


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    """Each vector is read or refused as it says, for the reason it says, at its place."""
    vector = json.loads(path.read_text())
    data = given_bytes(vector)
    if "error" in vector:
        with pytest.raises(FormatError, match=vector["error"]) as caught:
            strict_json.loads(data, what="file:3")
        assert "file:3" == caught.value.where
        assert caught.value.remedy
    else:
        value = strict_json.loads(data, what="file:3")
        assert vector.get("value", value) == value


@pytest.mark.parametrize("name", ["depth-10000", "depth-10000-cut", "size-100-mb"])
def test_bomb_is_refused_quickly(name: str) -> None:
    """What is too deep or too large costs no time to speak of."""
    vector = next(path for path in VECTORS if path.stem == name)
    data = given_bytes(json.loads(vector.read_text()))
    start = time.process_time()
    with pytest.raises(FormatError):
        strict_json.loads(data, what="bomb")
    assert time.process_time() - start < 5


def test_limits_are_the_callers() -> None:
    """Size and depth limits are exact and the caller's to choose."""
    assert [[]] == strict_json.loads(b"[[]]", what="x", max_bytes=4, max_depth=2)
    with pytest.raises(FormatError, match="4 bytes of JSON; the limit is 3"):
        strict_json.loads(b"[[]]", what="x", max_bytes=3)
    with pytest.raises(FormatError, match="nested deeper than 1 levels"):
        strict_json.loads(b"[[]]", what="x", max_depth=1)
    assert 1 == strict_json.loads(b"1", what="x", max_depth=0)


def test_where_it_is_no_json_is_told() -> None:
    """Line and column, in a sentence that reads, whatever the parser's own words end in."""
    with pytest.raises(FormatError, match="x: not JSON: Unterminated string starting at line 2"):
        strict_json.loads(b'[\n"cut', what="x")
    with pytest.raises(FormatError, match="x: not JSON: Expecting value at line 1 column 2"):
        strict_json.loads(b"[", what="x")


def test_recursion_of_the_parser_is_translated() -> None:
    """Input that is not even balanced reaches the parser and is still refused as ours."""
    with pytest.raises(FormatError, match=r"nested too deeply for the parser|not JSON"):
        strict_json.loads(b"[" * 200_000, what="x")


def test_depth_limit_that_the_parser_cannot_keep_is_a_bug() -> None:
    """A caller cannot ask for more depth than the parser is sure to have."""
    with pytest.raises(ValueError, match="max_depth 501 is above 500"):
        strict_json.loads(b"1", what="x", max_depth=501)
    nested = b"[" * 500 + b"]" * 500
    assert nested == strict_json.dumps(strict_json.loads(nested, what="x", max_depth=500))


def test_dumps_is_deterministic() -> None:
    """Keys are sorted, nothing is padded, text stays UTF-8, no newline at the end."""
    assert b'{"a":[1,2.5,null],"b":"\xc3\xa9\xe2\x80\xa8"}' == strict_json.dumps(
        {"b": "é\u2028", "a": [1, 2.5, None]}
    )


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], "\ud800", {"\udfff": 1}])
def test_dumps_refuses_what_loads_refuses(value: object) -> None:
    """NaN, infinity and lone surrogates are never written."""
    with pytest.raises(FormatError, match="cannot be written as JSON"):
        strict_json.dumps(value)


def test_dumps_refuses_a_value_within_itself() -> None:
    """A circle and a depth beyond the interpreter's are our errors too."""
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(FormatError, match="cannot be written as JSON"):
        strict_json.dumps(circle)


@given(VALUES)
def test_write_then_read_is_identity(value: object) -> None:
    """What `dumps` writes, `loads` reads back as the same value."""
    assert value == strict_json.loads(strict_json.dumps(value), what="x")


@settings(max_examples=500)
@given(st.binary() | st.text(alphabet='[]{}",:\\ud8019eE+-.nulltruefas \n').map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Every input gives what the standard parser gives, or `FormatError`."""
    try:
        value = strict_json.loads(data, what="x")
    except FormatError:
        return
    assert json.loads(data) == value


@settings(max_examples=300)
@given(VALUES, st.integers(0, 8))
def test_depth_is_exact(value: object, limit: int) -> None:
    """The limit counts nested containers exactly, whatever the strings hold."""
    data = json.dumps(value).encode()
    if depth(value) <= limit:
        assert value == strict_json.loads(data, what="x", max_depth=limit)
    else:
        with pytest.raises(FormatError, match="nested deeper"):
            strict_json.loads(data, what="x", max_depth=limit)


def depth(value: object) -> int:
    """Return the nesting of `value`, counted the plain way."""
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0
