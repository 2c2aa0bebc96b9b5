"""What is worked out ahead about SBOMs is what the policies work out themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assurance import cyclonedx_facts, policy_input
from assurance.model import Evidence, Release, SignedBy
from assurance.predicates import CYCLONEDX, VULNERABILITIES
from assurance_policy.engine import RegorusEngine

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PACKS = Path(__file__).resolve().parents[3] / "policies"
CHECKS = (
    "sbom.complete",
    "sbom.graph",
    "sbom.integrity",
    "sbom.licences",
    "sbom.minimum_elements",
    "sbom.supplier",
    "vulnerabilities.coverage",
)
DIGEST = "0a" * 32

texts = st.sampled_from(["", " ", "\u2003", "\x1c", "a", "pkg:pypi/a@1", "pkg:pypi/b@2", "b"])
odd = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.just([]), st.just({}), texts)
hashes = st.lists(
    st.one_of(
        odd,
        st.fixed_dictionaries(
            {},
            optional={
                "alg": st.sampled_from(["SHA-256", "MD5", "BLAKE3", 3]),
                "content": st.sampled_from([DIGEST, DIGEST.upper(), DIGEST[:-1], "zz" * 32, 5]),
            },
        ),
    ),
    max_size=2,
)
names = st.one_of(odd, st.fixed_dictionaries({}, optional={"name": odd, "email": odd}))
licences = st.one_of(
    odd,
    st.fixed_dictionaries({}, optional={"expression": odd}),
    st.fixed_dictionaries({"license": st.one_of(odd, st.fixed_dictionaries({"id": odd}))}),
)
kinds = st.sampled_from(["library", "file", "data", "application", 3, None])


def components(children: Any) -> Any:
    """Return components, some of them of forms that no tool writes."""
    return st.lists(
        st.one_of(
            st.fixed_dictionaries(
                {"name": st.just("a"), "version": texts, "purl": texts, "bom-ref": texts},
                optional={
                    "type": kinds,
                    "supplier": names,
                    "manufacturer": names,
                    "publisher": odd,
                    "authors": st.lists(names, max_size=2),
                    "licenses": st.lists(licences, max_size=2),
                    "hashes": hashes,
                    "components": children,
                },
            ),
            st.fixed_dictionaries({}, optional={"name": odd, "version": odd, "purl": odd}),
        ),
        max_size=3,
    )


nested = components(components(components(components(st.just([])))))
refs = st.lists(st.one_of(texts, st.integers(0, 2)), max_size=3)
documents = st.fixed_dictionaries(
    {
        "bomFormat": st.sampled_from(["CycloneDX"] * 5 + ["SPDX"]),
        "components": st.one_of(nested, nested, nested, odd, st.just([3])),
    },
    optional={
        "metadata": st.one_of(
            odd, st.fixed_dictionaries({"component": st.fixed_dictionaries({"bom-ref": texts})})
        ),
        "dependencies": st.lists(
            st.one_of(
                odd,
                st.fixed_dictionaries({"ref": texts}, optional={"dependsOn": st.one_of(refs, odd)}),
            ),
            max_size=4,
        ),
        "compositions": st.lists(
            st.fixed_dictionaries(
                {"aggregate": st.sampled_from(["complete", "unknown", "incomplete", 3])},
                optional={"dependencies": st.one_of(refs, odd)},
            ),
            max_size=2,
        ),
    },
)


def built(sboms: list[dict[str, Any]]) -> bytes:
    """Return the policy input of these SBOMs and a scan of nothing."""
    scan = {
        "scanner": {"result": []},
        "https://w3id.org/release-assurance/vulns-detail/v1": {
            "expected": 1,
            "audited": 1,
            "packages": ["pkg:pypi/a@1"],
            "skipped": [],
        },
    }
    evidence = [
        Evidence(
            line=number,
            digest="0" * 64,
            predicate_type=CYCLONEDX if number > 1 else VULNERABILITIES,
            predicate=predicate,
            subjects=(),
            signers=(SignedBy(key="a" * 64, holder="gate", roles=("collector",)),),
            collected_at=NOW,
            as_of=NOW,
        )
        for number, predicate in enumerate([scan, *sboms], start=1)
    ]
    return policy_input.build(
        now=NOW,
        release=Release(
            name="a",
            version="1",
            revision=None,
            artifacts=(),
            environment="production",
            resource_uri="pkg:pypi/a",
        ),
        evidence=evidence,
        collectors=(),
        settings_digest="0" * 64,
    )


@pytest.fixture(scope="module")
def policies() -> Any:
    """Our own packs."""
    engine = RegorusEngine()
    try:
        return engine.load([PACKS], [])
    finally:
        engine.close()


def with_hash(name: str, algorithm: Any, content: Any) -> dict[str, Any]:
    """Return a component with one hash."""
    return {
        "name": name,
        "version": "1",
        "bom-ref": name,
        "hashes": [{"alg": algorithm, "content": content}],
    }


CORNERS = {
    "bomFormat": "CycloneDX",
    "metadata": {"component": {"bom-ref": "r"}},
    "components": [
        with_hash("strong", "SHA-256", DIGEST),
        with_hash("short", "SHA-256", DIGEST[:-1]),
        with_hash("no-hex", "SHA-256", "zz" * 32),
        with_hash("weak", "MD5", DIGEST[:32]),
        {
            **with_hash("files", "MD5", ""),
            "components": [{**with_hash("f", "SHA-256", DIGEST), "type": "library"}],
        },
        {
            **with_hash("known-files", "MD5", ""),
            "components": [{**with_hash("g", "SHA-256", DIGEST), "type": "file"}],
        },
    ],
    "dependencies": [
        {"ref": "r", "dependsOn": ["strong"]},
        {"ref": "strong"},
        {"ref": "no-hex", "dependsOn": 3},
    ],
    "compositions": [
        {"aggregate": "unknown", "dependencies": ["short", "weak"]},
        {"aggregate": "complete", "dependencies": ["files"]},
    ],
}
ROOT_UNKNOWN = {
    **CORNERS,
    "dependencies": [],
    "compositions": [{"aggregate": "incomplete", "dependencies": ["r"]}],
}


@example(sboms=[CORNERS])
@example(sboms=[ROOT_UNKNOWN, CORNERS])
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sboms=st.lists(documents, min_size=1, max_size=2))
def test_the_same_with_and_without(policies: Any, sboms: list[dict[str, Any]]) -> None:
    """Every check says the same, to the letter, whatever the documents look like."""
    ahead = built(sboms)
    without = json.loads(ahead)
    for item in without["evidence"]:
        assert (item["predicate_type"] == CYCLONEDX) == (item["facts"] is not None)
        item["facts"] = None
    engine = RegorusEngine()
    told = engine.evaluate(policies, ahead, timeout_seconds=60)
    walked = engine.evaluate(policies, json.dumps(without).encode(), timeout_seconds=60)
    for check in CHECKS:
        assert walked[check] == told[check], check


def test_the_facts_of_a_good_document() -> None:
    """One package with everything, one with nothing."""
    document = {
        "bomFormat": "CycloneDX",
        "metadata": {"component": {"bom-ref": "r"}},
        "components": [
            {
                "name": "a",
                "version": "1",
                "purl": "pkg:pypi/a@1",
                "bom-ref": "a",
                "publisher": "Acme",
                "licenses": [{"expression": "MIT"}],
                "hashes": [{"alg": "SHA-256", "content": DIGEST}],
            },
            {"name": "b"},
            {"type": "file", "name": "c"},
        ],
        "dependencies": [{"ref": "r", "dependsOn": ["a", "x"]}],
    }
    found = cyclonedx_facts.facts(document)
    assert (True, False, 3, 2) == (
        found["readable"],
        found["too_deep"],
        found["components"],
        found["packages"],
    )
    assert ["pkg:pypi/a@1"] == found["purls"]
    lacking = found["lacking"]
    assert [] == lacking.pop("name")
    assert {("b",)} == {tuple(labels) for labels in lacking.values()}
    assert {
        "root_known": True,
        "silent": ["a"],
        "unreferred": 1,
        "unknown": 0,
        "dangling": ["x"],
    } == found["graph"]


def test_facts_in_a_document_are_nobodys() -> None:
    """A document that brings facts along has them ignored."""
    liar = {"bomFormat": "CycloneDX", "components": [{"name": "b"}], "facts": {"readable": True}}
    (_, item) = json.loads(built([liar]))["evidence"]
    assert ["b"] == item["facts"]["lacking"]["version"]
