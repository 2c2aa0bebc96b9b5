"""Reads a password file as libpq has it ("The Password File"), where `PGPASSFILE` names one.

Each line is `HOST:PORT:DATABASE:ROLE:PASSWORD`, `*` stands for any, and a backslash before a colon
or a backslash takes its meaning away. The first line that fits counts. No message repeats a line.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance.errors import UsageError

if TYPE_CHECKING:
    from assurance_log.postgresql.address import Address, Host

VARIABLE: Final = "PGPASSFILE"
MAX_BYTES: Final = 1 << 20
"""A longer file is refused."""
_FIELDS: Final = 5


def look_up(path: str, address: Address, host: Host) -> str | None:
    """Return the password for this role and database on this server; None: no line fits.

    Args:
        path: The file, which nobody but its owner may read or write.
        address: The role and the database.
        host: One of the address' servers; a socket is known by its folder, and as `localhost`.

    Raises:
        UsageError: the file cannot be read, others may read it, or a line cannot be used.
    """
    names = {host.name, "localhost"} if host.is_socket else {host.name}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        fields = _fields(line.removesuffix("\r"))
        if len(fields) != _FIELDS or not all(fields):
            raise UsageError(
                "the line is not HOST:PORT:DATABASE:ROLE:PASSWORD",
                remedy="correct it; a colon or backslash in a field has a backslash before it",
                where=f"{path}:{number}",
            )
        wanted = (names, {str(host.port)}, {address.database}, {address.user})
        if all(
            field == "*" or field in known for field, known in zip(fields, wanted, strict=False)
        ):
            return fields[-1]
    return None


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_BYTES + 1)
    except OSError as err:
        raise UsageError(
            f"the password file cannot be read: {err.strerror}",
            remedy=f"correct {VARIABLE}",
            where=path,
        ) from err
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(
            "others may read or write the password file", remedy=f"chmod 600 {path}", where=path
        )
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"the password file is longer than {MAX_BYTES:,} bytes",
            remedy=f"correct {VARIABLE}",
            where=path,
        )
    try:
        return data.decode()
    except UnicodeDecodeError as err:
        raise UsageError(
            "the password file is not UTF-8", remedy="write it anew", where=path
        ) from err


def _fields(line: str) -> list[str]:
    """Split at the colons; the password, which is last, may have some without a backslash."""
    fields: list[str] = []
    field, characters = "", iter(line)
    for character in characters:
        if character == ":" and len(fields) < _FIELDS - 1:
            fields.append(field)
            field = ""
        elif character == "\\":
            field += next(characters, "\\")
        else:
            field += character
    return [*fields, field]
