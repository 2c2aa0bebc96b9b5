"""`assurance log`: keeps a transparency log, or asks a log server for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from assurance.cli.interruption import heeded

if TYPE_CHECKING:
    import argparse

    from assurance.cli.command import Command, Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "keep a transparency log: append, prove, check, replay"

_EPILOG = """\
examples:
  assurance log init --origin example.com/releases
  assurance log append evidence/app-1.2.0.intoto.jsonl
  assurance log check --depth full
"""
NAMES: Final = (
    "init",
    "append",
    "checkpoint",
    "prove",
    "verify",
    "list",
    "replay",
    "check",
    "export",
    "keys",
    "backup",
    "restore",
    "migrate",
    "serve",
    "openapi",
)
"""The sub-commands, in the order of the help; each is a module of `commands`."""


def _module(name: str) -> Command:
    module: Command = import_module(f"assurance_log.commands.{name}")
    return module


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    parser.description = (
        "A log in one SQLite file or a PostgreSQL database: every checkpoint is kept for ever, "
        "nothing is acknowledged before it is on the disk, and every entry can be proven "
        "without trusting the log. "
        "Formats: C2SP tlog-checkpoint, tlog-tiles, tlog-proof, tlog-witness."
    )
    parser.epilog = _EPILOG
    commands = parser.add_subparsers(metavar="COMMAND", dest="log_command", required=True)
    for name in NAMES:
        module = _module(name)
        module.configure(commands.add_parser(name, help=module.SUMMARY))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Run the sub-command that was called; a stop leaves nothing half made.

    Raises:
        KeyboardInterrupt: with a sentence for `main`, which makes it exit code 3.
    """
    module = _module(arguments.log_command)
    if arguments.log_command == "serve":  # it ends in order by itself
        return module.run(arguments, terminal)
    try:
        with heeded():
            return module.run(arguments, terminal)
    except KeyboardInterrupt as stop:
        kept = {"append": "; what was acknowledged is in the log and keeps its index"}
        told = kept.get(arguments.log_command, "")
        raise KeyboardInterrupt(f"stopped by {str(stop) or 'Ctrl-C'}{told}") from stop
