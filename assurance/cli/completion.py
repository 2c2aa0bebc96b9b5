"""`assurance completion`: a script that lets bash, zsh or fish complete the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from assurance.cli.command import Outcome
from assurance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from assurance.cli.terminal import Terminal

SUMMARY = "print a script that completes commands in bash, zsh or fish"
SHELLS: Final = ("bash", "zsh", "fish")
WORDS: Final = ("check", "area")
_MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_WORDS: Final = 2_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.description = (
        "Print the completion script of a shell. It completes commands, options and their values, "
        "files, bundles, and the checks and areas of the newest verdict. Make it again when a "
        "plugin that adds commands was installed."
    )
    parser.epilog = (
        'example: eval "$(assurance completion bash)"\n'
        "example: assurance completion fish > ~/.config/fish/completions/assurance.fish\n"
        "exit codes: 0 printed, 2 usage"
    )
    parser.add_argument("shell", choices=SHELLS, nargs="?", help="bash, zsh or fish")
    parser.add_argument(
        "--words",
        choices=WORDS,
        help="what the scripts ask for: checks or areas of the newest verdict, a line each",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:  # noqa: ARG001 - as every command
    """Print the script, or the words.

    Raises:
        UsageError: neither or both are asked for.
    """
    if (arguments.shell is None) == (arguments.words is None):
        raise UsageError("name a shell", remedy="assurance completion bash", where="command line")
    if arguments.words is not None:
        found = _words(arguments.words, arguments.config)
        return Outcome(exit=ExitCode.YES, text="\n".join(found), document={"words": found})
    from assurance.cli import completion_grammar, completion_scripts

    script: str = getattr(completion_scripts, arguments.shell)(completion_grammar.paths())
    return Outcome(
        exit=ExitCode.YES, text=script, document={"shell": arguments.shell, "script": script}
    )


def _words(kind: str, config: Any) -> list[str]:
    """Return ids out of the newest verdict file; nothing where there is none or it is no verdict.

    A completion that fails would only disturb whoever is typing.
    """
    document = _verdict(config)
    key, where = ("id", "checks") if kind == "check" else ("area", "sign_offs")
    items = document.get(where)
    names = (
        {str(item.get(key)) for item in items if isinstance(item, dict)}
        if isinstance(items, list)
        else set()
    )
    # A shell splits and expands what is not a plain word.
    return sorted(name for name in names if _is_plain(name))[:_MAX_WORDS]


def _is_plain(name: str) -> bool:
    return name.isascii() and name.replace(".", "").replace("_", "").replace("-", "").isalnum()


def _verdict(config: Any) -> dict[str, Any]:
    import json
    from pathlib import Path

    from assurance.cli import bundle_files
    from assurance.errors import AssuranceError

    try:
        path = bundle_files.newest(
            "*.verdict.json", config=config, environ=os.environ, cwd=Path.cwd()
        )
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except (AssuranceError, OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
