"""A log on a real PostgreSQL server: guards, roles, settings, and what it says of failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import LogError, UsageError
from assurance_log import check, guards, migrate, opening, records, rows, store
from assurance_log import create as anywhere
from assurance_log.postgresql import address, bulk, catalog
from assurance_log.postgresql.create import create
from assurance_log.postgresql.rights import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY_FUNCTION = (
    "CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql "
    "AS 'BEGIN RETURN NULL; END'"
)
BUNDLE = b'{"not": "a bundle"}\n'


def as_owner(log: Any, *statements: str, role: str = "log_owner") -> None:
    """Run statements, each in a transaction, as somebody who may do more."""
    log.server.sql("SET search_path = assurance_log", *statements, database=log.name, role=role)


@pytest.mark.parametrize("role", ["log_app", "log_owner", "postgres"])
def test_rows_stay(server_log_at: Callable[..., Any], role: str) -> None:
    """No row is changed, removed or cut by SQL: the app role may not, the triggers stop the others.

    `session_replication_role`, which a superuser may set, does not switch them off.
    """
    log = server_log_at().fill()
    replica = ("SET session_replication_role = replica",) if role == "postgres" else ()
    for table in (*TABLES, "state"):
        before = log.server.sql(f"SELECT * FROM assurance_log.{table}", database=log.name)
        assert before, "an empty table shows nothing"
        column = log.server.sql(
            "SELECT attname FROM pg_attribute WHERE attnum = 1 "
            f"AND attrelid = 'assurance_log.{table}'::regclass",
            database=log.name,
        )[0][0]
        refused = "permission denied|only grows|one row"
        for statement in (
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            *((f"UPDATE {table} SET {column} = {column}",) if table != "state" else ()),
        ):
            with pytest.raises(Exception, match=refused):
                as_owner(log, *replica, statement, role=role)
        after = log.server.sql(f"SELECT * FROM assurance_log.{table}", database=log.name)
        assert before == after
    with pytest.raises(Exception, match="no gaps"):
        as_owner(log, "INSERT INTO entry VALUES (302, '')", role=role)
    with pytest.raises(Exception, match="head only grows"):
        as_owner(log, "INSERT INTO head VALUES (400, decode(repeat('00', 32), 'hex'))", role=role)
    with pytest.raises(Exception, match="state never goes back"):
        as_owner(log, "UPDATE state SET epoch = epoch - 1", role=role)
    with pytest.raises(Exception, match="the state says what there is"):
        as_owner(log, "UPDATE state SET size = size + 1", role=role)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ALTER TABLE entry DISABLE TRIGGER entry_only_grows", "trigger entry.entry_only_grows is"),
        ("ALTER TABLE entry ENABLE TRIGGER entry_only_grows", "trigger entry.entry_only_grows is"),
        ("DROP TRIGGER head_in_order ON head", "trigger head.head_in_order is missing"),
        (EMPTY_FUNCTION, "function only_grows is not as"),
        ("ALTER TABLE leaf DROP CONSTRAINT leaf_pkey", "leaf.leaf_pkey is missing"),
        ("ALTER TABLE head ADD COLUMN more BIGINT", "table head is not as"),
        ("ALTER TABLE entry SET UNLOGGED", "table entry is not as|cannot"),
        ("CREATE RULE no AS ON INSERT TO content DO INSTEAD NOTHING", "table content is not as"),
        ("CREATE TABLE more () INHERITS (head)", "more is not the log's"),
        ("GRANT DELETE ON entry TO log_app", "log_app may delete in the table entry"),
        ("GRANT UPDATE (body) ON entry TO log_app", "log_app may update in the table entry"),
        ("GRANT TRUNCATE ON tile TO PUBLIC", "everybody may truncate in the table tile"),
    ],
)
def test_changed_guards_are_named(
    server_log_at: Callable[..., Any], statement: str, told: str
) -> None:
    """A guard that was changed, or a right that was given, is named, and nothing is appended."""
    log = server_log_at()
    if statement.endswith("UNLOGGED"):
        as_owner(log, "ALTER TABLE record DROP CONSTRAINT record_idx_fkey")
    as_owner(log, statement)
    with log.database(read_only=True).read() as connection:
        assert any(
            part in line for line in guards.changed(connection) for part in told.split("|")
        ), guards.changed(connection)
        found = list(check.problems(connection, check.Depth.QUICK, anchor=None))
        assert {"guard"} == {item.kind for item in found}
    signer = Signer(log)
    with pytest.raises(LogError, match="not as this program made it"):
        opening.writer(log.at, signer, origin=None, anchor=log.anchor, witness_policy=None)


class Signer:
    """The log's key, as a plugin would open it."""

    def __init__(self, log: Any) -> None:
        """Take it from the test's log."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self.public_key_pem = log.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        self.sign = log.private.sign
        self.key_id = "test"


def opened(log: Any, url: str) -> Any:
    """Open a log for appending as `assurance log append` does."""
    database, writer = opening.writer(
        store.at(url, Path()), Signer(log), origin=None, anchor=log.anchor, witness_policy=None
    )
    log.opened.append(database)
    return writer


def test_fresh_schema_is_the_expected_one(server_log_at: Callable[..., Any]) -> None:
    """`expected.json` is what a fresh schema has: else, run `dump_catalog.py`."""
    log = server_log_at()
    with log.database(read_only=True).read() as connection:
        assert catalog.expected() == catalog.found(connection)
        assert () == guards.changed(connection)
        assert migrate.NEWEST == migrate.revision(connection)


def test_who_made_the_log_does_not_append(server_log_at: Callable[..., Any]) -> None:
    """Neither the owner nor a superuser appends: they could drop the guards."""
    log = server_log_at()
    with pytest.raises(LogError, match="the role log_owner has the rights of log_owner, who made"):
        opened(log, log.owner_url)
    with pytest.raises(LogError, match="the role postgres is a superuser"):
        opened(log, log.server.url(log.name, "postgres"))
    assert (0,) == opened(log, log.url).append([b"a"]).indexes


def test_two_that_make_one_anchor(
    server_log_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The anchor stays that of the log that was made first, and no other log is left."""
    log = server_log_at(made=False)
    log.server.database(log.name)
    prepare = anywhere.prepare

    def meanwhile(*given: Any) -> Any:
        key = prepare(*given)
        log.anchor.write_bytes(b"of another log")
        return key

    def make() -> None:
        create(
            address.read(log.owner_url, Path()),
            log.key.name,
            log.private.sign,
            log.key.public,
            anchor=log.anchor,
            app_role="log_app",
        )

    monkeypatch.setattr(anywhere, "prepare", meanwhile)
    with pytest.raises(UsageError, match="never made anew over one"):
        make()
    assert b"of another log" == log.anchor.read_bytes()
    monkeypatch.undo()
    log.anchor.unlink()
    make()
    assert (0,) == opened(log, log.url).append([b"a"]).indexes


def test_new_log_over_an_old_one(server_log_at: Callable[..., Any], tmp_path: Path) -> None:
    """A log is never made over another one, without a role to append, or with the wrong one."""
    log = server_log_at()

    def make(role: str | None, anchor: Path | None = None, url: str = log.owner_url) -> None:
        create(
            address.read(url, Path()),
            "log.example/releases",
            log.private.sign,
            log.key.public,
            anchor=anchor,
            app_role=role,
        )

    with pytest.raises(UsageError, match="has a log already"):
        make("log_app")
    with pytest.raises(UsageError, match="the file is there already"):
        make("log_app", log.anchor)
    with pytest.raises(UsageError, match="another role has to append"):
        make(None)
    log.server.database("empty_one")
    url = log.server.url("empty_one", "log_owner")
    with pytest.raises(UsageError, match="no role 'nobody_knows'"):
        make("nobody_knows", url=url)
    with pytest.raises(UsageError, match="'log_owner' owns the log"):
        make("log_owner", url=url)
    with pytest.raises(UsageError, match="'postgres' owns the log or may do everything"):
        make("postgres", url=url)
    with pytest.raises(LogError, match="signature that does not verify"):
        create(
            address.read(url, Path()),
            "log.example/releases",
            lambda _message: bytes(64),
            log.key.public,
            anchor=tmp_path / "anchor",
            app_role="log_app",
        )
    assert not (tmp_path / "anchor").exists()
    left = log.server.sql("SELECT nspname FROM pg_namespace", database="empty_one")
    assert ["assurance_log"] not in [list(row) for row in left], "a half log was left"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("fsync = off", "fsync is off, and then a crash of the machine can take back"),
        ("full_page_writes = off", "full_page_writes is off, and then"),
    ],
)
def test_server_that_may_lose_what_it_commits(
    server_log_at: Callable[..., Any], setting: str, reason: str
) -> None:
    """Nothing is appended to a server that is not set to keep it; reading goes on."""
    log = server_log_at()
    log.writer().append([b"a"])
    log.close()
    name = setting.split(maxsplit=1)[0]
    try:
        log.server.sql(f"ALTER SYSTEM SET {setting}", "SELECT pg_reload_conf()")
        wait_for(lambda: log.server.sql(f"SHOW {name}")[0][0] == "off")
        with pytest.raises(LogError, match=reason) as caught:
            log.writer()
        assert "fsync = on" in caught.value.remedy
        with log.database(read_only=True).read() as connection:
            assert 1 == rows.state(connection).size
    finally:
        log.server.sql(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")
        wait_for(lambda: log.server.sql(f"SHOW {name}")[0][0] == "on")


def wait_for(true: Callable[[], object], seconds: float = 100) -> None:
    """Wait until something holds."""
    import time

    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.02)


def test_nobody_weakens_a_session(server_log_at: Callable[..., Any]) -> None:
    """What a role or database sets for its sessions does not reach the log's."""
    log = server_log_at()
    log.server.sql(
        f"ALTER DATABASE {log.name} SET synchronous_commit = off",
        f"ALTER DATABASE {log.name} SET search_path = public",
        f"ALTER DATABASE {log.name} SET default_transaction_read_only = on",
    )
    assert (0,) == log.writer().append([b"a"]).indexes
    with log.database().read() as connection:
        assert "on" == connection.exec_driver_sql("SHOW synchronous_commit").scalar()


def test_weaknesses_are_said(server_log_at: Callable[..., Any]) -> None:
    """One server without page checksums is allowed, and said."""
    told = server_log_at().database().weaknesses()
    assert 2 == len(told)
    assert told[0].startswith("no synchronous standby: what is acknowledged is on one server")
    assert told[1].startswith("no page checksums")


def test_hostile_bundle_is_logged(server_log_at: Callable[..., Any]) -> None:
    """Texts that PostgreSQL cannot keep or index are left out of the search fields, not refused."""
    from assurance.tlog import base64_strict

    log = server_log_at()
    statement = {"predicateType": "x\u0000y", "subject": [{"digest": {"a": "s" * 5000, "b": "ok"}}]}
    line = {
        "verificationMaterial": {"publicKey": {"hint": "k" * 9000}},
        "dsseEnvelope": {"payload": base64_strict.encode(json.dumps(statement).encode())},
    }
    bundle = json.dumps(line).encode()
    log.writer().append([records.entry_of(bundle)], contents=[bundle])
    with log.database(read_only=True).read() as connection:
        kept = records.stored(connection, 0)
        assert kept is not None
        assert frozenset({("subject", "ok")}) == kept.fields
        assert [] == list(check.problems(connection, check.Depth.FULL, anchor=None))


def test_only_plain_inserts_are_copied() -> None:
    """A statement that COPY does not stand for is a mistake of ours."""
    with pytest.raises(ValueError, match="not a plain INSERT"):
        bulk.statement("UPDATE entry SET body = ?")


def test_commands(server_log_at: Callable[..., Any], tmp_path: Path) -> None:
    """`assurance log` works from init to export; backup and restore say what to use instead."""
    log = server_log_at(made=False)
    log.server.database(log.name)
    (tmp_path / "a").write_text("a\n")

    def run(*words: str, url: str = log.url, wanted: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "assurance", "log", *words, "--log", url],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert wanted == done.returncode, done.stdout + done.stderr
        return done.stdout + done.stderr

    assert "no log" in run("check", wanted=2)
    init = ("init", "--origin", "log.example/releases", "--app-role", "log_app")
    assert "Made the log log.example/releases in postgresql://log_owner@" in run(
        *init, url=log.owner_url
    )
    told = run("append", "a")
    assert "entry 0" in told
    assert "no synchronous standby" in told
    assert "1 entry, whole (full)" in run("check", "--depth", "full")
    vkey = json.loads(run("keys", "-o", "json"))["log"]["vkeys"][0]["vkey"]
    verified = subprocess.run(
        [sys.executable, "-m", "assurance", "log", "verify", "a", "--vkey", vkey],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert 0 == verified.returncode
    for words in (["list"], ["replay"], ["checkpoint", "--all"], ["prove", "--index", "0"]):
        run(*words)
    assert "3 files written" in run("export", "--to", "public")
    assert "Schema 0003 → 0003" in run("migrate", url=log.owner_url)
    for words in (["backup", "--to", "x"], ["restore", "--from", "x"]):
        assert "pg_basebackup" in run(*words, wanted=2)


def test_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the refusal says how to install it."""
    for name in [key for key in sys.modules if key.startswith("assurance_log.postgresql.data")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(UsageError, match="needs pg8000, which is not installed"):
        store.connect(address.read("postgresql://a@b/c", Path()))


def test_server_that_is_not_there(free_port: Callable[[], int], tmp_path: Path) -> None:
    """A server that does not answer is an error with the address, and what each host said."""
    port = free_port()
    url = f"postgresql://app@localhost:{port},127.0.0.1:{port}/d?sslmode=disable"
    with pytest.raises(LogError, match=r"localhost:\d+: Connection refused; 127.0.0.1:\d+: Conn"):
        opening.reader(store.at(url, tmp_path))


def test_lost_connections(server_log_at: Callable[..., Any]) -> None:
    """A session that the server ends is told, acknowledged to nobody, and had anew afterwards."""
    log = server_log_at()
    writer = log.writer()
    writer.append([b"a"])
    with closing(log.server.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            f"WHERE datname = '{log.name}'"
        )
        assert cursor.fetchall()[0][0] > 0
    # A session that ended between two transactions is not missed.
    assert (1,) == writer.append([b"b"]).indexes
    with log.database(read_only=True).read() as connection:
        assert 2 == rows.state(connection).published


def test_run_publishes_there(server_log_at: Callable[..., Any], tmp_path: Path) -> None:
    """What `assurance run` calls appends a bundle and gives its receipt; it never makes a log."""
    from assurance.interfaces import LogContext
    from assurance.tlog import merkle, policy, proof
    from assurance_log.provider import PostgresLog

    log = server_log_at()
    context = LogContext(
        root=tmp_path,
        origin="log.example/releases",
        signer=lambda: Signer(log),
        anchor=log.anchor,
        bundle=BUNDLE,
    )
    entry = records.entry_of(BUNDLE)
    receipt = PostgresLog().append(log.url, entry, context)
    read = proof.read(receipt.proof)
    read.includes(merkle.leaf_hash(entry))
    ours = policy.TlogPolicy(
        logs=(policy.PolicyLog(key=log.key),), witnesses=(), groups=(), quorum=policy.NONE
    )
    ours.check(read.signed_checkpoint)
    assert 0 == receipt.index
    with pytest.raises(UsageError, match="made by its owner, with the command"):
        PostgresLog().create(log.url, context)
    log.server.database("no_log_here")
    with pytest.raises(UsageError, match="there is no log in this database"):
        PostgresLog().append(log.server.url("no_log_here"), entry, context)
