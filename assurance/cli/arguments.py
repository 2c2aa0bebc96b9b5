"""The command line's grammar: one parser a command, with the options that all of them have."""

from __future__ import annotations

import argparse
import os
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from assurance.cli import help_pages
from assurance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assurance.cli.command import Command

OUTPUTS = ("text", "json")
_DEFAULT_COLUMNS = 80
_SHORT = re.compile(r"-[vq]*o(.*)", re.DOTALL)


def _columns() -> int:
    """Return the terminal's width as `shutil.get_terminal_size` does: `COLUMNS`, else its own."""
    text = os.environ.get("COLUMNS", "")
    if text.isascii() and text.isdigit() and int(text) > 0:
        return int(text)
    if sys.__stdout__ is None:
        return _DEFAULT_COLUMNS
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _DEFAULT_COLUMNS
    except (ValueError, OSError):
        return _DEFAULT_COLUMNS


class _Formatter(argparse.HelpFormatter):
    """Help that keeps the lines of a text and reads `-c, --config FILE` on every Python."""

    def __init__(self, prog: str, **settings: Any) -> None:
        # Given the width, argparse does not import `shutil`: it makes a formatter for each option.
        super().__init__(prog, **{"width": _columns() - 2, **settings})

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = [
            # A command stays on one line, so that it can be copied.
            line
            if line.startswith(("example", "  "))
            else super(_Formatter, self)._fill_text(line, width, indent)
            for line in text.splitlines()
        ]
        return "\n".join(lines)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, self._get_default_metavar_for_optional(action))
        return f"{', '.join(action.option_strings)} {value}"


class Parser(argparse.ArgumentParser):
    """A parser with the common options, whose errors are ours: exit 2, with a remedy.

    The parsers of sub-commands are of this class too, so that `key list -o json` and
    `key -o json list` are the same. An option that is not given sets nothing there:
    `parser` gives the defaults.
    """

    def __init__(self, **settings: Any) -> None:
        """Take what `argparse.ArgumentParser` takes, with our defaults."""
        super().__init__(
            **{
                "formatter_class": _Formatter,
                "allow_abbrev": False,
                "conflict_handler": "resolve",
                **settings,
            }
        )
        common = self.add_argument_group("common options")
        common.add_argument(
            "-c",
            "--config",
            default=argparse.SUPPRESS,
            metavar="FILE",
            help="settings file (default: assurance.toml, or [tool.assurance] in pyproject.toml)",
        )
        common.add_argument(
            "-o",
            "--output",
            default=argparse.SUPPRESS,
            choices=OUTPUTS,
            metavar="FORMAT",
            help="text (default), or json: exactly one document on standard output",
        )
        common.add_argument(
            "-v",
            "--verbose",
            action="count",
            default=argparse.SUPPRESS,
            help="say more; twice: say even more",
        )
        common.add_argument(
            "-q",
            "--quiet",
            action="store_true",
            default=argparse.SUPPRESS,
            help="say only the result",
        )

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing.

        Raises:
            UsageError: always.
        """
        raise UsageError(message, remedy=f"{self.prog} --help", where="command line")


def parser(word: str, command: Command) -> Parser:
    """Return the parser of the command `word`.

    A command may define its own option of a common name, as `report -o FORMAT` does: the
    later definition wins.
    """
    found = Parser(
        prog=f"assurance {word}",
        description=f"{command.SUMMARY[:1].upper()}{command.SUMMARY[1:]}.",
    )
    found.set_defaults(config=None, output=None, verbose=0, quiet=False)
    command.configure(found)
    found.epilog = help_pages.epilog(word, found.epilog or "")
    if word in help_pages.NO_SETTINGS:
        _hide_config(found)
    for action in found._actions:  # noqa: SLF001 - argparse tells its sub-commands nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for child in action.choices.values():
                child.epilog = help_pages.sub_epilog(word, child.epilog or "")
                if word in help_pages.NO_SETTINGS:
                    _hide_config(child)
    return found


def _hide_config(found: argparse.ArgumentParser) -> None:
    for action in found._actions:  # noqa: SLF001 - as above
        if action.dest == "config":
            action.help = argparse.SUPPRESS


def parse(
    word: str, command: Command, words: Sequence[str], environ: Mapping[str, str] | None = None
) -> argparse.Namespace:
    """Parse the words after the command.

    `config` is a `pathlib.Path` or None, `output` is `text` or `json`.

    Raises:
        UsageError: the words do not fit.
        SystemExit: `--help` was asked for and printed.
    """
    found = parser(word, command).parse_args(words)
    if found.config is not None:
        if word in help_pages.NO_SETTINGS:
            raise UsageError(
                f"`assurance {word}` reads no settings: --config would change nothing",
                remedy="leave it out",
                where="--config",
            )
        from pathlib import Path  # only here: it costs 6 ms

        found.config = Path(found.config)
    if getattr(found, "output", None) is None:
        found.output = default_output(os.environ if environ is None else environ)
    return found


def default_output(environ: Mapping[str, str]) -> str:
    """Return what `ASSURANCE_OUTPUT` says, `text` where it is not set.

    Raises:
        UsageError: it names no format.
    """
    output = environ.get("ASSURANCE_OUTPUT") or "text"
    if output not in OUTPUTS:
        raise UsageError(
            f"ASSURANCE_OUTPUT must be text or json, found {output!r:.60}",
            remedy="unset ASSURANCE_OUTPUT",
            where="ASSURANCE_OUTPUT",
        )
    return output


def wants_json(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether JSON was asked for, told from words that may not even parse."""
    answer = environ.get("ASSURANCE_OUTPUT") == "json"
    for number, word in enumerate(words):
        if word == "--":
            break
        if word == "--output":
            answer = "".join(words[number + 1 : number + 2]) == "json"
        elif word.startswith("--output="):
            answer = word == "--output=json"
        elif short := _SHORT.fullmatch(word):
            value = short[1] or "".join(words[number + 1 : number + 2])
            answer = value == "json"
    return answer
