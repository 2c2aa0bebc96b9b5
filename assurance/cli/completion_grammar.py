"""The command line's grammar as tables, read off every command's parser, for shells to complete.

A path is a command, or a command and its sub-command: `key generate`. Plugins' commands are
loaded for it, so this runs when a completion script is made, not when a key is pressed.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from assurance.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE, DIRECTORY, BUNDLE, CHECK, AREA = "file", "directory", "bundle", "check", "area"
_KINDS: Final = {
    "AREA": AREA,
    "A": BUNDLE,
    "ARTIFACT": FILE,
    "B": BUNDLE,
    "BUNDLE": BUNDLE,
    "CHECK": CHECK,
    "DIR": DIRECTORY,
    "DRAFT": BUNDLE,
    "FILE": FILE,
    "PATH": FILE,
    "PUBLIC": FILE,
}
"""What the words of the help stand for; others are not completed."""


class Option(Value):
    """One option, under all of its names."""

    names: tuple[str, ...]
    help: str
    takes_value: bool
    kind: str | None
    """What its value is, one of the kinds above; None: `choices`, or nothing that is known."""
    choices: tuple[str, ...]


class Path(Value):
    """One command or sub-command."""

    words: str
    help: str
    options: tuple[Option, ...]
    kinds: tuple[str, ...]
    """Kinds of its arguments, each once."""


def paths() -> tuple[Path, ...]:
    """Return every command and sub-command, sorted; one that does not load is left out."""
    from assurance.cli.arguments import parser
    from assurance.cli.command_table import load, words
    from assurance.errors import PluginError

    found: list[Path] = []
    for word in words():
        try:
            command = load(word)
        except PluginError:
            continue
        if command is not None:
            found += _walk(word, command.SUMMARY, parser(word, command))
    return tuple(sorted(found, key=lambda path: path.words))


def _walk(words: str, summary: str, parser: argparse.ArgumentParser) -> Iterable[Path]:
    options, kinds = [], []
    for action in parser._actions:  # noqa: SLF001 - argparse tells its actions nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            helps = {item.dest: item.help for item in action._choices_actions}  # noqa: SLF001 - the same
            for word, child in action.choices.items():
                yield from _walk(f"{words} {word}", helps.get(word) or "", child)
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(action))
        elif (kind := _kind(action)) is not None:
            kinds.append(kind)
    yield Path(words=words, help=summary, options=tuple(options), kinds=tuple(dict.fromkeys(kinds)))


def _option(action: argparse.Action) -> Option:
    takes_value = action.nargs != 0
    return Option(
        names=tuple(action.option_strings),
        help=_one_line(action.help or ""),
        takes_value=takes_value,
        kind=_kind(action) if takes_value else None,
        choices=tuple(str(choice) for choice in action.choices or ()) if takes_value else (),
    )


def _kind(action: argparse.Action) -> str | None:
    return _KINDS.get(action.metavar) if isinstance(action.metavar, str) else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
