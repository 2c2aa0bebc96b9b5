"""Reports of made-up releases for the tests of the views."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest


def _documents() -> Any:
    """Load `documents.py`; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(
        "report_documents", Path(__file__).parent / "documents.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def documents() -> Any:
    """Return the module that makes reports."""
    return _documents()


@pytest.fixture(scope="session")
def samples(documents: Any) -> dict[str, dict[str, Any]]:
    """Return one report of each sort, by name."""
    found: dict[str, dict[str, Any]] = documents.samples()
    return found
