"""Keys over the log's life: rotated, never used, yet to come; and its witnesses' keys.

No command rotates a log's key yet: here it is done as its owner would do it in the database.
"""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from assurance.tlog import checkpoint, note, note_key, proof
from assurance_log import receipts, rows, store
from assurance_log.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ORIGIN = "log.example/releases"
USED, UNUSED, LATER = (
    Ed25519PrivateKey.from_private_bytes(text * 32) for text in (b"u", b"n", b"l")
)
SEEING = [Ed25519PrivateKey.from_private_bytes(text * 32) for text in (b"v", b"w")]
WITNESSES = [
    note_key.from_public("w.example", note_key.COSIGNATURE, private.public_key().public_bytes_raw())
    for private in SEEING
]
SEEN_AT = 1_700_000_000


def public(private: Ed25519PrivateKey) -> note_key.NoteKey:
    """Return a key as the log names it."""
    raw = private.public_key().public_bytes_raw()
    return note_key.from_public(ORIGIN, note_key.ED25519, raw)


def append(folder: Path, private: Ed25519PrivateKey, *entries: bytes) -> None:
    """Append entries in a checkpoint of its own, signed by a key."""
    database = store.connect(folder / "log/log.db", read_only=False)
    with closing(database):
        anchor = folder / "away/anchor"
        key, clock = public(private), lambda: int(time.time())
        Writer(database, sign=private.sign, key=key, clock=clock, anchor_path=anchor).append(
            entries
        )


def rotate(folder: Path, from_size: int, key: note_key.NoteKey) -> None:
    """Have another key sign from a size on."""
    with closing(sqlite3.connect(folder / "log/log.db")) as connection, connection:
        connection.execute("INSERT INTO log_key VALUES (?, ?)", (from_size, key.vkey()))


def witness(folder: Path, size: int, number: int) -> None:
    """Have the witness sign a checkpoint with one of its keys."""
    private, key = SEEING[number], WITNESSES[number]
    with closing(store.connect(folder / "log/log.db", read_only=False)) as database:
        with database.read() as connection:
            text = receipts.at(connection, size).text
        signed = private.sign(note_key.cosigned_message(text.encode(), SEEN_AT))
        line = note.NoteSignature(
            name=key.name,
            key_hash=key.key_hash,
            signature=SEEN_AT.to_bytes(8, "big") + signed,
        )
        with database.write() as connection:
            rows.add_witness_key(connection, key)
            rows.add_cosignature(connection, size, key.name, key.key_hash, line.line(), SEEN_AT)


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, make_log: Callable[[Path], None]
) -> tuple[Path, Any]:
    """Return a folder with a log of four keys and a witness of two, and its first key."""
    folder = tmp_path_factory.mktemp("rotated")
    make_log(folder)
    key: Any = load_pem_private_key((folder / "keys/log.pem").read_bytes(), password=None)
    append(folder, key, b"1", b"2", b"3")
    rotate(folder, 4, public(UNUSED))
    rotate(folder, 5, public(USED))
    append(folder, USED, b"4", b"5")
    append(folder, USED, b"6")
    witness(folder, 5, 0)
    witness(folder, 6, 0)
    witness(folder, 6, 1)
    rotate(folder, 1000, public(LATER))
    return folder, key


@pytest.fixture(scope="module")
def server(first: tuple[Path, Any], start_server: Callable[..., Any]) -> Iterator[Any]:
    """Return a server of that log."""
    running = start_server(first[0], "--read-only", "--rate", "0")
    yield running
    assert 0 == running.stop()
    assert not running.events("bug"), running.events("bug")


def vkeys(first: tuple[Path, Any]) -> list[str]:
    """Return the vkeys of the log's keys, oldest first."""
    return [public(key).vkey() for key in (first[1], UNUSED, USED, LATER)]


def test_spans_and_events(server: Any, first: tuple[Path, Any]) -> None:
    """Each key has its sizes; one that never signed has no first checkpoint, not the next one's."""
    one, unused, used, later = vkeys(first)
    keys = server.ask("/v1/keys").json
    assert [
        {"vkey": one, "from_size": 0, "to_size": 3},
        {"vkey": unused, "from_size": 4, "to_size": 4},
        {"vkey": used, "from_size": 5, "to_size": 999},
        {"vkey": later, "from_size": 1000, "to_size": None},
    ] == keys["keys"]
    assert sorted(key.vkey() for key in WITNESSES) == sorted(
        item["vkey"] for item in keys["witnesses"]
    )
    events = server.ask("/v1/key-events").json["events"]
    assert ["created", "rotated", "rotated", "rotated"] == [item["event"] for item in events]
    assert [None, one, unused, used] == [item["replaces"] for item in events]
    assert [0, None, 5, None] == [item["first_checkpoint"] for item in events]
    assert [False, True, False, True] == [item["at"] is None for item in events]


def test_who_signed_what(server: Any, first: tuple[Path, Any]) -> None:
    """Each checkpoint verifies with the key whose turn it was, and is found by it."""
    one, unused, used, later = vkeys(first)
    for vkey, sizes in ((one, [3, 0]), (unused, []), (used, [6, 5]), (later, [])):
        key = note_key.read(vkey)
        found = server.ask(f"/v1/checkpoints?key={vkey.split('+')[1]}").json["checkpoints"]
        assert sizes == [item["size"] for item in found]
        for item in found:
            signed = note.read(item["note"].encode())
            assert note.verified(signed, [key])
            assert item["size"] == checkpoint.read(signed.text).size


def test_witnesses(server: Any) -> None:
    """Checkpoints are found by who witnessed them; every form of one has the witness's lines."""
    found = server.ask("/v1/checkpoints?witness=w.example").json["checkpoints"]
    assert [(6, set(WITNESSES)), (5, {WITNESSES[0]})] == [
        (
            item["size"],
            {key for key, _ in note.verified(note.read(item["note"].encode()), WITNESSES)},
        )
        for item in found
    ]
    seen = {"name": "w.example", "cosigned_at": "2023-11-14T22:13:20Z"}
    hashes = sorted(key.key_hash.hex() for key in WITNESSES)
    told = sorted(found[0]["witnesses"], key=lambda item: str(item["key"]))
    assert [{**seen, "key": text} for text in hashes] == told
    assert [] == server.ask("/v1/checkpoints?witness=w.exampl").json["checkpoints"]
    assert [] == server.ask("/v1/checkpoints/3").json["witnesses"]
    receipt = proof.read(server.ask("/v1/proofs/receipt?index=0").body)
    newest = found[0]["note"].encode()
    for shown in (
        server.ask("/checkpoint").body,
        server.ask("/v1/checkpoints/6/note").body,
        receipt.signed_checkpoint.encode(),
        server.ask("/v1/keys").json["tree_head"]["note"].encode(),
    ):
        assert newest == shown
    lines = map(json.loads, server.ask("/v1/replay").body.splitlines())
    replayed = {item["size"]: item["note"] for item in lines if item["type"] == "checkpoint"}
    assert newest.decode() == replayed[6]
    page = server.ask("/auditor/checkpoints?witness=w.example").body.decode()
    told = re.findall(r"<dt>Witnesses</dt><dd>(.*?)</dd>", page)
    one = "<bdi>w.example</bdi>, 2023-11-14 22:13:20 UTC"
    assert [f"{one}; {one}", one] == told


def test_replay_over_a_rotation(
    server: Any, first: tuple[Path, Any], replayed: Callable[..., tuple[int, str]]
) -> None:
    """The independent verifier follows a log over its keys, in their order and never back."""
    one, unused, used, _ = vkeys(first)
    history = server.ask("/v1/replay").body
    whole = "4 checkpoints, 6 entries: every signed root comes out again"
    assert (0, whole) == replayed(history, one, used)
    assert (0, whole) == replayed(history, one, unused, used)
    refused = f"does not hold: {ORIGIN} has not signed the checkpoint"
    for keys in ((one,), (used,), (used, one), (one, unused), (unused, used)):
        assert (1, refused) == replayed(history, *keys)


def test_the_page_without_a_script(server: Any, first: tuple[Path, Any]) -> None:
    """The history has every key once with what became of it, and the witness's keys."""
    found = server.ask("/auditor/keys").body.decode()
    items = re.findall(r"<li data-vkey.*?</li>", found, re.DOTALL)
    texts = [re.sub(r"<[^>]+>", "", item) for item in items]
    assert 4 == len(texts)
    assert texts[0].startswith("Created: signs from 0 entries on, up to 3 · first at ")
    assert texts[1].startswith("Rotated: signs from 4 entries on, up to 4 · has signed nothing")
    assert texts[2].startswith("Rotated: signs from 5 entries on, up to 999 · first at ")
    assert texts[3].startswith("Rotated: signs from 1,000 entries on · has signed nothing yet")
    assert "nothing yet" not in texts[1]
    for item in (1, 3):
        assert "The first checkpoint that it signed" not in texts[item]
    for witness in WITNESSES:
        assert 1 == found.replace("&#43;", "+").count(witness.vkey())


@pytest.mark.parametrize("path", ["keys", "checkpoints", "growth?from=3", "entry?index=1"])
def test_links_by_their_words(server: Any, path: str) -> None:
    """Who has links read out without what is around them can tell each from the others."""
    found = server.ask(f"/auditor/{path}").body.decode()
    known: dict[str, str] = {}
    for address, words in re.findall(r'<a href="([^"]+)"[^>]*>(.*?)</a>', found, re.DOTALL):
        text = re.sub(r"<[^>]+>", "", words)
        assert address == known.setdefault(text, address), text


def outcome(browser: Any, **fields: str) -> tuple[str, str]:
    """Fill in fields by their ids, check again, and return what is said."""
    for name, text in fields.items():
        browser.script(f"document.getElementById('{name}').value = arguments[0]", text)
    if fields:
        browser.script("document.querySelector('#trusted button').click()")
    found: tuple[str, str] = browser.outcome()
    return found


def test_history_in_the_browser(browser: Any, server: Any, first: tuple[Path, Any]) -> None:
    """It holds together over the rotation; yes is said where all that signed are one's own."""
    one, unused, used, later = vkeys(first)
    browser.open(server.url + "/auditor/keys")
    tone, text = outcome(browser)
    assert ("ok", True) == (tone, "3 checkpoints, each grown from the one before" in text), text
    tone, text = outcome(browser, vkey=f"{one} {used}")
    assert ("ok", True) == (tone, "The history checks." in text), text
    tone, text = outcome(browser, vkey=f"{one} {unused} {used} {later}")
    assert ("ok", True) == (tone, "The history checks." in text), text
    tone, text = outcome(browser, vkey=one)
    assert ("no", True) == (tone, f"{used} signs here and is none of yours" in text), text


def test_growth_over_a_rotation(browser: Any, server: Any, first: tuple[Path, Any]) -> None:
    """Checkpoints of two keys are compared; each is signed by the key of its size."""
    one, _, used, _ = vkeys(first)
    browser.open(server.url + "/auditor/growth?from=3&to=6")
    tone, text = outcome(browser)
    assert ("ok", True) == (tone, "both signatures verify" in text), text
    tone, text = outcome(browser, vkey=f"{one} {used}")
    assert ("ok", True) == (tone, "with the key that you gave" in text), text
    tone, text = outcome(browser, vkey=one)
    assert ("no", True) == (tone, "no signature of this key" in text), text


def test_a_kept_checkpoint_in_another_order(browser: Any, server: Any) -> None:
    """Signature lines come in any order: whose they are is what counts, and that each holds."""
    kept = server.ask("/v1/checkpoints/5/note").body.decode()
    text, lines = kept.split("\n\n")
    ours, seen = lines.splitlines()
    assert ours.startswith(f"— {ORIGIN} ")
    browser.open(server.url + "/auditor/growth?from=3&to=6")
    outcome(browser)
    tone, told = outcome(browser, kept=f"{text}\n\n{seen}\n{ours}\n")
    assert ("ok", True) == (tone, "the checkpoint that you kept of 5" in told), told
    data = bytearray(base64.b64decode(ours.rpartition(" ")[2]))
    data[-1] ^= 1
    forged = f"— {ORIGIN} {base64.b64encode(data).decode()}"
    for signed in (f"{seen}\n{forged}", f"{ours}\n{forged}"):
        tone, told = outcome(browser, kept=f"{text}\n\n{signed}\n")
        assert ("no", True) == (tone, "signature does not verify with this key" in told), told
    tone, told = outcome(browser, kept=f"{text}\n\n{seen}\n")
    assert ("no", True) == (tone, "the checkpoint has no signature of this key" in told), told


@pytest.fixture
def stale(
    tmp_path: Path,
    first: tuple[Path, Any],
    make_log: Callable[[Path], None],
    start_server: Callable[..., Any],
) -> Iterator[Any]:
    """Return a server of a log whose first key went on to sign after its turn was over."""
    make_log(tmp_path)
    append(tmp_path, first[1], b"1", b"2", b"3")
    append(tmp_path, first[1], b"4", b"5")
    rotate(tmp_path, 4, public(USED))
    running = start_server(tmp_path, "--read-only", "--rate", "0")
    yield running
    assert 0 == running.stop()


@pytest.mark.parametrize("path", ["/auditor/growth?from=3&to=5", "/auditor/entry?index=0"])
def test_a_key_after_its_turn(browser: Any, stale: Any, path: str) -> None:
    """A checkpoint by a key that another one had replaced is said not to check."""
    browser.open(stale.url + path)
    tone, text = outcome(browser)
    assert ("no", True) == (tone, "the checkpoint has no signature of this key" in text), text
