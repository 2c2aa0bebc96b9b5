"""Appending over HTTP: acknowledged with receipts, idempotent, on this machine only, never lost."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from assurance.errors import LogError, RefusedError
from assurance.interfaces import AppendRequest
from assurance.tlog import merkle, note, note_key, proof
from assurance_log import anchor, store
from assurance_log.serve import appender as appenders
from assurance_log.serve import health
from assurance_log.serve.appender import Appender
from assurance_log.serve.loopback import LoopbackOnly, is_loopback
from assurance_log.serve.sequencer import Sequencer
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance_log.store import Store

ALL = ".".join("0000")  # every address of the machine


def holds(server: Any, entry: bytes, receipt: str) -> int:
    """See that a receipt proves the entry under the log's key; return its index."""
    key = note_key.read(server.ask("/v1/keys").json["keys"][0]["vkey"])
    found = proof.read(receipt.encode())
    found.includes(merkle.leaf_hash(entry))
    assert note.verified(found.signed_checkpoint, [key])
    return found.index


def test_an_entry_is_answered_with_its_receipt(server: Any) -> None:
    """The answer has index and receipt; the same entry again keeps its index."""
    done = server.append(b"appended")
    assert (200, "no-store") == (done.status, done.headers["cache-control"])
    index = done.json["index"]
    assert index == holds(server, b"appended", done.json["receipt"])
    size = done.json["tree_head"]["size"]
    again = server.append(b"appended").json
    assert (index, size) == (again["index"], again["tree_head"]["size"])


def test_a_batch_is_one_step(server: Any) -> None:
    """A batch has one checkpoint, an index for each entry, and doubles have one index."""
    names = [b"b0", b"b1", b"b0", b""]
    done = server.batch({"entries": [base64.b64encode(name).decode() for name in names]}).json
    indexes = [item["index"] for item in done["appended"]]
    assert indexes[0] == indexes[2]
    assert 3 == len(set(indexes))
    for name, item in zip(names, done["appended"], strict=True):
        assert item["index"] == holds(server, name, item["receipt"])
        assert item["receipt"].endswith(done["tree_head"]["note"])


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"", "not JSON"),
        (b"[]", "not an object with the one key"),
        (b'{"entries": {}}', "not an object with the one key"),
        (b'{"entries": []}', "has 0 entries"),
        ({"entries": ["YQ=="] * 4097}, "has 4,097 entries"),
        ({"entries": ["YQ"]}, "at place 0 no canonical base64"),
        ({"entries": ["YQ==", 1]}, "at place 1 no canonical base64"),
        ({"entries": ["Y_=="]}, "at place 0 no canonical base64"),
        ({"entries": [base64.b64encode(b"x" * 65_536).decode()]}, "at most 65,535 bytes"),
        ({"entries": ["YQ=="], "more": 1}, "not an object with the one key"),
        (b'{"entries": ["YQ=="], "entries": ["YQ=="]}', "stands twice"),
        (b'{"entries": ' + b"[" * 100 + b"]" * 100 + b"}", "nested deeper"),
        (b'{"entries": ["\xff"]}', "not UTF-8"),
    ],
)
def test_wrong_batches(server: Any, document: Any, told: str) -> None:
    """A batch of another form is refused as a whole."""
    size = server.ask("/v1/entries?limit=1").json["tree_head"]["size"]
    assert server.batch(document).refused(400, "bad-request", told)
    assert size == server.ask("/v1/entries?limit=1").json["tree_head"]["size"]


def test_entries_that_are_too_long(server: Any) -> None:
    """65,535 bytes are an entry, one more is not; an empty bundle is none."""
    assert 200 == server.append(b"x" * 65_535).status
    assert server.append(b"x" * 65_536).refused(413, "too-large", "more than 65,535 bytes")
    empty = server.ask(
        "/v1/bundles", method="POST", body=b"", headers={"Content-Type": "application/jsonl"}
    )
    assert empty.refused(400, "bad-request", "the bundle is empty")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-Forwarded-For": "203.0.113.9"}, "came through a proxy: it has the header x-forw"),
        ({"Forwarded": "for=203.0.113.9"}, "came through a proxy: it has the header forwarded"),
        ({"Via": "1.1 cache"}, "came through a proxy: it has the header via"),
        ({"X-Real-IP": "127.0.0.1"}, "came through a proxy: it has the header x-real-ip"),
        ({"Origin": "https://evil.example"}, "from a web page: it has the header origin"),
        ({"Host": "rebound.example"}, "`Host` is not a loopback name"),
    ],
)
def test_who_may_not_append(server: Any, headers: dict[str, str], told: str) -> None:
    """A loopback address is not enough where somebody else may be behind it."""
    for path in ("/v1/entries", "/v1/bundles", "/v1/batches"):
        found = server.ask(path, method="POST", body=b"x", headers=headers)
        assert found.refused(403, "may-not-append", told)


def test_a_server_that_others_reach_takes_no_appends(serve: Callable[..., Any]) -> None:
    """Listening on all addresses, it answers reads, and refuses appends with the reason."""
    server = serve("--host", ALL)
    server.url = server.url.replace(ALL, "127.0.0.1")
    assert 200 == server.ask("/checkpoint").status
    told = "it listens on 0.0.0.0, which other machines may reach"
    assert server.append(b"x").refused(403, "may-not-append", told)


def test_read_only(serve: Callable[..., Any], tmp_path: Any) -> None:
    """Without its key, a log is read and not appended to, and the server is ready."""
    server = serve("--read-only")
    (tmp_path / "keys/log.pem").unlink()
    assert server.append(b"x").refused(403, "read-only", "answers reads only")
    assert 200 == server.ask("/readyz").status


def request(**changes: Any) -> AppendRequest:
    """A request of this machine."""
    given: dict[str, Any] = {
        "bound": "127.0.0.1",
        "peer": "127.0.0.1",
        "method": "POST",
        "path": "/v1/entries",
        "headers": (("host", "localhost:8787"),),
        **changes,
    }
    return AppendRequest(**given)


def test_loopback_only() -> None:
    """Addresses of this machine alone are taken, in each of their spellings; no other is."""
    for address in ("127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "[::1]", "LOCALHOST"):
        assert is_loopback(address)
        assert "loopback" == LoopbackOnly().authenticate(request(peer=address, bound=address))
    for address in ("", ALL, "::", "10.0.0.1", "::ffff:10.0.0.1", "127.0.0.1.evil", "127.1"):
        with pytest.raises(RefusedError, match="the client is at"):
            LoopbackOnly().authenticate(request(peer=address))
        with pytest.raises(RefusedError, match="which other machines may reach"):
            LoopbackOnly().authenticate(request(bound=address))
    for host in ("[::1]:80", "127.0.0.1", "localhost"):
        LoopbackOnly().authenticate(request(headers=(("host", host),)))


def test_clients_at_once(server: Any) -> None:
    """Many clients share transactions; each gets the receipt of its own entry."""
    names = [b"client-%d" % number for number in range(48)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(server.append, names))
    assert {200} == {answer.status for answer in answers}
    indexes = {
        holds(server, name, answer.json["receipt"])
        for name, answer in zip(names, answers, strict=True)
    }
    assert len(names) == len(indexes)


def test_a_signal_ends_what_was_begun(serve: Callable[..., Any]) -> None:
    """While clients append, SIGTERM: what was acknowledged is in the log, exit code 0."""
    server = serve("--rate", "0")
    told: dict[bytes, int] = {}
    go_on = threading.Event()

    def client(name: str) -> None:
        for number in range(10_000):
            entry = f"{name}-{number}".encode()
            try:
                answer = server.append(entry)
            except OSError:
                return  # it listens no more
            if answer.status != 200:
                return
            told[entry] = answer.json["index"]
            if len(told) > 20:
                go_on.set()

    threads = [threading.Thread(target=client, args=(f"c{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    assert go_on.wait(100)
    assert 0 == server.stop(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert ["ending"] == [line["event"] for line in server.events("ending")]
    again = serve(made=True)
    size = again.ask("/v1/entries?limit=1").json["tree_head"]["size"]
    assert len(told) <= size
    for entry, index in told.items():
        leaf = merkle.leaf_hash(entry).hex()
        assert (
            index == again.ask(f"/v1/proofs/inclusion?leaf_hash={leaf}&size={size}").json["index"]
        )
    again.command("check", "--depth", "full", "--anchor", "away/anchor")


def test_killed_servers_lose_nothing(serve: Callable[..., Any]) -> None:
    """`kill -9` in the middle of appends, three times: every acknowledged entry stays."""
    told: dict[bytes, int] = {}
    for cycle in range(3):
        server = serve("--rate", "0", made=bool(cycle))
        enough = threading.Event()

        def client(name: str, server: Any = server, enough: Any = enough) -> None:
            for number in range(10_000):
                entry = f"{name}-{number}".encode()
                try:
                    told[entry] = server.append(entry).json["index"]
                except (OSError, HTTPException, ValueError, KeyError):
                    return
                if number == 5:
                    enough.set()

        threads = [threading.Thread(target=client, args=(f"{cycle}-{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(100)
        server.process.kill()
        server.stop()
        for thread in threads:
            thread.join(30)
    server = serve("--rate", "0", made=True)
    assert 18 <= len(told)
    for entry, index in told.items():
        assert index == server.append(entry).json["index"]
    server.command("check", "--depth", "full", "--anchor", "away/anchor")


def test_an_anchor_that_cannot_be_written(serve: Callable[..., Any], tmp_path: Any) -> None:
    """While the anchor's volume is away nothing is acknowledged; afterwards it goes on."""
    server = serve()
    assert 200 == server.append(b"before").status
    (tmp_path / "away").rename(tmp_path / "gone")
    failed = server.append(b"meanwhile")
    assert failed.refused(503, "log-unavailable", "the anchor cannot be")
    assert 1 <= int(failed.headers["retry-after"])
    assert str(tmp_path) not in failed.body.decode()
    ready = server.ask("/readyz")
    assert (503, "not ready") == (ready.status, ready.json["status"])
    assert "the anchor cannot be" in ready.json["checks"]["sequencer"]
    assert 200 == server.ask("/checkpoint").status, "reads go on"
    (tmp_path / "gone").rename(tmp_path / "away")
    done = server.append(b"meanwhile")
    for _ in range(600):
        if done.status == 200:
            break
        time.sleep(0.1)
        done = server.append(b"meanwhile")
    assert (200, 1) == (done.status, done.json["index"])
    assert 200 == server.ask("/readyz").status
    assert server.events("append-failed")
    server.command("check", "--depth", "full", "--anchor", "away/anchor")


def test_an_anchor_that_another_process_holds(
    tmp_path: Any, make_log: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told and not ready; while one request waits for the anchor, others are told at once."""
    make_log(tmp_path)
    key: Any = load_pem_private_key((tmp_path / "keys/log.pem").read_bytes(), password=None)
    path = tmp_path / "away/anchor"

    def opened(claim: Callable[[Store], None]) -> tuple[Store, Writer]:
        database = store.connect(tmp_path / "log/log.db", read_only=False)
        claim(database)
        raw = key.public_key().public_bytes_raw()
        public = note_key.from_public("log.example/releases", note_key.ED25519, raw)
        writer = Writer(database, key.sign, public, clock=lambda: 1, anchor_path=path)
        return database, writer

    monkeypatch.setattr(appenders, "RENEW_SECONDS", 1000)  # nobody opens it but this test
    now, told = 0.0, list[str]()
    appender = Appender(
        Sequencer(opened, "here"),
        failed=lambda err, _: told.append(err.problem),
        resumed=lambda: told.append("again"),
        clock=lambda: now,
    )
    service: Any = SimpleNamespace(appender=appender)
    with path.with_name("anchor.lock").open("wb") as lock, ThreadPoolExecutor(1) as threads:
        fcntl.flock(lock, fcntl.LOCK_EX)
        monkeypatch.setattr(anchor, "TURN_SECONDS", 0.1)
        reason = "another process has held the anchor for more than 0.1 s"
        with pytest.raises(LogError, match=re.escape(reason)):
            appender.append([b"first"])
        assert ([reason], reason) == (told, health._sequencer(service))
        monkeypatch.setattr(anchor, "TURN_SECONDS", 30.0)
        now = 10.0
        waiting = threads.submit(appender.append, [b"second"])
        while not appender._turn.locked():
            time.sleep(0.01)
        with pytest.raises(LogError, match=re.escape(reason)):
            appender.append([b"third"])
        assert (False, reason) == (waiting.done(), health._sequencer(service))
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert (1,) == waiting.result().indexes
    assert ([reason, "again"], "ok") == (told, health._sequencer(service))
    assert (0, 2) == appender.append([b"first", b"third"]).indexes
    appender.close()


def test_a_disk_that_fails_ends_the_process(serve: Callable[..., Any], tmp_path: Any) -> None:
    """Where a write fails, the client is told, the process ends with 3, and nothing is lost."""
    import resource

    serve().stop()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))  # the server inherits it
    try:
        server = serve("--rate", "0", made=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    told: dict[bytes, int] = {}
    answer = server.append(b"first")
    while answer.status == 200:
        entry = b"%d" % len(told) + b"x" * 60_000
        told[entry] = len(told) + 1
        answer = server.append(entry)
    told.popitem()
    assert answer.refused(503, "log-unavailable", "the log's database failed")
    assert str(tmp_path) not in answer.body.decode()
    assert 3 == server.process.wait(100)
    assert server.events("append-failed")
    again = serve("--rate", "0", made=True)
    assert 3 <= len(told)
    for entry, index in told.items():
        assert index == again.append(entry).json["index"]
    again.command("check", "--depth", "full", "--anchor", "away/anchor")


def test_a_rolled_back_log_is_not_served_for_appends(
    serve: Callable[..., Any], tmp_path: Any
) -> None:
    """A database behind its anchor: the server says so and does not start; reads may be served."""
    import shutil
    import subprocess
    import sys

    server = serve()
    server.stop()
    shutil.copytree(tmp_path / "log", tmp_path / "old")
    server = serve(made=True)
    assert 200 == server.append(b"later").status
    server.stop()
    shutil.rmtree(tmp_path / "log")
    (tmp_path / "old").rename(tmp_path / "log")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "assurance", "log", "serve", "--port", "0"),
            *("--anchor", "away/anchor"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )
    assert (3, True) == (done.returncode, "is behind its anchor" in done.stderr), done.stderr
    assert 200 == serve("--read-only", made=True).ask("/checkpoint").status


def test_a_dropped_guard_is_not_ready(serve: Callable[..., Any], tmp_path: Any) -> None:
    """A trigger that somebody dropped while the server runs makes it not ready, by its name."""
    import sqlite3
    from contextlib import closing

    server = serve()
    assert 200 == server.ask("/readyz").status
    with closing(sqlite3.connect(tmp_path / "log/log.db")) as connection:
        connection.execute("DROP TRIGGER entry_no_update")
    ready = server.ask("/readyz")
    assert (503, True) == (ready.status, "entry_no_update" in ready.json["checks"]["guards"])


def test_cursors_outlive_a_server_that_has_their_secret(
    serve: Callable[..., Any], tmp_path: Any
) -> None:
    """With `--cursor-secret`, a cursor of one process holds in the next; else it does not."""
    secret = tmp_path / "secret"
    secret.write_bytes(os.urandom(32))
    secret.chmod(0o600)
    first = serve("--cursor-secret", "secret")
    first.batch({"entries": ["YQ==", "Yg==", "Yw=="]})
    cursor = first.ask("/v1/entries?limit=1").json["next"]
    first.stop()
    second = serve("--cursor-secret", "secret", made=True)
    assert [1] == [
        item["index"] for item in second.ask(f"/v1/entries?limit=1&cursor={cursor}").json["entries"]
    ]
    second.stop()
    third = serve(made=True)
    refused = third.ask(f"/v1/entries?limit=1&cursor={cursor}")
    assert refused.refused(400, "bad-cursor", "not one that this server gave")
    assert "begin again without a cursor" in json.loads(refused.body)["next"]


def test_a_cursor_of_a_tree_that_is_not_there(
    serve: Callable[..., Any], start_server: Callable[..., Any], tmp_path: Any
) -> None:
    """A server that lags behind, or was restored, says that it has no such tree; it lists none."""
    (tmp_path / "secret").write_bytes(os.urandom(32))
    (tmp_path / "secret").chmod(0o600)
    server = serve("--cursor-secret", "secret")
    server.batch({"entries": ["YQ==", "Yg=="]})
    server.stop()
    shutil.copytree(tmp_path, tmp_path / "behind")
    server = serve("--cursor-secret", "secret", made=True)
    server.batch({"entries": ["Yw=="]})
    cursors = {
        path: server.ask(f"{path}?limit=1").json["next"]
        for path in ("/v1/entries", "/v1/checkpoints")
    }
    behind = start_server(tmp_path / "behind", "--read-only", "--cursor-secret", "secret")
    for path, cursor in cursors.items():
        refused = behind.ask(f"{path}?limit=1&cursor={cursor}")
        assert refused.refused(404, "not-found", "the log has no checkpoint of 3 entries")
    behind.stop()
