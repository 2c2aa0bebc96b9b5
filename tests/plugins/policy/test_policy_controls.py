"""The ids of controls: a typo is an error with its line, never a control that nobody finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assurance_policy import controls, load

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors/policy/controls.json").read_text(encoding="utf-8")
)


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
