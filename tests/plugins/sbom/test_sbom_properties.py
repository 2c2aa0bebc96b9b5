"""What holds for every input: only our errors, nothing lost, nothing taken that is not hashed."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement

from assurance import CollectError
from assurance_sbom import (
    licences,
    metadata_headers,
    origin,
    parties,
    record_file,
    requirements_file,
    schema_check,
)
from assurance_sbom.inventory import Licence, Party
from assurance_sbom.requirement import InvalidRequirementError, Markers, Wanted

MARKERS = Markers({name: str(value) for name, value in default_environment().items()})
HASH = "ab" * 32
LOCK = (
    "# lock\n--index-url https://index.example.com\n"
    f'attrs[x]==26.1.0 ; os_name != "x" \\\n    --hash=sha256:{HASH} \\\n    # via y\n'
    f"click==8.1.0 --hash=sha512:{HASH * 2}\n"
)


@given(st.binary() | st.text().map(str.encode))
@example(b"attrs==1 --hash=sha256:" + b"a" * 64)
def test_lock_parser_raises_only_our_error(data: bytes) -> None:
    """Any bytes are pins, or a refusal with a place and a remedy."""
    _parse(data)


@given(st.integers(0, len(LOCK)), st.sampled_from(["", "\\", "\n", "#", " --", ";", "\x00", "é"]))
def test_changed_lock_raises_only_our_error(at: int, text: str) -> None:
    """Neither does a lock that is nearly right."""
    _parse((LOCK[:at] + text + LOCK[at + 1 :]).encode())


@given(st.integers(0, len(LOCK)))
def test_cut_lock_never_loses_a_hash(at: int) -> None:
    """Whatever is left after a cut is hashed, or refused."""
    for pin in _parse(LOCK[:at].encode()):
        assert pin.hashes


def _parse(data: bytes) -> tuple[requirements_file.Pin, ...]:
    try:
        pins = requirements_file.merge(requirements_file.parse(data, where="r.txt"))
    except CollectError as err:
        assert err.remedy  # noqa: PT017 - the other outcome is right too
        assert str(err.where).startswith("r.txt")  # noqa: PT017 - the other outcome is right too
        return ()
    for pin in pins:
        assert pin.version
        assert pin.hashes
        assert pin.where.startswith("r.txt:")
    return pins


def test_long_runs_of_space_take_no_time() -> None:
    """A line of a million spaces is read in linear time."""
    assert () == _parse(b"a" + b" " * 1_000_000 + b"b")


@given(st.binary())
@example(b"Name: a\nVersion: 1\n\n")
def test_metadata_parser_raises_only_our_error(data: bytes) -> None:
    """Any bytes are headers with a name and a version, or a refusal."""
    try:
        metadata = metadata_headers.parse(data, where="METADATA")
    except CollectError as err:
        assert "METADATA" == err.where  # noqa: PT017 - the other outcome is right too
    else:
        assert metadata.name
        assert metadata.version


@given(st.text(max_size=80), st.sets(st.sampled_from(["x", "y"])))
@example("a-b[C.d, e]>=1,<2 ; python_version > '3'", set())
@example("a ; extra == 'x'", {"x"})
@example("a ; extra == 'x' or os_name == ''", set())
@example("a (>=1)", set())
@example("a @ https://example.com/a;b ; os_name != ''", set())
def test_requirement_lines_agree_with_packaging(line: str, extras: set[str]) -> None:
    """What packaging reads is read the same; nothing raises but our own error."""
    try:
        found = MARKERS.wanted(line, frozenset(extras))
    except InvalidRequirementError:
        with pytest.raises(InvalidRequirement):
            Requirement(line)
        return
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return
    applies = requirement.marker is None or any(
        requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
    )
    assert applies == (found is not None)


def test_requirement_line_is_taken_apart() -> None:
    """Name and extras are in normal form."""
    assert Wanted("a-b", frozenset({"c-d", "e"})) == MARKERS.wanted("A_b[C.d, e]>=1")


@pytest.mark.parametrize("filling", [" ", "a", "a-", "-", "[", "a["])
def test_long_requirement_line_is_read_at_once(filling: str) -> None:
    """A hostile wheel's metadata may have such a line: the time is linear in its length."""
    line = "a" + filling * (4000 // len(filling)) + "\0"
    started = time.process_time()
    with pytest.raises(InvalidRequirementError):
        MARKERS.wanted(line)
    assert time.process_time() - started < 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["components", "metadata", "component", "name", "type", "services", "dependencies"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["components", "metadata", "services", "dependencies", "version", "x"]),
        _JSON,
        max_size=4,
    )
)
def test_schema_check_raises_only_our_error(document: dict[str, object]) -> None:
    """Any JSON object is valid, or a refusal."""
    whole = {**document, "bomFormat": "CycloneDX", "specVersion": "1.6"}
    try:
        schema_check.check(whole, where="x.json")
    except CollectError as err:
        assert "x.json" == err.where  # noqa: PT017 - the other outcome is right too


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
@example(b'{"url": "https://a", "archive_info": {"hashes": []}}')
@example(b'{"url": "https://a", "archive_info": {"hash": "sha256"}}')
def test_record_and_direct_url_raise_only_our_error(data: bytes) -> None:
    """Any bytes in the two files next to METADATA are read, or refused."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("RECORD", "direct_url.json"):
            (Path(folder) / name).write_bytes(data)
        for read in (record_file.read, origin.read):
            try:
                read(Path(folder))
            except CollectError as err:
                assert folder in str(err.where)  # noqa: PT017 - the other outcome is right too


def _metadata(**fields: str) -> metadata_headers.Metadata:
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in fields.items()]
    text = "\n".join(["Name: a", "Version: 1", *lines, ""])
    return metadata_headers.parse(text.encode(), where="METADATA")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"License": "UNKNOWN"}, ()),
        ({"License": "mit"}, (Licence(id="MIT"),)),
        ({"License": "Apache License, Version 2.0"}, (Licence(id="Apache-2.0"),)),
        ({"License": "MIT or Apache-2.0"}, (Licence(expression="MIT or Apache-2.0"),)),
        ({"License": "Our own terms"}, (Licence(name="Our own terms"),)),
        ({"License": "Terms\n  and more"}, ()),
        ({"License": "x" * 3000}, (Licence(name="x" * 200),)),
        ({"License_Expression": "No-Such-Licence"}, (Licence(name="No-Such-Licence"),)),
        ({"License_Expression": "MIT", "License": "BSD"}, (Licence(id="MIT"),)),
        (
            {"License": "see file", "Classifier": "License :: OSI Approved :: ISC License (ISCL)"},
            (Licence(id="ISC"),),
        ),
        (
            {"Classifier": "License :: OSI Approved :: BSD License"},
            (Licence(name="License :: OSI Approved :: BSD License"),),
        ),
        ({"Classifier": "Topic :: Software Development"}, ()),
    ],
)
def test_licences(fields: dict[str, str], expected: tuple[Licence, ...]) -> None:
    """Ids and expressions where they parse, names where they do not, never a guess."""
    assert expected == licences.declared(_metadata(**fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ()),
        ({"Author": "Ann"}, (Party(name="Ann"),)),
        ({"Author_email": "a@b.c"}, (Party(email="a@b.c"),)),
        ({"Author_email": "Ann <a@b.c>"}, (Party(name="Ann", email="a@b.c"),)),
        (
            {"Author_email": '"X, Y" <a@b.c>, Bob <d@e.f>, g@h.i'},
            (
                Party(name="X, Y", email="a@b.c"),
                Party(name="Bob", email="d@e.f"),
                Party(email="g@h.i"),
            ),
        ),
        ({"Author": "Ann", "Author_email": "a@b.c"}, (Party(name="Ann", email="a@b.c"),)),
        (
            {"Author": "Ann", "Author_email": "Ann <a@b.c>"},
            (Party(name="Ann", email="a@b.c"),),
        ),
        (
            {"Author": "Ann", "Author_email": "Bob <a@b.c>"},
            (Party(name="Ann"), Party(name="Bob", email="a@b.c")),
        ),
        ({"Author_email": "nobody <>"}, (Party(name="nobody"),)),
        ({"Author_email": "nobody"}, (Party(name="nobody"),)),
    ],
)
def test_authors(fields: dict[str, str], expected: tuple[Party, ...]) -> None:
    """Names and addresses are joined as the headers mean them."""
    assert expected == parties.authors(_metadata(**fields))


@given(st.text())
def test_parties_never_raise(text: str) -> None:
    """Any text is somebody or nobody."""
    folded = " ".join(text.split())
    for party in parties.authors(_metadata(Author_email=folded, Author=folded)):
        assert party.name or party.email
