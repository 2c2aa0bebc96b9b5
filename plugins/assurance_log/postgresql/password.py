"""Which password a server is given: from a variable, a file, or a line of libpq's password file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from assurance.errors import SignerError, UsageError
from assurance.secrets import from_environment
from assurance_log.postgresql import passfile
from assurance_log.postgresql.address import PASSWORD, PASSWORD_FILE

if TYPE_CHECKING:
    from assurance_log.postgresql.address import Address, Host

SOURCES: Final = f"{PASSWORD_FILE}, {PASSWORD} or {passfile.VARIABLE}"
"""For messages: where one can be given."""


class Password:
    """A password, which no message and no `repr` shows, and where it came from, which they may."""

    def __init__(self, text: str, source: str) -> None:
        """Keep both.

        Args:
            text: The password; empty where there is none.
            source: The variable's name; empty where there is none.
        """
        self.text = text
        self.source = source


def of(address: Address, host: Host) -> Password:
    """Return the password for a server; an empty one where none is given.

    Raises:
        UsageError: two variables say different things, a file cannot be read or others may read
            it, or it is not UTF-8.
    """
    try:
        found = from_environment(
            os.environ, PASSWORD, PASSWORD_FILE, what="password", whose="the role's"
        )
        if found is not None:
            source = PASSWORD if PASSWORD in os.environ else PASSWORD_FILE
            return Password(found.decode(), source)
    except SignerError as err:
        raise UsageError(err.problem, remedy=err.remedy, where=err.where or str(address)) from err
    except UnicodeDecodeError as err:
        raise UsageError(
            "the log's password is not UTF-8", remedy="correct it", where=str(address)
        ) from err
    path = os.environ.get(passfile.VARIABLE)
    line = None if path is None else passfile.look_up(path, address, host)
    return Password("", "") if line is None else Password(line, passfile.VARIABLE)
