"""The collector: which versions a changelog describes, and with how many entries."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from assurance import CollectError, SelfTest, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assurance import CollectContext

PREDICATE_TYPE = "https://acme.example/changelog/v1"
MAX_BYTES = 4 << 20

_SECTION = re.compile(r"##[ \t]+\[?v?(?P<version>[0-9][0-9A-Za-z.+!_-]*)\]?(?:[ \t].*)?")
_ENTRY = re.compile(r"[ \t]*[-*+][ \t]+\S.*")


class ChangelogCollector:
    """Reads the one changelog that `inputs` names."""

    name = "changelog"
    predicate_types = (PREDICATE_TYPE,)
    options_schema: Mapping[str, Any] = {"type": "object", "additionalProperties": False}

    def collect(self, context: CollectContext) -> list[Statement]:
        """Return one statement about the release's artifacts: no subjects of our own."""
        if len(context.inputs) != 1:
            raise CollectError(
                f"{len(context.inputs)} changelogs; exactly one is read",
                remedy='say `inputs = ["CHANGELOG.md"]` in [collect.changelog]',
                missing=not context.inputs,
            )
        path = context.inputs[0]
        data = path.read_bytes()
        predicate = {
            "file": path.name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "sections": sections(data),
        }
        return [
            Statement(
                predicate_type=PREDICATE_TYPE,
                predicate=json.dumps(predicate, sort_keys=True).encode(),
                collected_at=context.now,
            )
        ]

    def self_test(self, context: CollectContext) -> SelfTest:
        """Plant a changelog with an empty section and one without a heading of its own."""
        planted = context.workdir / "CHANGELOG.md"
        planted.write_text("# Changes\n\n## [2.0]\n\n## 1.0 - 2026-01-01\n\n- first\n- second\n")
        expected = [{"version": "2.0", "entries": 0}, {"version": "1.0", "entries": 2}]
        found = sections(planted.read_bytes())
        return SelfTest(
            planted="a changelog whose newest section is empty",
            found=found == expected,
            message=f"read {len(found)} sections",
        )


def sections(data: bytes) -> list[dict[str, str | int]]:
    """Return the sections of a changelog from top to bottom.

    Raises:
        CollectError: too large, or not UTF-8.
    """
    remedy = "name the changelog itself, a Markdown file in UTF-8"
    if len(data) > MAX_BYTES:
        raise CollectError(f"a changelog of {len(data):,} bytes", remedy=remedy)
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as err:
        raise CollectError("the changelog is not UTF-8", remedy=remedy) from err
    found: list[dict[str, str | int]] = []
    counted = False
    entries = 0
    for line in lines:
        heading = _SECTION.fullmatch(line)
        if heading or line.startswith("## "):
            if counted:
                found[-1]["entries"] = entries
            counted, entries = heading is not None, 0
            if heading:
                found.append({"version": heading["version"], "entries": 0})
        elif _ENTRY.fullmatch(line):
            entries += 1
    if counted:
        found[-1]["entries"] = entries
    return found
