"""Finds the installed distributions in the folders of an import path, without importlib.

Specification: packaging.python.org, "Recording installed projects"; `.egg-info` as setuptools
writes it. Order is Python's: an earlier folder hides a later one; within one folder names are
sorted, so that the answer is the same on every run.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance import CollectError
from assurance_sbom import metadata_headers
from assurance_sbom.package_url import canonical, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from assurance_sbom.metadata_headers import Metadata

MAX_DISTRIBUTIONS: Final = 50_000
_MAX_METADATA: Final = 64 * 1024 * 1024
_SECTION: Final = re.compile(r"\[([^:\]]*)(?::(.*))?\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One installed distribution, as its metadata says."""

    folder: Path
    """The `.dist-info` or `.egg-info` folder (or file)."""
    key: str
    """Name in PEP 503 normal form."""
    metadata: Metadata
    requires: tuple[str, ...] | None
    """Requirement lines; None where the format does not say (a single `.egg-info` file)."""


def find(path: Iterable[Path]) -> tuple[list[Distribution], list[Distribution]]:
    """Return what Python would import, and what is hidden behind a namesake, in order.

    Raises:
        CollectError: a folder without METADATA, Name or Version; a zipped egg; a file that
            is no regular file or too large; more than 50,000 distributions.
    """
    first: dict[str, Distribution] = {}
    hidden = []
    for count, folder in enumerate(_candidates(path)):
        if count >= MAX_DISTRIBUTIONS:
            raise CollectError(
                f"there are more than {MAX_DISTRIBUTIONS} distributions",
                remedy="Set the option `python` to the environment of this release alone.",
                where=str(folder.parent),
            )
        distribution = _read(folder)
        if first.setdefault(distribution.key, distribution) is not distribution:
            hidden.append(distribution)
    return list(first.values()), hidden


def read_file(path: Path, limit: int) -> bytes | None:
    """Return the content of a regular file; None if there is no such file.

    Symbolic links are followed, as Python's import does. Pipes and devices are refused
    without waiting for them.

    Raises:
        CollectError: not a regular file, longer than `limit` bytes, or unreadable.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as err:
        raise _unreadable(path, err.strerror or str(err)) from err
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _unreadable(path, "not a regular file")
        if status.st_size > limit:
            raise _unreadable(path, f"{status.st_size} bytes, {limit} are allowed")
        try:
            return file.read(limit)
        except OSError as err:
            raise _unreadable(path, err.strerror or str(err)) from err


def _candidates(path: Iterable[Path]) -> Iterator[Path]:
    """Metadata folders in the order of the path; sorted within one folder."""
    for entry in path:
        try:
            names = sorted(os.listdir(entry))  # noqa: PTH208 - names only: quicker
        except NotADirectoryError:
            if entry.suffix == ".egg":
                raise CollectError(
                    "a zipped egg cannot be looked into",
                    remedy="Install the package from its wheel instead.",
                    where=str(entry),
                ) from None
            continue
        except OSError as err:
            raise _unreadable(entry, err.strerror or str(err)) from err
        for name in names:
            lower = name.lower()
            if lower.endswith((".dist-info", ".egg-info")):
                yield entry / name
            if lower == "egg-info" and entry.suffix == ".egg":
                # An unzipped egg is a path entry of its own, through easy-install.pth.
                yield entry / name


def _read(folder: Path) -> Distribution:
    """Read one metadata folder, or a single `.egg-info` file."""
    is_egg = not folder.name.lower().endswith(".dist-info")
    names = ("PKG-INFO", "METADATA") if is_egg else ("METADATA",)
    data, source = None, folder
    for name in names:
        source = folder / name
        data = read_file(source, _MAX_METADATA)
        if data is not None:
            break
    else:
        if is_egg and folder.is_file():
            source = folder
            data = read_file(folder, _MAX_METADATA)
    if data is None:
        raise CollectError(
            f"the installed package has no {names[0]} file",
            remedy="Reinstall the package, or delete the folder if it is left over.",
            where=str(folder),
        )
    metadata = metadata_headers.parse(data, where=str(source))
    if not is_name(metadata.name):
        raise CollectError(
            f"the Name {metadata.name!r} is not a distribution name",
            remedy="Reinstall the package, or delete the folder if it is left over.",
            where=str(source),
        )
    return Distribution(
        folder=folder,
        key=canonical(metadata.name),
        metadata=metadata,
        requires=_requires(folder, metadata, is_egg=is_egg),
    )


def _requires(folder: Path, metadata: Metadata, *, is_egg: bool) -> tuple[str, ...] | None:
    """Requires-Dist, or what an egg's `requires.txt` says in the same form."""
    if metadata.requires or not is_egg:
        return metadata.requires
    if folder.is_file():
        return None
    data = read_file(folder / "requires.txt", metadata_headers.MAX_HEADER_BYTES)
    if data is None:
        return ()
    lines = []
    extra = marker = ""
    for raw in data.decode("utf-8", "replace").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        section = _SECTION.fullmatch(line)
        if section:
            extra, marker = section[1].strip(), (section[2] or "").strip()
            continue
        conditions = [f"({marker})"] if marker else []
        if extra:
            conditions.append(f'extra == "{extra}"')
        lines.append(f"{line} ; {' and '.join(conditions)}" if conditions else line)
    return tuple(lines)


def _unreadable(path: Path, reason: str) -> CollectError:
    return CollectError(
        f"cannot be read ({reason})",
        remedy="Reinstall the package that it belongs to, or mend its permissions.",
        where=str(path),
    )
