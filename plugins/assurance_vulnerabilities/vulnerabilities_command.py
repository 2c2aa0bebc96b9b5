"""`assurance vulnerabilities`: fetch the advisories, and sign what is known better (VEX)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance_vulnerabilities import update_command, vex_command

if TYPE_CHECKING:
    import argparse

    from assurance.cli.command import Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "fetch advisories, and sign VEX documents"

_EPILOG = """\
example: assurance vulnerabilities update
example: assurance vulnerabilities vex openvex.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    parser.description = (
        "Fetch the advisories that packages are compared with, and sign VEX documents: what is "
        "known about a vulnerability in this very release."
    )
    parser.epilog = _EPILOG
    commands = parser.add_subparsers(metavar="COMMAND", dest="action", required=True)
    update_command.configure(commands.add_parser("update", help=update_command.SUMMARY))
    vex_command.configure(commands.add_parser("vex", help=vex_command.SUMMARY))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Run the sub-command that was called."""
    if arguments.action == "update":
        return update_command.run(arguments, terminal)
    return vex_command.run(arguments, terminal)
