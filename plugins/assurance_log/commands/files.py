"""What a file is as a log entry, and where its receipt goes."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import LogError, UsageError
from assurance.evidence_files import is_stream
from assurance.tlog.tile import MAX_ENTRY
from assurance_log import records

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE_SUFFIX: Final = ".intoto.jsonl"
RECEIPT_SUFFIX: Final = ".tlog-proof"
MAX_BYTES: Final = 512 * 1024 * 1024
"""The most bytes of a file that is logged: a bundle may have as many."""
_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What no other path's spelling mends: the machine could not do it."""
_CONTENT: Final = "release-assurance/content/v1\n"


def entry_of(path: Path, data: bytes) -> tuple[bytes, bytes | None]:
    """Return (entry, content to keep by digest) of a file.

    A bundle's entry is fixed by its digest; another file is its own entry while it fits, and
    is logged by its digest where it is longer than 65,535 bytes.
    """
    if path.name.endswith(BUNDLE_SUFFIX):
        return records.entry_of(data), data
    if len(data) <= MAX_ENTRY:
        return data, None
    return f"{_CONTENT}{sha256(data).hexdigest()}\n".encode(), data


def receipt_path(path: Path) -> Path:
    """Return where the receipt of a file goes: beside it."""
    return path.with_name(path.name.removesuffix(BUNDLE_SUFFIX) + RECEIPT_SUFFIX)


def read(path: Path) -> bytes:
    """Return the bytes of a file that is an entry, or becomes one.

    A named pipe is waited for: what nobody has written yet must not be logged as empty.

    Raises:
        UsageError: it cannot be read, or has more than MAX_BYTES.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as err:
        raise UsageError(
            f"the file cannot be read: {err.strerror}", remedy="correct the path", where=str(path)
        ) from err
    if len(data) > MAX_BYTES:
        raise UsageError(
            f"the file is larger than {MAX_BYTES:,} bytes",
            remedy="log a file with its SHA-256 in its place",
            where=str(path),
        )
    return data


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step; a device or a pipe, such as /dev/stdout, is written to.

    Raises:
        UsageError: it cannot be written there; nothing half-written stays behind.
        LogError: the disk is full, or failed; the same.
    """
    # Not one name for all: two processes may write the receipt of one file at the same time.
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        if is_stream(path):
            path.write_bytes(data)
            return
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError as err:
        with suppress(OSError):  # the disk that failed may fail again
            fresh.unlink(missing_ok=True)
        kind = LogError if err.errno in _DISK else UsageError
        raise kind(
            f"the file cannot be written: {err.strerror}",
            remedy="see to the folder; what was logged stays logged, and `assurance log prove` "
            "makes its receipt again",
            where=str(path),
        ) from err
