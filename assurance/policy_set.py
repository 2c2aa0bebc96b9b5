"""The policy set as bytes: one archive that anybody can unpack, with one digest.

`.policies.tar` is a POSIX.1-1988 ustar archive in the only form that `pack` writes: regular
files sorted by path, mode 0644, owner and time zero, two zero blocks at the end. `unpack`
takes exactly these bytes and no others, so that one policy set has one digest. In it:

- `checks.json`: the metadata of the checks, one object a check, so that nobody has to read the
  YAML of `# METADATA` again;
- `*.rego`: a module for each check (package `assurance.<id>`) and helpers (`assurance.lib.…`);
- other `*.json`: data documents, one object each, merged at the root of `data`.

`verify` reads this on its way: nothing slow is imported (`tarfile` alone takes 15 ms).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import FormatError
from assurance.interfaces import PolicySet
from assurance.model import Check
from assurance.value import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHECKS: Final = "checks.json"
"""Name of the file with the checks' metadata."""
MAX_BYTES: Final = 16 * 1024 * 1024
"""Limit of the whole archive, in bytes."""
MAX_FILES: Final = 2_000
SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
HELPERS: Final = "assurance.lib."
"""Packages that start with this are helpers: they answer to no check."""

_BLOCK: Final = 512
_MAX_PATH: Final = 100
"""Bytes that ustar's name field holds; its prefix field stays empty."""
_MAX_AGE: Final = 100 * 366 * 86_400
_MAX_WEIGHT: Final = 100

_SEGMENT: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_PATH: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*\Z")
_ID: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")
_PACKAGE: Final = re.compile(
    r"package[ \t]+([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)[ \t]*(?:#.*)?\Z"
)
_ENVIRONMENT: Final = re.compile(r"(?:\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})\Z")
_LINE: Final = re.compile(r"[1-9][0-9]{0,6}\Z")
_REMEDY: Final = "seal the release again; a policy set is only good as it was written"


def build(modules_and_data: Iterable[tuple[str, bytes]], checks: Iterable[Check]) -> PolicySet:
    """Return the policy set of these files and checks, with `checks.json` made from the checks.

    Raises:
        FormatError: the parts do not fit together, as `pack` says.
    """
    ordered = tuple(sorted(checks, key=lambda check: check.id))
    listing = strict_json.dumps([_check_object(check) for check in ordered])
    files = tuple(sorted([*modules_and_data, (CHECKS, listing)]))
    made = PolicySet(files=files, checks=ordered)
    _check_files(made.files, "policy set")
    _check_modules(made, "policy set")
    return made


def pack(policy_set: PolicySet) -> bytes:
    """Return the archive of `policy_set`: the same bytes for the same content, everywhere.

    Raises:
        FormatError: paths are not sorted, unique, relative and short; too many or too large
            files; `checks.json` is not about the set's checks.
    """
    where = "policy set"
    _check_files(policy_set.files, where)
    if _read_checks(policy_set.files, where) != policy_set.checks:
        raise _error(f"`{CHECKS}` is not about the checks of the policy set", where)
    _check_modules(policy_set, where)
    return _archive(policy_set.files)


def unpack(data: bytes, where: str) -> PolicySet:
    """Return the policy set in the archive `data`.

    Args:
        data: The bytes that `pack` wrote; at most 16 MiB and 2,000 files.
        where: Where the bytes come from, for messages.

    Raises:
        FormatError: any other bytes, a check whose module does not exist or does not declare
            its package, or a module that is neither a check's nor a helper.
    """
    if len(data) > MAX_BYTES:
        raise _error(f"the policy set has {len(data):,} bytes; the limit is {MAX_BYTES:,}", where)
    files = tuple(_entries(data, where))
    _check_files(files, where)
    if _archive(files) != data:
        raise _error("the policy set is not packed the one way that is allowed", where)
    unpacked = PolicySet(files=files, checks=_read_checks(files, where))
    _check_modules(unpacked, where)
    return unpacked


def digest(data: bytes) -> str:
    """Return the policy digest, SHA-256 of the archive's bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def package_of(module: bytes) -> tuple[str, int] | None:
    """Return package and 1-based line of a Rego module's package clause, None without one.

    Only `package a.b.c` on a line of its own counts, after comments and empty lines.
    """
    for number, line in enumerate(module.decode("utf-8", "replace").split("\n"), start=1):
        text = line.strip(" \t\r")
        if text and not text.startswith("#"):
            found = _PACKAGE.match(text)
            return (found[1], number) if found else None
    return None


def _error(problem: str, where: str) -> FormatError:
    return FormatError(problem, remedy=_REMEDY, where=where)


def _archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    parts = []
    for path, content in files:
        parts += [_header(path, len(content)), content, bytes(-len(content) % _BLOCK)]
    return b"".join([*parts, bytes(2 * _BLOCK)])


def _header(path: str, size: int) -> bytes:
    """Return the ustar header of a regular file (IEEE Std 1003.1, pax, "ustar")."""
    head = (
        path.encode("ascii").ljust(100, b"\0")
        + b"0000644\0" + b"0000000\0" + b"0000000\0"
        + b"%011o\0" % size
        + b"00000000000\0"
        + b" " * 8  # the checksum counts itself as spaces
        + b"0"
        + bytes(100)
        + b"ustar\0" + b"00"
        + bytes(32 + 32)
        + b"0000000\0" + b"0000000\0"
    ).ljust(_BLOCK, b"\0")  # fmt: skip
    return head[:148] + b"%06o\0 " % sum(head) + head[156:]


def _entries(data: bytes, where: str) -> Iterable[tuple[str, bytes]]:
    """Yield what the archive says; whether it says so the right way is checked afterwards."""
    if len(data) % _BLOCK or not data.endswith(bytes(2 * _BLOCK)):
        raise _error("the policy set is cut: it does not end as a ustar archive does", where)
    at, count = 0, 0
    while (header := data[at : at + _BLOCK]) != bytes(_BLOCK):
        count += 1
        if count > MAX_FILES:
            raise _error(f"the policy set has more than {MAX_FILES:,} files", where)
        if header[156:157] != b"0":
            raise _error(f"entry {count} of the policy set is no regular file", where)
        name = header[:_MAX_PATH].rstrip(b"\0").decode("ascii", "replace")
        size = header[124:135]
        if not re.fullmatch(rb"[0-7]{11}", size):
            raise _error(f"entry {count} of the policy set has no octal size", where)
        start = at + _BLOCK
        end = start + int(size, 8)
        if end > len(data) - 2 * _BLOCK:
            raise _error(f"entry {count} of the policy set is longer than the archive", where)
        yield name, data[start:end]
        at = end + -end % _BLOCK


def _check_files(files: tuple[tuple[str, bytes], ...], where: str) -> None:
    if len(files) > MAX_FILES:
        raise _error(f"the policy set has more than {MAX_FILES:,} files", where)
    before = ""
    total = 2 * _BLOCK
    for path, content in files:
        if len(path) > _MAX_PATH or not _PATH.match(path):
            raise _error(f"the policy set has a file with the path {path[:120]!r}", where)
        if path <= before:
            raise _error(f"`{path}` is out of order or stands twice in the policy set", where)
        if not path.endswith((".rego", ".json")):
            raise _error(f"`{path}` in the policy set is neither Rego nor JSON", where)
        before = path
        total += _BLOCK + len(content) + -len(content) % _BLOCK
    if total > MAX_BYTES:
        raise _error(f"the policy set has {total:,} bytes; the limit is {MAX_BYTES:,}", where)


def _check_modules(policy_set: PolicySet, where: str) -> None:
    """Each check has the one module that declares it, and each other module is a helper."""
    packages: dict[str, str] = {}
    for path, content in policy_set.files:
        if not path.endswith(".rego"):
            continue
        declared = package_of(content)
        if declared is None:
            raise _error(f"`{path}` in the policy set does not begin with a package", where)
        name, line = declared
        if name.startswith(HELPERS):
            continue
        if name in packages:
            raise _error(f"the package `{name}` stands twice in the policy set", where)
        packages[name] = f"{path}:{line}"
    for check in policy_set.checks:
        source = packages.pop(f"assurance.{check.id}", None)
        if source is None:
            raise _error(f"the policy set has no module for the check `{check.id}`", where)
        if source != check.source:
            raise _error(f"the check `{check.id}` is at {source}, not {check.source}", where)
    if packages:
        raise _error(f"the package `{min(packages)}` of the policy set is no check's", where)


def _check_object(check: Check) -> dict[str, Any]:
    value: dict[str, Any] = {name: getattr(check, name) for name in names(check)}
    if check.waivable:
        del value["waivable"]
    return value | {"max_age": dict(check.max_age)}


def _read_checks(files: tuple[tuple[str, bytes], ...], where: str) -> tuple[Check, ...]:
    content = dict(files).get(CHECKS)
    if content is None:
        raise _error(f"the policy set has no `{CHECKS}`", where)
    place = f"{where}: {CHECKS}"
    items = strict_json.loads(content, what=place, max_bytes=MAX_BYTES, max_depth=8)
    if not isinstance(items, list):
        raise _error(f"`{CHECKS}` must be an array", place)
    checks = tuple(_read_check(item, place) for item in items)
    ids = [check.id for check in checks]
    if ids != sorted(set(ids)):
        raise _error("the checks are not sorted by id, or one stands twice", place)
    return checks


def _read_check(item: object, where: str) -> Check:
    """Return one entry of `checks.json`: every field right, no other field."""
    known = set(names(Check))
    if not isinstance(item, dict) or not isinstance(item.get("id"), str):
        raise _error("a check must be an object with an `id`", where)
    if not _ID.match(item["id"]):
        raise _error(f"the check id {item['id'][:80]!r} is not `<area>.<name>`", where)
    place = f"{where}: {item['id']}"
    if extra := sorted(set(item) - known):
        raise _error(f"a check has the unknown key {extra[0][:80]!r}", place)
    for key, holds in _RULES.items():
        if key in item or key not in _OPTIONAL:
            value = item.get(key)
            if not holds(value):
                raise _error(f"`{key}` of a check cannot be {_short(value)}", place)
    return check_from(item)


def check_from(values: Mapping[str, Any]) -> Check:
    """Return the `Check` of values that are known to be right, as JSON has them."""
    made: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    made["max_age"] = tuple(sorted(values.get("max_age", {}).items()))
    return Check(**made)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one line


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_weight(value: object) -> bool:
    return type(value) is int and 1 <= value <= _MAX_WEIGHT


def _is_ages(value: object) -> bool:
    return isinstance(value, dict) and all(
        _ENVIRONMENT.match(key) and type(age) is int and 0 < age <= _MAX_AGE
        for key, age in value.items()
    )


def _is_source(value: object) -> bool:
    if not isinstance(value, str):
        return False
    path, _, line = value.rpartition(":")
    return bool(_PATH.match(path) and _LINE.match(line))


_RULES: Final = {
    "title": _is_text,
    "description": _is_text,
    "severity": lambda value: value in SEVERITIES if isinstance(value, str) else False,
    "weight": _is_weight,
    "blocking": lambda value: isinstance(value, bool),
    "owner": _is_text,
    "remedy": _is_text,
    "requires": _is_texts,
    "reads": _is_texts,
    "max_age": _is_ages,
    "controls": _is_texts,
    "waivable": lambda value: value is False,
    "source": _is_source,
}
_OPTIONAL: Final = frozenset({"requires", "reads", "max_age", "controls", "waivable"})
