"""The client believes nothing that it cannot check, and tries again where that helps."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.errors import FormatError, LogError, RefusedError, UsageError
from assurance.tlog import checkpoint, merkle, note, note_key, policy, proof
from assurance_log.client import LogClient, trusted_by_policy, trusted_by_vkey
from assurance_log.http_transport import Patience, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUICK = Patience(attempts=3, answer_seconds=5, seconds=10)
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEY = note_key.from_public("log.example/x", 1, PRIVATE.public_key().public_bytes_raw())


def client(server: Any) -> LogClient:
    """A client of the shared server."""
    return LogClient(server.url, trusted_by_vkey(server.ask("/v1/keys").json["keys"][0]["vkey"]))


def test_it_appends_and_proves(server: Any) -> None:
    """Receipts of entries, batches and bundles hold, and the same entry keeps its index."""
    log = client(server)
    first = log.append(b"by-client")
    assert first.index == log.append(b"by-client").index == log.prove(b"by-client").index
    one, two = log.append_batch([b"by-client-1", b"by-client"])
    assert (first.index, first.index) == (two.index, one.index - 1)
    bundle = log.append_bundle(b"{}\n")
    assert bundle.index > one.index
    found = log.entry(first.index)
    assert (b"by-client", first.index) == (found.body, found.receipt.index)
    with pytest.raises(RefusedError, match="no entry has this leaf hash"):
        log.prove(b"never")
    with pytest.raises(RefusedError, match="none with index 9999999"):
        log.entry(9_999_999)
    with pytest.raises(RefusedError, match="at most 65535"):
        log.append(b"x" * 65_536)


def test_it_leafs_and_follows(server: Any) -> None:
    """A listing is leafed to its end; an old checkpoint is proven to be part of the newest."""
    log = client(server)
    items = list(log.entries({"first": "10", "last": "130", "limit": "50"}))
    assert [*range(130, 9, -1)] == [item["index"] for item in items]
    _, old = log.head(300)
    log.append(b"and one more")
    _, new = log.grown_from(old)
    assert new.size > old.size
    empty = checkpoint.Checkpoint(origin=old.origin, size=0, root=merkle.EMPTY_ROOT)
    assert new.size == log.grown_from(empty)[1].size
    for forked in (
        checkpoint.Checkpoint(origin=old.origin, size=300, root=bytes(32)),
        checkpoint.Checkpoint(origin=old.origin, size=new.size + 1, root=bytes(32)),
        checkpoint.Checkpoint(origin="log.example/other", size=300, root=old.root),
    ):
        with pytest.raises(RefusedError, match="forked or rolled back"):
            log.grown_from(forked)
    with pytest.raises(RefusedError, match="no checkpoint of 301 entries"):
        log.head(301)


def test_whom_it_trusts(server: Any) -> None:
    """Checkpoints of another key or of too few witnesses do not count."""
    vkey = server.ask("/v1/keys").json["keys"][0]["vkey"]
    alone = policy.read(f"log {vkey}\nquorum none\n".encode(), where="policy")
    assert LogClient(server.url, trusted_by_policy(alone)).head()[1].size
    witness = note_key.from_public("w.example", 4, bytes(range(32))).vkey()
    text = f"log {vkey}\nwitness w {witness}\nquorum w\n"
    strict = policy.read(text.encode(), where="policy")
    with pytest.raises(LogError, match="do not meet the quorum"):
        LogClient(server.url, trusted_by_policy(strict)).head()
    with pytest.raises(LogError, match="is not signed by the log's key"):
        LogClient(server.url, trusted_by_vkey(KEY.vkey())).head()
    with pytest.raises(FormatError, match="the vkey is a witness's"):
        trusted_by_vkey(witness)


Answers = list[tuple[int, dict[str, str], bytes]]


@contextmanager
def scripted(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """A stand-in for a server that lies or fails, which the real one does not do on demand."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, body = answers[min(len(asked), len(answers)) - 1]
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}/log", asked
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def receipt_of(entry: bytes, *, size: int = 1, key: Ed25519PrivateKey = PRIVATE) -> str:
    """A receipt for the first entry of a log."""
    text = checkpoint.Checkpoint(origin=KEY.name, size=size, root=merkle.leaf_hash(entry)).text()
    line = note.NoteSignature(
        name=KEY.name, key_hash=KEY.key_hash, signature=key.sign(text.encode())
    )
    signed = note.Note(text=text, signatures=(line,))
    return proof.TlogProof(index=0, hashes=(), signed_checkpoint=signed).encode().decode()


def told(receipt: object) -> Answers:
    """An answer to an append."""
    return [(200, {}, json.dumps({"receipt": receipt}).encode())]


def test_a_receipt_that_holds() -> None:
    """The stand-in's good receipt is accepted, below a prefix; the ones below have a fault."""
    with scripted(told(receipt_of(b"mine"))) as (url, asked):
        assert 0 == LogClient(url + "/", trusted_by_vkey(KEY.vkey())).append(b"mine").index
        assert ["POST /log/v1/entries"] == asked


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (told(receipt_of(b"other")), "does not show the entry"),
        (told(receipt_of(b"mine", size=2)), "does not show the entry"),
        (told(receipt_of(b"mine", key=Ed25519PrivateKey.from_private_bytes(b"x" * 32))), "wrong"),
        (told(None), "has no receipt"),
        (told("\ud800"), "surrogate"),
        (told("c2sp.org/tlog-proof@v1\n"), "no empty line"),
        ([(200, {}, b"[]")], "no JSON object"),
        ([(200, {}, b'{"receipt": ')], "not JSON"),
        ([(200, {}, b"")], "not JSON"),
        ([(302, {"Location": "/elsewhere"}, b"")], "did not acknowledge: 302"),
        ([(500, {}, b"oops")], "did not acknowledge: 500"),
        (
            [
                (
                    403,
                    {"Content-Type": "application/problem+json"},
                    b'{"detail": "not \\u001b[31mhere"}',
                )
            ],
            r"did not acknowledge: 403: not \?\[31mhere",
        ),
    ],
)
def test_answers_that_do_not_hold(answers: Answers, problem: str) -> None:
    """Whatever else the server answers to an append, it is not acknowledged."""
    with (
        scripted(answers) as (url, _),
        pytest.raises(LogError, match=problem),
    ):
        LogClient(url, trusted_by_vkey(KEY.vkey()), patience=QUICK).append(b"mine")


@pytest.mark.parametrize(
    "failing",
    [
        (0, {}, b""),
        (503, {}, b""),
        (503, {"Retry-After": "1"}, b""),
        (429, {}, b""),
        (502, {}, b""),
    ],
    ids=["lost", "503", "retry-after", "429", "502"],
)
def test_it_tries_again(failing: tuple[int, dict[str, str], bytes]) -> None:
    """Two failures, then an answer: the append is acknowledged once, after the time asked for."""
    slept: list[float] = []
    with scripted([failing, failing, (200, {}, b"{}")]) as (url, asked):
        transport = Transport(url, patience=QUICK, sleep=slept.append)
        answer = transport.request("POST", "/v1/entries", most=100, body=b"x")
    assert (200, 3) == (answer.status, len(asked))
    least = 1.0 if "Retry-After" in failing[1] else 0.1
    assert all(least <= wait <= 8 for wait in slept), slept
    assert 2 == len(slept)


def test_it_gives_up() -> None:
    """After its tries, or asked for more time than there is, it says what was said last."""
    problem = b'{"detail": "the anchor is away"}'
    answer = (503, {"Content-Type": "application/problem+json", "Retry-After": "7"}, problem)
    with scripted([answer]) as (url, asked):
        transport = Transport(url, patience=QUICK, sleep=lambda _seconds: None)
        with pytest.raises(LogError, match="after 3 tries: 503: the anchor is away"):
            transport.request("GET", "/checkpoint", most=100)
        assert 3 == len(asked)
        late = Transport(url, patience=Patience(seconds=5), sleep=lambda _seconds: None)
        with pytest.raises(LogError, match="after 1 tries"):
            late.request("GET", "/checkpoint", most=100)
    with scripted([(200, {}, b"x" * 101)]) as (url, _):
        transport = Transport(url, patience=QUICK, sleep=lambda _seconds: None)
        with pytest.raises(LogError, match="more than 100 bytes"):
            transport.request("GET", "/checkpoint", most=100)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://log.example.com", "loopback address only"),
        ("http://10.0.0.1:8787", "loopback address only"),
        ("https://user:hush@log.example.com", "a name, a query or a fragment"),
        ("https://log.example.com?x=1", "a name, a query or a fragment"),
        ("https://log.example.com#x", "a name, a query or a fragment"),
        ("https://", "not https://HOST"),
        ("ftp://log.example.com", "not https://HOST"),
        ("https://log.example.com:x", "cannot be read"),
        ("https://[::1", "cannot be read"),
    ],
)
def test_urls(url: str, why: str) -> None:
    """Only a URL that says one server, reached safely, is taken; none is repeated in the error."""
    with pytest.raises(UsageError, match=why) as caught:
        Transport(url)
    assert "hush" not in str(caught.value)


def test_a_server_that_starts_late(serve: Callable[..., Any]) -> None:
    """An outage shorter than the patience is only a wait; the entry is logged once."""
    first = serve()
    vkey = first.ask("/v1/keys").json["keys"][0]["vkey"]
    port = str(first.address[1])
    first.stop()
    log = LogClient(first.url, trusted_by_vkey(vkey))
    late = threading.Timer(1.0, lambda: serve("--port", port, made=True))
    late.start()
    try:
        assert 0 == log.append(b"in an outage").index
        assert 0 == log.append(b"in an outage").index
    finally:
        late.join()
