"""Findings of reviews as people write them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance import review_findings
from assurance.errors import UsageError

COMMIT = "8f3c1d2a908f3c1d2a908f3c1d2a908f3c1d2a90"
VECTORS = sorted((Path(__file__).parents[1] / "vectors" / "review_findings").glob("*.*"))
assert VECTORS, "an empty glob would pass silently"
ERRORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "review_findings.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("NG-1=OPEN", ("NG-1", "OPEN", "high", "NG-1", None)),
        ("NG-1=false-positive:low", ("NG-1", "FALSE_POSITIVE", "low", "NG-1", None)),
        ("NG-1=ACCEPTED:medium:a: b", ("NG-1", "ACCEPTED", "medium", "a: b", None)),
        (f"NG-1=FIXED@{COMMIT}:info:x", ("NG-1", "FIXED", "info", "x", COMMIT)),
    ],
)
def test_a_word(word: str, said: tuple[Any, ...]) -> None:
    """Id, state, severity, text and commit; unrated is high."""
    found = review_findings.from_word(word)
    keys = ("id", "state", "severity", "title", "fixedIn")
    assert said == tuple(found[key] for key in keys)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("NG-1", "is no finding of a review"),
        ("=OPEN", "is no finding of a review"),
        ("NG-1=OPEN:", "is no finding of a review"),
        ("NG-1=FIXED@8f3c1d2:low", "is no finding of a review"),
        ("NG-1=DONE", "`state` of NG-1 must be one of OPEN, FIXED"),
        ("NG-1=OPEN:severe", "`severity` of NG-1 must be one of critical"),
        ("NG-1=FIXED:low", "NG-1 is FIXED in no commit"),
        (f"NG-1=OPEN@{COMMIT}:low", "NG-1 is OPEN and names a commit that fixes it"),
    ],
)
def test_a_word_that_is_none(word: str, message: str) -> None:
    """Each says what is wrong."""
    with pytest.raises(UsageError, match=message):
        review_findings.from_word(word)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.name)
def test_vector(path: Path) -> None:
    """Each file is read, or refused for the reason that the list gives."""
    expected = ERRORS[path.name]
    if isinstance(expected, list):
        found = review_findings.read(path.read_bytes(), where=path.name)
        assert expected == [item["id"] for item in found]
        return
    with pytest.raises(UsageError, match=expected) as caught:
        review_findings.read(path.read_bytes(), where=path.name)
    assert (caught.value.where or "").startswith(path.name)


def test_too_large() -> None:
    """The limit is told."""
    with pytest.raises(UsageError, match="larger than 4,194,304 bytes"):
        review_findings.read(b"#" * (review_findings.MAX_BYTES + 1), where="found.toml")


def test_one_id_twice() -> None:
    """Which of two states holds nobody can say."""
    twice = [review_findings.from_word("A=OPEN:low"), review_findings.from_word("A=ACCEPTED:low")]
    with pytest.raises(UsageError, match="the finding `A` is given twice"):
        review_findings.one_each(twice)
    assert twice[:1] == review_findings.one_each(twice[:1])


@given(st.binary(max_size=200), st.sampled_from(["a.toml", "a.json"]))
def test_only_our_error(data: bytes, where: str) -> None:
    """Whatever stands in the file."""
    try:
        found = review_findings.read(data, where=where)
    except UsageError:
        return
    assert all(item["state"] in review_findings.STATES for item in found)


@given(st.text(max_size=80))
def test_only_our_error_for_words(text: str) -> None:
    """Whatever is given."""
    try:
        found = review_findings.from_word(text)
    except UsageError:
        return
    assert found["severity"] in review_findings.SEVERITIES
