"""The trust file: vectors, agreement with the JSON Schema, writing, the development file."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

import assurance
from assurance import trust
from assurance.errors import ExitCode, FormatError, TrustFileError
from assurance.verify import why_not_valid

VECTORS = sorted((Path(__file__).parents[1] / "vectors/trust").glob("*.json"))
assert VECTORS, "an empty glob would pass silently"

SCHEMA = json.loads(
    (Path(str(assurance.__file__)).parent / "schemas/trust.schema.json").read_text()
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PEM = (
    ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
)
EXPIRES = datetime(2027, 1, 1, tzinfo=UTC)


def vector_named(name: str) -> dict[str, Any]:
    """Return one vector."""
    path = next(path for path in VECTORS if path.stem == name)
    return dict(json.loads(path.read_text()))


def given_bytes(vector: dict[str, Any]) -> bytes:
    """Return the file that a vector describes."""
    if "input" in vector:
        return b"".join(part.encode() * times for part, times in vector["input"])
    return str(vector["text"]).encode()


GOOD = given_bytes(vector_named("good-everything"))


def development(**changes: Any) -> bytes:
    """Return a development trust file."""
    settings = {
        "holder": "ana",
        "verifier_id": "https://gate.example.org",
        "resource_uri": "pkg:pypi/inkwell",
        "environment": "development",
        "expires": EXPIRES,
        **changes,
    }
    return trust.development(PEM, **settings)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_vector(path: Path) -> None:
    """Each file is read or refused as it says, with file, pointer and exit code 2."""
    vector = json.loads(path.read_text())
    data = given_bytes(vector)
    if "error" in vector:
        with pytest.raises(TrustFileError, match=vector["error"]) as caught:
            trust.read(data, where="trust.json")
        assert ExitCode.USAGE == caught.value.exit_code
        assert str(caught.value.where).startswith("trust.json")
        assert caught.value.remedy
    else:
        assert sha256(data).hexdigest() == trust.read(data, where="trust.json").digest


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_schema_agrees_with_the_reader(path: Path) -> None:
    """What the reader takes, the schema takes; what only the shape is wrong of, it refuses."""
    vector = json.loads(path.read_text())
    if "text" not in vector or "schema" not in vector or path.stem == "not-json":
        return
    valid = VALIDATOR.is_valid(json.loads(vector["text"]))
    assert vector["schema"] is valid
    assert valid is ("error" not in vector)


def test_schema_is_a_schema() -> None:
    """The shipped schema follows its own specification and knows our roles."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for role in trust.ROLES:
        assert role in SCHEMA["$defs"]["role"]["pattern"]


def test_says_everything_that_the_file_says() -> None:
    """Every field of the file is in the value."""
    found = trust.read(GOOD, where="trust.json")
    assert (7, EXPIRES, "production") == (found.version, found.expires, found.profile)
    assert ("https://gate.example.org/v1", ("ab" * 32,)) == (
        found.verifier_id,
        found.policy_digests,
    )
    expect = found.expect
    assert ("pkg:pypi/inkwell", "production", ("SLSA_BUILD_LEVEL_2",), 7 * 86400, "required") == (
        expect.resource_uri,
        expect.environment,
        expect.levels,
        expect.max_verdict_age,
        expect.receipt,
    )
    gate, ana, ben, ci = found.keys
    assert ("gate", ("collector", "policy", "releaser", "verifier")) == (gate.holder, gate.roles)
    assert gate.public is not None
    assert gate.id == gate.public.key_id
    assert ("https://w3id.org/release-assurance/sign-off/v1",) == ana.predicate_types
    assert trust.Revoked(reason="lost", log="log.example.org/a", index=12) == ben.revoked
    assert (None, "release@example.org", "https://issuer.example.org") == (
        ci.public,
        ci.identity,
        ci.issuer,
    )
    assert (2, 1) == (found.threshold("sign-off:security"), found.threshold("verifier"))
    assert "log.example.org/a" == found.logs[0].origin
    assert 1 == found.logs[0].quorum
    assert found.trusted_root is not None
    assert ana == found.key(ana.id)
    assert found.key("0" * 64) is None


def test_defaults_are_the_strict_ones() -> None:
    """What the file leaves out is read the strict way."""
    found = trust.read(given_bytes(vector_named("good-least")), where="trust.json")
    assert "required" == found.expect.receipt
    assert (None, (), (), None) == (
        found.policy_digests,
        found.roles,
        found.logs,
        found.expect.max_verdict_age,
    )
    assert (None, None) == (found.keys[0].predicate_types, found.keys[0].revoked)


def test_refusal_names_line_and_pointer() -> None:
    """A refusal says where in the file the value stands, as line and as JSON pointer."""
    data = GOOD.replace(b'"collector"', b'"colector"')
    line = GOOD[: GOOD.index(b'"collector"')].count(b"\n") + 1
    with pytest.raises(TrustFileError) as caught:
        trust.read(data, where="trust.json")
    assert f"trust.json:{line}#/keys/0/roles/0" == caught.value.where


def test_pointer_is_escaped() -> None:
    """An unknown key with odd characters is shown harmlessly (RFC 6901 section 3)."""
    value = json.loads(GOOD)
    value["a/b~c\u001b"] = 1
    with pytest.raises(TrustFileError) as caught:
        trust.read(json.dumps(value).encode(), where="trust.json")
    assert "trust.json:1#/a~1b~0c\\u001b" == caught.value.where
    assert "\u001b" not in str(caught.value)


def test_too_many_items_are_refused() -> None:
    """Each list is bounded."""
    value = json.loads(GOOD)
    value["verifier"]["policy_digests"] = [f"{number:064x}" for number in range(10_001)]
    with pytest.raises(TrustFileError, match="10,001 items; the limit is 10,000"):
        trust.read(json.dumps(value).encode(), where="trust.json")


def test_interval_of_a_key_is_closed() -> None:
    """A key is valid exactly at either end of its time and not a second beyond."""
    key = trust.read(GOOD, where="x").keys[0]
    second = timedelta(seconds=1)
    assert why_not_valid(key, key.not_before) is None
    assert why_not_valid(key, key.not_after) is None
    assert "is not valid before 2" in str(why_not_valid(key, key.not_before - second))
    assert "expired on 2" in str(why_not_valid(key, key.not_after + second))


def test_predicate_types_limit_a_key() -> None:
    """A key with a list of predicate types signs those only; one without signs any."""
    gate, ana, *_ = trust.read(GOOD, where="x").keys
    assert gate.may_sign("https://example.org/any")
    assert ana.may_sign("https://w3id.org/release-assurance/sign-off/v1")
    assert not ana.may_sign("https://example.org/any")


@pytest.mark.parametrize("name", ["good-everything", "good-least"])
def test_write_then_read_is_identity(name: str) -> None:
    """A written file says the same, is stable, and passes the schema."""
    first = trust.read(given_bytes(vector_named(name)), where="x")
    written = trust.write(first)
    second = trust.read(written, where="x")
    assert trust.write(second) == written
    assert VALIDATOR.is_valid(json.loads(written))
    for field in ("version", "expires", "profile", "expect", "keys", "roles", "logs"):
        assert getattr(first, field) == getattr(second, field)
    assert (first.policy_digests, first.trusted_root) == (
        second.policy_digests,
        second.trusted_root,
    )


def test_development_file_gives_one_key_every_role() -> None:
    """The file that `init` writes trusts one key in all roles, for development only."""
    data = development(areas=("security", "qa"))
    found = trust.read(data, where="trust.json")
    assert ("development", 1, EXPIRES) == (found.profile, found.version, found.expires)
    (key,) = found.keys
    assert {*trust.ROLES, "sign-off:security", "sign-off:qa"} == set(key.roles)
    assert ("if-present", None) == (found.expect.receipt, found.policy_digests)
    assert VALIDATOR.is_valid(json.loads(data))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"holder": ""}, "/keys/0/holder"),
        ({"environment": "Dev Box"}, "/expect/environment"),
        ({"resource_uri": "here"}, "/expect/resource_uri"),
        ({"verifier_id": "gate"}, "/verifier/id"),
        ({"areas": ("QA Team",)}, "/keys/0/roles/"),
        ({"expires": datetime(2019, 1, 1, tzinfo=UTC)}, "`not_before` is after `not_after`"),
    ],
)
def test_development_file_is_checked(changes: dict[str, Any], error: str) -> None:
    """`init` never writes a trust file that `verify` would refuse."""
    with pytest.raises(TrustFileError, match=error):
        development(**changes)


def test_development_file_needs_a_public_key() -> None:
    """Anything but a public key that may sign is refused."""
    with pytest.raises(FormatError, match="not one PEM block"):
        trust.development(
            b"hello",
            holder="ana",
            verifier_id="urn:x",
            resource_uri="pkg:pypi/x",
            environment="development",
            expires=EXPIRES,
        )


@pytest.mark.parametrize(
    ("seconds", "text"), [(45, "45s"), (1800, "30m"), (86400, "1d"), (90000, "25h"), (61, "61s")]
)
def test_duration_is_written_in_its_largest_unit(seconds: int, text: str) -> None:
    """A duration reads as people write it."""
    assert text == trust.format_duration(seconds)


@settings(max_examples=300)
@given(
    st.binary()
    | st.builds(
        lambda at, new, cut: GOOD[:at] + new + GOOD[at + cut :],
        st.integers(0, len(GOOD)),
        st.binary(max_size=4),
        st.integers(0, 4),
    )
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No input raises anything but `TrustFileError`."""
    with suppress(TrustFileError):
        trust.read(data, where="trust.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@settings(max_examples=400)
@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever stands in the place of any value, the reader answers; the schema is no stricter."""
    value = json.loads(GOOD)
    place: Any = value
    while True:
        step = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        inner = place[step]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[step] = data.draw(JSON)
    with suppress(TrustFileError):
        trust.read(json.dumps(value).encode(), where="trust.json")
        assert VALIDATOR.is_valid(value)
