"""Reads folders of Rego into a policy set.

A module is one of three things, told apart by its package and name:

- `assurance.<area>.<name>`: a check, with its `# METADATA`; one file each;
- `assurance.lib.…`: a helper; the built-in ones are always there;
- `*_test.rego`: its tests, which never enter the set.

`data.json` files hold one object each, merged at the root of `data`; their paths do not count.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance import policy_set, strict_json
from assurance.errors import FormatError, PolicyFileError
from assurance.value import Value
from assurance_policy import metadata, packs
from assurance_policy.rules import RULES
from assurance_policy.worker import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assurance.interfaces import PolicySet
    from assurance.model import Check

MAX_FILE: Final = 1 << 20
"""Bytes of one module or data file."""
TESTS: Final = "_test.rego"
DATA: Final = "data.json"

_CHECK: Final = re.compile(r"assurance\.([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)\Z")
_ROOT: Final = "assurance"
_RULE: Final = re.compile(rf"^(?:default[ \t]+)?({'|'.join(RULES)})\b", re.MULTILINE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]|\r(?!\n)")
_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*|[\[\]{}]')
_MAX_NESTING: Final = 16
"""regorus takes twice the time for each level of brackets: 70 ms at 16, hours at 40."""
_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*\Z")


class Module(Value):
    """One Rego file."""

    path: str
    """Inside the policy set: the folder's name, then the path below it."""
    file: Path
    content: bytes
    package: str
    line: int
    """Of the package clause, 1-based."""

    @property
    def is_helper(self) -> bool:
        """Whether it answers to no check."""
        return self.package.startswith(policy_set.HELPERS)


@dataclass(slots=True, kw_only=True)
class Loaded:
    """What the folders hold, and everything that is wrong with it."""

    modules: dict[str, Module] = field(default_factory=dict)
    """Helpers and checks by package."""
    tests: list[Module] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    data: dict[str, tuple[Path, bytes]] = field(default_factory=dict)
    """By path inside the policy set."""
    data_keys: dict[str, Path] = field(default_factory=dict)
    problems: list[PolicyFileError] = field(default_factory=list)

    def policy_set(self) -> PolicySet:
        """Return the policy set.

        Raises:
            PolicyFileError: the first problem, with the number of further ones.
        """
        raise_first(self.problems)
        files = [(module.path, module.content) for module in self.modules.values()]
        files += [(path, content) for path, (_, content) in self.data.items()]
        try:
            return policy_set.build(files, self.checks)
        except FormatError as err:
            raise PolicyFileError(
                err.problem, remedy="name fewer or smaller policy folders", where=err.where
            ) from err


def raise_first(problems: Sequence[PolicyFileError]) -> None:
    """Raise the first of `problems`, if any, and say how many more there are."""
    if not problems:
        return
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise PolicyFileError(
        f"{first.problem}{more}",
        remedy="run `assurance policy check` to see every problem" if more else first.remedy,
        where=first.where,
    )


def read(folders: Sequence[Path], data: Sequence[Path]) -> Loaded:
    """Return what `folders` and `data` hold, with the problems that reading them showed."""
    loaded = Loaded()
    seen: set[Path] = set()
    used: set[str] = set()
    for folder in [packs.folder() / packs.HELPERS, *folders]:
        if not folder.is_dir():
            loaded.problems.append(
                PolicyFileError("no such folder", remedy="correct the path", where=str(folder))
            )
            continue
        name = _unique(folder.resolve().name, used)
        for file in _walk(folder, loaded.problems):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                _read_file(loaded, file, f"{name}/{file.relative_to(folder).as_posix()}")
    for number, file in enumerate(data, start=1):
        _guarded(loaded, _read_data, file, f"data/{number}.json")
    return loaded


def _unique(name: str, used: set[str]) -> str:
    """Return a name that no other folder of the set has; never anything of the path above it."""
    number = 1
    found = name
    while found in used or found == "data":
        number += 1
        found = f"{name}-{number}"
    used.add(found)
    return found


def _walk(folder: Path, problems: list[PolicyFileError]) -> Iterator[Path]:
    """Yield the files that count; a folder that is passed over could hold a check that says no."""

    def unreadable(error: OSError) -> None:
        problems.append(
            PolicyFileError(
                f"the folder of policies cannot be read: {error.strerror}",
                remedy="check path and permissions",
                where=str(error.filename),
            )
        )

    for top, below, names in os.walk(folder, onerror=unreadable):
        below[:] = sorted(name for name in below if not name.startswith("."))
        problems += [
            PolicyFileError(
                "a link to a folder is not followed, so the policies in it would not judge",
                remedy="name its target among the folders of policies, and remove the link",
                where=str(Path(top, name)),
            )
            for name in below
            if Path(top, name).is_symlink()
        ]
        for name in sorted(names):
            if name == DATA or (name.endswith(".rego") and not name.startswith(".")):
                yield Path(top) / name


def _read_file(loaded: Loaded, file: Path, path: str) -> None:
    _guarded(loaded, _read_data if file.name == DATA else _read_module, file, path)


def _guarded(
    loaded: Loaded, reader: Callable[[Loaded, Path, str], None], file: Path, path: str
) -> None:
    """Keep one file's problem from hiding those of the others."""
    try:
        reader(loaded, file, path)
    except PolicyFileError as err:
        loaded.problems.append(err)


def _read_module(loaded: Loaded, file: Path, path: str) -> None:
    content = _bytes(file)
    text = _text(content, file)
    if not _PATH.match(path):
        raise PolicyFileError(
            "the file's name has characters that a policy set does not take",
            remedy="use letters, digits, `.`, `_` and `-`",
            where=str(file),
        )
    declared = policy_set.package_of(content)
    if declared is None:
        raise PolicyFileError(
            "the module does not begin with `package` and a dotted name on one line",
            remedy="begin it with `package assurance.<area>.<name>`",
            where=f"{file}:1",
        )
    module = Module(path=path, file=file, content=content, package=declared[0], line=declared[1])
    is_test = file.name.endswith(TESTS)
    if (is_test or module.is_helper) and len(set(_RULE.findall(text))) == len(RULES):
        # Whoever wrote it relies on a check that would never be asked.
        raise PolicyFileError(
            "this has the rules of a check and would never judge: "
            + (f"`*{TESTS}` are tests" if is_test else f"`{policy_set.HELPERS}…` are helpers"),
            remedy="rename the file" if is_test else "name its package `assurance.<area>.<name>`",
            where=f"{file}:{module.line}",
        )
    if is_test:
        loaded.tests.append(module)
        return
    other = loaded.modules.get(module.package)
    if other is not None:
        if module.is_helper and other.content == content:
            return
        raise PolicyFileError(
            f"the package `{module.package}` stands in {other.file}:{other.line} too",
            remedy="give each check one file and a package of its own; ours cannot be replaced",
            where=f"{file}:{module.line}",
        )
    if not module.is_helper:
        found = _CHECK.match(module.package)
        if found is None:
            raise PolicyFileError(
                f"the package `{module.package}` is neither `assurance.<area>.<name>` (a check) "
                f"nor `assurance.lib.<name>` (a helper){_meant(module.package)}",
                remedy="rename the package",
                where=f"{file}:{module.line}",
            )
        fields = metadata.read(text, module.line, str(file))
        fields |= {"id": found[1], "source": f"{path}:{module.line}"}
        loaded.checks.append(policy_set.check_from(fields))
    loaded.modules[module.package] = module


def _read_data(loaded: Loaded, file: Path, path: str) -> None:
    content = _bytes(file)
    try:
        value = strict_json.loads(content, what=str(file), max_bytes=MAX_FILE)
    except FormatError as err:
        raise PolicyFileError(err.problem, remedy="correct the data file", where=err.where) from err
    if not isinstance(value, dict):
        raise PolicyFileError(
            "a data file must hold one JSON object", remedy="wrap it in one", where=str(file)
        )
    for key in value:
        other = loaded.data_keys.get(key, file if key in RESERVED else None)
        if other is not None:
            line = _line_of(key, content)
            raise PolicyFileError(
                f"the data key `{key}` is where policies are"
                if key in RESERVED
                else f"the data key `{key}` stands in {other} too",
                remedy="rename the key",
                where=f"{file}:{line}" if line else str(file),
            )
    loaded.data_keys |= dict.fromkeys(value, file)
    loaded.data[path] = (file, content)


def _meant(package: str) -> str:
    """Return what a misspelt package probably should be, as the end of a message."""
    words = package.split(".")
    near = difflib.get_close_matches(words[0], [_ROOT], 1, 0.6)
    fixed = ".".join([_ROOT, *words[1:]]) if near else f"{_ROOT}.{package}"
    fixed = re.sub(r"[^a-z0-9_.]", "_", fixed.lower())
    return f", did you mean `{fixed}`?" if fixed != package and _CHECK.match(fixed) else ""


def _line_of(key: str, content: bytes) -> int:
    """Return the 1-based line where `"key":` first stands in JSON, 0 for nowhere."""
    found = re.search(rb'"%b"\s*:' % re.escape(key.encode()), content)
    return content.count(b"\n", 0, found.start()) + 1 if found else 0


def _bytes(file: Path) -> bytes:
    if file.exists() and not file.is_file():
        # To open a named pipe would wait for somebody who writes to it.
        raise PolicyFileError(
            "this is not a regular file",
            remedy="remove it, or put the policy file in its place",
            where=str(file),
        )
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except OSError as err:
        raise PolicyFileError(
            f"the policy file cannot be read: {err.strerror}",
            remedy="check path and permissions",
            where=str(file),
        ) from err
    if len(content) > MAX_FILE:
        raise PolicyFileError(
            f"the policy file is larger than {MAX_FILE:,} bytes",
            remedy="split it",
            where=str(file),
        )
    return content


def _text(content: bytes, file: Path) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as err:
        line = content[: err.start].count(b"\n") + 1
        raise PolicyFileError(
            "the module is not UTF-8", remedy="save it as UTF-8", where=f"{file}:{line}"
        ) from err
    if odd := _CONTROL.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise PolicyFileError(
            f"the module has the control character {odd[0]!r}",
            remedy="remove it",
            where=f"{file}:{line}",
        )
    if deep := _nested_too_deeply(text):
        raise PolicyFileError(
            f"brackets are nested deeper than {_MAX_NESTING} levels",
            remedy="split the value into rules",
            where=f"{file}:{deep}",
        )
    return text


def _nested_too_deeply(text: str) -> int:
    """Return the 1-based line where brackets outside texts nest too deeply, 0 for none."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth > _MAX_NESTING:
                return text.count("\n", 0, token.start()) + 1
        elif token[0] in "]}":
            depth = max(depth - 1, 0)
    return 0
