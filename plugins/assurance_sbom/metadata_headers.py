"""Reads the headers of core metadata (METADATA, PKG-INFO) without the email parser.

Specification: packaging.python.org, "Core metadata specifications"; the format is RFC 822
headers with continuation lines, in UTF-8, ended by an empty line and a description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from assurance import CollectError

MAX_HEADER_BYTES: Final = 1024 * 1024
_HEADER_END: Final = re.compile(rb"\r?\n\r?\n")
"""An empty line; one of only spaces continues the header before it (a folded licence text)."""
_FORMAT: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The headers that an SBOM needs; texts are stripped, absent ones None."""

    name: str
    version: str
    summary: str | None
    licence_expression: str | None
    licence: str | None
    classifiers: tuple[str, ...]
    author: str | None
    author_email: str | None
    maintainer: str | None
    maintainer_email: str | None
    requires: tuple[str, ...]
    """`Requires-Dist` lines as they stand."""
    requires_final: bool
    """Whether a build cannot add to `requires`: Metadata-Version 2.2 or later, and not Dynamic."""
    is_utf8: bool
    """False where the bytes are not UTF-8; undecodable ones read as U+FFFD."""


def parse(data: bytes, *, where: str) -> Metadata:
    """Return the headers of `data`; what follows them is not looked at.

    Raises:
        CollectError: no or a doubled Name or Version, control characters in them, or headers
            beyond 1 MiB.
    """
    end = _HEADER_END.search(data)
    head = data[: end.start()] if end else data
    if len(head) > MAX_HEADER_BYTES:
        raise _broken(f"the headers are longer than {MAX_HEADER_BYTES} bytes", where)
    try:
        text, is_utf8 = head.decode("utf-8"), True
    except UnicodeDecodeError:
        text, is_utf8 = head.decode("utf-8", "replace"), False
    fields = _fields(text)
    return Metadata(
        name=_identity(fields, "name", where),
        version=_identity(fields, "version", where),
        summary=_first(fields, "summary"),
        licence_expression=_first(fields, "license-expression"),
        licence=_first(fields, "license"),
        classifiers=tuple(fields.get("classifier", ())),
        author=_first(fields, "author"),
        author_email=_first(fields, "author-email"),
        maintainer=_first(fields, "maintainer"),
        maintainer_email=_first(fields, "maintainer-email"),
        requires=tuple(fields.get("requires-dist", ())),
        requires_final=_requires_final(fields),
        is_utf8=is_utf8,
    )


def _fields(text: str) -> dict[str, list[str]]:
    """Header name in lower case → values; continuation lines are joined with a newline."""
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if line[:1] in (" ", "\t"):
            if values is not None:
                values[-1] += "\n" + line.strip()
            continue
        key, colon, value = line.partition(":")
        if not colon:
            values = None
            continue
        values = fields.setdefault(key.strip().lower(), [])
        values.append(value.strip())
    return fields


def _first(fields: dict[str, list[str]], key: str) -> str | None:
    """The first value that says something; `UNKNOWN` is what old tools wrote for nothing."""
    for value in fields.get(key, ()):
        if value and value != "UNKNOWN":
            return value
    return None


def _requires_final(fields: dict[str, list[str]]) -> bool:
    version = _FORMAT.fullmatch(_first(fields, "metadata-version") or "")
    if version is None or (int(version[1]), int(version[2])) < (2, 2):
        return False
    return "requires-dist" not in {name.lower() for name in fields.get("dynamic", ())}


def _identity(fields: dict[str, list[str]], key: str, where: str) -> str:
    """The one value of Name or Version."""
    values = [value for value in fields.get(key, ()) if value]
    if not values:
        raise _broken(f"there is no {key.title()} in the package's metadata", where)
    if len(set(values)) > 1:
        raise _broken(f"the package's metadata has {len(values)} {key.title()} headers", where)
    if not (values[0].isascii() and values[0].isprintable() and " " not in values[0]):
        raise _broken(f"the {key.title()} {values[0]!r} is not plain ASCII text", where)
    return values[0]


def _broken(problem: str, where: str) -> CollectError:
    return CollectError(
        problem, remedy="Reinstall the package (pip install --force-reinstall).", where=where
    )
