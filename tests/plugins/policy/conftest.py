"""Small policies written to disk, and the engine that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

METADATA = """# METADATA
# title: {name} holds
# description: A check of the tests.
# custom:
#   severity: high
#   weight: 3
#   owner: qa
#   remedy: do it again
"""
RULES = "applies := true\nevaluated := true\n"


def module_text(name: str, body: str) -> str:
    """Return a whole check: metadata, package, the two easy rules and `body`."""
    head = METADATA.format(name=name)
    return f"{head}package assurance.{name}\n\nimport rego.v1\n\n{RULES}{body}\n"


@pytest.fixture
def engine() -> Iterator[RegorusEngine]:
    """Return an engine; its worker is ended afterwards."""
    made = RegorusEngine()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes `name=body` as checks and gives their folder."""

    def write(**bodies: str) -> Path:
        top = tmp_path / "pack"
        top.mkdir(exist_ok=True)
        for key, body in bodies.items():
            name = key.replace("__", ".")
            (top / f"{key}.rego").write_text(module_text(name, body))
        return top

    return write
