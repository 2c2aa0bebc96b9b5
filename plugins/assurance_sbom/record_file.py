"""File hashes of an installed distribution, from its RECORD.

Specification: packaging.python.org, "Recording installed projects", section RECORD. The
hashes are those that the installer wrote down. The files are hashed again on demand only: it
costs more than everything else here. Else their sizes are compared, which finds what was cut,
replaced or removed carelessly, and not what was changed with intent.
"""

from __future__ import annotations

import base64
import csv
import os
from typing import TYPE_CHECKING, Final

from assurance import CollectError
from assurance_sbom.distributions import read_file
from assurance_sbom.inventory import FileHash

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 64 * 1024 * 1024
ALGORITHMS: Final = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
"""Name in RECORD and lock files → name in CycloneDX."""
_HEX_LENGTHS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}


def read(folder: Path, *, verify: bool = False) -> tuple[tuple[FileHash, ...], tuple[str, ...]]:
    """Return the hashed files that `folder`'s RECORD lists, and the paths that differ on disk.

    Entries without a hash (RECORD itself, byte code) are left out. A path differs when its
    file is gone or has another size than RECORD says, and with `verify` when its content has
    another hash.

    Raises:
        CollectError: RECORD is not UTF-8 CSV, or a hash in it is not what its name says.
    """
    path = folder / "RECORD"
    data = read_file(path, MAX_BYTES)
    if data is None:
        return (), ()
    try:
        lines = csv.reader(data.decode("utf-8").splitlines(), strict=True)
        rows = [row for row in lines if len(row) > 1 and row[1]]
        files = tuple(_file(row[0], row[1]) for row in rows)
        site = str(folder.parent)
        changed = tuple(
            row[0]
            for row, file in zip(rows, files, strict=True)
            if _differs(site, row) or (verify and _content(site, file) != file.content)
        )
    except (ValueError, csv.Error) as err:
        raise CollectError(
            f"RECORD cannot be read ({err})",
            remedy="Reinstall the package (pip install --force-reinstall).",
            where=str(path),
        ) from err
    return files, changed


def _differs(site: str, row: list[str]) -> bool:
    """Whether a row's file is gone or has another size; ValueError for a NUL in its path."""
    try:
        size = os.stat(f"{site}/{row[0]}").st_size  # noqa: PTH116 - thousands of them
    except OSError:
        return True
    return len(row) > 2 and row[2] != "" and row[2] != str(size)  # noqa: PLR2004 - third column


def _content(site: str, file: FileHash) -> str | None:
    """The file's hash as it is now; None where it cannot be read."""
    import hashlib

    try:
        with open(f"{site}/{file.path}", "rb") as content:  # noqa: PTH123 - thousands of them
            return hashlib.file_digest(content, file.algorithm.replace("-", "")).hexdigest()
    except OSError:
        return None


def _file(path: str, value: str) -> FileHash:
    """One row; ValueError where its hash is not one."""
    name, _, encoded = value.partition("=")
    algorithm = ALGORITHMS.get(name)
    if algorithm is None:
        message = f"the hash {value[:80]!r} is not sha256, sha384 or sha512"
        raise ValueError(message)
    content = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).hex()
    if len(content) != _HEX_LENGTHS[name]:
        message = f"the hash {value[:80]!r} is cut"
        raise ValueError(message)
    return FileHash(path=path, algorithm=algorithm, content=content)
