"""Entry points read the fast way: from the `entry_points.txt` files themselves.

`importlib.metadata` costs about 20 ms to import, more than `assurance --help` may take in
all, and it looks at every distribution, which `assurance verify` must not. Here are the two
questions those commands have: which commands are there (`command_names`), and where is
release-assurance's own plugin called so (`own`). Everything else asks
`assurance.plugin_host`.

Spec: Python Packaging User Guide, "Entry points specification" (file format) and "Names and
normalization" (PEP 503).
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN_DISTRIBUTION: Final = "release-assurance"
PLUGINS: Final = "assurance"
"""Entry-point group of plugins."""
ENGINES: Final = "assurance.engines"
"""Entry-point group of our own policy engines, for `verify`: pluggy alone costs 20 ms."""
COMMANDS: Final = "assurance.commands"
"""Entry-point group of commands that plugins add."""

_MAX_BYTES: Final = 1 << 20


class CommandName(NamedTuple):
    """One claim to a word of the command line."""

    word: str
    module: str
    distribution: str
    """Normalised."""


def normalise(distribution: str) -> str:
    """Return the PEP 503 form of a distribution's name: `Acme_X.y` is `acme-x-y`."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def command_names() -> tuple[CommandName, ...]:
    """Return every command that an installed distribution adds, sorted; imports nothing.

    Two distributions may claim one word: both are returned, and `command_module` refuses
    that word. A distribution that stands twice on `sys.path` counts once, the first one.
    """
    seen: set[str] = set()
    found = []
    for folder in _folders():
        for distribution, path in _distributions(folder):
            if distribution in seen:
                continue
            seen.add(distribution)
            found += [
                CommandName(name, target, distribution)
                for group, name, target in _parse(_read(path))
                if group == COMMANDS
            ]
    return tuple(sorted(found))


def command_module(word: str) -> Any | None:
    """Import and return the command `word`, or None if no distribution adds it.

    Raises:
        PluginError: two distributions claim the word, or its module does not load.
    """
    claims = [claim for claim in command_names() if claim.word == word]
    if not claims:
        return None
    if len(claims) > 1:
        from assurance.errors import PluginError

        makers = " and ".join(f"`{claim.distribution}`" for claim in claims)
        message = f"the command `{word}` is claimed by {makers}"
        raise PluginError(message, remedy="uninstall one of them")
    claim = claims[0]
    return _load(claim.module, f"command `{word}`", claim.distribution)


def own(name: str, group: str = PLUGINS) -> Any:
    """Import and return release-assurance's own plugin `name`; looks at nobody else's.

    `group` is `PLUGINS`, or `ENGINES` for a policy engine without its plugin (and pluggy).

    Raises:
        PluginError: there is none of that name, or the installation is damaged.
    """
    from assurance.errors import PluginError

    path = _own_file()
    for found, key, target in _parse(_read(path)):
        if found == group and key == name:
            return _load(target, f"plugin `{name}`", OWN_DISTRIBUTION)
    message = f"release-assurance has no plugin `{name}` of its own"
    raise PluginError(message, remedy="run `assurance plugins --available`", where=path)


def _own_file() -> str:
    """Return our own `entry_points.txt`: beside the package, else (editable) on `sys.path`."""
    from assurance.errors import PluginError

    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs 6 ms
    for folder in (home, *_folders()):
        paths = [
            path for name, path in _distributions(folder, "release") if name == OWN_DISTRIBUTION
        ]
        if len(paths) > 1:
            message = f"release-assurance is installed {len(paths)} times in one folder"
            remedy = "run `pip install --force-reinstall release-assurance`"
            raise PluginError(message, remedy=remedy, where=folder)
        if paths:
            return paths[0]
    message = "release-assurance runs from a folder that is not an installation"
    raise PluginError(message, remedy="install it: `pip install release-assurance`", where=home)


def _folders() -> Iterator[str]:
    """Yield the folders of `sys.path`, each once."""
    seen = set()
    for entry in sys.path:
        folder = entry or "."
        if folder not in seen:
            seen.add(folder)
            yield folder


def _distributions(folder: str, begin: str = "") -> Iterator[tuple[str, str]]:
    """Yield (normalised name, path of its entry_points.txt) of each installed distribution.

    Only of those whose names begin so, in small or capital letters. The file may not exist: most
    distributions have no entry points.
    """
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - pathlib costs 6 ms
    except OSError:
        return
    for name in names:
        stem, dot, suffix = name.rpartition(".")
        if dot and suffix in ("dist-info", "egg-info") and stem[: len(begin)].lower() == begin:
            yield normalise(stem.split("-", 1)[0]), f"{folder}/{name}/entry_points.txt"


def _read(path: str) -> str:
    """Return the file's text; nothing for one that is absent or no text."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 6 ms
            return file.read(_MAX_BYTES).decode()
    except (OSError, UnicodeDecodeError):
        return ""


def _parse(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (group, name, `module` or `module:attribute`); skips lines of no meaning."""
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif group and "=" in line and line[0] not in "#;":
            name, _, target = line.partition("=")
            yield group, name.strip(), target.partition("[")[0].strip()


def _load(target: str, what: str, distribution: str) -> Any:
    """Import `module` or `module:attribute`.

    Raises:
        PluginError: it cannot be imported, whatever the reason.
    """
    module, _, attributes = target.partition(":")
    try:
        found: Any = import_module(module)
        for attribute in filter(None, attributes.split(".")):
            found = getattr(found, attribute)
    except (Exception, SystemExit) as err:
        # A module that exits while it is imported must not choose our exit status.
        from assurance.errors import PluginError

        message = f"{what} of `{distribution}` does not load: {type(err).__name__}: {err}"
        remedy = f"reinstall it: `pip install --force-reinstall {distribution}`"
        raise PluginError(message, remedy=remedy, where=target) from err
    return found
