"""The ids of controls: a typo is an error with its line, never a control that nobody finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assurance_policy import checked_policies, controls, load, packs

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors/policy/controls.json").read_text(encoding="utf-8")
)
IDS = json.loads(
    (Path(__file__).parents[2] / "vectors/policy/control-ids.json").read_text(encoding="utf-8")
)
"""The ids that the frameworks have, with where each list is from."""


@pytest.mark.parametrize("control", VECTORS["right"])
def test_a_control_of_a_known_form_is_taken(control: str) -> None:
    """Each framework's own way to write it."""
    assert "" == controls.problem(control)


@pytest.mark.parametrize(("control", "said"), VECTORS["wrong"].items())
def test_a_slip_is_refused(control: str, said: str) -> None:
    """With what was probably meant, or the form that was expected."""
    assert said in controls.problem(control)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[SSDF PS.2.1, SSDF P0.3.1]", 8),
        ("\n#     - SSDF PS.2.1\n#     - SSDF P0.3.1", 10),
    ],
)
def test_the_error_has_its_line(text: str, line: int, folder: Callable[..., Path]) -> None:
    """The line of the id, also in a list that goes over several."""
    top = folder(a__one="findings contains 1 if input.previous")
    file = top / "a__one.rego"
    source = file.read_text()
    file.write_text(source.replace("#   remedy:", f"#   controls: {text}\n#   remedy:"))
    found = load.read([top], []).problems
    assert [f"{file}:{line}"] == [problem.where for problem in found]
    assert "did you mean `SSDF PO.3.1`?" in found[0].problem


def test_every_check_that_ships_supports_controls_that_exist() -> None:
    """Not of the right form alone: the framework has each of them."""
    known = {control for name, ids in IDS.items() if name != "sources" for control in ids}
    assert set(IDS) - {"sources"} == set(IDS["sources"])
    folders = [pack.folder for pack in packs.built_in()]
    checks = checked_policies.load_policy_set(folders, []).checks
    assert checks
    assert [] == [check.id for check in checks if not check.controls]
    assert [] == [
        (check.id, control)
        for check in checks
        for control in check.controls
        if control not in known
    ]
    used = " ".join(control for check in checks for control in check.controls)
    assert [] == [word for word in ("SSDF", "OSPS", "SLSA", "ASVS", "CRA") if word not in used]


def test_the_known_ids_have_the_known_forms() -> None:
    """What the frameworks have is what the metadata takes."""
    for name, ids in IDS.items():
        if name != "sources":
            assert [] == [control for control in ids if controls.problem(control)]
