"""The API's contract: the OpenAPI 3.1 document that a log server follows, as data."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from assurance import strict_json

MAX_PAGE: Final = 500
"""Items on one page of a list, at most."""
DEFAULT_PAGE: Final = 50


def document_bytes() -> bytes:
    """Return the document as it is served and printed."""
    return (resources.files("assurance_log") / "openapi.json").read_bytes()


def document() -> dict[str, Any]:
    """Return the document, read."""
    found: dict[str, Any] = strict_json.loads(document_bytes(), what="openapi.json")
    return found
