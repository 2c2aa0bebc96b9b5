"""The auditor's pages as a reader without scripts gets them."""

from __future__ import annotations

import asyncio
import base64
import html
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin

import pytest

from assurance.errors import LogError
from assurance.tlog import merkle
from assurance_log.serve.app import application
from assurance_log.serve.auditor import render
from assurance_log.serve.auditor.steps import growth_steps, steps
from assurance_log.serve.service import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = (
    "/auditor",
    "/auditor/checkpoints",
    "/auditor/keys",
    "/auditor/entry?index=5",
    "/auditor/entry?index=5&size=300",
    "/auditor?release=nobody",
    "/auditor/growth?from=300&to=600",
    "/auditor/growth?from=0",
)
BUNDLE = Path(__file__).parents[3] / "vectors/bundles/no-go.intoto.jsonl"
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>\u202e\x1b[2J"


class Read(HTMLParser):
    """What stands in a page."""

    def __init__(self, text: str) -> None:
        """Read it."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text += data


def read(found: Any, status: int = 200) -> Read:
    """Return a page that keeps the rules of all pages."""
    assert status == found.status, found.body
    assert "text/html; charset=utf-8" == found.headers["content-type"]
    assert render.POLICY == found.headers["content-security-policy"]
    assert "nosniff" == found.headers["x-content-type-options"]
    assert "no-referrer" == found.headers["referrer-policy"]
    page = Read(found.body.decode())
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("href", "src", "action"):
            address = attributes.get(name)
            # Relative, so that it holds below a proxy's prefix, and of this server alone.
            assert address is None or re.match(r"#|(\.\./)*(auditor|v1|checkpoint)\b", address), tag
        assert tag != "style"
        assert tag != "script" or re.fullmatch(
            r"\.\./auditor/files/(entry|growth|keys)\.js", attributes.get("src") or ""
        )
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    labelled = {attributes.get("for") for tag, attributes in page.tags if tag == "label"}
    for tag, attributes in page.tags:
        assert tag not in {"input", "select"} or attributes["id"] in labelled
    return page


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_the_rules(server: Any, path: str) -> None:
    """Nothing foreign is loaded, nothing inline, every field has its label; and 304 works."""
    found = server.ask(path)
    read(found)
    again = server.ask(path, headers={"If-None-Match": found.headers["etag"]})
    assert (304, b"") == (again.status, again.body)


def test_the_root_leads_there(server: Any) -> None:
    """`/` is where a person begins."""
    found = server.ask("/")
    assert (302, "auditor") == (found.status, found.headers["location"])


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/auditor/", "../auditor"),
        ("/auditor/?verdict=GO&release=a%26b", "../auditor?verdict=GO&release=a%26b"),
        ("/auditor/keys/", "../keys"),
        ("/auditor/checkpoints/?first=1", "../checkpoints?first=1"),
        ("/auditor/entry/?index=5", "../entry?index=5"),
        ("/auditor/growth/?from=300", "../growth?from=300"),
    ],
)
def test_a_slash_behind_a_page(server: Any, path: str, leads_to: str) -> None:
    """Whoever types one more slash comes to the page, by an address that holds below a prefix."""
    found = server.ask(path)
    assert (308, leads_to) == (found.status, found.headers["location"])
    read(server.ask(urljoin(path, leads_to)))


def test_files(server: Any) -> None:
    """A page's script and style have their types; no other file is there."""
    for name, kind in render.FILES.items():
        found = server.ask(f"/auditor/files/{name}")
        assert (200, kind) == (found.status, found.headers["content-type"])
    for name in ("pages.py", "base.html.j2", "..%2fpages.py", "x"):
        assert 404 == server.ask(f"/auditor/files/{name}").status


def test_search_finds_what_the_api_finds(server: Any) -> None:
    """A bundle is found by each of its fields, and not by another's."""
    done = server.ask(
        "/v1/bundles",
        method="POST",
        body=BUNDLE.read_bytes(),
        headers={"Content-Type": "application/jsonl"},
    )
    assert 200 == done.status
    index = done.json["index"]
    known = server.ask(f"/v1/entries/{index}").json["bundle"]
    shown = f"index={index}&"
    for query in (
        "release=ledger-api",
        "release=ledger-api@2.4.1",
        "verdict=NO-GO",
        f"predicate_type={quote(known['predicate_types'][0], safe='')}",
        f"subject={known['subjects'][0]}",
        f"signer={known['signers'][0]}",
        f"first={index}&last=&release=",
    ):
        page = read(server.ask(f"/auditor?{query}"))
        links = [attributes.get("href") or "" for tag, attributes in page.tags if tag == "a"]
        assert any(shown in link for link in links), query
        assert "NO-GO" in page.text
    page = read(server.ask("/auditor?verdict=INDETERMINATE"))
    assert "No entry of this tree is like that." in page.text
    page = read(server.ask(f"/auditor/entry?index={index}"))
    for text in (
        known["sha256"],
        "ledger-api",
    ):
        assert text in page.text


def test_leafing_keeps_the_tree(server: Any) -> None:
    """The next page is of the same tree, and the last one has no further link."""
    seen: list[str] = []
    path = "/auditor?last=60"
    while path:
        page = read(server.ask(path))
        seen += re.findall(r"entry\?index=(\d+)", str(page.tags))
        links = [a["href"] for t, a in page.tags if t == "a" and a.get("rel") == "next"]
        path = urljoin(path, links[0]) if links else ""
    assert [str(n) for n in range(60, -1, -1)] == seen


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/auditor?verdict=MAYBE", 400, "`verdict` is not one of"),
        ("/auditor?since=yesterday", 400, "`since` is not a time"),
        ("/auditor?x=1", 400, "there is no parameter 'x' here"),
        ("/auditor?first=1&first=2", 400, "a parameter stands twice"),
        ("/auditor?cursor=AAAA", 400, "the cursor is not one that this server gave"),
        ("/auditor/checkpoints?key=zz", 400, "`key` is not"),
        ("/auditor/entry", 400, "no entry is named"),
        ("/auditor/entry?index=", 400, "no entry is named"),
        ("/auditor/entry?index=-1", 400, "`index` is not a decimal number"),
        ("/auditor/entry?index=99999", 404, "there is no entry 99999 in a tree of"),
        ("/auditor/entry?index=1&size=7", 404, "no checkpoint of 7 entries"),
        ("/auditor/entry?index=1&size=999999", 404, "no checkpoint of 999999 entries"),
        ("/auditor/nothing", 404, "there is no such page"),
        ("/auditor/files/", 404, "there is no such page"),
        ("/auditor/no/such/page", 404, "there is no such page"),
        ("/auditor/keys/x/", 404, "there is no such page"),
        ("/auditor/growth", 400, "the older size is missing"),
        ("/auditor/growth?from=x", 400, "`from` is not a decimal number"),
        ("/auditor/growth?from=301", 404, "no checkpoint of 301 entries"),
        ("/auditor/growth?from=300&to=999999", 404, "no checkpoint of 999999 entries"),
        ("/auditor/growth?from=600&to=300", 404, "the tree of 300 entries has not grown to 600"),
        ("/auditor/keys?x=1", 400, "there is no parameter 'x' here"),
    ],
)
def test_what_cannot_be_answered(server: Any, path: str, status: int, reason: str) -> None:
    """A page says what is wrong and what to do; it is an alert to a screen reader."""
    found = server.ask(path)
    page = read(found, status)
    assert reason in page.text
    assert "Next: " in page.text
    assert any(attributes.get("role") == "alert" for _, attributes in page.tags)
    for tag, attributes in page.tags:
        address = attributes.get("href") or attributes.get("action") or "#"
        if tag in {"a", "link", "form"} and not address.startswith("#"):
            reached = server.ask(urljoin(path, address))
            assert 404 != reached.status, address
    # Asked for again as a browser does: never an empty page.
    assert ("no-store", None) == (found.headers["cache-control"], found.headers.get("etag"))
    assert found.body == server.ask(path, headers={"If-None-Match": "*"}).body


def test_hostile_text_stays_text(server: Any) -> None:
    """What was logged, and what was asked for, is shown and does nothing."""
    done = server.append(HOSTILE.encode())
    assert 200 == done.status
    body = server.ask(f"/auditor/entry?index={done.json['index']}")
    page = read(body)
    assert "<script>alert(1)</script>" in page.text
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert "\u202e" not in body.body.decode()
    assert "\x1b" not in body.body.decode()
    asked = "<script>alert(1)</script>'\"><img src=x>"
    page = read(server.ask(f"/auditor?release={quote(asked)}"))
    assert not [tag for tag, _ in page.tags if tag == "img"]
    fields = [
        a.get("value") for tag, a in page.tags if tag == "input" and a.get("id") == "f-release"
    ]
    assert [asked] == fields
    assert "no text" in read(server.ask(f"/auditor/entry?index={_binary(server)}")).text


def _binary(server: Any) -> int:
    done = server.append(b"\xff\xfe\x00")
    assert 200 == done.status
    index: int = done.json["index"]
    return index


def test_steps_are_the_proof() -> None:
    """For every entry of small trees the steps end in the root, with as many as the proof has."""
    for size in range(1, 40):
        leaves = [merkle.leaf_hash(b"%d" % n) for n in range(size)]

        def node(level: int, index: int, leaves: list[bytes] = leaves) -> bytes:
            return merkle.full_root(leaves[index << level : (index + 1) << level])

        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            found = steps(index, size, leaves[index], proof)
            assert len(proof) == len(found)
            root = merkle.inclusion_root(index, size, leaves[index], proof)
            last = base64.b64decode(found[-1].result) if found else leaves[index]
            assert root == last
            assert len(proof) == len(steps(index, size, leaves[index], [*proof, b"x" * 32]))


def test_growth_steps_are_the_proof() -> None:
    """Between every two sizes of small trees the steps end in both roots."""
    leaves = [merkle.leaf_hash(b"%d" % n) for n in range(40)]

    def node(level: int, index: int) -> bytes:
        return merkle.full_root(leaves[index << level : (index + 1) << level])

    roots = [merkle.range_root(0, size, node) for size in range(41)]
    for new in range(1, 41):
        assert [] == growth_steps(0, new, roots[0], ())
        assert [] == growth_steps(new, new, roots[new], ())
        for old in range(1, new):
            proof = merkle.consistency_proof(old, new, node)
            assert merkle.is_consistent(old, new, roots[old], roots[new], proof)
            found = growth_steps(old, new, roots[old], proof)
            last = found[-1]
            ends = [base64.b64decode(last.older), base64.b64decode(last.newer)]
            assert [roots[old], roots[new]] == ends, (old, new)
            assert found == growth_steps(old, new, roots[old], [*proof, b"x" * 32])


def test_the_page_has_the_steps_without_a_script(server: Any) -> None:
    """The server's own steps end in the root that is shown, and are not said to be checked."""
    found = server.ask("/auditor/entry?index=77&size=600").body.decode()
    results = re.findall(r"= <code>([^<]+)</code>", found)
    root = re.search(r'<code id="root">([^<]+)</code>', found)
    assert root is not None
    assert html.unescape(root[1]) == html.unescape(results[-1])
    assert 11 == len(results)
    assert "Not checked in this browser." in found


def _contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast() -> None:
    """Every text on every ground has 4.5 to 1, light and dark; borders of fields have 3 to 1."""
    css = render.file("auditor.css").decode()
    schemes = [dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", part)) for part in css.split("\n")[:2]]
    assert 2 == len(schemes)
    for scheme in schemes:
        grounds = ("bg", "panel")
        for text, ground in itertools.product(("ink", "muted", "link"), grounds):
            assert 4.5 <= _contrast(scheme[text], scheme[ground]), (text, ground)
        for tone in ("ok", "no", "gap", "und"):
            assert 4.5 <= _contrast(scheme[tone], scheme[f"{tone}-t"]), tone
            assert 4.5 <= _contrast(scheme["ink"], scheme[f"{tone}-t"]), tone
        assert 4.5 <= _contrast(scheme["bg"], scheme["link"])
        assert 3 <= _contrast(scheme["edge"], scheme["bg"])


FAILING_PAGES = (
    ("/auditor", ""),
    ("/auditor/checkpoints", "../"),
    ("/auditor/entry?index=0", "../"),
    ("/auditor/growth?from=0", "../"),
    ("/auditor/keys", "../"),
    ("/auditor/no/page", "../../"),
)
DOCUMENTS = ("/checkpoint", "/v1/keys", "/v1/replay", "/v1/entries")


class Failing:
    """A service that fails at each read, as it does when its database is away."""

    appender = None
    limits = Limits()

    def __init__(self, error: Exception) -> None:
        """Fail so."""
        self.error = error
        self.told: list[str] = []
        self.events = self

    async def read(self, _work: Any) -> Any:
        """Fail."""
        raise self.error

    def bug(self, error: BaseException, **_: Any) -> None:
        """Keep what is logged."""
        self.told.append(type(error).__name__)

    def tell(self, *_: Any, **__: Any) -> None:
        """Be no server's log."""


class Answered:
    """An answer of the application, asked without a socket."""

    def __init__(self, app: Any, path: str) -> None:
        """Ask."""
        self.body, self.status = b"", 0
        self.headers: dict[str, str] = {}
        where, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": "GET",
            "path": where,
            "raw_path": where.encode(),
            "query_string": query.encode(),
            "headers": [(b"accept", b"text/html")],
            "client": ("192.0.2.1", 1),
            "root_path": "",
        }
        asyncio.run(app(scope, self._nothing, self._take))

    async def _nothing(self) -> dict[str, Any]:
        return {"type": "http.request"}

    async def _take(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        for name, value in message.get("headers", ()):
            self.headers[name.decode().lower()] = value.decode()


@pytest.mark.parametrize(
    ("error", "status", "kind", "told"),
    [
        (LogError("the database is away", remedy="wait"), 503, "log-unavailable", "is away"),
        (RuntimeError("secret"), 500, "bug", "this is a bug of the server"),
    ],
    ids=["database-away", "bug"],
)
def test_a_log_that_fails(error: Exception, status: int, kind: str, told: str) -> None:
    """Each page says so as a page, and everything else as the problem; the rules hold for both."""
    failing: Any = Failing(error)
    app = application(failing)
    for path, up in FAILING_PAGES:
        found = Answered(app, path)
        page = read(found, status)
        assert told in page.text
        assert "secret" not in page.text
        assert re.search(r"Next: \w", page.text)
        assert "Not answered · Transparency log" in page.text
        assert any(attributes.get("role") == "alert" for _, attributes in page.tags)
        assert ("a", {"href": f"{up}auditor"}) in page.tags
        assert ("no-store", None) == (found.headers["cache-control"], found.headers.get("etag"))
        assert (status == 503) == ("retry-after" in found.headers)
    for path in DOCUMENTS:
        found = Answered(app, path)
        assert "application/problem+json" == found.headers["content-type"], path
        assert f'/{kind}"'.encode() in found.body
    assert (["RuntimeError"] * 10 if status == 500 else []) == failing.told


def test_a_page_of_a_problem_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even the problem's page cannot be made, the answer is the problem as JSON."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(render, "problem", broken)
    failing: Any = Failing(LogError("the database is away", remedy="wait"))
    found = Answered(application(failing), "/auditor")
    assert (500, b"this is a bug" in found.body) == (found.status, True)
    assert "application/problem+json" == found.headers["content-type"]
    assert ["ZeroDivisionError"] == failing.told


def test_a_reader_who_asks_too_often(serve: Callable[..., Any]) -> None:
    """A page asked for too often is a page; its files and what programs read answer as JSON."""
    server = serve("--rate", "0.02")
    while (found := server.ask("/auditor")).status == 200:
        pass
    page = read(found, 429)
    assert "more than 0.02 requests a second" in page.text
    assert int(found.headers["retry-after"]) > 0
    assert "more than 0.02 requests a second" in read(server.ask("/"), 429).text
    for path in ("/auditor/files/auditor.css", "/checkpoint"):
        assert server.ask(path).refused(429, "rate-limited", "more than 0.02 requests a second")


@pytest.mark.parametrize(
    ("path", "method", "status", "told"),
    [
        ("/?x=1", "GET", 400, "there is no parameter 'x' here"),
        ("/auditor", "POST", 405, "POST is not answered here"),
    ],
)
def test_a_request_that_no_page_takes(
    server: Any, path: str, method: str, status: int, told: str
) -> None:
    """It is told so by a page as well, with the headers of the problem."""
    found = server.ask(path, method=method)
    assert told in read(found, status).text
    assert ("GET, HEAD" if status == 405 else None) == found.headers.get("allow")
