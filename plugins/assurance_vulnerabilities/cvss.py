"""CVSS base scores from their vectors: v3.0 and v3.1, and v2.

CVSS v3.1 specification, sections 7.1 (base equations), 7.4 (weights) and appendix A (rounding
up); CVSS v2 complete guide, section 3.2.1. Temporal and environmental metrics are allowed in a
vector and do not count. v4.0 has no equation but a table of 270 classes; its vectors are passed
on as they are and never scored here.
"""

from __future__ import annotations

from typing import Final

_IMPACT_3: Final = {"H": 0.56, "L": 0.22, "N": 0.0}
_WEIGHTS_3: Final = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": _IMPACT_3,
    "I": _IMPACT_3,
    "A": _IMPACT_3,
}
_PRIVILEGES_CHANGED: Final = {"N": 0.85, "L": 0.68, "H": 0.5}
_OPTIONAL_3: Final = frozenset(
    ("E", "RL", "RC", "CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA")
)
_IMPACT_2: Final = {"N": 0.0, "P": 0.275, "C": 0.66}
_WEIGHTS_2: Final = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": _IMPACT_2,
    "I": _IMPACT_2,
    "A": _IMPACT_2,
}
_OPTIONAL_2: Final = frozenset(("E", "RL", "RC", "CDP", "TD", "CR", "IR", "AR"))
_V3: Final = ("CVSS:3.0/", "CVSS:3.1/")


def v3_base_score(vector: str) -> float:
    """Return the base score of a v3.0 or v3.1 vector, 0.0 to 10.0 in steps of 0.1.

    Raises:
        ValueError: it is no such vector, or a base metric is absent, doubled or unknown.
    """
    if not vector.startswith(_V3):
        raise ValueError(f"`{vector:.80}` does not start with CVSS:3.0/ or CVSS:3.1/")
    metrics = _metrics(vector[len(_V3[0]) :], _WEIGHTS_3, _OPTIONAL_3)
    weight = {name: _WEIGHTS_3[name][metrics[name]] for name in _WEIGHTS_3}
    changed = metrics["S"] == "C"
    privileges = _PRIVILEGES_CHANGED[metrics["PR"]] if changed else weight["PR"]
    base = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if changed else 6.42 * base
    if impact <= 0:
        return 0.0
    exploitability = 8.22 * weight["AV"] * weight["AC"] * privileges * weight["UI"]
    total = impact + exploitability
    return _round_up(min(1.08 * total if changed else total, 10.0))


def v2_base_score(vector: str) -> float:
    """Return the base score of a v2 vector, with or without parentheses, 0.0 to 10.0.

    Raises:
        ValueError: see `v3_base_score`.
    """
    metrics = _metrics(vector.removeprefix("(").removesuffix(")"), _WEIGHTS_2, _OPTIONAL_2)
    weight = {name: _WEIGHTS_2[name][metrics[name]] for name in _WEIGHTS_2}
    impact = 10.41 * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    if impact == 0:
        return 0.0
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176, 1)


def _metrics(
    text: str, weights: dict[str, dict[str, float]], optional: frozenset[str]
) -> dict[str, str]:
    metrics: dict[str, str] = {}
    for part in text.split("/"):
        name, colon, value = part.partition(":")
        if not colon or name in metrics:
            raise ValueError(f"`{part:.40}` is no metric, or doubled")
        if name in weights:
            if value not in weights[name]:
                raise ValueError(f"`{value:.40}` is no value of {name}")
        elif name not in optional:
            raise ValueError(f"`{name:.40}` is no metric of this version")
        metrics[name] = value
    absent = weights.keys() - metrics.keys()
    if absent:
        raise ValueError(f"{', '.join(sorted(absent))} is absent")
    return metrics


def _round_up(value: float) -> float:
    # In integers, so that 4.02 stays 4.1 and 4.00000000001 does not become it (appendix A).
    scaled = round(value * 100_000)
    if scaled % 10_000 == 0:
        return scaled / 100_000
    return (scaled // 10_000 + 1) / 10
