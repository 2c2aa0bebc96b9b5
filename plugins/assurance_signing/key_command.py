"""`assurance key`: make keys in files, and list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance_signing import generate, listing

if TYPE_CHECKING:
    import argparse

    from assurance.cli.command import Outcome
    from assurance.cli.terminal import Terminal

SUMMARY = "generate and list signing keys"

_EPILOG = """\
examples:
  assurance key generate --out keys/release.pem
  assurance key generate --type ecdsa-p256 --encrypt
  assurance key list keys --trust trust.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the sub-commands."""
    parser.description = "Make private keys in files, and show what keys there are."
    parser.epilog = _EPILOG
    commands = parser.add_subparsers(metavar="COMMAND", dest="key_command", required=True)
    generate.configure(commands.add_parser("generate", help=generate.SUMMARY))
    listing.configure(commands.add_parser("list", help=listing.SUMMARY))


def run(arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
    """Run the sub-command that was called."""
    if arguments.key_command == "generate":
        return generate.run(arguments, terminal)
    return listing.run(arguments, terminal)
