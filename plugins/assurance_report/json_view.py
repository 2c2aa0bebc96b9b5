"""The report as the JSON document that `-o json` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assurance.strict_json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping


class JsonView:
    """For programs: sorted keys, compact, UTF-8."""

    name = "json"
    suffix = ".json"

    def render(self, report: Mapping[str, Any]) -> str:
        """Return the document as it is."""
        return dumps(report).decode("utf-8") + "\n"
