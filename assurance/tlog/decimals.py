"""Decimal numbers as the C2SP formats write them: ASCII digits, no sign, no leading zero."""

from __future__ import annotations

import re
from typing import Final

MAX: Final = 2**63 - 1
"""Largest tree size, index or time that is read: what a signed 64-bit column holds."""
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def read(text: str) -> int | None:
    """Return the number; None for another spelling (`int()` takes `1_0`, `+5` and ` 5`)."""
    if not _DECIMAL.fullmatch(text):
        return None
    value = int(text)
    return value if value <= MAX else None
