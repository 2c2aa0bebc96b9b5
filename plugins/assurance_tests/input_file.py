"""A file from another tool: regular, not empty, at most 64 MiB, and read with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024
"""Limit of one file."""

_CHUNK: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One file that `inputs` matched."""

    name: str
    """What it is called in messages and in the evidence: relative to the project, POSIX."""
    path: Path

    def read(self) -> tuple[bytes, str]:
        """Return the content and its SHA-256 (hex); raises as `chunks` does."""
        digest = sha256()
        return b"".join(self.chunks(digest.update)), digest.hexdigest()

    def chunks(self, see: Callable[[bytes], None] = lambda _: None) -> Iterator[bytes]:
        """Yield the content in order, in few large chunks, and show each to `see`.

        Raises:
            CollectError: no regular file, not readable, empty, or larger than `MAX_BYTES`.
        """
        if not self.path.is_file():
            raise self._refuse(
                "the report is no regular file", "let `inputs` match the tools' reports only"
            )
        size = 0
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    size += len(chunk)
                    if size > MAX_BYTES:
                        raise self._refuse(
                            f"the report is larger than {MAX_BYTES:,} bytes",
                            "let the tool leave out captured output, or write several reports",
                        )
                    see(chunk)
                    yield chunk
        except OSError as err:
            raise self._refuse(
                f"the report cannot be read: {err.strerror}",
                "make the file readable for the user that runs `assurance`",
            ) from err
        if size == 0:
            raise self._refuse(
                "the report is an empty file: its tool was stopped before it wrote",
                "run the tool again, to the end",
            )

    def _refuse(self, problem: str, remedy: str) -> CollectError:
        return CollectError(problem, remedy=remedy, where=self.name)
