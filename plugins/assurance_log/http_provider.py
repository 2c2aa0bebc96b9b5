"""A log server as the way of a release sees it: append a bundle, get a receipt that was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from assurance.errors import LogError, UsageError
from assurance.interfaces import Receipt

if TYPE_CHECKING:
    from assurance.interfaces import LogContext
    from assurance_log.client import Trusted


class HttpLog:
    """A log behind `assurance log serve`; `[log] url = "https://log.example.com"`."""

    def __init__(self, scheme: str) -> None:
        """Take the URL scheme: `http` (loopback addresses only) or `https`."""
        self.scheme = scheme

    def append(self, url: str, entry: bytes, context: LogContext) -> Receipt:
        """Append the bundle that `entry` stands for, and check the receipt before it counts.

        Raises:
            UsageError: the URL is none of a log server, or nothing says which key signs.
            LogError: not acknowledged, of another log, or with a receipt that does not hold.
        """
        from assurance.tlog import checkpoint
        from assurance_log.client import LogClient

        client = LogClient(url, _trusted(context))
        receipt = client.append_bundle(context.bundle) if context.bundle else client.append(entry)
        origin = checkpoint.read(receipt.signed_checkpoint.text).origin
        if origin != context.origin:
            raise LogError(
                f"the server keeps the log {origin}, the settings name {context.origin}",
                remedy="correct `origin` or `url` in [log]",
                where=url,
            )
        return Receipt(origin=origin, index=receipt.index, proof=receipt.encode())

    def create(self, url: str, context: LogContext) -> NoReturn:
        """Refuse.

        Raises:
            UsageError: always: a log is made where it is kept.
        """
        del context
        raise UsageError(
            "a log is made on the machine that keeps it",
            remedy="there: assurance log init, then assurance log serve",
            where=url,
        )


def _trusted(context: LogContext) -> Trusted:
    """Return what a receipt's checkpoint must be signed by: the witness policy, else the vkey."""
    from assurance_log.client import trusted_by_policy, trusted_by_vkey
    from assurance_log.opening import read_policy

    if context.witness_policy is not None:
        return trusted_by_policy(read_policy(context.witness_policy))
    if context.vkey is not None:
        return trusted_by_vkey(context.vkey)
    raise UsageError(
        "a log server's receipts are checked, and nothing says with which key",
        remedy="give `vkey` in [log], as `assurance log keys` prints it on the server",
        where="log.vkey",
    )
