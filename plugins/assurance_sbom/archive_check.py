"""Looks into a wheel or sdist: is it what its name, its metadata and its RECORD say?

Specifications: packaging.python.org, "Binary distribution format", "Source distribution
format" and "Recording installed projects". Every file of a wheel is hashed and compared with
RECORD, in both directions. Nothing is unpacked to disk, and sizes are bounded.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from assurance import CollectError
from assurance_sbom import metadata_headers
from assurance_sbom.package_url import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assurance_sbom.metadata_headers import Metadata

MAX_ENTRIES: Final = 200_000
MAX_UNPACKED: Final = 4 * 1024**3
MAX_RECORD: Final = 64 * 1024 * 1024
MAX_PROBLEMS: Final = 100
"""Problems of one archive that are named; how many more there are is said."""

_CHUNK: Final = 1 << 20
_ALGORITHMS: Final = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_UNLISTED: Final = ("RECORD.jws", "RECORD.p7s")
"""Signatures of RECORD, which stand in no RECORD."""
_SUFFIX: Final = ".tar.gz"

_BROKEN: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    csv.Error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in one archive."""

    name: str
    kind: str
    """`wheel`, `sdist`, or `other`: a tar archive without PKG-INFO."""
    metadata: Metadata | None
    files: int
    hashes: tuple[tuple[str, str], ...]
    """(path, SHA-256) of each file of a wheel, sorted; empty for a sdist."""
    problems: tuple[str, ...]


def is_archive(name: str) -> bool:
    """Return whether a file of this name can be looked into."""
    return name.endswith((".whl", _SUFFIX))


def check(path: Path) -> Checked:
    """Look into the archive at `path`; whatever is wrong with it is a problem, not an error."""
    name = path.name
    look = _wheel if name.endswith(".whl") else _sdist
    try:
        return look(path)
    except _BROKEN as err:
        problem = f"it cannot be read: {str(err)[:200] or 'cut'}"
    except CollectError as err:
        problem = err.problem
    return Checked(
        name=name,
        kind="wheel" if look is _wheel else "sdist",
        metadata=None,
        files=0,
        hashes=(),
        problems=(problem,),
    )


def _wheel(path: Path) -> Checked:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _check_bounds(len(entries), sum(entry.file_size for entry in entries))
        problems = list(_bad_names(entry.filename for entry in entries))
        names = {entry.filename for entry in entries}
        info = _info_folder(names)
        metadata = metadata_headers.parse(
            _read(archive.open(f"{info}/METADATA"), metadata_headers.MAX_HEADER_BYTES * 16),
            where=f"{path.name}/{info}/METADATA",
        )
        problems += _identity(path.name, info, metadata)
        record = f"{info}/RECORD"
        rows: dict[str, tuple[str, str]] = {}
        if record in names:
            rows, odd = _record(_read(archive.open(record), MAX_RECORD))
            problems += odd
        else:
            problems.append("it has no RECORD, so nothing says what should be in it")
        hashes = []
        for entry in entries:
            found, digest = _compare(archive, entry, rows, info)
            hashes.append((entry.filename, digest))
            if record in names and found is not None:
                problems.append(found)
        problems += [
            f"{name} stands in RECORD and is not there" for name in sorted(set(rows) - names)
        ]
    return Checked(
        name=path.name,
        kind="wheel",
        metadata=metadata,
        files=len(entries),
        hashes=tuple(sorted(hashes)),
        problems=_some(problems),
    )


def _compare(
    archive: zipfile.ZipFile,
    entry: zipfile.ZipInfo,
    rows: dict[str, tuple[str, str]],
    info: str,
) -> tuple[str | None, str]:
    """What is wrong with one file of a wheel, if anything, and its SHA-256."""
    name = entry.filename
    hash_text, size = rows.get(name, ("", ""))
    algorithm, _, encoded = hash_text.partition("=")
    own = hashlib.sha256()
    wanted = (
        own if algorithm not in _ALGORITHMS or algorithm == "sha256" else _ALGORITHMS[algorithm]()
    )
    length = 0
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            length += len(chunk)
            own.update(chunk)
            if wanted is not own:
                wanted.update(chunk)
    digest = own.hexdigest()
    if name in {f"{info}/RECORD", *(f"{info}/{other}" for other in _UNLISTED)}:
        return None, digest
    if name not in rows:
        return f"{name} is there and does not stand in RECORD", digest
    if algorithm not in _ALGORITHMS:
        return f"RECORD has no sha256, sha384 or sha512 hash of {name}", digest
    if encoded.rstrip("=") != base64.urlsafe_b64encode(wanted.digest()).decode().rstrip("="):
        return f"{name} is not what RECORD says: its {algorithm} differs", digest
    if size and size != str(length):
        return f"{name} has {length} bytes, RECORD says {size[:20]}", digest
    return None, digest


def _record(data: bytes) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """(hash, size) by path, and what is wrong with RECORD itself."""
    rows: dict[str, tuple[str, str]] = {}
    problems = []
    for row in csv.reader(data.decode("utf-8").splitlines(), strict=True):
        if not row:
            continue
        name, hash_text, size = (*row, "", "")[:3]
        if name in rows:
            problems.append(f"{name} stands twice in RECORD")
        rows[name] = (hash_text, size)
    return rows, problems


def _sdist(path: Path) -> Checked:
    with tarfile.open(path, "r:gz") as archive:
        problems: list[str] = []
        names = []
        data = None
        unpacked = 0
        for member in archive:
            names.append(member.name)
            unpacked += member.size
            _check_bounds(len(names), unpacked)
            if (
                member.isfile()
                and member.name.endswith("/PKG-INFO")
                and member.name.count("/") == 1
            ):
                file = archive.extractfile(member)
                data = None if file is None else _read(file, metadata_headers.MAX_HEADER_BYTES * 16)
            elif not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
                problems.append(f"{member.name[:200]} is a device or pipe")
        problems += _bad_names(names)
        if data is None:
            return Checked(
                name=path.name,
                kind="other",
                metadata=None,
                files=len(names),
                hashes=(),
                problems=_some(problems),
            )
        metadata = metadata_headers.parse(data, where=f"{path.name}/PKG-INFO")
        tops = {name.partition("/")[0] for name in names}
        if len(tops) != 1:
            problems.append(f"it has {len(tops)} folders at its top, 1 is allowed")
        problems += _identity(path.name, next(iter(sorted(tops))), metadata)
    return Checked(
        name=path.name,
        kind="sdist",
        metadata=metadata,
        files=len(names),
        hashes=(),
        problems=_some(problems),
    )


def _identity(file: str, folder: str, metadata: Metadata) -> Iterator[str]:
    """Whether file name, folder and metadata name the same package and version."""
    stem = file.removesuffix(_SUFFIX)
    said = f"{metadata.name} {metadata.version}"
    if file.endswith(".whl"):
        parts = file.removesuffix(".whl").split("-")
        named = (parts[0], parts[1]) if len(parts) in (5, 6) else ("", "")
        folder = folder.removesuffix(".dist-info")
    else:
        name, _, version = stem.rpartition("-")
        named = (name, version)
    inner = folder.rpartition("-")
    for what, (name, version) in (
        ("the file's name", named),
        (f"the folder {folder}", (inner[0], inner[2])),
    ):
        if canonical(name) != canonical(metadata.name) or not _same(version, metadata.version):
            yield f"{what} is not that of {said}, which the metadata names"


def _same(left: str, right: str) -> bool:
    from packaging.version import InvalidVersion, Version

    # A wheel's name has `_` where the version has `-`.
    try:
        return Version(left.replace("_", "-")) == Version(right)
    except InvalidVersion:
        return left == right


def _info_folder(names: set[str]) -> str:
    found = sorted(
        name.removesuffix("/METADATA")
        for name in names
        if name.endswith(".dist-info/METADATA") and name.count("/") == 1
    )
    if len(found) != 1:
        message = f"it has {len(found)} METADATA files"
        raise ValueError(message)
    return found[0]


def _bad_names(names: Iterator[str] | list[str]) -> Iterator[str]:
    """Names that stand twice, or lead out of the archive."""
    seen = set()
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if name.startswith("/") or ".." in parts:
            yield f"{name[:200]} leads out of the archive"
        if name in seen:
            yield f"{name[:200]} is in the archive twice"
        seen.add(name)


def _check_bounds(entries: int, unpacked: int) -> None:
    if entries > MAX_ENTRIES:
        message = f"more than {MAX_ENTRIES} files"
        raise ValueError(message)
    if unpacked > MAX_UNPACKED:
        message = f"more than {MAX_UNPACKED} bytes unpacked"
        raise ValueError(message)


def _read(file: IO[bytes], limit: int) -> bytes:
    with file:
        data = file.read(limit + 1)
    if len(data) > limit:
        message = f"a metadata file is longer than {limit} bytes"
        raise ValueError(message)
    return data


def _some(problems: list[str]) -> tuple[str, ...]:
    if len(problems) <= MAX_PROBLEMS:
        return tuple(problems)
    return (*problems[:MAX_PROBLEMS], f"and {len(problems) - MAX_PROBLEMS} more problems")
