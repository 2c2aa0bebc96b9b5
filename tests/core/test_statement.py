"""in-toto Statements: vectors, writing, and what must hold for any payload."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance import statement, strict_json
from assurance.errors import FormatError
from assurance.model import Statement, Subject

VECTORS = sorted((Path(__file__).parents[1] / "vectors/statement").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TYPE = "https://example.org/thing/v1"
RELEASE = (Subject(name="a.whl", digest=(("sha256", "a" * 64),)),)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SUBJECTS = st.lists(
    st.builds(
        lambda name, digest, uri: Subject(name=name, digest=(("sha256", digest),), uri=uri),
        st.none() | TEXT,
        HEX,
        st.none() | TEXT,
    ),
    min_size=1,
    max_size=4,
    unique=True,
).map(tuple)
PREDICATES = st.dictionaries(TEXT, st.integers(-5, 5) | TEXT, max_size=4)


def of(predicate: bytes, **more: object) -> Statement:
    """Return a statement with this predicate."""
    return Statement(
        predicate_type=str(more.get("predicate_type", TYPE)),
        predicate=predicate,
        collected_at=NOW,
    )


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each vector is read or refused as it says, for the reason it says, at its place."""
    vector = json.loads(path.read_text())
    if "limit" in vector:
        monkeypatch.setattr(statement, "MAX_SUBJECTS", vector["limit"])
    payload = vector["text"].encode()
    if "error" in vector:
        with pytest.raises(FormatError, match=vector["error"]) as caught:
            statement.read(payload, where="b.jsonl:3")
        assert "b.jsonl:3" == caught.value.where
        assert caught.value.remedy
        return
    found = statement.read(payload, where="b.jsonl:3")
    written = json.loads(vector["text"])
    assert vector["version"] == found.version
    assert written["predicateType"] == found.predicate_type
    assert written["predicate"] == found.predicate
    assert [item["digest"] for item in written["subject"]] == [
        dict(subject.digest) for subject in found.subjects
    ]


def test_subject_limit_is_ten_thousand() -> None:
    """Ten thousand subjects are read; the count is part of the contract."""
    subjects = tuple(
        Subject(digest=(("sha256", f"{number:064x}"),)) for number in range(statement.MAX_SUBJECTS)
    )
    payload = statement.write(of(b"{}"), subjects)
    assert 10_000 == len(statement.read(payload, where="x").subjects)


def test_writes_exactly_four_fields() -> None:
    """Ours has `_type`, `predicate`, `predicateType` and `subject`, compact and sorted."""
    expected = (
        b'{"_type":"https://in-toto.io/Statement/v1","predicate":{"a": 1},'
        b'"predicateType":"https://example.org/thing/v1",'
        b'"subject":[{"digest":{"sha256":"%b"},"name":"a.whl"}]}' % (b"a" * 64)
    )
    assert expected == statement.write(of(b' {"a": 1}\n'), RELEASE)


def test_own_subjects_come_before_the_release() -> None:
    """A statement that names its subjects is not about the release's artifacts."""
    own = Subject(uri="https://svc.example.org", digest=(("gitCommit", "b" * 40),))
    written = statement.write(
        Statement(predicate_type=TYPE, predicate=b"{}", collected_at=NOW, subjects=(own,)), RELEASE
    )
    assert (own,) == statement.read(written, where="x").subjects


@pytest.mark.parametrize(
    ("predicate", "error"),
    [
        (b"", "not JSON"),
        (b"[]", "`predicate` must be an object"),
        (b"null", "`predicate` must be an object"),
        (b'{"a":1,"a":2}', "stands twice"),
        (b'{},"extra":{}', "unknown field 'extra'"),
        (b'{},"predicateType":"https://evil.example/v1"', "stands twice"),
        (b'{},"subject":[]', "stands twice"),
        (b'{}} {"a":1', "not JSON"),
        (b'{"a":NaN}', "`NaN` is not a JSON number"),
        (b'{"a":"\xff"}', "not UTF-8"),
    ],
)
def test_predicate_cannot_break_out(predicate: bytes, error: str) -> None:
    """A collector's predicate can neither add a field to the statement nor replace one."""
    with pytest.raises(FormatError, match=error):
        statement.write(of(predicate), RELEASE)


def test_nothing_to_be_about_is_refused() -> None:
    """A statement is never written without a subject, nor with an odd type."""
    with pytest.raises(FormatError, match="at least one subject"):
        statement.write(of(b"{}"), ())
    with pytest.raises(FormatError, match="has no digest"):
        statement.write(of(b"{}"), (Subject(name="x"),))
    with pytest.raises(FormatError, match="`predicateType` is 'thing', expected a URI"):
        statement.write(of(b"{}", predicate_type="thing"), RELEASE)


@given(PREDICATES, SUBJECTS)
def test_write_then_read_is_identity(
    predicate: dict[str, object], subjects: tuple[Subject, ...]
) -> None:
    """What is written is read back: type, predicate and subjects."""
    payload = statement.write(of(strict_json.dumps(predicate)), subjects)
    found = statement.read(payload, where="x")
    assert (TYPE, predicate, subjects, "v1") == (
        found.predicate_type,
        found.predicate,
        found.subjects,
        found.version,
    )


PAYLOAD = statement.write(of(b'{"a":"b"}'), RELEASE)


@settings(max_examples=300)
@given(
    st.binary()
    | st.builds(
        lambda at, new, cut: PAYLOAD[:at] + new + PAYLOAD[at + cut :],
        st.integers(0, len(PAYLOAD)),
        st.binary(max_size=4),
        st.integers(0, 4),
    )
)
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    """No input raises anything but `FormatError`, and what is read has a digest."""
    try:
        found = statement.read(payload, where="x")
    except FormatError:
        return
    assert all(subject.digest for subject in found.subjects)
