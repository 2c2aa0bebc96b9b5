"""A bundle file: JSON Lines, each a Sigstore bundle v0.3 around an in-toto Statement.

`read` takes the bytes of a draft or of a sealed bundle apart and keeps every line as it
stands; `groups` joins the adjacent lines of one payload (a threshold of signatures).
Nothing is verified here; `assurance.verify` does that. Format: design section 4, the
stricter profile of the in-toto bundle (in-toto attestation spec v1, "Bundle").
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from assurance import envelope, statement
from assurance.errors import FormatError
from assurance.value import Value

if TYPE_CHECKING:
    from assurance.model import Attestation
    from assurance.statement import ParsedStatement

MAX_BYTES = 512 * 1024 * 1024
"""A larger file is refused unread."""
MAX_LINE_BYTES = 90 * 1024 * 1024
"""A 64 MiB payload in base64, and its envelope."""
MAX_LINES = 50_000

_REMEDY = "fetch the bundle again from where it was stored; do not use this one"


class Line(Value):
    """One line, parsed and not yet verified."""

    number: int
    """1-based."""
    attestation: Attestation
    statement: ParsedStatement
    line_sha256: str
    payload_sha256: str


def digest(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 lowercase hex digits."""
    return sha256(data).hexdigest()


def read(data: bytes, *, where: str) -> tuple[Line, ...]:
    """Take the bytes of a bundle apart.

    Args:
        data: The whole file.
        where: Its name, for messages.

    Raises:
        FormatError: not JSON Lines, a line that is no strict attestation, too large, or
            empty.
    """
    if len(data) > MAX_BYTES:
        raise FormatError(
            f"the bundle has {len(data):,} bytes; the limit is {MAX_BYTES:,}",
            remedy=_REMEDY,
            where=where,
        )
    if not data:
        raise FormatError("the bundle is empty", remedy=_REMEDY, where=where)
    if not data.endswith(b"\n"):
        raise FormatError(
            "the bundle does not end with a newline: it is cut", remedy=_REMEDY, where=where
        )
    raw = data[:-1].split(b"\n")
    if len(raw) > MAX_LINES:
        raise FormatError(
            f"the bundle has {len(raw):,} lines; the limit is {MAX_LINES:,}",
            remedy=_REMEDY,
            where=where,
        )
    return tuple(read_line(line, number, where=where) for number, line in enumerate(raw, 1))


def read_line(line: bytes, number: int, *, where: str) -> Line:
    """Read one line; `where` is the file's name.

    Raises:
        FormatError: the line is too long, empty, or no strict attestation.
    """
    place = f"{where}:{number}"
    if not line.strip():
        raise FormatError("empty line in the bundle", remedy=_REMEDY, where=place)
    if len(line) > MAX_LINE_BYTES:
        raise FormatError(
            f"the line has {len(line):,} bytes; the limit is {MAX_LINE_BYTES:,}",
            remedy=_REMEDY,
            where=place,
        )
    attestation = envelope.read(line, where=place)
    return Line(
        number=number,
        attestation=attestation,
        statement=statement.read(attestation.payload, where=place),
        line_sha256=digest(line),
        payload_sha256=digest(attestation.payload),
    )


def groups(lines: tuple[Line, ...], *, where: str) -> tuple[tuple[Line, ...], ...]:
    """Join adjacent lines that carry the same payload: one claim, several signatures.

    Raises:
        FormatError: a line stands twice, or a payload comes back further down.
    """
    found: list[list[Line]] = []
    seen: dict[str, int] = {}
    line_digests: dict[str, int] = {}
    for line in lines:
        first = line_digests.setdefault(line.line_sha256, line.number)
        if first != line.number:
            raise FormatError(
                f"line {line.number} repeats line {first}",
                remedy=_REMEDY,
                where=f"{where}:{line.number}",
            )
        if found and found[-1][0].payload_sha256 == line.payload_sha256:
            found[-1].append(line)
            continue
        earlier = seen.setdefault(line.payload_sha256, line.number)
        if earlier != line.number:
            raise FormatError(
                f"line {line.number} repeats the payload of line {earlier}, "
                "and the lines of one payload must be adjacent",
                remedy=_REMEDY,
                where=f"{where}:{line.number}",
            )
        found.append([line])
    return tuple(tuple(group) for group in found)


def write(lines: tuple[bytes, ...]) -> bytes:
    """Return the file of `lines`."""
    return b"".join(line + b"\n" for line in lines)
