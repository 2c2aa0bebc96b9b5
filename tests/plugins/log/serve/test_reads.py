"""`/v1`: lists bound to a checkpoint, single things, proofs, and how each refuses."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from assurance.tlog import checkpoint, merkle, note, note_key, proof

BUNDLES = sorted((Path(__file__).resolve().parents[3] / "vectors/bundles").glob("*.intoto.jsonl"))


def leafed(server: Any, path: str, what: str, **asked: Any) -> tuple[list[Any], set[int]]:
    """Go through a whole listing; return its items and the tree sizes that it stated."""
    items, sizes, cursor = [], set(), None
    while True:
        given = {**asked, **({"cursor": cursor} if cursor else {})}
        page = server.ask(f"{path}?{urlencode(given)}")
        assert 200 == page.status, page.body
        items += page.json[what]
        sizes.add(page.json["tree_head"]["size"])
        cursor = page.json["next"]
        if cursor is None:
            return items, sizes


def test_a_list_is_of_one_tree(server: Any) -> None:
    """What is appended while a list is leafed through is not in it; nothing is doubled or lost."""
    first = server.ask("/v1/entries?limit=100").json
    size = first["tree_head"]["size"]
    assert 200 == server.append(b"while-leafing").status
    indexes = [item["index"] for item in first["entries"]]
    cursor = first["next"]
    while cursor:
        page = server.ask(f"/v1/entries?limit=100&cursor={cursor}").json
        assert size == page["tree_head"]["size"]
        indexes += [item["index"] for item in page["entries"]]
        cursor = page["next"]
    assert [*range(size - 1, -1, -1)] == indexes


def test_entries_by_index_and_time(server: Any) -> None:
    """Ranges hold on every page."""
    items, _ = leafed(server, "/v1/entries", "entries", first=10, last=130, limit=50)
    assert [*range(130, 9, -1)] == [item["index"] for item in items]
    logged = items[0]["logged_at"]
    items, _ = leafed(server, "/v1/entries", "entries", since=logged, until=logged, limit=500)
    assert 130 in {item["index"] for item in items}
    assert [] == leafed(server, "/v1/entries", "entries", until="2020-01-01T00:00:00Z")[0]


def test_times(server: Any) -> None:
    """A time may have an offset and a fraction; `since` and `until` mean exactly what they say."""
    newest = server.ask("/v1/checkpoints?limit=1").json["checkpoints"][0]
    at = datetime.fromisoformat(newest["signed_at"])
    size, told = newest["size"], "%Y-%m-%dT%H:%M:%S"
    for hours in (-23, -1, 0, 1, 23):
        zone = timezone(timedelta(hours=hours))
        moment = at.astimezone(zone).strftime(f"{told}{hours:+03d}:00")
        for name in ("since", "until"):
            page = server.ask(f"/v1/checkpoints?{urlencode({name: moment})}").json
            assert size in [item["size"] for item in page["checkpoints"]], (name, moment)
    before = at - timedelta(seconds=1)
    for name, second, fraction, wanted in (
        ("since", at, ".000", True),
        ("since", at, ".000001", False),
        ("since", at, ".999999999", False),
        ("since", before, ".5", True),
        ("until", at, ".0", True),
        ("until", at, ".5", True),
        ("until", before, ".5", False),
    ):
        moment = second.strftime(f"{told}{fraction}Z")
        for path, what, field, last in (
            ("/v1/checkpoints", "checkpoints", "size", size),
            ("/v1/entries", "entries", "index", size - 1),
        ):
            page = server.ask(f"{path}?{name}={moment}").json
            assert wanted is (last in [item[field] for item in page[what]]), (name, moment)
    for year, wanted in (("0001", True), ("1969", True), ("9999", False)):
        page = server.ask(f"/v1/entries?since={year}-12-31T23:59:59Z").json
        assert wanted is bool(page["entries"]), year


@pytest.mark.parametrize(
    "text",
    [
        *("2016-12-31T23:59:60Z", "2026-11-23T24:00:00Z", "2026-02-30T00:00:00Z"),
        *("2026-11-23t14:05:00z", "2026-11-23T14:05:00", "2026-11-23", "1700000000"),
        *("0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-00:01"),
        *("0001-01-01T00:00:00+00:01", "2026-11-23T14:05:00+24:00", "2026-11-23T14:05:00.Z"),
    ],
)
def test_what_is_no_time(server: Any, text: str) -> None:
    """A leap second, a day that is none and what lies outside of the years are refused."""
    for path in ("/v1/entries", "/v1/checkpoints"):
        for name in ("since", "until"):
            found = server.ask(f"{path}?{urlencode({name: text})}")
            assert found.refused(400, "bad-request", f"`{name}` is not a time such as")


def test_a_plus_that_became_a_space(server: Any) -> None:
    """Whoever writes an offset's `+` into a query as it is, is told how it is written there."""
    found = server.ask("/v1/entries?since=2026-11-23T14:05:00+01:00")
    assert found.refused(400, "bad-request", "`since` is not a time")
    assert "%2B" in found.json["next"]


def test_entries_by_what_a_bundle_says(server: Any) -> None:
    """A logged bundle is found by each of its fields, and its bytes come back by their digest."""
    data = BUNDLES[0].read_bytes()
    done = server.ask(
        "/v1/bundles", method="POST", body=data, headers={"Content-Type": "application/jsonl"}
    )
    assert 200 == done.status, done.body
    index = done.json["index"]
    found = server.ask(f"/v1/entries/{index}").json
    bundle = found["bundle"]
    assert sha256(data).hexdigest() == bundle["sha256"]
    entry = base64.b64decode(found["entry"])
    assert b"release-assurance/bundle/v1\n%s\n" % bundle["sha256"].encode() == entry
    for asked in (
        {"release": bundle["release"]},
        {"release": f"{bundle['release']}@{bundle['version']}"},
        {"verdict": bundle["verdict"]},
        {"predicate_type": bundle["predicate_types"][0]},
        {"subject": "sha256:" + bundle["subjects"][0].upper()},
        {"signer": bundle["signers"][0][:8]},
    ):
        page = server.ask(f"/v1/entries?{urlencode(asked)}").json
        # Other tests may have logged another bundle of the same release.
        assert index in [item["index"] for item in page["entries"]], asked
        assert all(item["bundle"] for item in page["entries"]), asked
    assert [] == server.ask("/v1/entries?release=other").json["entries"]
    kept = server.ask(f"/v1/contents/{bundle['sha256']}")
    assert (200, data) == (kept.status, kept.body)
    assert "immutable" in kept.headers["cache-control"]
    assert kept.headers["content-disposition"].startswith("attachment")
    assert "nosniff" == kept.headers["x-content-type-options"]
    missing = server.ask("/v1/contents/" + "0" * 64)
    assert missing.refused(404, "not-found", "no content of this SHA-256")
    assert server.ask("/v1/contents/x").refused(400, "bad-request", "not a SHA-256")


def test_checkpoints_by_size_time_and_key(server: Any) -> None:
    """Every checkpoint that was signed is listed, and found by what it is."""
    items, sizes = leafed(server, "/v1/checkpoints", "checkpoints", limit=1)
    assert 1 == len(sizes)
    assert [0, 300, 600] == [item["size"] for item in items][-1:-4:-1]
    key = server.ask("/v1/keys").json["keys"][0]["vkey"].split("+")[1]
    same, _ = leafed(server, "/v1/checkpoints", "checkpoints", key=key)
    assert items == same
    assert [] == server.ask("/v1/checkpoints?key=00000000").json["checkpoints"]
    assert [] == server.ask("/v1/checkpoints?witness=w1").json["checkpoints"]
    ranged = server.ask("/v1/checkpoints?first=1&last=599").json["checkpoints"]
    assert [300] == [item["size"] for item in ranged]
    signed = ranged[0]["signed_at"]
    timed = server.ask(f"/v1/checkpoints?since={signed}&until={signed}").json["checkpoints"]
    assert 300 in [item["size"] for item in timed]
    assert ranged[0] == server.ask("/v1/checkpoints/300").json
    assert ranged[0]["note"].encode() == server.ask("/v1/checkpoints/300/note").body
    refused = server.ask("/v1/checkpoints/301")
    assert refused.refused(404, "not-found", "no checkpoint of 301 entries")


def test_proofs_hold(server: Any) -> None:
    """Inclusion and consistency proofs verify against the signed roots that they name."""
    key = note_key.read(server.ask("/v1/keys").json["keys"][0]["vkey"])
    leaf = merkle.leaf_hash(b"entry-77")
    for asked in ("index=77", f"leaf_hash={leaf.hex()}", "index=77&size=300"):
        receipt = proof.read(server.ask(f"/v1/proofs/receipt?{asked}").body)
        head = receipt.includes(leaf)
        assert note.verified(receipt.signed_checkpoint, [key])
        found = server.ask(f"/v1/proofs/inclusion?{asked}").json
        assert list(receipt.hashes) == [base64.b64decode(part) for part in found["hashes"]]
        assert (77, head.size) == (found["index"], found["tree_head"]["size"])
        assert leaf == base64.b64decode(found["leaf_hash"])
    leaves = merkle.Frontier(0, ())
    roots = []
    for number in range(600):
        leaves.append(merkle.leaf_hash(b"entry-%d" % number))
        roots.append(leaves.root())
    for old, new in ((1, 300), (255, 300), (256, 600), (299, 600), (300, 600), (600, 600)):
        found = server.ask(f"/v1/proofs/consistency?from={old}&to={new}").json
        head = checkpoint.read(note.read(found["tree_head"]["note"].encode()).text)
        hashes = [base64.b64decode(part) for part in found["hashes"]]
        assert roots[new - 1] == head.root
        assert merkle.is_consistent(old, new, roots[old - 1], head.root, hashes)


@pytest.mark.parametrize(
    ("path", "status", "kind", "told"),
    [
        ("/v1/proofs/inclusion", 400, "bad-request", "one of `index` and `leaf_hash`"),
        ("/v1/proofs/inclusion?index=1&leaf_hash=" + "0" * 64, 400, "bad-request", "one of"),
        ("/v1/proofs/inclusion?index=600&size=600", 404, "not-found", "no entry 600 in a tree"),
        ("/v1/proofs/inclusion?index=99999999", 404, "not-found", "no entry 99999999"),
        ("/v1/proofs/inclusion?index=9223372036854775807", 404, "not-found", "no entry"),
        ("/v1/proofs/inclusion?index=9223372036854775808", 400, "bad-request", "`index`"),
        ("/v1/proofs/inclusion?index=1&size=301", 404, "not-found", "no checkpoint of 301"),
        ("/v1/proofs/receipt?leaf_hash=" + "0" * 64, 404, "not-found", "no entry has this leaf"),
        ("/v1/proofs/receipt?leaf_hash=0", 400, "bad-request", "not a SHA-256"),
        ("/v1/proofs/consistency", 400, "bad-request", "`from` is missing"),
        ("/v1/proofs/consistency?from=601&to=600", 404, "not-found", "has not grown to 601"),
        ("/v1/proofs/consistency?from=1&to=99999", 404, "not-found", "no checkpoint of 99999"),
        ("/v1/proofs/consistency?from=-1", 400, "bad-request", "`from` is not a decimal"),
        ("/v1/entries?limit=0", 400, "bad-request", "`limit` is not 1 to 500"),
        ("/v1/entries?limit=501", 400, "bad-request", "`limit` is not 1 to 500"),
        ("/v1/entries?limit=1_0", 400, "bad-request", "`limit` is not a decimal"),
        ("/v1/entries?limit=%2B5", 400, "bad-request", "`limit` is not a decimal"),
        ("/v1/entries?first=01", 400, "bad-request", "`first` is not a decimal"),
        ("/v1/entries?since=yesterday", 400, "bad-request", "`since` is not a time"),
        ("/v1/entries?subject=xyz", 400, "bad-request", "`subject` is not a digest"),
        ("/v1/entries?subject=a:b:" + "0" * 64, 400, "bad-request", "`subject` is not a digest"),
        ("/v1/entries?subject=:" + "0" * 64, 400, "bad-request", "`subject` is not a digest"),
        ("/v1/entries?subject=%C3%A4:" + "0" * 64, 400, "bad-request", "`subject` is not a digest"),
        ("/v1/entries?verdict=MAYBE", 400, "bad-request", "`verdict` is not one of GO"),
        ("/v1/entries?release=a%00b", 400, "bad-request", "printable"),
        ("/v1/entries?release=", 400, "bad-request", "printable"),
        ("/v1/entries?unknown=1", 400, "bad-request", "no parameter 'unknown'"),
        ("/v1/entries?first=1&first=2", 400, "bad-request", "stands twice"),
        ("/v1/entries?release=" + "x" * 513, 400, "bad-request", "printable"),
        ("/v1/entries?release=" + "x" * 5000, 400, "bad-request", "longer than 4,096"),
        ("/v1/checkpoints?key=XYZ", 400, "bad-request", "`key` is not eight digits"),
        ("/v1/entries/x", 404, "not-found", "no decimal number"),
        ("/v1/entries/-1", 404, "not-found", "no decimal number"),
        ("/v1/entries/99999999", 404, "not-found", "none with index"),
        ("/v1/keys?x=1", 400, "bad-request", "those known are: none"),
        ("/v2", 404, "not-found", "nothing here"),
        ("//checkpoint", 404, "not-found", "nothing here"),
    ],
)
def test_refusals(server: Any, path: str, status: int, kind: str, told: str) -> None:
    """What cannot be answered is refused with the reason."""
    found = server.ask(path)
    assert 404 == found.status or 400 == status
    if kind == "bad-request" and "none" in told:
        assert told in found.json["next"]
        told = ""
    assert found.refused(status, kind, told)


def forged(cursor: str) -> dict[str, str]:
    """Cursors that the server never gave, by what was done."""
    data = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    made = {"empty-tag": bytes(data[:-16]) + bytes(16), "short": bytes(data[:-1])}
    for at in (0, 5, 12, 20, 40):
        other = bytearray(data)
        other[at] ^= 1
        made[f"byte-{at}"] = bytes(other)
    texts = {
        name: base64.urlsafe_b64encode(value).rstrip(b"=").decode() for name, value in made.items()
    }
    return {
        **texts,
        "padded": cursor + "=",
        "text": "next-page",
        "huge": "A" * 500,
        "not-ascii": quote("päge"),
        "spaces": cursor[:10] + "%20" + cursor[10:],
    }


def test_forged_cursors(server: Any) -> None:
    """A cursor that was changed or made up is refused, and so is one of another listing."""
    cursor = server.ask("/v1/entries?limit=1&first=5").json["next"]
    assert 200 == server.ask(f"/v1/entries?limit=2&first=5&cursor={cursor}").status
    for name, text in forged(cursor).items():
        found = server.ask(f"/v1/entries?first=5&cursor={text}")
        assert found.refused(400, "bad-cursor", "not one that this server gave"), name
    for path in ("/v1/entries?", "/v1/entries?first=6&", "/v1/checkpoints?first=5&"):
        found = server.ask(f"{path}cursor={cursor}")
        assert found.refused(400, "bad-cursor", "not one that this server gave"), path


def test_answers_are_asked_about_again(server: Any) -> None:
    """`If-None-Match` with the tag that was given is answered 304, until the log grows."""
    found = server.ask("/v1/entries")
    tag = found.headers["etag"]
    assert 304 == server.ask("/v1/entries", headers={"If-None-Match": tag}).status
    assert 200 == server.append(b"grows").status
    assert 200 == server.ask("/v1/entries", headers={"If-None-Match": tag}).status


def test_other_methods(server: Any) -> None:
    """A method that is not answered is refused with the ones that are; HEAD is a GET."""
    found = server.ask("/v1/entries", method="DELETE")
    assert found.refused(405, "method-not-allowed", "DELETE is not answered here")
    assert "GET, HEAD, POST" == found.headers["allow"]
    head = server.ask("/checkpoint", method="HEAD")
    assert (200, b"") == (head.status, head.body)
    assert "173" < head.headers["content-length"]


def test_metrics_and_health(server: Any) -> None:
    """The counters count, and health says what holds."""
    assert {"status": "alive"} == server.ask("/healthz").json
    ready = server.ask("/readyz")
    assert (200, "ready") == (ready.status, ready.json["status"])
    assert {"ok"} == set(ready.json["checks"].values())
    text = server.ask("/metrics").body.decode()
    assert 'assurance_log_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert "# TYPE assurance_log_entries gauge" in text
    for path in ("/healthz", "/readyz", "/metrics"):
        assert "no-store" == server.ask(path).headers["cache-control"], path


def test_its_own_log_has_no_secrets(server: Any) -> None:
    """Neither queries nor headers stand in the server's log; every line is JSON."""
    server.ask("/v1/entries?release=hush-hush", headers={"Authorization": "Bearer tell-nobody"})
    server.ask("/hush-hush/path")
    assert server.events("request")
    text = json.dumps(server.lines)
    assert "hush-hush" not in text
    assert "tell-nobody" not in text
    assert not server.events("text")
