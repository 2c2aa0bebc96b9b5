"""`assurance`: find the command, run it, print its result, map every failure to an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from assurance.cli.arguments import parse, wants_json
from assurance.cli.terminal import Terminal
from assurance.errors import AssuranceError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises, whatever goes wrong.

    Args:
        argv: The words after `assurance`; None for those of this process.
    """
    words = tuple(sys.argv[1:] if argv is None else argv)
    terminal = Terminal.standard()
    as_json = wants_json(words, os.environ)
    try:
        code, text = _answer(words, terminal, as_json=as_json)
    except SystemExit as end:  # argparse has printed a command's help
        return ExitCode.YES if not end.code else ExitCode.USAGE
    except BaseException as error:  # noqa: BLE001 - Python's own exit code would be 1, a "no"
        code, text = _failed(words, error, terminal, as_json=as_json)
    return _deliver(code, text, terminal, as_json=as_json)


def script() -> NoReturn:
    """Be the command `assurance` of this process: run `main` and end with its code.

    `verify` ends at once: taking apart what it has read would cost a tenth of its time. Nothing
    is left to do by then, except for whoever traces the process.
    """
    code = main()
    if sys.argv[1:2] == ["verify"] and sys.gettrace() is None:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.flush()  # the help of argparse; the terminal has flushed its own
        os._exit(code)
    sys.exit(code)


def _answer(words: tuple[str, ...], terminal: Terminal, *, as_json: bool) -> tuple[int, str]:
    """Run the command and return its exit code and what to print."""
    if words[:1] in {("-h",), ("--help",)}:
        from assurance.cli.command_table import overview

        return ExitCode.YES, overview()
    if words[:1] == ("--version",):
        from assurance import __version__

        return ExitCode.YES, f"assurance {__version__}"
    from assurance.cli.command_table import load

    command = load(words[0]) if words else None
    if command is None:
        from assurance.cli.failure import unknown_command

        raise unknown_command(words)
    arguments = parse(words[0], command, words[1:])
    terminal.verbose, terminal.quiet = arguments.verbose, arguments.quiet
    _warn(terminal)
    outcome = command.run(arguments, terminal)
    if not as_json:
        return outcome.exit, outcome.text
    from assurance.cli.output import encode, success

    return outcome.exit, encode(success(words[0], outcome))


def _warn(terminal: Terminal) -> None:
    """Point at `ASSURANCE_*` variables that nobody reads."""
    if any(name.startswith("ASSURANCE_") for name in os.environ):
        from assurance.cli.variables import unknown

        for warning in unknown(os.environ):
            terminal.note(f"warning: {warning}")


def _failed(
    words: Sequence[str], error: BaseException, terminal: Terminal, *, as_json: bool
) -> tuple[int, str]:
    """Show the failure and return its exit code and what to print."""
    from assurance.cli import failure

    terminal.verbose = max(terminal.verbose, failure.asked_for_more(words))
    known = error if isinstance(error, AssuranceError) else failure.translate(error, terminal)
    failure.show(known, terminal)
    if not as_json:
        return known.exit_code, ""
    from assurance.cli.output import encode
    from assurance.cli.output import failure as failed

    return known.exit_code, encode(failed(words[0] if words else "", known))


def _deliver(code: int, text: str, terminal: Terminal, *, as_json: bool) -> int:
    """Print the result; one that did not reach its reader is not a yes."""
    try:
        if text:
            terminal.out(text, utf8=as_json)
    except BrokenPipeError:
        _forget_output()  # the reader has gone, as `| head` does: quiet, and the code stands
    except OSError as error:
        _forget_output()
        terminal.error(f"error: the result cannot be written: {error.strerror}")
        return int(code) or ExitCode.UNDECIDED
    return int(code)


def _forget_output() -> None:
    """Keep the interpreter from failing, with code 120, on the same stream when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
