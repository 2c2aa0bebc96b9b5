"""What the log promises in a file it promises on a PostgreSQL server: the same tests, run there.

The tests are those of the modules named here; `log_at` gives them a log on a server.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = (
    "test_check",
    "test_export",
    "test_group",
    "test_independent_verifier",
    "test_listing",
    "test_writer",
)
ABOUT_FILES = {
    "test_damaged_state",  # nor are values out of their range
    "test_it_is_independent",
    "test_log_that_cannot_be_made_leaves_nothing",
    "test_new_log_over_an_old_one",
    "test_removed_rows_that_nothing_names",  # it has no numbers of rows
    "test_two_schemas",
    "test_two_that_make_one_anchor",
    "test_two_that_make_one_log",
    "test_usage",
    "test_value_of_another_kind",  # a server keeps none
}
"""Tests that copy or make files; what they promise is looked at in `test_postgresql.py`."""


@pytest.fixture
def log_at(server_log_at: Callable[..., Any]) -> Callable[..., Any]:
    """Return a maker of logs on a server."""
    return server_log_at


def _tests() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in MODULES:
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"on_postgresql_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for known, value in vars(module).items():
            if isinstance(value, type(log_at)) or (
                known.startswith("test_") and callable(value) and known not in ABOUT_FILES
            ):
                assert known not in found, f"two tests or fixtures are named {known}"
                found[known] = value
    return found


globals().update(_tests())
