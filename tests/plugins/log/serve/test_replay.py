"""The stream of the whole history, gone through again by the verifier that is not ours."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def history(server: Any) -> tuple[bytes, str]:
    """The shared server's stream with a growth by one and by some, and its vkey."""
    for count in (1, 5):
        names = [f"{count}-{number}".encode() for number in range(count)]
        server.batch({"entries": [base64.b64encode(name).decode() for name in names]})
    answer = server.ask("/v1/replay")
    assert (200, "application/x-ndjson") == (answer.status, answer.headers["content-type"])
    return answer.body, server.ask("/v1/keys").json["keys"][0]["vkey"]


def test_every_checkpoint_comes_out_again(
    history: tuple[bytes, str], replayed: Callable[..., tuple[int, str]]
) -> None:
    """The verifier computes every signed root from the streamed entries."""
    answer = "5 checkpoints, 606 entries: every signed root comes out again"
    assert (0, answer) == replayed(*history)


def changed(lines: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the lines with one thing wrong."""
    kinds = [line["type"] for line in lines]
    entry = kinds.index("entry")
    second = [at for at, kind in enumerate(kinds) if kind == "checkpoint"][2]
    if name == "entry":
        lines[entry]["entry"] = "bm90IGl0"
    elif name == "missing-entry":
        del lines[entry + 3]
    elif name == "missing-checkpoint":
        del lines[second]
    elif name == "proof":
        lines[second]["consistency"]["hashes"][0] = "A" * 43 + "="
    elif name == "note":
        lines[second]["note"] = lines[second]["note"].replace("\n600\n", "\n601\n")
    elif name == "cut":
        del lines[-1]
    elif name == "cut-in-the-middle":
        del lines[entry + 10 :]
    elif name == "two-ends":
        lines.append(lines[-1])
    elif name == "begins-later":
        lines[0]["from"] = 300
    return lines


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("entry", "the entries do not give the signed root"),
        ("missing-entry", "stands where 3 belongs"),
        ("missing-checkpoint", "there are 600 entries, and the checkpoint is of 300"),
        ("proof", "the proof from 300 to 600 entries does not hold"),
        ("note", "on the checkpoint is wrong"),
        ("cut", "the stream was cut"),
        ("cut-in-the-middle", "the stream was cut"),
        ("two-ends", "goes on after its end"),
        ("begins-later", "does not begin at the beginning"),
    ],
)
def test_a_changed_history_is_found(
    history: tuple[bytes, str], replayed: Callable[..., tuple[int, str]], name: str, told: str
) -> None:
    """One thing that is wrong in the stream, and the verifier says what."""
    lines = changed([json.loads(line) for line in history[0].splitlines()], name)
    stream = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    code, said = replayed(stream, history[1])
    assert (1, True) == (code, told in said), said


def test_a_replay_may_begin_and_end_at_checkpoints(server: Any, history: Any) -> None:
    """With `from` and `to`, the stream has the checkpoints and entries between them."""
    assert history
    lines = [
        json.loads(line) for line in server.ask("/v1/replay?from=300&to=600").body.splitlines()
    ]
    assert ["log", "checkpoint", *["entry"] * 300, "end"] == [line["type"] for line in lines]
    assert [*range(300, 600)] == [line["index"] for line in lines if line["type"] == "entry"]
    assert server.ask("/v1/replay?from=301").refused(404, "not-found", "no checkpoint of 301")
    assert server.ask("/v1/replay?to=9999").refused(404, "not-found", "no checkpoint of 9999")
    refused = server.ask("/v1/replay?from=600&to=300")
    assert refused.refused(400, "bad-request", "`from` is 600, and the replay would end at 300")


def test_head_replays_nothing(server: Any) -> None:
    """Who asks for the headers alone has them, and the log is not gone through for nobody."""
    asked = [server.ask("/v1/replay", method=method) for method in ("GET", "HEAD")]
    assert [200, 200] == [found.status for found in asked]
    same, other = ({**found.headers, "date": ""} for found in asked)
    assert same == other
    assert b"" == asked[1].body
    end = time.monotonic() + 60
    found: list[int] = []
    while not found:
        assert time.monotonic() < end
        heads = [event for event in server.events("request") if event["method"] == "HEAD"]
        found = [event["bytes"] for event in heads if event["route"] == "/v1/replay"]
        time.sleep(0.05)
    assert [0] == found
    refused = server.ask("/v1/replay?to=7", method="HEAD")
    assert (404, b"") == (refused.status, refused.body)


def test_it_is_the_same_after_a_restart(
    serve: Callable[..., Any], replayed: Callable[..., tuple[int, str]]
) -> None:
    """A server that was killed and started again streams what the one before did, and more."""
    first = serve()
    for number in range(3):
        assert 200 == first.append(b"%d" % number).status
    before = first.ask("/v1/replay").body
    first.process.kill()
    first.stop()
    second = serve()
    assert before == second.ask("/v1/replay").body
    assert 200 == second.append(b"4").status
    vkey = second.ask("/v1/keys").json["keys"][0]["vkey"]
    code, said = replayed(second.ask("/v1/replay").body, vkey)
    assert (0, True) == (code, said.startswith("5 checkpoints, 4 entries")), said
