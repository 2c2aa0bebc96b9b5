"""The contract and the running server: the same routes, and every answer as it says."""

from __future__ import annotations

import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assurance.tlog import tile
from assurance_log import contract
from assurance_log.serve import tile_names

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


def test_it_is_what_is_served(server: Any) -> None:
    """The server's description of itself is the package's document."""
    found = server.ask("/openapi.json")
    assert (200, contract.document_bytes()) == (found.status, found.body)
    assert "3.1.0" == contract.document()["openapi"]


def test_the_limits_of_bodies() -> None:
    """What a body may have is said where it is sent to, as the server's limits have it."""
    from assurance_log.serve.service import Limits

    paths = contract.document()["paths"]
    said = {
        path: paths[path]["post"]["requestBody"]["description"]
        for path in paths
        if "post" in paths[path]
    }
    most = f"at most {Limits().body >> 20} MiB, not compressed"
    assert {
        "/v1/entries": f"The entry, at most {tile.MAX_ENTRY:,} bytes, not compressed",
        "/v1/bundles": f"The bundle file, {most}",
        "/v1/batches": f"A{most[1:]}",
    } == said


def test_the_length_of_a_page(server: Any) -> None:
    """The document, the server and what the command line asks for have one limit."""
    limit = contract.document()["components"]["parameters"]["Limit"]["schema"]
    most, usual = contract.MAX_PAGE, contract.DEFAULT_PAGE
    assert {"type": "integer", "minimum": 1, "maximum": most, "default": usual} == limit
    for asked, wanted in (("", usual), (f"?limit={most}", most)):
        assert wanted == len(server.ask(f"/v1/entries{asked}").json["entries"])
    found = server.ask(f"/v1/entries?limit={most + 1}")
    assert found.refused(400, "bad-request", f"`limit` is not 1 to {most}")


@pytest.mark.usefixtures("_serve_extra")
def test_every_route_is_in_it() -> None:
    """No route but the pages for people is missing in the contract, and all of it is there."""
    from assurance_log.serve.app import _ROUTES
    from assurance_log.serve.auditor import pages
    from assurance_log.serve.service import Limits

    service: Any = SimpleNamespace(limits=Limits())
    served = {
        (method, route.path)
        for module in _ROUTES
        if module is not pages
        for route in module.routes(service)
        for method in (route.methods or set()) - {"HEAD"}
    }
    written = {
        (method.upper(), path)
        for path, item in contract.document()["paths"].items()
        for method in item
    }
    # All tiles are one route: OpenAPI has no parameter with a slash in it.
    tiles = {pair for pair in written if pair[1].startswith("/tile/")}
    assert 4 == len(tiles)
    assert served - {("GET", "/tile/{name:path}")} == written - tiles


EXAMPLES = {
    "/tile/{level}/{n}": "/tile/0/000",
    "/tile/{level}/{n}.p/{width}": "/tile/0/000.p/12",
    "/tile/entries/{n}": "/tile/entries/000",
    "/tile/entries/{n}.p/{width}": "/tile/entries/000.p/12",
    "/v1/checkpoints/{size}": "/v1/checkpoints/300",
    "/v1/checkpoints/{size}/note": "/v1/checkpoints/300/note",
    "/v1/entries/{index}": "/v1/entries/7",
    "/v1/proofs/inclusion": "/v1/proofs/inclusion?index=7",
    "/v1/proofs/receipt": "/v1/proofs/receipt?index=7",
    "/v1/proofs/consistency": "/v1/proofs/consistency?from=300",
}
"""What to ask for where a path alone finds nothing."""
ABSENT = {
    "/tile/{level}/{n}": "/tile/0/999",
    "/tile/{level}/{n}.p/{width}": "/tile/0/999.p/1",
    "/tile/entries/{n}": "/tile/entries/999",
    "/tile/entries/{n}.p/{width}": "/tile/entries/999.p/1",
    "/v1/checkpoints/{size}": "/v1/checkpoints/299",
    "/v1/checkpoints/{size}/note": "/v1/checkpoints/299/note",
    "/v1/entries/{index}": "/v1/entries/99999",
    "/v1/contents/{sha256}": "/v1/contents/" + "0" * 64,
    "/v1/proofs/inclusion": "/v1/proofs/inclusion?index=99999",
    "/v1/proofs/receipt": "/v1/proofs/receipt?index=99999",
    "/v1/proofs/consistency": "/v1/proofs/consistency?from=99999",
    "/v1/replay": "/v1/replay?to=299",
}
"""What is not there; a list has it for a cursor of a tree that the server does not have."""


def test_every_answer_to_a_reader_is_in_it(server: Any) -> None:
    """For each path that is read: found, had already, not understood and not there, as written."""
    content = server.ask(
        "/v1/bundles",
        method="POST",
        body=b"kept",
        headers={"Content-Type": "application/jsonl"},
    )
    assert 200 == content.status
    kept = "/v1/contents/" + sha256(b"kept").hexdigest()
    for path, item in contract.document()["paths"].items():
        if "get" not in item:
            continue
        written = set(item["get"]["responses"])
        address = EXAMPLES.get(path, kept if path == "/v1/contents/{sha256}" else path)
        found = server.ask(address)
        assert 200 == found.status, path
        tag = found.headers.get("etag")
        assert ("304" in written) is (tag is not None), path
        if tag is not None:
            for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
                again = server.ask(address, headers={"If-None-Match": known})
                assert (304, b"", tag) == (again.status, again.body, again.headers["etag"]), path
            again = server.ask(address, headers={"If-None-Match": f'"{"0" * 32}"'})
            assert (200, found.body) == (again.status, again.body), path
        odd = server.ask(f"{address}{'&' if '?' in address else '?'}odd=1")
        assert ("400" in written) is (odd.status == 400), path
        if path in ABSENT:
            assert "404" in written, path
            assert server.ask(ABSENT[path]).refused(404, "not-found", ""), path
        head = server.ask(address, method="HEAD")
        assert (200, b"") == (head.status, head.body), path
        same = ("content-type", "content-length", "cache-control", "etag")
        if path != "/metrics":  # which counts what was asked meanwhile
            assert [*map(found.headers.get, same)] == [*map(head.headers.get, same)], path
        for method in ("DELETE", "OPTIONS"):
            refused = server.ask(address, method=method)
            assert refused.refused(405, "method-not-allowed", f"{method} is not answered here")
            methods = {"HEAD", *map(str.upper, item)}
            assert ", ".join(sorted(methods)) == refused.headers["allow"], path


def test_schemathesis(server: Any, tmp_path: Path) -> None:
    """Requests made from the contract, right and wrong ones, are answered as the contract says.

    Not asked for: that every request that the schema allows is accepted (a cursor is text of a
    length, and still forged), and the bundles, whose media type Schemathesis cannot write.
    """
    done = subprocess.run(
        [
            *(str(SCHEMATHESIS), "run", f"{server.url}/openapi.json", "--no-color"),
            *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
            *("--exclude-path", "/v1/bundles", "--phases", "coverage,fuzzing"),
            *("--max-examples", "10", "--seed", "1", "--continue-on-failure"),
            *("--suppress-health-check", "all", "--generation-database", "none"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert 0 == done.returncode, done.stdout[-6000:] + done.stderr
    assert re.search(r"Tested: 22\b", done.stdout), done.stdout[-3000:]
    assert re.search(r"\d{3,} generated, \d{3,} passed", done.stdout), done.stdout[-3000:]
    assert not server.events("bug")


@settings(max_examples=60, deadline=None)
@given(path=st.text(st.characters(codec="utf-8"), max_size=60))
def test_paths(server: Any, path: str) -> None:
    """No path below /tile/ is a bug; what is found has the one spelling."""
    from urllib.parse import quote

    found = server.ask("/tile/" + quote(path, safe="/.%"))
    assert found.status in {200, 400, 404}, found
    if found.status == 200:
        name = tile_names.read(path)
        assert name is not None
        assert f"tile/{path}" == tile.path(name.level, name.n, name.width)


@settings(max_examples=200, deadline=None)
@given(text=st.from_regex(r"(entries|[0-9]{1,2})/(x[0-9]{3}/){0,7}[0-9]{3}(\.p/[0-9]{1,4})?\Z"))
def test_tile_names(text: str) -> None:
    """A name is read only where the same name is written for what was read."""
    name = tile_names.read(text)
    if name is not None:
        assert f"tile/{text}" == tile.path(name.level, name.n, name.width)


@settings(max_examples=60, deadline=None)
@given(cursor=st.text(st.characters(codec="utf-8"), min_size=1, max_size=120))
def test_cursors(server: Any, cursor: str) -> None:
    """No text that somebody makes up is a cursor."""
    from urllib.parse import quote

    found = server.ask("/v1/entries?cursor=" + quote(cursor, safe=""))
    assert 400 == found.status
    assert found.json["type"].endswith(("/bad-cursor", "/bad-request"))
