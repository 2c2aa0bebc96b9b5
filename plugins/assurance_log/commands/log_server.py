"""A log server as a sub-command asks it: with the key that is trusted, and with a memory.

Nothing that it answers is believed before it is checked (`client`). With `--anchor` the newest
checkpoint that was seen is kept in a file, and each later one has to have grown from it: a server
that was rolled back, or shows others another log, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assurance import bounded_file, trust_file
from assurance.errors import AssuranceError, LogError, UsageError
from assurance.tlog import note
from assurance.value import Value
from assurance_log import anchor, folders, opening
from assurance_log.client import LogClient
from assurance_log.trusting import (
    of_origin,
    trusted_by_logs,
    trusted_by_policy,
    trusted_by_vkey,
)

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from assurance.tlog import checkpoint
    from assurance_log.commands.options import Place
    from assurance_log.trusting import Trusted


class LogServer(Value):
    """One server, and what is remembered of its log."""

    client: LogClient
    trusted: Trusted
    anchor: Path | None

    def head(self) -> tuple[note.Note, checkpoint.Checkpoint]:
        """Return the newest checkpoint, verified; the anchor's has grown into it.

        Raises:
            RefusedError: it has not: the log was forked or rolled back.
            LogError: no answer, one that does not hold, or an anchor of another log.
        """
        old = self._remembered()
        signed, head = self.client.head() if old is None else self.client.grown_from(old)
        if self.anchor is not None:
            folders.demand(self.anchor.parent)
            anchor.write(self.anchor, signed.encode())
        return signed, head

    def _remembered(self) -> checkpoint.Checkpoint | None:
        if self.anchor is None or not self.anchor.exists():
            return None
        try:
            return self.trusted(
                note.read(
                    bounded_file.read_file(self.anchor, what="the anchor", limit=note.MAX_BYTES)
                )
            )
        except UsageError:
            raise
        except AssuranceError as err:
            raise LogError(
                f"the anchor is no checkpoint of this log: {err.problem}",
                remedy="bring the right file back; do not delete it",
                where=str(self.anchor),
            ) from err


def opened(place: Place, arguments: argparse.Namespace) -> LogServer | None:
    """Return the log server that is meant; None where the log is in a database.

    Raises:
        UsageError: the URL is none of a log server, or nothing says whom to trust; or an option
            of a log server is given with a database.
        FormatError: a vkey, policy or trust file is none.
    """
    if not place.is_server:
        for flag in ("vkey", "trust"):
            if getattr(arguments, flag) is not None:
                raise UsageError(
                    f"--{flag} says which checkpoints of a log server count, and the log is in "
                    "a database",
                    remedy=f"give --log https://…, or leave --{flag} away",
                    where=f"--{flag}",
                )
        return None
    if getattr(arguments, "key", None) is not None:
        raise UsageError(
            "--key is the log's own key, which the log server has",
            remedy="leave --key away",
            where="--key",
        )
    trusted = of_origin(_trusted(place, arguments), place.origin)
    client = LogClient(place.url, trusted)
    return LogServer(client=client, trusted=trusted, anchor=place.anchor)


def _trusted(place: Place, arguments: argparse.Namespace) -> Trusted:
    if arguments.vkey is not None:
        return trusted_by_vkey(*arguments.vkey)
    if arguments.trust is not None:
        return trusted_by_logs(trust_file.load(arguments.trust).logs)
    if place.witness_policy is not None:
        return trusted_by_policy(opening.read_policy(place.witness_policy))
    if place.vkey is not None:
        return trusted_by_vkey(place.vkey)
    raise UsageError(
        "nothing says which key signs the log server's checkpoints",
        remedy="give --vkey, as `assurance log keys` prints it where the log is kept, or --trust "
        "FILE; or `vkey` in [log]",
        where="--log",
    )
