"""The search fields of a bundle, which may be anything: nothing in it is trusted yet."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance_log import records

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["publicKey", "hint", "predicateType", "predicate", "subject", "digest", "release"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


def _line(material: Any, statement: Any) -> bytes:
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps(
        {"verificationMaterial": material, "dsseEnvelope": {"payload": payload}}
    ).encode()


@pytest.mark.parametrize("key", ["x", None, ["hint"], {"hint": 3}, {"hint": "\ud800"}, 3])
def test_key_that_is_none(key: Any) -> None:
    """A line without a readable key has no signer; a server's client must not fail the others."""
    found = records.derive(_line({"publicKey": key}, {"predicateType": "https://example.com/t"}))
    assert not [value for field, value in found.fields if field == records.SIGNER]


@given(material=_JSON, statement=_JSON)
def test_whatever_a_bundle_is(material: Any, statement: Any) -> None:
    """What cannot be read is left out, and is never an error."""
    assert records.is_of(records.derive(_line(material, statement)), _line(material, statement))


@given(st.binary(max_size=200))
def test_whatever_bytes(bundle: bytes) -> None:
    """The same of what is no JSON."""
    assert not records.derive(bundle).fields
