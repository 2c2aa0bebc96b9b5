"""The ledger, by itself and over HTTP."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request

import pytest
from ledger_api.chain import EMPTY, BrokenChainError, Ledger
from ledger_api.server import make_server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.jsonl"


def test_an_empty_ledger(path):
    assert (0, EMPTY) == (len(Ledger(path)), Ledger(path).head)


def test_what_was_appended_is_there_after_a_restart(path):
    first = Ledger(path)
    assert [0, 1] == [first.append({"a": 1}), first.append({"b": 2})]
    again = Ledger(path)
    assert (2, first.head, {"a": 1}) == (len(again), again.head, again[0])


@pytest.mark.parametrize(("old", "new"), [(b'"a": 1', b'"a": 2'), (b'"head": "', b'"head": "0')])
def test_a_change_is_found_at_the_next_start(path, old, new):
    Ledger(path).append({"a": 1})
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(BrokenChainError, match="does not lead to its head"):
        Ledger(path)


def test_a_cut_entry_is_found(path):
    Ledger(path).append({"a": 1})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BrokenChainError, match="is cut"):
        Ledger(path)


@pytest.fixture
def url(path):
    server = make_server(Ledger(path))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def ask(url, body=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_post_and_get(url):
    assert (201, {"number": 0}) == ask(f"{url}/entries", b'{"amount": 5}')
    assert (200, {"amount": 5}) == ask(f"{url}/entries/0")
    assert 1 == ask(f"{url}/head")[1]["size"]


@pytest.mark.parametrize("body", [b"[]", b"{", b"7"])
def test_what_is_no_object_is_refused(url, body):
    assert 400 == ask(f"{url}/entries", body)[0]


def test_too_large_and_no_such_place(url):
    assert 413 == ask(f"{url}/entries", b'"' + b"x" * 70_000 + b'"')[0]
    assert [404, 404] == [ask(f"{url}/entries/0")[0], ask(f"{url}/x", b"{}")[0]]
