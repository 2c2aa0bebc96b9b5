"""`Value` beside the frozen dataclass that it stands for."""

from __future__ import annotations

import copy
import dataclasses
import subprocess
import sys
from typing import ClassVar

import pytest

from assurance.value import Value, field, names, replace


class Point(Value):
    """Two numbers and a tag."""

    origin: ClassVar[int] = 0
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("x is below zero")


class Named(Point):
    """A point with a name."""

    name: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Same:
    """What `Point` should be like."""

    x: int
    y: int = 2
    tags: list[str] = dataclasses.field(default_factory=list)


def test_like_a_dataclass() -> None:
    """Fields, defaults, repr and the functions of `dataclasses` say the same."""
    mine, theirs = Point(x=1), Same(x=1)
    kind: object = Point
    assert repr(mine) == repr(theirs).replace("Same", "Point")
    assert dataclasses.asdict(mine) == dataclasses.asdict(theirs) == {"x": 1, "y": 2, "tags": []}
    assert ["x", "y", "tags"] == [it.name for it in dataclasses.fields(mine)]
    assert dataclasses.replace(mine, x=3) == replace(mine, x=3) == Point(x=3)
    assert names(Point) == names(mine) == ("x", "y", "tags")
    assert dataclasses.is_dataclass(kind)


def test_equality_and_hash() -> None:
    """Equal fields of the same class are equal; another class never is."""

    class Other(Value):
        x: int

    class Third(Value):
        x: int

    assert Other(x=1) == Other(x=1) != Other(x=2)
    assert Other(x=1) != Third(x=1)
    assert hash(Other(x=1)) == hash(Other(x=1))
    assert Point(x=1) != Named(x=1, name="n")


def test_defaults_are_not_shared() -> None:
    """Each value has a list of its own."""
    one, other = Point(x=1), Point(x=1)
    one.tags.append("a")
    assert [] == other.tags


def test_inherited_fields() -> None:
    """A subclass has the fields of its base first, and its `__post_init__`."""
    assert ("x", "y", "tags", "name") == names(Named)
    with pytest.raises(ValueError, match="below zero"):
        Named(x=-1, name="n")
    with pytest.raises(ValueError, match="below zero"):
        replace(Named(x=1, name="n"), x=-1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Point: missing x"),
        ({"x": 1, "z": 3}, "Point: no field z"),
        ({"z": 3}, "Point: missing x; no field z"),
        ({"x": 1, "origin": 3}, "Point: no field origin"),
    ],
)
def test_wrong_fields(given: dict[str, int], said: str) -> None:
    """A missing or unknown field is named."""
    with pytest.raises(TypeError, match=said):
        Point(**given)  # type: ignore[arg-type]


def test_immutable() -> None:
    """Nothing can be set or deleted."""
    point = Point(x=1)
    with pytest.raises(AttributeError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot delete field 'x'"):
        del point.x
    assert Point(x=1) == point


def test_copied() -> None:
    """A copy is equal to the value."""
    point = Point(x=1, tags=["a"])
    assert copy.deepcopy(point) == copy.copy(point) == point


def test_imports_no_dataclasses() -> None:
    """What it is for: the module `dataclasses` stays out of a process that asks nothing of it."""
    code = (
        "import sys\n"
        "for name in ('dataclasses', 'inspect'): sys.modules.pop(name, None)\n"  # coverage's
        "import assurance.model, assurance.deploy\n"
        "sys.exit(sum(it in sys.modules for it in ('dataclasses', 'inspect')))"
    )
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
