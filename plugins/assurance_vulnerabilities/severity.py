"""How severe one bug is, in one of five words: the worst that its records say.

Sources, all of which count: CVSS v3 and v2 vectors (scored by `cvss`) and the word in
`database_specific.severity`, as GitHub's advisories have it. A vector of CVSS v4 is shown and not
scored; alone it leaves the bug `unknown`. A vector that breaks its specification is worse
than none: it counts as `unknown` whatever milder word stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance_vulnerabilities.cvss import v2_base_score, v3_base_score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RANKED: Final = ("low", "medium", "unknown", "high", "critical")
"""Mildest first. Unknown is above medium: nobody has said that it is harmless."""
_WORDS: Final = {
    "LOW": "low",
    "MODERATE": "medium",
    "MEDIUM": "medium",
    "HIGH": "high",
    "CRITICAL": "critical",
}
_LEAST_3: Final = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.0, "low"))
_LEAST_2: Final = ((7.0, "high"), (4.0, "medium"), (0.0, "low"))


def severity(objects: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the `severity` of one result from all records and `affected` entries about it.

    Returns:
        `{"method", "score"}` objects, sorted and unique, exactly one of method `band`, last.
    """
    bands: set[str] = set()
    entries: set[tuple[str, str]] = set()
    for each in objects:
        for item in _items(each.get("severity")):
            _rate(item, bands, entries)
        specific = each.get("database_specific")
        word = specific.get("severity") if isinstance(specific, dict) else None
        if isinstance(word, str):
            bands.add(_WORDS.get(word.upper(), "unknown"))
    band = max(bands, key=RANKED.index) if bands else "unknown"
    return [{"method": method, "score": score} for method, score in sorted(entries)] + [
        {"method": "band", "score": band}
    ]


def _items(value: object) -> list[tuple[str, str]]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [
        (str(item.get("type")), str(item.get("score"))) if isinstance(item, dict) else ("", "")
        for item in items
    ]


def _rate(item: tuple[str, str], bands: set[str], entries: set[tuple[str, str]]) -> None:
    kind, vector = item
    if kind == "CVSS_V4":
        entries.add(("cvss_v4", vector[:300]))
        return
    if kind not in {"CVSS_V3", "CVSS_V2"}:
        bands.add("unknown")
        return
    third = kind == "CVSS_V3"
    method = "cvss_v3" if third else "cvss_v2"
    entries.add((method, vector[:300]))
    try:
        score = v3_base_score(vector) if third else v2_base_score(vector)
    except ValueError:
        bands.add("unknown")
        return
    entries.add((f"{method}_score", f"{score:.1f}"))
    bands.add(next(band for least, band in (_LEAST_3 if third else _LEAST_2) if score >= least))
