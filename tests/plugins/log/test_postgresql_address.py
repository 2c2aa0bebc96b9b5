"""URLs of logs in PostgreSQL: what is read, and what is refused without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assurance.errors import UsageError
from assurance_log import store
from assurance_log.postgresql import address
from assurance_log.postgresql.address import Host

ROOT = Path("/project")


def test_one_host() -> None:
    """The short form has the usual port, and checks who answers."""
    read = address.read("postgresql://app@db.example/releases", ROOT)
    assert (Host(name="db.example", port=5432),) == read.hosts
    assert ("app", "releases", "verify-full") == (read.user, read.database, read.tls)
    assert "postgresql://app@db.example:5432/releases" == str(read)


def test_everything() -> None:
    """Several hosts, ports, percent signs, and certificates below the project's folder."""
    read = address.read(
        "postgresql://a%40b@one:1,[::1]:2,two/x%2Fy?sslmode=verify-ca&sslrootcert=ca.pem"
        "&sslcert=me.pem&sslkey=/keys/me.key",
        ROOT,
    )
    assert ["one:1", "::1:2", "two:5432"] == [str(host) for host in read.hosts]
    assert ("a@b", "x/y", "verify-ca") == (read.user, read.database, read.tls)
    paths = (read.root_certificates, read.certificate, read.key)
    assert (ROOT / "ca.pem", ROOT / "me.pem", Path("/keys/me.key")) == paths


def test_socket() -> None:
    """A folder of sockets is given behind the question mark, as libpq has it."""
    read = address.read("postgresql://app@/releases?host=/run/postgresql&port=5433", ROOT)
    assert (Host(name="/run/postgresql", port=5433),) == read.hosts
    assert read.hosts[0].is_socket


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://app:geheim@h/d", "has a password in it"),
        ("postgresql://app@h/d?password=geheim", "has a password in it"),
        ("postgresql://app:geheim@h", "not of the form"),
        ("postgresql://h/d", "names no role"),
        ("postgresql://app@/d", "names no host"),
        ("postgresql://app@/d?host=run", "names no host"),
        ("postgresql://app@h/", "not of the form"),
        ("postgresql://app@h/d#x", "not of the form"),
        ("postgresql://app@h/d?host=/run", "not in both places"),
        ("postgresql://app@h:0/d", "is no port"),
        ("postgresql://app@h:65536/d", "is no port"),
        ("postgresql://app@h:x/d", "is no host"),
        ("postgresql://app@h,/d", "is no host"),
        ("postgresql://app@[1:2:3]/d", "is no host"),
        ("postgresql://app@h..example/d", "is no host"),
        ("postgresql://app@1,2,3,4,5,6,7,8,9/d", "more than 8"),
        ("postgresql://app@h/d?sslmode=require", "does not say who answers"),
        ("postgresql://app@h/d?sslmode=prefer", "does not say who answers"),
        ("postgresql://app@h/d?options=-cfsync%3Doff", "'options' is not known"),
        ("postgresql://app@h/d?sslmode=disable&sslmode=verify-full", "stands twice"),
        ("postgresql://app@h/d?sslcert=a", "go together"),
        ("postgresql://app@h/d?sslrootcert=", "is empty"),
        ("postgresql://app@h/d?sslmode", "cannot be read"),
        ("postgresql://app@h%00/d", "cannot be printed"),
        ("postgresql://app@h/%ff", "not UTF-8"),
    ],
)
def test_refused(url: str, reason: str) -> None:
    """What cannot be used is refused for its reason, and no password is repeated."""
    with pytest.raises(UsageError, match=reason) as caught:
        store.at(url, ROOT)
    assert "geheim" not in f"{caught.value.problem} {caught.value.remedy} {caught.value.where}"


def test_other_schemes() -> None:
    """A scheme that nobody knows is refused with those that are known."""
    with pytest.raises(UsageError, match="'mysql' is no kind of log") as caught:
        store.at("mysql://app@h/d", ROOT)
    assert "postgresql://ROLE@HOST/DATABASE" in caught.value.remedy
    assert ROOT / "log.db" == store.at("sqlite:///log.db", ROOT)


@given(st.text(max_size=60))
def test_only_our_error(text: str) -> None:
    """Whatever stands behind the scheme, it is an address or a refusal."""
    try:
        read = address.read(f"postgresql://{text}", ROOT)
    except UsageError:
        return
    assert read.user
    assert read.database
    assert read.hosts
