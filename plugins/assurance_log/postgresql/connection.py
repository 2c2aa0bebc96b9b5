"""Connects to PostgreSQL through pg8000: sockets, TLS, password, session, and what a commit means.

Every session says itself what it relies on (`synchronous_commit`, the schema, time limits), so
that nobody's default for a role or a database weakens it.
"""

from __future__ import annotations

import socket
import ssl
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pg8000
import pg8000.dbapi
import scramp
from pg8000.converters import make_params

from assurance.errors import LogError
from assurance_log.postgresql import password, tls, unreachable

if TYPE_CHECKING:
    from assurance_log.postgresql.address import Address, Host
    from assurance_log.postgresql.password import Password

SCHEMA: Final = "assurance_log"
"""The schema that all tables are in."""
CONNECT_SECONDS: Final = 10
LOCK_SECONDS: Final = 30
"""How long a writer waits for another one."""
STATEMENT_SECONDS: Final = 60
"""Of a writer's statement, its commit with the wait for a standby included."""
IDLE_SECONDS: Final = 10
"""A writer that stops inside its transaction loses it after this time, and others go on. Shorter
than a lease (`lease.SECONDS`), so that it is not in the way of who takes over."""
ANSWER_SECONDS: Final = 120
"""A server that sends nothing for so long is given up."""
_KEPT_ALIVE: Final = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
}
"""How soon the server notices that our machine is gone, and lets go of what its session holds."""
_PREPARED: Final = ("SELECT ", "INSERT ", "UPDATE ")
_MOST_PREPARED: Final = 100
"""Statements that a session keeps ready."""
_WARNING: Final = b"WARNING"
_IN_THE_CLEAR: Final = (3, 5)
"""Authentication requests: AuthenticationCleartextPassword, AuthenticationMD5Password."""
_SASL: Final = 10
"""AuthenticationSASL."""
_OTHER_PROTOCOL: Final = (scramp.ScramException, KeyError, ValueError, struct.error)
"""What pg8000 raises where somebody else than PostgreSQL answers, or one that cannot be used."""


class UnsureCommitError(Exception):
    """The server committed, and warned: the transaction may not be where it was to be."""


class Connection(pg8000.dbapi.Connection):  # type: ignore[misc]
    """A session whose commit is only one when the server did not warn.

    A wait for a synchronous standby that is cancelled or times out ends in COMMIT with a warning:
    the transaction is on this server and perhaps nowhere else.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Connect; transactions are begun by who wants one, not guessed by the driver."""
        super().__init__(*arguments, **named)
        self.autocommit = True
        self._prepared: dict[str, tuple[bytes, Any, Any]] = {}

    def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:  # noqa: N802 - pg8000's name
        """Answer the server's question for a password, but not where others can read it.

        Raises:
            LinkError: there is none, or it wants the password itself or MD5, without TLS.
        """
        asked = int.from_bytes(data[:4], "big")
        open_link = self._usock.family != socket.AF_UNIX and not isinstance(
            self._usock, ssl.SSLSocket
        )
        if asked in {*_IN_THE_CLEAR, _SASL} and not self.password:
            raise unreachable.no_password()
        if asked in _IN_THE_CLEAR and open_link:
            raise unreachable.LinkError(
                "it asks for the password in a form that others can read",
                remedy="let it ask for scram-sha-256 (pg_hba.conf), or use TLS",
            )
        super().handle_AUTHENTICATION_REQUEST(data, context)

    def execute_unnamed(
        self, statement: str, vals: Any = (), oids: Any = (), stream: Any = None
    ) -> Any:
        """Run a statement with parameters; one that is known already takes one round trip of three.

        Raises:
            pg8000.Error: as the server says.
        """
        if stream is not None or not vals or not statement.startswith(_PREPARED):
            return super().execute_unnamed(statement, vals=vals, oids=oids, stream=stream)
        known = self._prepared.get(statement)
        if known is None:
            if len(self._prepared) == _MOST_PREPARED:
                return super().execute_unnamed(statement, vals=vals, oids=oids)
            known = self._prepared[statement] = self.prepare_statement(statement, oids=())
        name, columns, input_functions = known
        return self.execute_named(
            name, make_params(self.py_types, vals), columns, input_functions, statement
        )

    def close(self) -> None:
        """End the session; one that the server has ended already is none to complain about."""
        with suppress(pg8000.Error):
            super().close()

    def handle_messages(self, context: Any) -> None:
        """Read the server's answer.

        Raises:
            pg8000.Error: what the server says, or that it is gone.
        """
        try:
            super().handle_messages(context)
        except OSError as err:  # pg8000 lets some of them through
            raise pg8000.InterfaceError("network error") from err

    def commit(self) -> None:
        """Commit.

        Raises:
            UnsureCommitError: the server warned.
        """
        self.notices.clear()
        self.execute_simple("COMMIT")
        for notice in self.notices:
            if notice.get(b"V") == _WARNING:
                raise UnsureCommitError(notice.get(b"M", b"").decode("utf-8", "replace"))


def connect(address: Address, *, read_only: bool) -> Connection:
    """Return a session with the first server that answers; for a writer, one that is no standby.

    Raises:
        UsageError: a certificate or password that was named cannot be read.
        LogError: none of the servers, with what each said.
    """
    context = None if address.hosts[0].is_socket else tls.context(address)
    reasons = []
    for host in address.hosts:
        given = password.of(address, host)
        try:
            found = _session(address, host, given, context, read_only=read_only)
            if read_only or _is_primary(found):
                return found
            found.close()
        except (pg8000.Error, OSError) as err:
            reasons.append((host, unreachable.reason(err, address, host, given)))
        except _OTHER_PROTOCOL as err:
            reasons.append((host, unreachable.other_protocol(err)))
        else:
            reasons.append((host, unreachable.standby()))
    raise LogError(
        "no database for the log: "
        + "; ".join(f"{host}: {reason.problem}" for host, reason in reasons),
        remedy="; ".join(dict.fromkeys(reason.remedy for _, reason in reasons)),
        where=str(address),
    )


def _session(
    address: Address,
    host: Host,
    given: Password,
    context: ssl.SSLContext | None,
    *,
    read_only: bool,
) -> Connection:
    milliseconds = {
        "lock_timeout": LOCK_SECONDS,
        "statement_timeout": 0 if read_only else STATEMENT_SECONDS,
        "idle_in_transaction_session_timeout": 0 if read_only else IDLE_SECONDS,
    }
    link = _link(host)
    try:
        return Connection(
            address.user,
            host=host.name,
            database=address.database,
            password=given.text,
            sock=link,
            ssl_context=False if host.is_socket or context is None else context,
            application_name="assurance log",
            startup_params={
                "search_path": f"{SCHEMA}, pg_temp",
                "synchronous_commit": "on",
                "client_encoding": "UTF8",
                "default_transaction_read_only": "on" if read_only else "off",
                **({} if host.is_socket else _KEPT_ALIVE),
                **{name: str(1000 * seconds) for name, seconds in milliseconds.items()},
            },
        )
    except BaseException:
        link.close()
        raise


def _link(host: Host) -> socket.socket:
    if host.is_socket:
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(CONNECT_SECONDS)
        link.connect(f"{host.name}/.s.PGSQL.{host.port}")
    else:
        link = socket.create_connection((host.name, host.port), CONNECT_SECONDS)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.settimeout(ANSWER_SECONDS)
    return link


def _is_primary(found: Any) -> bool:
    return bool(found.execute_simple("SELECT pg_is_in_recovery()").rows == [[False]])
