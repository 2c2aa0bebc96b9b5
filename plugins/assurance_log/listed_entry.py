"""An entry of a listing as a log server sends it: its shape is checked, its word is not."""

from __future__ import annotations

from typing import Any, Final

from assurance.errors import FormatError, LogError
from assurance.fields import Fields

_TEXTS: Final = ("release", "version", "environment", "verdict", "decided_at")
_LISTS: Final = ("predicate_types", "subjects", "signers")


def read(value: object, *, where: str) -> dict[str, Any]:
    """Return an entry as `documents.entry` makes it, and nothing else of what was sent.

    Args:
        value: One item of `entries`.
        where: The server's URL.

    Raises:
        LogError: it is of another shape.
    """
    try:
        found = Fields(value, where=where, key="entry")
        found.time_or_none("logged_at")
        document: dict[str, Any] = {
            "index": found.whole("index"),
            "logged_at": found.text_or_none("logged_at"),
            "bytes": found.whole("bytes"),
            "bundle": None,
        }
        if found.get("bundle") is not None:
            known = found.object("bundle")
            document["bundle"] = {
                "sha256": known.sha256("sha256"),
                **{name: known.text_or_none(name) for name in _TEXTS},
                **{name: list(known.texts(name)) for name in _LISTS},
            }
    except FormatError as err:
        raise LogError(
            f"the log server lists an entry of another shape: {err.problem}",
            remedy="see that the URL is that of a log server of this version",
            where=where,
        ) from err
    return document
