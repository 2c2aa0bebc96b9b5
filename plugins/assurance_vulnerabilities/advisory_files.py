"""Reading a local copy of OSV's data: a zip as OSV exports it, or a folder of such files.

The rules, in order; each refusal names the entry:

1. the path is there, and is a zip of at most 512 MiB or a folder,
2. at least one and at most 400,000 entries, each a file directly inside (no folders, no
   `..`, no links), named `<id>.json`, each name once,
3. stored or deflated, not encrypted, at most 16 MiB each and 2 GiB together, and no entry
   unpacks to more than 200 times its size (the data of PyPI stays below 10),
4. every entry is read to its end, checksum included.

A zip is read into memory once, so that the digest is that of the bytes that are parsed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_ARCHIVE: Final = 512 * 1024**2
MAX_ENTRIES: Final = 400_000
MAX_ENTRY: Final = 16 * 1024**2
MAX_TOTAL: Final = 2 * 1024**3
MAX_RATIO: Final = 200
_SMALL: Final = 64 * 1024
"""Below this size an entry may have any ratio: a few repeated bytes are no bomb."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,249}\.json")
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
"""Bits of the general purpose flag: encrypted, strongly, with masked header (APPNOTE 4.4.4)."""
_REMEDY: Final = "Fetch the export of OSV again and point the option `advisories` at it."


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisoryFiles:
    """The files of one copy of the data, by name."""

    name: str
    """Of the zip or folder, without what leads to it."""
    sha256: str
    """A zip: of its bytes. A folder: of the lines `<sha256 of file>  <name>\\n`, sorted by name."""
    files: tuple[tuple[str, bytes], ...]
    """(entry name, content), sorted by name."""


def read(path: Path) -> AdvisoryFiles:
    """Read all files of the zip or folder at `path`.

    Raises:
        CollectError: a rule of this module is broken.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            files = sorted(_folder(path))
            lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files)
            digest = hashlib.sha256(lines.encode()).hexdigest()
        elif stat.S_ISREG(mode):
            return read_archive(_bounded(path, MAX_ARCHIVE), path)
        else:
            raise _broken("is neither a file nor a folder", path)
    except OSError as err:
        raise _broken(f"cannot be read: {err.strerror or err}", path) from err
    return _made(path, digest, files)


def read_archive(archive: bytes, path: Path) -> AdvisoryFiles:
    """Read the zip `archive`, known as `path`.

    Raises:
        CollectError: a rule of this module is broken.
    """
    files = sorted(_zip(archive, path))
    return _made(path, hashlib.sha256(archive).hexdigest(), files)


def _made(path: Path, digest: str, files: list[tuple[str, bytes]]) -> AdvisoryFiles:
    if not files:
        raise _broken("is empty: it holds no advisory record", path)
    return AdvisoryFiles(name=path.name, sha256=digest, files=tuple(files))


def _broken(problem: str, path: Path, entry: str | None = None) -> CollectError:
    where = str(path) if entry is None else f"{path}:{entry[:200]!a}"
    return CollectError(f"the advisory data {problem}", remedy=_REMEDY, where=where)


def _bounded(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _broken(f"is larger than {limit:,} bytes", path)
    return data


def _check_name(name: str, seen: set[str], path: Path) -> None:
    if "/" in name or "\\" in name:
        raise _broken("has folders inside; OSV's export has all records on one level", path, name)
    if not _NAME.fullmatch(name):
        raise _broken("has an entry that is not named `<id>.json`", path, name)
    if name in seen:
        raise _broken("has two entries of one name", path, name)
    seen.add(name)
    if len(seen) > MAX_ENTRIES:
        raise _broken(f"has more than {MAX_ENTRIES:,} entries", path)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    total = 0
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_symlink() or not entry.is_file():
                raise _broken("has an entry that is not a plain file", path, entry.name)
            _check_name(entry.name, seen, path)
            data = _bounded(path / entry.name, MAX_ENTRY)
            total += len(data)
            if total > MAX_TOTAL:
                raise _broken(f"holds more than {MAX_TOTAL:,} bytes", path, entry.name)
            yield entry.name, data


def _check_entry(info: zipfile.ZipInfo, path: Path) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise _broken("has an encrypted entry", path, info.filename)
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise _broken("has an entry that is neither stored nor deflated", path, info.filename)
    if info.file_size > MAX_ENTRY:
        raise _broken(f"has an entry of more than {MAX_ENTRY:,} bytes", path, info.filename)
    if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
        raise _broken(
            f"has an entry that unpacks to {info.file_size:,} bytes from {info.compress_size:,},"
            f" more than {MAX_RATIO} times its size",
            path,
            info.filename,
        )


def _zip(archive: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    total = 0
    entry: str | None = None
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for info in opened.infolist():
                # `filename` is cut at a NUL and has its separators changed; this is as written.
                entry = info.orig_filename
                _check_name(entry, seen, path)
                _check_entry(info, path)
                total += info.file_size
                if total > MAX_TOTAL:
                    raise _broken(f"unpacks to more than {MAX_TOTAL:,} bytes", path, entry)
                yield entry, opened.read(info)
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        IndexError,
        OverflowError,
        RuntimeError,
        ValueError,
    ) as err:
        raise _broken(f"is no whole zip: {err}", path, entry) from err
