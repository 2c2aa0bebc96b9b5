"""What the evidence says: tables and charts out of the predicates, whatever their shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assurance
from assurance import predicates
from assurance.report_contents import content
from assurance.report_entry import MAX_ROWS

EXAMPLES = Path(assurance.__file__).parent / "schemas" / "predicates" / "examples"
KINDS = {
    predicates.VULNERABILITIES: "vulns",
    predicates.TEST_RESULT: "test-result",
    predicates.TESTS_DETAIL: "tests-detail",
    predicates.FUZZ: "fuzz",
    predicates.SLO: "slo",
    predicates.DRILL: "drill",
    predicates.TELEMETRY: "telemetry",
    predicates.AUTH_HARDENING: "auth-hardening",
    predicates.REVIEW: "review",
    predicates.REFERENCE: "reference",
    predicates.FREEZE: "freeze",
    predicates.CHECKPOINT: "checkpoint",
}
TYPES = (*KINDS, predicates.CYCLONEDX, predicates.SPDX)


def example(predicate_type: str) -> dict[str, Any]:
    """Return the example of a kind that the package ships."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{KINDS[predicate_type]}.json").read_bytes())
    return found


def said(predicate_type: str, predicate: dict[str, Any]) -> dict[str, Any]:
    """Return the entry, which there is."""
    found = content(predicate_type, predicate)
    assert found is not None
    return found


def rows(entry: dict[str, Any], caption: str) -> list[list[str | None]]:
    """Return the rows of the table called so."""
    (table,) = [item for item in entry["tables"] if item["caption"] == caption]
    found: list[list[str | None]] = table["rows"]
    return found


@pytest.mark.parametrize("predicate_type", KINDS, ids=KINDS.get)
def test_each_example_says_something(predicate_type: str) -> None:
    """Every kind with an example has facts, and each row has a cell a column."""
    entry = said(predicate_type, example(predicate_type))
    assert entry["facts"]
    for table in entry["tables"]:
        assert table["rows"]
        assert {len(table["columns"])} == {len(row) for row in table["rows"]}


def test_what_people_signed_is_told_with_its_digests() -> None:
    """A document by its bytes, a freeze by what it freezes."""
    review = dict(said(predicates.REVIEW, example(predicates.REVIEW))["facts"])
    assert "northgate-ledger-2026-11.pdf" == review["Document"]
    assert 64 == len(review["SHA-256 of the document"])
    documents = said(predicates.REFERENCE, example(predicates.REFERENCE))
    (row,) = rows(documents, "Documents by digest")
    assert "docs/auth-hardening-report.md" == row[0]
    frozen = said(predicates.FREEZE, example(predicates.FREEZE))
    assert "Freeze for production" == frozen["title"]
    assert ("7", "a.novak") == tuple(
        dict(frozen["facts"])[key] for key in ("Trust file version", "By")
    )


def test_components() -> None:
    """A component is told by name, version, licence, supplier and package URL."""
    entry = said(
        predicates.CYCLONEDX,
        {
            "specVersion": "1.6",
            "components": [
                {
                    "name": "urllib3",
                    "version": "1.26.5",
                    "purl": "pkg:pypi/urllib3@1.26.5",
                    "licenses": [{"license": {"id": "MIT"}}, {"expression": "Apache-2.0 OR MIT"}],
                    "supplier": {"name": "urllib3 team"},
                },
                {"name": "bare"},
                "no component",
            ],
        },
    )
    assert [
        ["urllib3 1.26.5", "MIT, Apache-2.0 OR MIT", "urllib3 team", "pkg:pypi/urllib3@1.26.5"],
        ["bare", None, None, None],
    ] == rows(entry, "Components of the SBOM")
    assert ["Format", "CycloneDX 1.6"] in entry["facts"]


def test_packages_of_spdx() -> None:
    """SPDX says the same in its own words."""
    package = {"name": "six", "versionInfo": "1.16.0", "licenseConcluded": "MIT"}
    entry = said(predicates.SPDX, {"spdxVersion": "SPDX-2.3", "packages": [package]})
    assert [["six 1.16.0", "MIT", None]] == rows(entry, "Packages of the SBOM")


def test_vulnerabilities_are_worst_first() -> None:
    """What nobody has rated stands between high and medium, and is not called low."""
    results: list[dict[str, Any]] = [
        {
            "id": band,
            "severity": [{"method": "band", "score": band}],
            "annotations": [{"name": band, "version": "1", "fixedVersions": []}],
        }
        for band in ("low", "unknown", "critical", "medium", "high")
    ]
    entry = said(predicates.VULNERABILITIES, {"scanner": {"result": results}})
    found = rows(entry, "Open vulnerabilities, worst first")
    assert ["critical", "high", "not rated", "medium", "low"] == [row[2] for row in found]
    assert "no fix is known" == found[0][3]


def test_days_of_fuzzing() -> None:
    """A day without a run is neither clean nor unclean, and the window's end is not in it."""
    entry = said(predicates.FUZZ, example(predicates.FUZZ))
    (chart,) = entry["charts"]
    assert ("2026-11-19", "2026-11-22") == (chart["start"], chart["end"])
    assert [False, True, True, True] == chart["rows"][0]["days"]
    assert 3 == chart["rows"][0]["clean"]
    gap = example(predicates.FUZZ)
    del gap["targets"][0]["days"][2]
    assert [False, True, None, True] == said(predicates.FUZZ, gap)["charts"][0]["rows"][0]["days"]


def test_a_long_window_shows_its_newest_days() -> None:
    """The strip is bounded; what is cut is the oldest."""
    long = {**example(predicates.FUZZ), "window": {"start": "2020-01-01", "end": "2026-11-23"}}
    (chart,) = said(predicates.FUZZ, long)["charts"]
    assert 62 == len(chart["rows"][0]["days"])
    assert "2026-11-22" == chart["end"]


@pytest.mark.parametrize(
    ("allowed", "spent", "left"),
    [("100", "26", 74), ("100", "0.5", 99), ("10", "25", -150), ("1", "99999", -999)],
)
def test_error_budgets(allowed: str, spent: str, left: int) -> None:
    """What is left is rounded down, an overspent budget is below zero."""
    slo = example(predicates.SLO)
    slo["objectives"][0]["budget"] = {"allowed": allowed, "spent": spent}
    assert left == said(predicates.SLO, slo)["charts"][0]["rows"][0]["left_percent"]


def test_rows_are_bounded() -> None:
    """Of a large SBOM the first thousand components are told, and how many more there are."""
    components = [{"name": f"c{number}"} for number in range(MAX_ROWS + 7)]
    (table,) = said(predicates.CYCLONEDX, {"components": components})["tables"]
    assert (MAX_ROWS, 7) == (len(table["rows"]), table["more"])


def test_unknown_kind() -> None:
    """A kind that is not known here has no entry."""
    assert content("https://example.com/mine/v1", {"a": 1}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("components", "licenses", "license", "scanner", "result", "severity"),
                    *("annotations", "targets", "days", "window", "start", "end", "objectives"),
                    *("budget", "allowed", "spent", "steps", "name", "totals", "db", "canary"),
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("predicate_type", TYPES)
@given(predicate=st.dictionaries(st.text(max_size=10), JSON, max_size=5) | JSON)
def test_no_shape_fails(predicate_type: str, predicate: Any) -> None:
    """Whatever a predicate looks like, the entry is there, and all of it is text."""
    if not isinstance(predicate, dict):
        return
    entry = said(predicate_type, predicate)
    assert isinstance(entry["title"], str)
    for table in entry["tables"]:
        for row in table["rows"]:
            assert all(cell is None or isinstance(cell, str) for cell in row)


@given(st.data())
def test_a_changed_example_does_not_fail(data: st.DataObject) -> None:
    """Each value of an example may be anything else."""
    predicate_type = data.draw(st.sampled_from(sorted(KINDS)))
    predicate = example(predicate_type)
    place: Any = predicate
    for _ in range(6):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    said(predicate_type, predicate)
