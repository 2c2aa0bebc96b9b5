"""`assurance log … --log http://…`: the commands at a real server, and at one that lies."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.tlog import note_key

if TYPE_CHECKING:
    from collections.abc import Callable

BUNDLE = Path(__file__).parents[3] / "vectors/bundles/no-go.intoto.jsonl"
ORIGIN = "log.example/releases"

Run = Any


@pytest.fixture
def columns() -> int:
    """Return the width for `run`: a client has long lines, and nothing of the log in its folder."""
    return 200


def vkey(server: Any) -> str:
    """The key of the server's log."""
    return str(server.ask("/v1/keys").json["keys"][0]["vkey"])


@pytest.fixture
def at(server: Any) -> tuple[str, ...]:
    """Options that name the server and its key."""
    return ("--log", server.url, "--vkey", vkey(server))


def found(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The command's own part of the JSON output."""
    document: dict[str, Any] = json.loads(done.stdout)["log"]
    return document


def test_append(run: Run, at: tuple[str, ...], server: Any, tmp_path: Path) -> None:
    """Bundles, files and long files get receipts that verify offline; again, nothing changes."""
    names = [f"f{number}" for number in range(6)]
    for name in names:
        (tmp_path / name).write_text(f"file {name}")
    (tmp_path / "long.bin").write_bytes(b"x" * 70_000)
    (tmp_path / "app.intoto.jsonl").write_bytes(BUNDLE.read_bytes())
    given = (*names[:3], "app.intoto.jsonl", *names[3:], "long.bin")
    done = run("append", *given, *at, "-o", "json")
    assert "long.bin is logged by its digest, and a log server keeps bundles only" in done.stderr
    first = found(done)
    assert list(given) == [item["file"] for item in first["appended"]]
    key = ("--vkey", vkey(server))
    for item in first["appended"][2:4] + first["appended"][-1:]:
        assert f"entry {item['index']} of" in run("verify", item["file"], *key).stdout
    again = found(run("append", *given, *at, "--no-receipts", "-o", "json"))
    assert [item["index"] for item in first["appended"]] == [
        item["index"] for item in again["appended"]
    ]
    assert {None} == {item["receipt"] for item in again["appended"]}
    shown = found(run("list", "--release", "ledger-api@2.4.1", *at, "-o", "json"))
    assert first["appended"][3]["index"] in [item["index"] for item in shown["entries"]]


@pytest.mark.parametrize(
    "words",
    [
        ("append", "f", "--log", "URL", "--vkey", "KEY"),
        ("verify", "f", "--log", "URL", "--vkey", "KEY"),
    ],
    ids=lambda words: words[0],
)
def test_client_has_no_database(
    run: Run, at: tuple[str, ...], server: Any, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Who asks a server does not wait for SQLAlchemy, whose import takes longer than the rest."""
    (tmp_path / "f").write_text("of a client")
    run("append", "f", *at)
    given = {"URL": server.url, "KEY": at[-1]}
    program = (
        "import sys\n"
        "from assurance.cli import main\n"
        "code = main.main(sys.argv[1:])\n"
        "sys.exit(9 if 'sqlalchemy' in sys.modules else code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "log", *(given.get(word, word) for word in words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def test_the_same_answers_as_where_the_log_is(run: Run, at: tuple[str, ...], server: Any) -> None:
    """list, prove, checkpoint and replay say through the server what they say beside it."""
    for command in (
        ("list", "--limit", "550", "--last", "580"),
        ("list", "--first", "10", "--last", "12"),
        ("prove", "--index", "77", "--size", "600"),
        ("prove", "--from", "300", "--size", "600"),
        ("checkpoint", "--size", "300"),
        ("checkpoint",),
        ("replay",),
    ):
        there, here = (
            found(run(*command, *at, "-o", "json")),
            found(server.command(*command, "-o", "json")),
        )
        assert (server.url, True) == (there.pop("url"), here.pop("url").startswith("sqlite:"))
        assert here == there, command
    assert "every root comes out again" in run("replay", *at).stdout


def test_prove_and_verify_a_file(run: Run, at: tuple[str, ...], tmp_path: Path) -> None:
    """A file's receipt is made again, or taken for a verification; another file has none."""
    (tmp_path / "known").write_text("entry-5")
    (tmp_path / "other").write_text("never logged")
    run("prove", "--file", "known", "--size", "600", "--out", "known.tlog-proof", *at)
    assert "entry 5 of 600" in run("verify", "known", *at[2:]).stdout
    assert "entry 5 of" in run("verify", "known", *at).stdout
    for command in (("prove", "--file", "other"), ("verify", "other")):
        assert "404: no entry has this leaf hash" in run(*command, *at, wanted=1).stderr
    told = run("prove", "--from", "301", *at, wanted=1).stderr
    assert "no checkpoint of 301 entries" in told
    told = run("prove", "--from", "700", "--size", "600", *at, wanted=2).stderr
    assert "there is no way from 700 to 600 entries" in told
    told = run("verify", "known", *at[2:], "--log", "sqlite:///log/log.db", wanted=2).stderr
    assert "a receipt is taken from a log server" in told


def test_whom_to_trust(run: Run, server: Any, tmp_path: Path) -> None:
    """Without a key nothing is asked; with another's nothing is believed and no receipt written."""
    (tmp_path / "f").write_text("trusted?")
    log = ("--log", server.url)
    for command in (("append", "f"), ("list",), ("prove", "--index", "1"), ("replay",)):
        told = run(*command, *log, wanted=2).stderr
        assert "nothing says which key signs the log server's checkpoints" in told
    other = note_key.from_public(ORIGIN, note_key.ED25519, b"y" * 32).vkey()
    for command in (("append", "f"), ("list",), ("prove", "--index", "1"), ("checkpoint",)):
        told = run(*command, *log, "--vkey", other, wanted=3).stderr
        assert "is not signed by the log's key" in told
    assert not (tmp_path / "f.tlog-proof").exists()
    (tmp_path / "policy").write_text(f"log {vkey(server)}\nquorum none\n")
    run("append", "f", *log, "--witness-policy", "policy")
    witness = note_key.from_public("w.example", 4, bytes(range(32))).vkey()
    (tmp_path / "policy").write_text(f"log {vkey(server)}\nwitness w {witness}\nquorum w\n")
    told = run("append", "f", *log, "--witness-policy", "policy", wanted=3).stderr
    assert "do not meet the quorum" in told
    told = run("list", *log, "--vkey", other, "--witness-policy", "policy", wanted=2).stderr
    assert "not allowed with argument" in told
    told = run("list", "--log", "sqlite:///log/log.db", "--vkey", other, wanted=2).stderr
    assert "--vkey says which checkpoints of a log server count" in told
    told = run("append", "f", *log, "--vkey", other, "--key", "file:k.pem", wanted=2).stderr
    assert "--key is the log's own key, which the log server has" in told


def test_the_settings_say_which(run: Run, server: Any, tmp_path: Path) -> None:
    """`url`, `vkey` and `origin` of [log] are enough; a server with another log is refused."""
    (tmp_path / "f").write_text("by settings")
    text = (
        f'[release]\nname = "app"\nversion = "1"\nartifacts = ["f"]\n[log]\nurl = "{server.url}"\n'
    )
    text += f'vkey = "{vkey(server)}"\nanchor = "seen/anchor"\n'
    (tmp_path / "assurance.toml").write_text(f'{text}origin = "{ORIGIN}"\n')
    run("append", "f")
    assert (tmp_path / "seen/anchor").is_file()
    assert "entries shown" in run("list").stdout
    (tmp_path / "assurance.toml").write_text(f'{text}origin = "log.example/other"\n')
    told = run("append", "f", wanted=3).stderr
    assert f"keeps the log {ORIGIN}, the settings name log.example/other" in told


@pytest.mark.parametrize(
    "command", ["check", "keys", "migrate", "export --to x", "init --origin a"]
)
def test_what_a_server_does_not_do(run: Run, tmp_path: Path, command: str) -> None:
    """What is done where the log is kept says so, and leaves nothing behind."""
    told = run(*command.split(), "--log", "https://log.example", wanted=2).stderr
    assert "a log server does not do this" in told
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    for flag in ("--all", "--write-anchor"):
        other = note_key.from_public(ORIGIN, note_key.ED25519, b"y" * 32).vkey()
        log = ("--log", "https://log.example", "--vkey", other)
        assert "are not listed here" in run("checkpoint", flag, *log, wanted=2).stderr


def test_another_host(run: Run, at: tuple[str, ...], tmp_path: Path) -> None:
    """Without TLS no other machine is asked."""
    (tmp_path / "f").write_text("x")
    told = run("append", "f", "--log", "http://log.example", *at[2:], wanted=2).stderr
    assert "`http:` is for a loopback address only" in told


def _line(number: int, change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Change one line of a stream."""

    def changed(body: bytes) -> bytes:
        lines = body.splitlines(keepends=True)
        document = json.loads(lines[number])
        change(document)
        lines[number] = json.dumps(document).encode() + b"\n"
        return b"".join(lines)

    return changed


def _other_entry(document: dict[str, Any]) -> None:
    assert "entry" == document["type"]
    document["entry"] = base64.b64encode(b"another").decode()


def _other_index(document: dict[str, Any]) -> None:
    document["index"] += 1


def _other_note(document: dict[str, Any]) -> None:
    document["note"] = document["note"].replace("\n300\n", "\n299\n")


def _without(number: int) -> Callable[[bytes], bytes]:
    def changed(body: bytes) -> bytes:
        lines = body.splitlines(keepends=True)
        return b"".join(lines[:number] + lines[number + 1 :])

    return changed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_line(100, _other_entry), "it says another root than the entries give"),
        (_line(100, _other_index), "is missing or no canonical base64"),
        (_line(2, _other_note), "the next checkpoint does not hold: the signature of"),
        (_without(100), "is missing or no canonical base64"),
        (_without(2), "has no place there"),
        (lambda body: body.replace(b'"type":"end"', b'"type":"fin"'), "has no place there"),
        (lambda body: body[:5000] + b"\n{\n" + body[5000:], "not JSON"),
    ],
    ids=["entry", "index", "note", "entry-gone", "checkpoint-gone", "kind", "no-json"],
)
def test_a_history_that_lies(
    run: Run,
    between: Any,
    server: Any,
    at: tuple[str, ...],
    change: Callable[[bytes], bytes],
    said: str,
) -> None:
    """Whatever the stream changes, replay says no, and what is wrong."""
    between.change = lambda path, body: change(body) if path.startswith("/v1/replay") else body
    done = run("replay", "--log", between.url, *at[2:], wanted=1)
    assert said in done.stdout, done.stdout


def test_a_history_that_is_cut(run: Run, between: Any, at: tuple[str, ...]) -> None:
    """A lost connection is taken up again; a stream that always ends early is no answer."""
    asked: list[str] = []

    def once(path: str, body: bytes) -> bytes:
        if not path.startswith("/v1/replay"):
            return body
        asked.append(path)
        return body[: 2 * len(body) // 3] if len(asked) == 1 else body

    between.change = once
    assert "every root comes out again" in run("replay", "--log", between.url, *at[2:]).stdout
    assert (2, True) == (len(asked), "from=300" in asked[1]), asked
    between.change = lambda path, body: body[:100] if "/v1/replay" in path else body
    told = run("replay", "--log", between.url, *at[2:], wanted=3).stderr
    assert "the history ends at 0 entries" in told


def test_an_anchor_sees_a_rollback(
    run: Run, between: Any, server: Any, at: tuple[str, ...], tmp_path: Path
) -> None:
    """A server that shows an older checkpoint than it did, or a foreign anchor, is refused."""
    (tmp_path / "f").write_text("anchored")
    seen = ("--anchor", "seen/anchor", "--log", between.url, *at[2:])
    between.change = lambda _path, body: body
    run("append", "f", *seen)
    old = server.ask("/v1/checkpoints/300/note").body
    between.change = lambda path, body: old if path == "/checkpoint" else body
    (tmp_path / "g").write_text("not to be logged")
    for command in (("append", "g"), ("list",), ("prove", "--index", "1"), ("checkpoint",)):
        told = run(*command, *seen, wanted=1).stderr
        assert "it was forked or rolled back" in told
    assert not (tmp_path / "g.tlog-proof").exists()
    between.change = lambda _path, body: body
    (tmp_path / "seen/anchor").write_text("nothing\n")
    assert "the anchor is no checkpoint of this log" in run("list", *seen, wanted=3).stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"index": -1}, "`entry.index` must be an integer"),
        ({"bytes": "7"}, "`entry.bytes` must be an integer"),
        ({"logged_at": "\x1b[2J"}, "is not an RFC 3339 time"),
        ({"bundle": []}, "`entry.bundle` must be an object"),
        ({"bundle": {"sha256": "zz"}}, "must be a SHA-256"),
    ],
    ids=["index", "bytes", "time", "bundle", "digest"],
)
def test_a_listing_of_another_shape(
    run: Run, between: Any, at: tuple[str, ...], change: dict[str, Any], said: str
) -> None:
    """What is listed has the shape of a listing, or nothing of it is shown."""

    def changed(path: str, body: bytes) -> bytes:
        if not path.startswith("/v1/entries"):
            return body
        document = json.loads(body)
        document["entries"][1].update(change)
        return json.dumps(document).encode()

    between.change = changed
    done = run("list", "--log", between.url, *at[2:], wanted=3)
    assert (True, "") == (said in done.stderr, done.stdout), done.stderr
    assert "\x1b" not in done.stderr


def test_pages_of_two_trees(run: Run, between: Any, server: Any, at: tuple[str, ...]) -> None:
    """A list whose second page is of another tree than its first is refused."""
    old = server.ask("/v1/checkpoints/300/note").body.decode()

    def changed(path: str, body: bytes) -> bytes:
        document = json.loads(body) if path.startswith("/v1/entries") else {}
        if "cursor=" not in path:
            return body
        document["tree_head"]["note"] = old
        return json.dumps(document).encode()

    between.change = changed
    told = run("list", "--limit", "550", "--log", between.url, *at[2:], wanted=3).stderr
    assert "the next page is of another tree" in told
