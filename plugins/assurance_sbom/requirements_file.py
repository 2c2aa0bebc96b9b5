"""Reads a hashed lock in pip's requirements format, strictly: every line pinned and hashed.

Format: pip documentation, "Requirements File Format" and "Hash-checking Mode". Refused with
file and line: no pin, no hash, editable, URL and path requirements, nested `-r` and `-c`,
options that are not known, the same package pinned to two versions that both apply here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from assurance import CollectError, requirements_syntax
from assurance_sbom import lock_hash, requirements_option
from assurance_sbom.package_url import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.requirements import Requirement

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_LINE: Final = 1024 * 1024
MAX_PINS: Final = 100_000

_COMMENT: Final = re.compile(r"(?:^|(?<!\s)\s+)#.*$")
_HASH: Final = re.compile(r"(?<!\s)\s+--hash(?:=|\s+)(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One locked package."""

    name: str
    """As written."""
    key: str
    """PEP 503 normal form."""
    version: str
    extras: tuple[str, ...]
    """Normal form, sorted."""
    marker: str | None
    applies: bool
    """Whether the marker holds on this interpreter; True without a marker."""
    hashes: tuple[tuple[str, str], ...]
    """(pip's algorithm, lowercase hex), sorted; never empty."""
    where: str
    """`file:line`."""


class _Line(NamedTuple):
    number: int
    text: str


def parse(data: bytes, *, where: str) -> tuple[Pin, ...]:
    """Return the pins of one file in the order of their first lines.

    An empty tuple means that the file says so on purpose: it has a comment or an option, and
    no requirement. A blank file is refused: it may as well have been cut.

    Args:
        data: The file, UTF-8, at most 32 MiB.
        where: Its path, for messages.

    Raises:
        CollectError: anything that is not a complete, hashed pin.
    """
    if len(data) > MAX_BYTES:
        raise _refuse(f"the file is longer than {MAX_BYTES} bytes", where, "Split the lock.")
    _check_coding(data, where)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        number = data.count(b"\n", 0, err.start) + 1
        raise _refuse(
            f"byte {err.start} is not UTF-8", f"{where}:{number}", "Save the file as UTF-8."
        ) from err
    if not text.strip():
        raise _refuse(
            "the lock is blank; without dependencies it must say so in a comment",
            where,
            "Write the lock again, or put in a comment such as `# no dependencies`.",
        )
    pins = []
    for line in _logical_lines(text, where):
        pin = _pin(line, where)
        if pin is not None:
            pins.append(pin)
        if len(pins) > MAX_PINS:
            raise _refuse(f"more than {MAX_PINS} requirements", where, "Split the lock.")
    return tuple(pins)


def _check_coding(data: bytes, where: str) -> None:
    """Refuse a declared encoding in which pip would read other lines than those seen here."""
    if declared := requirements_syntax.other_encoding(data):
        number, name = declared
        raise _refuse(
            f"the comment declares the encoding {name!r:.60}, and only UTF-8 is read",
            f"{where}:{number}",
            "Save the file as UTF-8, and take the comment out.",
        )


def merge(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """Join lines about the same version, and refuse two versions that both apply.

    Raises:
        CollectError: one package pinned to two versions by lines whose markers both hold.
    """
    merged: dict[tuple[str, str], Pin] = {}
    active: dict[str, Pin] = {}
    for pin in pins:
        if pin.applies:
            other = active.setdefault(pin.key, pin)
            if other.version != pin.version:
                raise _refuse(
                    f"{pin.name} is pinned to {pin.version} here and to {other.version} "
                    f"at {other.where}",
                    pin.where,
                    "Keep one of the two lines, or give them markers that exclude each other.",
                )
        same = merged.get((pin.key, pin.version))
        merged[pin.key, pin.version] = pin if same is None else _join(same, pin)
    return tuple(merged.values())


def _join(first: Pin, second: Pin) -> Pin:
    """One pin of two lines about the same version."""
    marker = None
    if first.marker is not None and second.marker is not None:
        both = sorted({first.marker, second.marker})
        marker = both[0] if len(both) == 1 else " or ".join(f"({text})" for text in both)
    return Pin(
        name=first.name,
        key=first.key,
        version=first.version,
        extras=tuple(sorted({*first.extras, *second.extras})),
        marker=marker,
        applies=first.applies or second.applies,
        hashes=tuple(sorted({*first.hashes, *second.hashes})),
        where=first.where,
    )


def _logical_lines(text: str, where: str) -> list[_Line]:
    """Lines with continuations joined and comments taken off, as pip does it."""
    lines: list[_Line] = []
    started, length = 0, 0
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        length += len(raw)
        if length > MAX_LINE:
            raise _refuse(
                f"a line with its continuations is longer than {MAX_LINE} characters",
                f"{where}:{number}",
                "Write the lock again.",
            )
        if not parts:
            started, length = number, len(raw)
        is_comment = raw.lstrip().startswith("#")
        if raw.endswith("\\") and not is_comment:
            parts.append(raw[:-1])
            continue
        # A comment line ends a continuation: pip drops it and what was begun stays whole.
        parts.append(" " + raw if is_comment else raw)
        lines.append(_Line(started, _COMMENT.sub("", "".join(parts)).strip()))
        parts = []
    if parts:
        raise _refuse(
            "the file ends in the middle of a continued line",
            f"{where}:{started}",
            "The lock was cut: write it again.",
        )
    return [line for line in lines if line.text]


def _pin(line: _Line, where: str) -> Pin | None:
    """The pin of one logical line; None for an option that does not change the list."""
    here = f"{where}:{line.number}"
    if line.text.startswith("-"):
        requirements_option.check(line.text, here)
        return None
    requirement_text, hashes = _take_hashes(line.text, here)
    requirement = _requirement(requirement_text, here)
    version = _version(requirement, here)
    if not hashes:
        raise _refuse(
            f"{requirement.name} {version} has no --hash",
            here,
            "Write the lock with hashes: `uv pip compile --generate-hashes` or "
            "`pip-compile --generate-hashes`.",
        )
    return Pin(
        name=requirement.name,
        key=canonical(requirement.name),
        version=version,
        extras=tuple(sorted(canonical(extra) for extra in requirement.extras)),
        marker=None if requirement.marker is None else str(requirement.marker),
        applies=_applies(requirement, here),
        hashes=hashes,
        where=here,
    )


def _take_hashes(text: str, where: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Split a line into its requirement and its checked hashes."""
    found = {lock_hash.read(value, where) for value in _HASH.findall(text)}
    rest = _HASH.sub("", text).strip()
    if " --" in rest:
        raise _refuse(
            f"the option {rest[rest.index(' --') + 1 :]!r} is not known after a requirement",
            where,
            "Only --hash may follow a pinned requirement.",
        )
    return rest, tuple(sorted(found))


def _requirement(text: str, where: str) -> Requirement:
    """Parse by packaging; URL and path requirements are refused with their own reason."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError) as err:
        if "://" in text or text.startswith((".", "/")) or text.endswith((".whl", ".tar.gz")):
            raise _by_location(text, where) from err
        reason = str(err).splitlines()[0] if str(err) else "nested too deep"
        raise _refuse(
            f"{text[:200]!r} is not a requirement ({reason})", where, "Write the lock again."
        ) from err
    if requirement.url is not None:
        raise _by_location(text, where)
    return requirement


def _by_location(text: str, where: str) -> CollectError:
    return _refuse(
        f"{text[:200]!r} is a URL or path, not a pinned version",
        where,
        "Publish the package to an index and pin it with == and --hash.",
    )


def _version(requirement: Requirement, where: str) -> str:
    """The one version that the requirement allows."""
    specifiers = list(requirement.specifier)
    if (
        len(specifiers) != 1
        or specifiers[0].operator not in ("==", "===")
        or specifiers[0].version.endswith(".*")
    ):
        found = str(requirement.specifier) or "any version"
        raise _refuse(
            f"{requirement.name} is not pinned to one version with == (found: {found})",
            where,
            "Write the lock with exact versions: `uv pip compile --generate-hashes`.",
        )
    return specifiers[0].version


def _applies(requirement: Requirement, where: str) -> bool:
    """Whether the marker holds on the running interpreter."""
    from packaging.markers import (
        UndefinedComparison,
        UndefinedEnvironmentName,
    )

    if requirement.marker is None:
        return True
    try:
        return bool(requirement.marker.evaluate({"extra": ""}))
    except (UndefinedComparison, UndefinedEnvironmentName) as err:
        raise _refuse(
            f"the marker {str(requirement.marker)!r} cannot be evaluated",
            where,
            "Write the lock again.",
        ) from err


def _refuse(problem: str, where: str, remedy: str) -> CollectError:
    return CollectError(problem, remedy=remedy, where=where)
