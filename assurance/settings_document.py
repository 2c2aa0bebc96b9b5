"""The settings file as it stands: found, read within limits, parsed, with its places.

Nothing is checked against the schema here; `assurance.settings_check` does that.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assurance.bounded_file import open_file
from assurance.errors import SettingsError
from assurance.settings_file import Span, places
from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assurance.settings_file import Path as Keys
    from assurance.settings_file import Places

FILE_NAME: Final = "assurance.toml"
MAX_BYTES: Final = 1024 * 1024
"""A larger settings file is refused unread."""

_INIT = "assurance init"


class Document(Value):
    """One settings file, parsed."""

    path: Path
    """Absolute."""
    shown: str
    """The path as errors show it: relative to the current folder where it is below it."""
    data: Mapping[str, Any]
    """The settings alone: for `pyproject.toml`, the table `[tool.assurance]`."""
    places: Places
    prefix: Keys
    """Where the settings stand in the file: `("tool", "assurance")` or nothing."""

    @property
    def root(self) -> Path:
        """The folder that relative paths are relative to."""
        return self.path.parent

    def error(
        self, problem: str, keys: Keys, *, remedy: str, hint: str = "", at_key: bool = False
    ) -> SettingsError:
        """Return an error that points at the value (or key) at `keys`."""
        path = (*self.prefix, *keys)
        span = self.places.key(path) if at_key else self.places.value(path)
        if span is None:
            return SettingsError(problem, remedy=remedy, where=self.shown)
        return SettingsError(
            problem, remedy=remedy, where=span.where(self.shown), excerpt=span.excerpt(hint)
        )


def find(path: Path | None, *, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the settings file: what was named, else the one in `cwd`.

    Raises:
        SettingsError: there is none, or there are two.
    """
    named = path or (Path(environ["ASSURANCE_CONFIG"]) if environ.get("ASSURANCE_CONFIG") else None)
    if named is not None:
        target = cwd / named
        if not target.is_file():
            raise SettingsError(
                f"no settings file at `{named}`",
                remedy=f"name another file with --config, or write one: {_INIT}",
                where="--config" if path else "ASSURANCE_CONFIG",
            )
        return target
    own, project = cwd / FILE_NAME, cwd / "pyproject.toml"
    in_project = project.is_file() and _has_table(project)
    if own.is_file() and in_project:
        raise SettingsError(
            f"settings stand in two files: `{FILE_NAME}` and [tool.assurance] of `pyproject.toml`",
            remedy="keep one of them, or say which one counts with --config",
            where=str(cwd),
        )
    if own.is_file():
        return own
    if in_project:
        return project
    raise SettingsError(
        f"no settings here: neither `{FILE_NAME}` nor [tool.assurance] in `pyproject.toml`",
        remedy=f"write them: {_INIT}",
        where=str(cwd),
    )


def _has_table(project: Path) -> bool:
    tool = _parse(project, project.name)[1].get("tool")
    return isinstance(tool, dict) and "assurance" in tool


def joined(problems: Sequence[SettingsError]) -> SettingsError:
    """Return one error that carries all of them, the first one in front."""
    first, *others = problems
    return SettingsError(
        first.problem,
        remedy=first.remedy,
        where=first.where,
        excerpt=first.excerpt,
        others=tuple(others),
    )


def read(path: Path, *, cwd: Path, what: str = "settings file") -> Document:
    """Read and parse the settings file at `path`, or another file in TOML.

    Args:
        path: The file.
        cwd: The current folder, which messages leave out.
        what: What the file is, for messages.

    Raises:
        SettingsError: unreadable, too large, not UTF-8, not TOML, or without settings.
    """
    shown = str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)
    text, whole = _parse(path, shown, what)
    data: Any = whole
    prefix: Keys = ()
    if path.name == "pyproject.toml":
        prefix = ("tool", "assurance")
        for key in prefix:
            data = data.get(key) if isinstance(data, dict) else None
        if not isinstance(data, dict):
            raise SettingsError(
                "`pyproject.toml` has no table [tool.assurance]",
                remedy=f"add it, or write {FILE_NAME}: {_INIT}",
                where=shown,
            )
    return Document(
        path=path.absolute(), shown=shown, data=data, places=places(text), prefix=prefix
    )


def _parse(path: Path, shown: str, what: str = "settings file") -> tuple[str, dict[str, Any]]:
    try:
        with open_file(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as err:
        raise SettingsError(
            f"the {what} cannot be read: {err.strerror}",
            remedy="correct its permissions, or name another file with --config",
            where=shown,
        ) from err
    if len(raw) > MAX_BYTES:
        raise SettingsError(
            f"the {what} is larger than {MAX_BYTES:,} bytes",
            remedy="name another file",
            where=shown,
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as err:
        line = raw.count(b"\n", 0, err.start) + 1
        raise SettingsError(
            f"the {what} is not UTF-8: byte 0x{raw[err.start]:02x}",
            remedy="save the file as UTF-8",
            where=f"{shown}:{line}",
        ) from err
    try:
        return text, tomllib.loads(text)
    except RecursionError as err:
        raise SettingsError(
            f"the {what} nests arrays or tables too deeply",
            remedy="flatten it",
            where=shown,
        ) from err
    except ValueError as err:
        raise _not_toml(shown, text, str(err), what) from err


def _not_toml(shown: str, text: str, message: str, what: str) -> SettingsError:
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    reason = match[1] if match else message
    where, excerpt = shown, None
    if match and match[2]:
        line, column = int(match[2]), int(match[3])
        where = f"{shown}:{line}:{column}"
        excerpt = Span(
            line=line, column=column, length=1, text=text.split("\n")[line - 1].rstrip("\r")
        ).excerpt()
    reason = reason[:1].lower() + reason[1:200]
    return SettingsError(
        f"the {what} is not TOML: {reason}",
        remedy="correct the line; text needs quotes, tables need brackets",
        where=where,
        excerpt=excerpt,
    )
