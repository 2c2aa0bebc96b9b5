"""Where a passphrase or PIN comes from: environment, a file named there, or a prompt.

`ProcessSecrets` is the `assurance.interfaces.Secrets` that the command line uses. A secret
is never an argument (other users see those) and never part of a message.
"""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assurance.errors import SignerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIABLE: Final = "ASSURANCE_KEY_PASSPHRASE"
FILE_VARIABLE: Final = "ASSURANCE_KEY_PASSPHRASE_FILE"
MAX_BYTES: Final = 4096
"""A longer passphrase is refused."""


class ProcessSecrets:
    """Secrets of this process: `VARIABLE`, else the file `FILE_VARIABLE` names, else a prompt."""

    def __init__(self, environment: Mapping[str, str], *, ask: Callable[[str], str] | None) -> None:
        """Take where to look.

        Args:
            environment: As `os.environ`.
            ask: Shows a prompt and returns what was typed, without echo; None where
                nobody sits at a terminal.
        """
        self._environment = environment
        self._ask = ask
        self._answers: dict[str, bytes] = {}

    def passphrase(self, uri: str) -> bytes | None:
        """Return the secret for the key at `uri`, or None where there is no source of one.

        The prompt asks once for each key; its answer is remembered.

        Raises:
            SignerError: both variables are set, the file cannot be read, or the secret is
                empty or too long.
        """
        found = from_environment(
            self._environment, VARIABLE, FILE_VARIABLE, what="passphrase", whose="the key's"
        )
        if found is not None:
            return found
        if self._ask is None:
            return None
        if uri not in self._answers:
            typed = _typed(self._ask, f"Passphrase of {uri}: ")
            self._answers[uri] = _checked(typed, "the passphrase", "give the key's passphrase")
        return self._answers[uri]

    def new_passphrase(self, uri: str) -> bytes | None:
        """Return the secret for a key that is about to be written; a prompt asks twice.

        Raises:
            SignerError: as `passphrase`, or the two answers differ.
        """
        asks = VARIABLE not in self._environment and FILE_VARIABLE not in self._environment
        first = self.passphrase(uri)
        if asks and self._ask is not None and _typed(self._ask, "Again: ") != first:
            self._answers.pop(uri)
            raise SignerError("the two passphrases differ", remedy="run the command again")
        return first


def from_environment(
    environment: Mapping[str, str],
    variable: str,
    file_variable: str,
    *,
    what: str = "passphrase",
    whose: str = "the key's",
) -> bytes | None:
    """Return the secret in a variable, or in the file that the other one names; None: neither.

    Args:
        environment: As `os.environ`.
        variable: Holds the secret itself.
        file_variable: Holds the path of a file whose first line is the secret.
        what: What the secret is called in messages.
        whose: Whose it is.

    Raises:
        SignerError: both are set, the file cannot be read, or the secret is empty or too long.
    """
    text = environment.get(variable)
    path = environment.get(file_variable)
    if text is not None and path is not None:
        raise SignerError(
            f"both {variable} and {file_variable} are set", remedy="unset one of the two"
        )
    remedy = f"give {whose} {what}"
    if text is not None:
        return _checked(os.fsencode(text), f"the {what} in {variable}", remedy)
    if path is not None:
        line = _first_line(path, what, file_variable)
        return _checked(line, f"the {what} in the file {path}", remedy)
    return None


def process_secrets() -> ProcessSecrets:
    """Return the secrets of this very process; prompts only when stdin is a terminal."""
    interactive = sys.stdin is not None and sys.stdin.isatty()
    return ProcessSecrets(os.environ, ask=getpass if interactive else None)


def _typed(ask: Callable[[str], str], prompt: str) -> bytes:
    try:
        return ask(prompt).encode("utf-8", "surrogateescape")
    except EOFError as err:
        raise SignerError("no passphrase was typed", remedy="run the command again") from err


def _first_line(path: str, what: str, variable: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 3)
    except OSError as err:
        raise SignerError(
            f"the {what} file cannot be read: {err.strerror}",
            remedy=f"correct {variable}",
            where=path,
        ) from err
    line = data.split(b"\n", 1)[0]
    return line.removesuffix(b"\r")


def _checked(secret: bytes, name: str, remedy: str) -> bytes:
    if not secret:
        raise SignerError(f"{name} is empty", remedy=remedy)
    if len(secret) > MAX_BYTES:
        raise SignerError(f"{name} is longer than {MAX_BYTES:,} bytes", remedy=remedy)
    return secret
