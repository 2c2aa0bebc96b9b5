"""CVSS base scores, and the band that the records of a bug amount to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance_vulnerabilities.cvss import v2_base_score, v3_base_score
from assurance_vulnerabilities.severity import RANKED, severity


# From the examples of the CVSS v3.1 guide and from NVD: Heartbleed, POODLE, Log4Shell and others.
@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8),
        ("CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H", 9.1),
        ("CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 6.8),
        ("CVSS:3.1/AV:A/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N", 3.1),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/MAV:L", 9.8),
    ],
)
def test_v3(vector: str, score: float) -> None:
    """The base score is the published one; optional metrics do not change it."""
    assert score == v3_base_score(vector)


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", 10.0),
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
        ("AV:N/AC:L/Au:N/C:P/I:N/A:N", 5.0),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0),
    ],
)
def test_v2(vector: str, score: float) -> None:
    """The base score is that of the guide's examples."""
    assert score == v2_base_score(vector)


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        ("", "does not start with"),
        ("CVSS:4.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "does not start with"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "A is absent"),
        ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "doubled"),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "`X` is no value of AV"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/Q:N", "`Q` is no metric"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/", "is no metric"),
    ],
)
def test_vectors_that_are_none(vector: str, message: str) -> None:
    """A vector that breaks the specification has no score."""
    with pytest.raises(ValueError, match=message):
        v3_base_score(vector)


def _v3(vector: str) -> dict[str, Any]:
    return {"severity": [{"type": "CVSS_V3", "score": vector}]}


HIGH = _v3("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H")
LOW = _v3("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N")
V4 = {"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H"}]}
V2 = {"severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:N/I:N/A:C"}]}


def _word(word: str) -> dict[str, Any]:
    return {"database_specific": {"severity": word}}


@pytest.mark.parametrize(
    ("objects", "band"),
    [
        ([], "unknown"),
        ([{}], "unknown"),
        ([HIGH], "high"),
        ([V2], "high"),
        ([LOW], "low"),
        ([{}, LOW], "low"),
        ([LOW, HIGH], "high"),
        ([LOW, _word("CRITICAL")], "critical"),
        ([_word("MODERATE")], "medium"),
        ([_word("moderate"), HIGH], "high"),
        ([_word("negligible")], "unknown"),
        ([V4], "unknown"),
        ([V4, _word("LOW")], "low"),
        ([_v3("CVSS:3.1/AV:N"), LOW], "unknown"),
        ([_v3("CVSS:3.1/AV:N"), HIGH], "high"),
        ([{"severity": [{"type": "Ubuntu", "score": "negligible"}]}, LOW], "unknown"),
        ([{"severity": "high"}, LOW], "unknown"),
        ([{"severity": [None]}, LOW], "unknown"),
        ([{"severity": {}}, LOW], "unknown"),
        ([{"database_specific": {"severity": 5}}], "unknown"),
        ([{"database_specific": "LOW"}], "unknown"),
    ],
)
def test_band(objects: list[dict[str, Any]], band: str) -> None:
    """The worst word counts, and what is not understood is never milder than medium."""
    assert {"method": "band", "score": band} == severity(objects)[-1]


def test_a_v4_vector_is_shown() -> None:
    """It is passed on as it is, beside the band."""
    assert [
        {"method": "cvss_v4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H"},
        {"method": "band", "score": "unknown"},
    ] == severity([V4])


@settings(deadline=None)
@given(st.lists(st.sampled_from([{}, HIGH, LOW, V2, V4, _word("LOW"), _word("odd")]), max_size=5))
def test_one_more_rating_never_lowers_a_known_band(objects: list[dict[str, Any]]) -> None:
    """Adding a record can only raise what was known."""
    band = severity(objects)[-1]["score"]
    for more in (HIGH, LOW, _word("MEDIUM")):
        raised = severity([*objects, more])[-1]["score"]
        assert band == "unknown" or RANKED.index(raised) >= RANKED.index(band)
