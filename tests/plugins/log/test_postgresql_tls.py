"""Whom a log in PostgreSQL talks to, and what it says of itself: TLS, certificates, passwords.

A real server with certificates of our own. Each refusal is that of the command, with its exit code,
and nothing that is printed has the password in it.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from assurance.errors import LogError, UsageError
from assurance_log import opening, rows, store
from assurance_log.postgresql import address, passfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

PASSWORD = "gehéim:\\ 'wort"
DAY = dt.timedelta(days=1)


@dataclass
class Authority:
    """Signs certificates."""

    folder: Path
    name: str = "ca"

    def __post_init__(self) -> None:
        """Sign its own."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign(self.key, f"the {self.name}", is_authority=True)
        self.path = self.folder / f"{self.name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def sign(
        self,
        key: ec.EllipticCurvePrivateKey,
        name: str,
        *,
        hosts: tuple[str, ...] = (),
        first_day: int = -10,
        is_authority: bool = False,
    ) -> x509.Certificate:
        """Return a certificate for 20 days from the first one on, counted from today."""
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if is_authority else self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + first_day * DAY)
            .not_valid_after(now + (first_day + 20) * DAY)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if hosts:
            names = [
                x509.IPAddress(IPv4Address(host)) if host[0].isdigit() else x509.DNSName(host)
                for host in hosts
            ]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self.key, hashes.SHA256())

    def write(
        self,
        name: str,
        *,
        encryption: KeySerializationEncryption | None = None,
        **given: Any,
    ) -> tuple[Path, Path]:
        """Write a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(self.sign(key, name, **given).public_bytes(Encoding.PEM))
        private.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
        )
        private.chmod(0o600)
        return certificate, private


class Secured:
    """A server on loopback that asks for TLS and a password, and what a test sets it to."""

    def __init__(self, cluster: Any, folder: Path) -> None:
        """Give it a certificate for `localhost`, and a password to the role that appends."""
        self.cluster = cluster
        self.authority = Authority(folder)
        self.folder = folder
        self.show(hosts=("localhost", "127.0.0.1"))
        self.let_in("hostssl all all samehost scram-sha-256")
        self.set(ssl_ca_file=str(self._keep(self.authority.path)), ssl="on")
        for role in ("log_app", "log_owner"):
            self.cluster.sql(
                f"ALTER ROLE {role} PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'"
            )

    def _keep(self, path: Path) -> Path:
        """Copy a file to where the server's user may read it, and nobody else."""
        there: Path = self.cluster.data / path.name
        there.write_bytes(path.read_bytes())
        self.cluster.give_file(there)
        return there

    def show(self, *, by: Authority | None = None, **given: Any) -> None:
        """Let the server show another certificate."""
        for path in (by or self.authority).write("server", **given):
            self._keep(path)
        self.set()

    def let_in(self, *lines: str) -> None:
        """Say who may come in over the network; over the socket everybody may."""
        text = "".join(f"{line}\n" for line in ("local all all trust", *lines))
        (self.cluster.data / "pg_hba.conf").write_text(text)
        self.set()

    def set(self, **settings: str) -> None:
        """Change settings, and wait until the server has read all its files."""
        before = self.cluster.sql("SELECT pg_conf_load_time()")[0][0]
        for name, value in settings.items():
            self.cluster.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.cluster.sql("SELECT pg_reload_conf()")
        while self.cluster.sql("SELECT pg_conf_load_time()")[0][0] == before:
            pass


@pytest.fixture(scope="module")
def secured(
    postgres: Path,
    clusters: Any,
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Secured]:
    """Return the server, which the tests of this module share."""
    made = clusters.Cluster.make(
        postgres.parent,
        port=free_port(),
        in_memory=True,
        listen_addresses="127.0.0.1",
        ssl_cert_file="server.crt",
        ssl_key_file="server.key",
    )
    yield Secured(made, tmp_path_factory.mktemp("certificates"))
    made.remove()


@pytest.fixture
def as_it_was(secured: Secured) -> Iterator[Secured]:
    """Return the server for a test that changes it."""
    yield secured
    secured.show(hosts=("localhost", "127.0.0.1"))
    secured.let_in("hostssl all all samehost scram-sha-256")
    secured.set(ssl="on")


@pytest.fixture
def log(secured: Secured, server_log_at: Callable[..., Any]) -> Any:
    """Return a log there with one entry."""
    made = server_log_at(on=secured.cluster)
    made.writer().append([b"a"])
    return made


@dataclass
class Client:
    """`assurance log checkpoint`, as somebody with a URL and variables runs it."""

    forked: Any
    folder: Path
    secured: Secured
    database: str

    def url(
        self, host: str = "localhost", *, role: str = "log_app", options: str | None = None
    ) -> str:
        """Return the log's URL."""
        port = self.secured.cluster.port
        options = f"sslrootcert={self.secured.authority.path}" if options is None else options
        return f"postgresql://{role}@{host}:{port}/{self.database}?{options}"

    def run(
        self, url: str, *words: str, wanted: int, variables: dict[str, str] | None = None
    ) -> str:
        """Run a command; return what it says."""
        known = {name: value for name, value in os.environ.items() if "PASS" not in name}
        given = {"ASSURANCE_LOG_PASSWORD": PASSWORD} if variables is None else variables
        done = self.forked(
            ("log", *(words or ("checkpoint",)), "--log", url),
            cwd=self.folder,
            env={**known, "NO_COLOR": "1", "COLUMNS": "400", **given},
        )
        told = done.stdout + done.stderr
        assert "Traceback" not in told, told
        assert wanted == done.returncode, told
        for secret in (PASSWORD, "another one"):
            assert secret not in told, told
        return str(told)

    def refused(self, url: str, reason: str, remedy: str, *, code: int = 3, **given: Any) -> None:
        """See that it is refused for its reason, with what to do."""
        told = self.run(url, wanted=code, **given)
        assert reason in told, told
        assert remedy in told.partition("→ next:")[2], told


@pytest.fixture
def client(log: Any, forked: Any, secured: Secured, tmp_path: Path) -> Client:
    """Return a client of the log."""
    return Client(forked, tmp_path, secured, log.name)


@pytest.fixture
def stranger(tmp_path: Path) -> Authority:
    """Return an authority that nobody trusts."""
    return Authority(tmp_path, "stranger")


def test_checked_server_and_password(
    client: Client, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is the one of the certificate, the session is encrypted, the password SCRAM's."""
    monkeypatch.setenv("ASSURANCE_LOG_PASSWORD", PASSWORD)
    for host in ("localhost", "127.0.0.1"):
        reader = opening.reader(store.at(client.url(host), Path()))
        log.opened.append(reader)
        with reader.read() as connection:
            found = connection.exec_driver_sql(
                "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            ).all()
            assert 1 == rows.state(connection).published
        assert [(True, "TLSv1.3")] == [tuple(row) for row in found]


def password_file(folder: Path, line: str, mode: int = 0o600) -> str:
    """Write a file that has a secret in it."""
    path = folder / "secret"
    path.write_text(line)
    path.chmod(mode)
    return str(path)


def escaped(text: str) -> str:
    """Return a field of a password file."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def test_where_the_password_comes_from(client: Client, tmp_path: Path) -> None:
    """A file's first line, libpq's password file, or a variable; ours go before libpq's."""
    path = password_file(tmp_path, f"{PASSWORD}\nno part of it\n")
    client.run(client.url(), wanted=0, variables={"ASSURANCE_LOG_PASSWORD_FILE": path})
    lines = f"# ours\n\ndb.example:*:*:*:another one\nlocalhost:*:*:log_app:{escaped(PASSWORD)}\n"
    path = password_file(tmp_path, lines)
    client.run(client.url(), wanted=0, variables={"PGPASSFILE": path})
    both = {"PGPASSFILE": path, "ASSURANCE_LOG_PASSWORD": PASSWORD}
    client.run(client.url("127.0.0.1"), wanted=0, variables=both)
    client.refused(
        client.url("127.0.0.1"),
        "it asks for a password, and none is given",
        "ASSURANCE_LOG_PASSWORD_FILE, ASSURANCE_LOG_PASSWORD or PGPASSFILE",
        variables={"PGPASSFILE": path},
    )


@pytest.mark.parametrize("variable", ["ASSURANCE_LOG_PASSWORD", "PGPASSFILE"])
def test_wrong_password(client: Client, tmp_path: Path, variable: str) -> None:
    """The server refuses it; we say where it came from, and not what it is."""
    given = "another one"
    if variable == "PGPASSFILE":
        given = password_file(tmp_path, f"*:*:*:*:{given}")
    client.refused(
        client.url(),
        'password authentication failed for user "log_app" (28P01)',
        f"correct the password in {variable}, or the role in --log",
        variables={variable: given},
    )


def test_files_of_passwords_that_cannot_be_used(client: Client, tmp_path: Path) -> None:
    """A file that is not there or that others may read is exit 2, and no line is repeated."""
    for variable in ("ASSURANCE_LOG_PASSWORD_FILE", "PGPASSFILE"):
        client.refused(
            client.url(),
            "the password file cannot be read: No such file",
            f"correct {variable}",
            code=2,
            variables={variable: str(tmp_path / "none")},
        )
    line = f"*:*:*:*:{escaped(PASSWORD)}"
    path = password_file(tmp_path, line, 0o640)
    client.refused(
        client.url(),
        "others may read or write the password file",
        f"chmod 600 {path}",
        code=2,
        variables={"PGPASSFILE": path},
    )
    path = password_file(tmp_path, f"*:*:*:another one\n{line}")
    told = client.run(client.url(), wanted=2, variables={"PGPASSFILE": path})
    assert "the line is not HOST:PORT:DATABASE:ROLE:PASSWORD" in told
    assert f"{path}:1\n" in told
    both = {"ASSURANCE_LOG_PASSWORD": PASSWORD, "ASSURANCE_LOG_PASSWORD_FILE": path}
    client.refused(client.url(), "both ASSURANCE_LOG_PASSWORD and", "unset", code=2, variables=both)


def test_role_and_database_that_are_not_there(client: Client) -> None:
    """A server that asks for a password does not say which roles it has; another one does."""
    client.refused(
        client.url(role="nobody"),
        'password authentication failed for user "nobody" (28P01)',
        "the server does not say which of the two is wrong",
    )
    client.refused(
        client.secured.cluster.url(client.database, "nobody"),
        'role "nobody" does not exist (28000)',
        "CREATE ROLE … LOGIN",
    )
    client.database = "nothing"
    client.refused(client.url(), 'database "nothing" does not exist (3D000)', "CREATE DATABASE")


def test_authority_that_is_not_trusted(
    client: Client, stranger: Authority, as_it_was: Secured
) -> None:
    """Neither a server that another authority vouches for, nor one of our own without its file."""
    reason = "its certificate does not come from one in"
    remedy = "sslrootcert in --log. If that is the right one, another server answers there"
    client.refused(client.url(options=f"sslrootcert={stranger.path}"), reason, remedy)
    for mode in ("verify-ca", "verify-full"):
        unknown = "its certificate does not come from an authority that this machine knows"
        client.refused(client.url(options=f"sslmode={mode}"), unknown, remedy)
    as_it_was.show(by=stranger, hosts=("localhost",))
    client.refused(client.url(), reason, remedy)


def test_name_that_is_not_the_servers(client: Client, as_it_was: Secured) -> None:
    """A good certificate of another server is not enough, but where that is asked for."""
    as_it_was.show(hosts=("db.example",))
    for host in ("localhost", "127.0.0.1"):
        reason = f"its certificate is not for {host}"
        client.refused(client.url(host), reason, "name the server in --log as its certificate does")
    options = f"sslmode=verify-ca&sslrootcert={as_it_was.authority.path}"
    client.run(client.url(options=options), wanted=0)


@pytest.mark.parametrize(
    ("first_day", "reason", "remedy"),
    [
        (-30, "its certificate has expired", "a new certificate"),
        (5, "its certificate is not valid yet", "the clocks of both machines"),
    ],
)
def test_certificate_out_of_its_time(
    client: Client, as_it_was: Secured, first_day: int, reason: str, remedy: str
) -> None:
    """An expired certificate, and one that is not valid yet, in both modes."""
    as_it_was.show(hosts=("localhost",), first_day=first_day)
    for mode in ("verify-ca", "verify-full"):
        options = f"sslmode={mode}&sslrootcert={as_it_was.authority.path}"
        client.refused(client.url(options=options), reason, remedy)


def test_server_without_tls(client: Client, as_it_was: Secured) -> None:
    """A server that offers none is refused; without TLS no password goes over the wire."""
    as_it_was.set(ssl="off")
    client.refused(client.url(), "it does not offer TLS", "ssl = on")
    for method in ("password", "md5"):
        as_it_was.let_in(f"host all all samehost {method}")
        options = "sslmode=disable"
        if method == "md5":
            as_it_was.cluster.sql(
                "SET password_encryption = 'md5'", "CREATE ROLE old LOGIN PASSWORD 'another one'"
            )
        client.refused(
            client.url(options=options, role="old" if method == "md5" else "log_app"),
            "it asks for the password in a form that others can read",
            "scram-sha-256",
        )
    as_it_was.let_in("host all all samehost scram-sha-256")
    client.run(client.url(options="sslmode=disable"), wanted=0)
    as_it_was.let_in("host all log_owner samehost scram-sha-256")
    client.refused(
        client.url(options="sslmode=disable"), "no pg_hba.conf entry for host", "pg_hba.conf"
    )


def test_our_own_certificate(client: Client, as_it_was: Secured, stranger: Authority) -> None:
    """A server may ask for one in place of a password; files that are none are exit 2."""
    as_it_was.let_in("hostssl all all samehost cert")
    root = f"sslrootcert={as_it_was.authority.path}"
    client.refused(client.url(), "requires a valid client certificate (28000)", "sslcert")

    def options(pair: tuple[Path, Path]) -> str:
        return f"{root}&sslcert={pair[0]}&sslkey={pair[1]}"

    good = as_it_was.authority.write("log_app")
    client.run(client.url(options=options(good)), wanted=0, variables={})
    client.refused(
        client.url(options=options(stranger.write("log_app"))), "TLS failed (", "sslcert"
    )
    none, noise = client.folder / "none", client.folder / "noise"
    noise.write_text("no PEM\n")
    for wrong, reason in (
        (options((good[0], none)), "sslcert, sslkey in the log's URL cannot be read: No such file"),
        (options((noise, good[1])), "sslcert, sslkey in the log's URL are no PEM certificate"),
        (f"sslrootcert={none}", "sslrootcert in the log's URL cannot be read: No such file"),
        (f"sslrootcert={noise}", "sslrootcert in the log's URL is no file of PEM certificates"),
    ):
        client.refused(client.url(options=wrong), reason, "correct ssl", code=2)
    locked = as_it_was.authority.write("locked", encryption=BestAvailableEncryption(b"x"))
    client.refused(
        client.url(options=options(locked)), "the key has a passphrase", "without one", code=2
    )


@contextmanager
def other_server(answer: bytes) -> Iterator[int]:
    """Answer everybody the same, whatever they ask."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with closing(link):
                    link.recv(4096)
                    link.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=10)


@pytest.mark.parametrize(
    ("answer", "mode", "reason"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "verify-full", "it does not offer TLS"),
        (b"", "verify-full", "it does not offer TLS"),
        (b"\xff", "verify-full", "its answer is none that we understand"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "disable", "none that we understand|network error"),
        (b"", "disable", "network error|Connection reset"),
        (b"R\0\0\0\x15\0\0\0\x0aSCRAM-SHA-9\0\0", "disable", "none that we understand"),
        (b"R\0\0\0\x08\0\0\0\x07", "disable", "Authentication method 7 not supported"),
    ],
)
def test_another_service_answers(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, mode: str, reason: str
) -> None:
    """Whatever it is that listens there, it is named as no PostgreSQL server, with its address."""
    monkeypatch.setenv("ASSURANCE_LOG_PASSWORD", PASSWORD)
    with other_server(answer) as port:
        url = f"postgresql://app@127.0.0.1:{port}/d?sslmode={mode}"
        with pytest.raises(LogError, match=rf"127.0.0.1:{port}: .*({reason})") as caught:
            opening.reader(store.at(url, Path()))
    assert caught.value.remedy
    assert PASSWORD not in str(caught.value)


def test_servers_that_are_not_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of several hosts says its own reason, and what to do about each is said once."""
    # No name server is asked in tests: this one stands for it.
    asked = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        if host == "db.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return asked(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        url = f"postgresql://app@db.invalid,127.0.0.1:{port},localhost:{port}/d?sslmode=disable"
        with pytest.raises(LogError, match=r"db\.invalid:5432: nobody knows this name") as caught:
            opening.reader(store.at(url, Path()))
    assert f"; 127.0.0.1:{port}: Connection refused; localhost" in caught.value.problem
    assert 1 == caught.value.remedy.count("see that the server runs and listens there")
    assert "correct the host in --log" in caught.value.remedy
    client.refused(
        f"postgresql://app@/d?host={client.folder}", "No such file", "see that the server runs"
    )


def test_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the connection and says nothing is given up."""
    from assurance_log.postgresql import connection

    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.2)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        for mode in ("verify-full", "disable"):
            url = f"postgresql://app@127.0.0.1:{port}/d?sslmode={mode}"
            with pytest.raises(LogError, match=rf"127.0.0.1:{port}: it does not answer") as caught:
                opening.reader(store.at(url, Path()))
            assert "see that the server runs" in caught.value.remedy


FIELD = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@given(database=FIELD, role=FIELD, secret=FIELD)
def test_lines_of_a_password_file(
    tmp_path_factory: pytest.TempPathFactory, database: str, role: str, secret: str
) -> None:
    """Whatever stands in a field, it is found by what it says, and by nothing else."""
    path = tmp_path_factory.getbasetemp() / "passfile"
    line = ":".join(map(escaped, ("db.example", "5432", database, role, secret)))
    path.write_text(f"{line}\n*:*:*:*:other\n", "utf-8")
    path.chmod(0o600)
    at = address.Address(
        hosts=(address.Host(name="db.example", port=5432), address.Host(name="/run", port=5432)),
        database=database,
        user=role,
        tls="disable",
        root_certificates=None,
        certificate=None,
        key=None,
    )
    assert secret == passfile.look_up(str(path), at, at.hosts[0])
    assert "other" == passfile.look_up(str(path), at, at.hosts[1])


@given(st.binary(max_size=80))
def test_any_password_file(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever a file holds, it gives a password or a refusal that does not repeat it."""
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(data)
    path.chmod(0o600)
    at = address.read("postgresql://app@db.example/d", Path())
    refused: list[UsageError] = []
    try:
        found = passfile.look_up(str(path), at, at.hosts[0])
    except UsageError as err:
        refused.append(err)
    else:
        assert found is None or found
    for one in refused:
        assert one.problem in {
            "the line is not HOST:PORT:DATABASE:ROLE:PASSWORD",
            "the password file is not UTF-8",
        }
