"""How a server on the network is told from another one: TLS as the log's URL asks for it."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from assurance.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

    from assurance_log.postgresql.address import Address


def context(address: Address) -> ssl.SSLContext | None:
    """Return what checks the servers of an address; None: TLS was switched off.

    Raises:
        UsageError: a certificate or key that the URL names cannot be used.
    """
    if address.tls == "disable":
        return None
    root = address.root_certificates
    try:
        made = ssl.create_default_context(cafile=None if root is None else str(root))
    except OSError as err:
        _refuse("sslrootcert", root, "is no file of PEM certificates", err)
    made.check_hostname = address.tls == "verify-full"
    if address.certificate is not None:
        try:
            made.load_cert_chain(address.certificate, address.key, password=_no_passphrase)
        except OSError as err:
            both = f"{address.certificate}, {address.key}"
            _refuse("sslcert, sslkey", both, "are no PEM certificate and its key", err)
    return made


def _no_passphrase() -> NoReturn:
    """Refuse: OpenSSL would ask on the terminal, and wait for ever where nobody sits."""
    raise UsageError(
        "the key has a passphrase, and nobody is asked for it",
        remedy="give a key without one, mode 0600",
        where="sslkey in the log's URL",
    )


def _refuse(option: str, where: Path | str | None, what: str, err: OSError) -> NoReturn:
    reason = what if isinstance(err, ssl.SSLError) else f"cannot be read: {err.strerror}"
    raise UsageError(
        f"{option} in the log's URL {reason}",
        remedy=f"correct {option}",
        where=None if where is None else str(where),
    ) from err
