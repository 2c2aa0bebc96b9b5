"""Why a database server did not let us in, and what to do about it."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final

import pg8000
import scramp

from assurance.value import Value
from assurance_log.postgresql import password
from assurance_log.postgresql.server_error import said, sqlstate

if TYPE_CHECKING:
    from assurance_log.postgresql.address import Address, Host
    from assurance_log.postgresql.password import Password

_REMEDIES: Final = {
    "28000": "let this role in: CREATE ROLE … LOGIN on the server, and a line for it in its "
    "pg_hba.conf; where it asks for our certificate, give sslcert and sslkey in --log",
    "3D000": "correct the database in --log, or make it: CREATE DATABASE … OWNER …",
    "42501": "let this role in: GRANT CONNECT ON DATABASE … TO …",
    "53300": "raise max_connections on the server, or end some",
    "57P03": "come again: the server starts, ends or recovers",
}
"""What to do, by SQLSTATE (appendix A of PostgreSQL's manual)."""
_WRONG_PASSWORD: Final = "28P01"  # noqa: S105 - a SQLSTATE
_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
"""OpenSSL's X509_V_ERR_*."""
_REFUSES_TLS: Final = "Server refuses SSL"
"""What pg8000 says then."""


class LinkError(pg8000.InterfaceError):  # type: ignore[misc]
    """We do not go on with this server, for a reason of ours."""

    def __init__(self, problem: str, *, remedy: str) -> None:
        """Keep both."""
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class Reason(Value):
    """Why, and what to do."""

    problem: str
    remedy: str


def reason(err: Exception, address: Address, host: Host, given: Password) -> Reason:
    """Return why a server of an address could not be used; no secret is part of it."""
    if isinstance(err, LinkError):
        return Reason(problem=err.problem, remedy=err.remedy)
    cause = err if isinstance(err, OSError) else err.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate(cause, address, host)
    if isinstance(cause, ssl.SSLError):
        return Reason(
            problem=f"TLS failed ({cause.reason or 'the connection was closed'})",
            remedy="see the server's log; where it asks for our certificate, see sslcert in --log",
        )
    if isinstance(cause, OSError):
        return _network(cause)
    if err.args[:1] == (_REFUSES_TLS,):
        return Reason(
            problem="it does not offer TLS",
            remedy="give the server a certificate (ssl = on); sslmode=disable is for a network "
            "that nobody else is in",
        )
    return _of_server(err, given)


def _certificate(err: ssl.SSLCertVerificationError, address: Address, host: Host) -> Reason:
    known = address.root_certificates
    if err.verify_code == _EXPIRED:
        return Reason(
            problem="its certificate has expired", remedy="give the server a new certificate"
        )
    if err.verify_code == _NOT_YET_VALID:
        return Reason(
            problem="its certificate is not valid yet",
            remedy="see that the clocks of both machines are right",
        )
    if err.verify_code in {_OTHER_NAME, _OTHER_ADDRESS}:
        return Reason(
            problem=f"its certificate is not for {host.name}",
            remedy="name the server in --log as its certificate does, or give it one for this name",
        )
    who = "an authority that this machine knows" if known is None else f"one in {known}"
    return Reason(
        problem=f"its certificate does not come from {who} ({err.verify_message})",
        remedy="name the file with its authority's certificate: sslrootcert in --log. If that is "
        "the right one, another server answers there",
    )


def _network(err: OSError) -> Reason:
    if isinstance(err, socket.gaierror):
        return Reason(problem="nobody knows this name", remedy="correct the host in --log")
    if isinstance(err, TimeoutError):
        return Reason(
            problem="it does not answer",
            remedy="see that the server runs, and that the network lets us through",
        )
    return Reason(
        problem=said(err),
        remedy="see that the server runs and listens there; correct host and port in --log",
    )


def _of_server(err: Exception, given: Password) -> Reason:
    state = sqlstate(err)
    if state == _WRONG_PASSWORD:
        return Reason(
            problem=said(err),
            remedy=f"correct the password in {given.source}, or the role in --log: the server "
            "does not say which of the two is wrong",
        )
    default = "see what the server says there, and its log"
    return Reason(problem=said(err), remedy=_REMEDIES.get(state, default))


def standby() -> Reason:
    """Return why a writer passes over a server."""
    return Reason(
        problem="it is a standby, which cannot be written to",
        remedy="name the primary in --log, too: hosts stand before the /, with commas between",
    )


def other_protocol(err: Exception) -> Reason:
    """Return why a server was given up whose answers are not as they have to be."""
    told = f" ({err})" if isinstance(err, scramp.ScramException) else ""
    return Reason(
        problem=f"its answer is none that we understand{told}",
        remedy="see that a PostgreSQL server answers there, and at this port",
    )


def no_password() -> LinkError:
    """Return the error for a server that asks for a password where none is given."""
    return LinkError(
        "it asks for a password, and none is given",
        remedy=f"give it in {password.SOURCES}",
    )
