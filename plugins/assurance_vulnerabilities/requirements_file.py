"""Packages of a requirements file in pip's hash-checking mode.

pip documentation, "Requirements File Format" and "Secure installs". In that mode pip installs
nothing that is not listed, so that the list is complete; a requirement without a hash is
therefore skipped, as is one that is not pinned with `==`, is editable, or comes from a URL.
Environment markers are not evaluated: the release may be installed on any platform.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement

from assurance import requirements_syntax
from assurance.errors import CollectError
from assurance_vulnerabilities.package_list import Package, PackageList, Skipped, pin

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINES: Final = 1_000_000
_COMMENT: Final = re.compile(r"(^|\s)#.*$")
_HASH: Final = re.compile(r"\s--hash[=\s]\s*(\S+)")
_HASH_VALUE: Final = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def read(data: bytes, *, name: str) -> PackageList:
    """Read the requirements file `data`, known as `name`.

    Raises:
        CollectError: a line is neither a requirement, a comment nor a known option, or the file
            refers to another one, or declares another encoding than UTF-8.
    """
    _check_coding(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise _unreadable(f"byte {err.start:,} is not UTF-8", name) from err
    if "\0" in text:
        raise _unreadable("it holds a NUL character", name)
    packages: list[Package] = []
    skipped: list[Skipped] = []
    for number, line in _logical_lines(text, name):
        where = f"{name}:{number}"
        if line.startswith("-"):
            reason = _option(line, where)
            if reason is not None:
                skipped.append(Skipped(name=line[:200], reason=reason, where=where))
            continue
        item = _requirement(line, where)
        if isinstance(item, Package):
            packages.append(item)
        else:
            skipped.append(item)
    return PackageList(
        source=name,
        sha256=hashlib.sha256(data).hexdigest(),
        packages=tuple(packages),
        skipped=tuple(skipped),
    )


def _unreadable(problem: str, where: str) -> CollectError:
    return CollectError(
        f"the requirements file cannot be read: {problem}",
        remedy="Write it with `pip-compile --generate-hashes` or `uv export --format"
        " requirements-txt`, all in one file.",
        where=where,
    )


def _logical_lines(text: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield (number of the first physical line, line without comment and continuations)."""
    lines = text.splitlines()
    if len(lines) > MAX_LINES:
        raise _unreadable(f"more than {MAX_LINES:,} lines", name)
    start = 0
    parts: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not parts:
            start = number
        # As pip does: a comment line ends a continuation, so the hashes after it would be lost.
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            parts.append(line[:-1])
            continue
        parts.append(f" {line}" if comment else line)
        logical = _COMMENT.sub("", "".join(parts)).strip()
        parts = []
        if logical:
            yield start, logical
    if parts:
        raise _unreadable("it ends in the middle of a continued line", f"{name}:{start}")


def _check_coding(data: bytes, name: str) -> None:
    """Refuse a declared encoding in which pip would read other lines than those seen here."""
    if declared := requirements_syntax.other_encoding(data):
        number, encoding = declared
        raise _unreadable(
            f"a comment declares the encoding `{encoding:.60}`, not UTF-8", f"{name}:{number}"
        )


def _option(line: str, where: str) -> str | None:
    """Return why the line cannot be looked up, or None where it names nothing to look up."""
    try:
        odd = requirements_syntax.not_only_fetching(line)
    except ValueError as err:
        raise _unreadable(f"`{line:.60}` has a quote that is not closed", where) from err
    if odd is None:
        return None
    if odd.startswith("-e") or odd == "--editable":
        return "is editable: it is not from PyPI"
    if odd.startswith(("-r", "-c")) or odd in {"--requirement", "--constraint"}:
        raise _unreadable("it refers to another file", where)
    if odd.startswith("-"):
        raise _unreadable(f"the option `{odd:.60}` is not known", where)
    raise _unreadable(f"`{odd:.60}` stands after an option that takes no value", where)


def _requirement(line: str, where: str) -> Package | Skipped:
    hashes = _HASH.findall(line)
    text = _HASH.sub("", line).strip()
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError) as err:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|\.{0,2}/|.*\.(whl|zip|tar\.gz)($|\s)", text):
            return Skipped(name=text[:200], reason="is a path or URL: not from PyPI", where=where)
        raise _unreadable(f"`{text:.120}` is no requirement", where) from err
    if requirement.url is not None:
        return Skipped(name=requirement.name, reason="is from a URL: not from PyPI", where=where)
    pins = list(requirement.specifier)
    if len(pins) != 1 or pins[0].operator not in {"==", "==="} or pins[0].version.endswith(".*"):
        return Skipped(name=requirement.name, reason="is not pinned with `==`", where=where)
    if not hashes:
        return Skipped(
            name=requirement.name,
            reason="has no `--hash`, so nothing proves that the list is complete",
            where=where,
        )
    for value in hashes:
        if not _HASH_VALUE.fullmatch(value):
            raise _unreadable(f"`{value:.90}` is no sha256, sha384 or sha512 hash", where)
    return pin(requirement.name, pins[0].version, where=where)
