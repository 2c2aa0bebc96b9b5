"""Reads `postgresql://` URLs: where the servers are, as whom to connect, how TLS is checked.

The form is libpq's ("Connection URIs"), a strict part of it. There is no password in it: command
lines and settings are read by others.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from assurance.errors import UsageError
from assurance.value import Value

if TYPE_CHECKING:
    from pathlib import Path

SCHEME: Final = "postgresql"
PORT: Final = 5432
PASSWORD: Final = "ASSURANCE_LOG_PASSWORD"  # noqa: S105 - the variable's name
PASSWORD_FILE: Final = "ASSURANCE_LOG_PASSWORD_FILE"  # noqa: S105 - the same
_FORM: Final = re.compile(
    r"postgresql://(?P<user>[^@/?#]*@)?(?P<hosts>[^/?#]*)/(?P<database>[^/?#]+)(\?(?P<query>[^#]*))?"
)
_HOST: Final = re.compile(
    r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]*))(:(?P<port>[0-9]{1,5}))?"
)
_KEYS: Final = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
TLS_MODES: Final = ("verify-full", "verify-ca", "disable")
"""What is offered of libpq's modes: the others would talk to anybody."""
_MAX_HOSTS: Final = 8
_MAX_PORT: Final = 65535


class Host(Value):
    """One server."""

    name: str
    """A DNS name, an IP address, or the absolute path of a socket's folder."""
    port: int

    @property
    def is_socket(self) -> bool:
        """Say whether it is a socket in the file system."""
        return self.name.startswith("/")

    def __str__(self) -> str:
        """Return it as messages show it."""
        return f"{self.name}:{self.port}"


class Address(Value):
    """A PostgreSQL database, and the role to be there."""

    hosts: tuple[Host, ...]
    """Tried in this order; a writer takes the first that is no standby."""
    database: str
    user: str
    tls: str
    """One of `TLS_MODES`; not used over a socket in the file system."""
    root_certificates: Path | None
    """PEM; None: the system's."""
    certificate: Path | None
    """The client's own, PEM; None: none."""
    key: Path | None

    def __str__(self) -> str:
        """Return it for messages: as a URL, without options."""
        hosts = ",".join(str(host) for host in self.hosts)
        return f"{SCHEME}://{self.user}@{hosts}/{self.database}"


def read(url: str, root: Path) -> Address:
    """Return the address that a URL gives.

    Args:
        url: `postgresql://ROLE@HOST[:PORT][,HOST…]/DATABASE[?sslmode=…]`.
        root: What relative paths of certificates are relative to.

    Raises:
        UsageError: it is none; the URL is not repeated, as it may hold a password.
    """
    found = _FORM.fullmatch(url)
    if found is None:
        _refuse("it is not of the form ROLE@HOST[:PORT]/DATABASE")
    user = _decoded((found["user"] or "").removesuffix("@"), "the role")
    if ":" in (found["user"] or ""):
        _refuse_password()
    if not user:
        _refuse("it names no role before the host")
    options = _options(found["query"] or "")
    mode = options.get("sslmode", TLS_MODES[0])
    if mode not in TLS_MODES:
        _refuse(
            f"sslmode is {mode[:20]!r}, which does not say who answers; "
            f"known: {', '.join(TLS_MODES)}"
        )
    if ("sslcert" in options) is not ("sslkey" in options):
        _refuse("sslcert and sslkey go together")
    return Address(
        hosts=_hosts(found["hosts"], options),
        database=_decoded(found["database"], "the database"),
        user=user,
        tls=mode,
        root_certificates=_path(options, "sslrootcert", root),
        certificate=_path(options, "sslcert", root),
        key=_path(options, "sslkey", root),
    )


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict"
        )
    except ValueError:
        _refuse("what is behind the ? cannot be read")
    options = dict(pairs)
    if "password" in options:
        _refuse_password()
    for name, value in pairs:
        if name not in _KEYS:
            _refuse(f"the option {name[:40]!r} is not known; there are {', '.join(_KEYS)}")
        if not value or not value.isprintable():
            _refuse(f"the option {name} is empty or cannot be printed")
    if len(options) != len(pairs):
        _refuse("an option stands twice behind the ?")
    return options


def _hosts(text: str, options: dict[str, str]) -> tuple[Host, ...]:
    if not text:
        folder = options.get("host", "")
        if not folder.startswith("/"):
            _refuse("it names no host; a socket's folder is given as ?host=/run/postgresql")
        return (Host(name=folder, port=_port(options.get("port"))),)
    if "host" in options or "port" in options:
        _refuse("hosts stand before the / or behind the ?, not in both places")
    parts = text.split(",")
    if len(parts) > _MAX_HOSTS:
        _refuse(f"it names {len(parts)} hosts, more than {_MAX_HOSTS}")
    return tuple(_host(part) for part in parts)


def _host(part: str) -> Host:
    found = _HOST.fullmatch(part)
    name = "" if found is None else _decoded(found["six"] or found["name"] or "", "a host")
    if found is None or not _is_host(name, six=found["six"] is not None):
        _refuse(f"{part[:60]!r} is no host")
    return Host(name=name, port=_port(found["port"]))


def _is_host(name: str, *, six: bool) -> bool:
    """Say whether a name server could know it, or it is the IPv6 address that brackets mean."""
    try:
        if six:
            return bool(IPv6Address(name))
        return bool(name.encode("idna"))
    except ValueError:
        return False


def _port(text: str | None) -> int:
    if text is None:
        return PORT
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > _MAX_PORT:
        _refuse(f"{text[:10]!r} is no port")
    return int(text)


def _decoded(text: str, what: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        _refuse(f"{what} is not UTF-8")
    if not plain.isprintable():
        _refuse(f"{what} has characters that cannot be printed")
    return plain


def _path(options: dict[str, str], name: str, root: Path) -> Path | None:
    return root / options[name] if name in options else None


def _refuse_password() -> NoReturn:
    raise UsageError(
        "the log's URL has a password in it, which others can read",
        remedy=f"take it out, and change it; give the new one in {PASSWORD_FILE} or {PASSWORD}",
        where="--log",
    )


def _refuse(reason: str) -> NoReturn:
    raise UsageError(
        f"the log's URL cannot be used: {reason}",
        remedy="write postgresql://ROLE@HOST[:PORT]/DATABASE, or "
        "postgresql://ROLE@/DATABASE?host=/run/postgresql for a socket in the file system",
        where="--log",
    )
