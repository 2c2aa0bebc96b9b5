"""The trust file, read from where it lies: bounded, and without waiting for anybody.

What it may say is `assurance.trust`'s; that module opens no file, and so can decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import trust
from assurance.bounded_file import read_file
from assurance.errors import TrustFileError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def content(path: Path | str, *, remedy: str = "check the path and its permissions") -> bytes:
    """Return the bytes of the trust file at `path`; `remedy` is what to do where there are none.

    Raises:
        TrustFileError: it is not there or cannot be read.
    """
    try:
        return read_file(path, what="the trust file", limit=trust.MAX_BYTES, remedy=remedy)
    except UsageError as error:
        raise TrustFileError(error.problem, remedy=error.remedy, where=error.where) from error


def load(path: Path | str, *, remedy: str = "check the path and its permissions") -> trust.Trust:
    """Return what the trust file at `path` says; see `content`.

    Raises:
        TrustFileError: it is not there, cannot be read, or breaks a rule of `assurance.trust`.
    """
    return trust.read(content(path, remedy=remedy), where=str(path))
