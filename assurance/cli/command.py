"""What a command is: a module with `SUMMARY`, `configure` and `run`, loaded when called.

Built-in commands are modules of `assurance.cli`; a plugin adds one through the entry-point
group `assurance.commands` (name = the command's word, value = the module).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from assurance.value import Value, field

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from assurance.cli.terminal import Terminal
    from assurance.errors import ExitCode


class Outcome(Value):
    """How a command ended when it could answer; failures are raised as `AssuranceError`."""

    exit: ExitCode
    text: str
    """The result for people, for stdout; printed unless `-o json` was given."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """The command's own fields of the JSON output; `schema`, `exit` and `errors` are added."""


class Command(Protocol):
    """The module of one command."""

    SUMMARY: str
    """One line for `assurance --help`; starts with a verb, no full stop."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments, description and epilog with examples."""

    def run(self, arguments: argparse.Namespace, terminal: Terminal) -> Outcome:
        """Do the work.

        `arguments` carries the command's own arguments and the common ones:
        `config` (path or None), `output` (`text` or `json`), `verbose` (int), `quiet`.

        Raises:
            AssuranceError: what went wrong, with its exit code.
        """
