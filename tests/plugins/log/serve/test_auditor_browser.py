"""The auditor's pages in Chromium: the proof is computed there, and a false one is said to be."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from assurance.tlog import note_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIGURATION = Path(__file__).resolve().parents[4] / "examples/nginx/log-server.conf"
PAGES = (
    "/auditor",
    "/auditor/checkpoints",
    "/auditor/keys",
    "/auditor/entry?index=77&size=600",
    "/auditor?verdict=MAYBE",
    "/auditor/growth?from=300&to=600",
)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ENTRY = "/auditor/entry?index=77&size=600"
SECONDS = 20


def test_a_proof_that_holds(browser: Any, server: Any) -> None:
    """Each step is computed in the browser and shown; the last is the root of the signed note."""
    browser.open(server.url + ENTRY)
    tone, text = browser.outcome()
    assert "ok" == tone, text
    assert "10 steps computed here lead to the root" in text
    assert "its signature verifies with the key that this server states" in text
    shown = browser.script(
        "return [...document.querySelectorAll('#steps li')].map(e => e.textContent)"
    )
    proof = server.ask("/v1/proofs/inclusion?index=77&size=600").json
    assert 1 + len(proof["hashes"]) == len(shown)
    assert f"= {proof['leaf_hash']}" in shown[0]
    for text, part in zip(shown[1:], proof["hashes"], strict=True):
        assert part in text
        assert "on the left" in text or "on the right" in text
    assert f"= {proof['tree_head']['root']}" in shown[-1]


def test_the_key_of_a_trust_file(browser: Any, server: Any) -> None:
    """The signature is checked with the key that the auditor brings; another one is refused."""
    vkey = server.ask("/v1/keys").json["keys"][0]["vkey"]
    name, hashed, data = vkey.split("+", 2)
    raw = bytearray(base64.b64decode(data))
    raw[-1] ^= 1
    changed = f"{name}+{hashed}+{base64.b64encode(raw).decode()}"
    for key, wanted, said in (
        (vkey, "ok", "verifies with the key that you gave"),
        (changed, "no", "the key's hash is not that of its bytes"),
        (_another(name), "no", "the checkpoint has no signature of this key"),
        ("hello", "no", "not written as a vkey"),
        (vkey.replace("log.example", "log.elsewhere"), "no", "the key's hash is not"),
    ):
        browser.open(server.url + ENTRY)
        browser.outcome()
        browser.script(
            "document.getElementById('vkey').value = arguments[0];"
            "document.querySelector('#trusted button').click()",
            key,
        )
        tone, text = browser.outcome()
        assert (wanted, True) == (tone, said in text), text


def _another(name: str) -> str:
    """Return the vkey of another key under the log's name."""
    return note_key.from_public(name, note_key.ED25519, b"y" * 32).vkey()


def _json(path: str, change: Callable[[dict[str, Any]], None]) -> Callable[[str, bytes], bytes]:
    def changed(asked: str, body: bytes) -> bytes:
        if not asked.startswith(path):
            return body
        document = json.loads(body)
        change(document)
        return json.dumps(document).encode()

    return changed


def _flip(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[5] ^= 1
    return base64.b64encode(data).decode()


def _hash(document: dict[str, Any]) -> None:
    document["hashes"][3] = _flip(document["hashes"][3])


def _swap(document: dict[str, Any]) -> None:
    document["hashes"][:2] = reversed(document["hashes"][:2])


def _short(document: dict[str, Any]) -> None:
    document["hashes"].pop()


def _long(document: dict[str, Any]) -> None:
    document["hashes"].append(document["hashes"][0])


def _body(document: dict[str, Any]) -> None:
    document["entry"] = base64.b64encode(b"entry-78").decode()


def _root(document: dict[str, Any]) -> None:
    head = document["tree_head"]
    head["note"] = head["note"].replace(head["root"], _flip(head["root"]))


def _signature(document: dict[str, Any]) -> None:
    head = document["tree_head"]
    start, _, signature = head["note"].rstrip("\n").rpartition(" ")
    data = bytearray(base64.b64decode(signature))
    data[-1] ^= 1
    head["note"] = f"{start} {base64.b64encode(data).decode()}\n"


def _unsigned(document: dict[str, Any]) -> None:
    head = document["tree_head"]
    head["note"] = head["note"].replace("— log.example", "— other.example")


def _size(document: dict[str, Any]) -> None:
    head = document["tree_head"]
    head["note"] = head["note"].replace("\n600\n", "\n601\n")


def _spelled(document: dict[str, Any]) -> None:
    head = document["tree_head"]
    head["note"] = head["note"].replace("\n600\n", "\n0600\n")


def _index(document: dict[str, Any]) -> None:
    document["index"] = 78


def _note(document: dict[str, Any]) -> None:
    document["tree_head"]["note"] = "<b>nothing</b>"


def _markup(document: dict[str, Any]) -> None:
    document["hashes"][0] = "<img src=x onerror=document.title='owned'>"


PROOF = "/v1/proofs/inclusion"


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (PROOF, _hash, "and the checkpoint says"),
        (PROOF, _swap, "and the checkpoint says"),
        (PROOF, _short, "needs more"),
        (PROOF, _long, "more than a tree of 600 entries has levels"),
        ("/v1/entries/77", _body, "another leaf hash than the entry has"),
        (PROOF, _root, "and the checkpoint says"),
        (PROOF, _signature, "the checkpoint's signature does not verify"),
        (PROOF, _unsigned, "no signature of this key"),
        (PROOF, _size, "a checkpoint of 601 entries, not 600"),
        (PROOF, _spelled, "size is no decimal number"),
        (PROOF, _index, "the proof of another entry"),
        ("/v1/entries/77", _index, "another entry"),
        (PROOF, _note, "is no signed note"),
        (PROOF, _markup, "a hash of the proof is no base64"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_proof_that_does_not_hold(
    browser: Any, between: Any, path: str, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    """Whatever a server changes in its answers, the page says that it does NOT check, and why."""
    between.change = _json(path, change)
    browser.open(between.url + ENTRY)
    tone, text = browser.outcome()
    assert ("no", True) == (tone, "This proof does NOT check:" in text), text
    assert said in text
    assert "owned" != browser.script("return document.title")
    assert 0 == browser.script("return document.querySelectorAll('main img').length")


@pytest.mark.parametrize(
    "change",
    [lambda _body: b"{", lambda _body: b"null", lambda _body: b'"' + b"x" * (2 << 20) + b'"'],
    ids=["cut", "null", "long"],
)
def test_no_answer_is_no_yes(browser: Any, between: Any, change: Callable[[bytes], bytes]) -> None:
    """An answer that cannot be read is neither in the log nor false: could not check."""
    between.change = lambda path, body: change(body) if path.startswith(PROOF) else body
    browser.open(between.url + ENTRY)
    tone, text = browser.outcome()
    assert ("und", True) == (tone, text.startswith("? Could not check:")), text


def test_without_ed25519(browser: Any, server: Any) -> None:
    """A browser that cannot check the signature says so, and does not say yes."""
    script = (
        "const real = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = (...a) => a[2].name === 'Ed25519'"
        " ? Promise.reject(new DOMException('no', 'NotSupportedError')) : real(...a)"
    )
    added = browser.devtools("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        browser.open(server.url + ENTRY)
        tone, text = browser.outcome()
    finally:
        browser.devtools("Page.removeScriptToEvaluateOnNewDocument", added)
    assert ("und", True) == (tone, "Its signature was not checked" in text), text


def typed(browser: Any, **fields: str) -> tuple[str, str]:
    """Fill in fields by their ids, and check again."""
    for name, text in fields.items():
        browser.script(f"document.getElementById('{name}').value = arguments[0]", text)
    browser.script("document.querySelector('#trusted button').click()")
    found: tuple[str, str] = browser.outcome()
    return found


def test_growth(browser: Any, server: Any) -> None:
    """Between two checkpoints each step is computed in the browser, and ends in both roots."""
    for old in ("0", "300", "600"):
        browser.open(f"{server.url}/auditor/growth?from={old}&to=600")
        tone, text = browser.outcome()
        assert ("ok", True) == (tone, f"From the checkpoint of {old} to that of 600" in text), text
    browser.open(server.url + "/auditor/growth?from=300&to=600")
    tone, text = browser.outcome()
    assert "both signatures verify with the key that this server states" in text
    shown = browser.script(
        "return [...document.querySelectorAll('#steps li')].map(e => e.textContent)"
    )
    proof = server.ask("/v1/proofs/consistency?from=300&to=600").json
    assert len(proof["hashes"]) == len(shown)
    for step, part in zip(shown, proof["hashes"], strict=True):
        assert part in step
    assert f"newer = {proof['tree_head']['root']}" in shown[-1]
    older = server.ask("/v1/checkpoints/300").json["root"]
    assert f"older = {older}" in next(step for step in reversed(shown) if "older" in step)
    vkey = server.ask("/v1/keys").json["keys"][0]["vkey"]
    tone, text = typed(browser, vkey=f"{_another('log.example/releases')} {vkey}")
    assert ("ok", True) == (tone, "with the key that you gave" in text), text
    tone, text = typed(browser, vkey=_another("log.example/releases"))
    assert ("no", True) == (tone, "no signature of this key" in text), text


def test_growth_from_a_kept_checkpoint(browser: Any, server: Any) -> None:
    """The auditor's own checkpoint is the older one; where the log forgot it, the page says so."""
    kept = server.ask("/v1/checkpoints/300/note").body.decode()
    browser.open(server.url + "/auditor/growth?from=0&to=600")
    browser.outcome()
    tone, text = typed(browser, kept=kept)
    assert ("ok", True) == (tone, "the checkpoint that you kept of 300 to that of 600" in text), (
        text
    )
    root = server.ask("/v1/checkpoints/300").json["root"]
    tone, text = typed(browser, kept=kept.replace(root, _flip(root)))
    assert ("no", True) == (tone, "The log did NOT only grow:" in text), text
    tone, text = typed(browser, kept=kept.replace("\n300\n", "\n900\n"))
    assert ("no", True) == (tone, "something was taken away" in text), text
    tone, text = typed(browser, kept=kept.replace("log.example", "log.elsewhere"))
    assert ("no", True) == (tone, "the checkpoints are of two logs" in text), text
    assert "no" == typed(browser, kept="hello")[0]


GROWTH = "/v1/proofs/consistency"
OLDER, NEWER = "/v1/checkpoints/300/note", "/v1/checkpoints/600/note"


def _note_of(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """Change a signed note as those of a proof are changed."""

    def changed(body: bytes) -> bytes:
        text = body.decode()
        head = {"note": text, "root": text.split("\n")[2]}
        change({"tree_head": head})
        return head["note"].encode()

    return changed


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (GROWTH, _hash, "the steps lead to the"),
        (GROWTH, _swap, "the steps lead to the"),
        (GROWTH, _short, "needs more"),
        (GROWTH, _long, "more than the way from 300 to 600 entries takes"),
        (GROWTH, _markup, "a hash of the proof is no base64"),
        (OLDER, _root, "the steps lead to the older root"),
        (NEWER, _root, "the steps lead to the newer root"),
        (OLDER, _signature, "signature does not verify"),
        (NEWER, _signature, "signature does not verify"),
        (NEWER, _unsigned, "no signature of this key"),
        (NEWER, _size, "the newer checkpoint has 601 entries, not 600"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_growth_that_does_not_hold(
    browser: Any, between: Any, path: str, change: Callable[[dict[str, Any]], None], said: str
) -> None:
    """Whatever a server changes in proof or notes, the page says that the log did not only grow."""
    noted = _note_of(change)
    json_of = _json(path, change)
    between.change = lambda asked, body: (
        (noted(body) if asked == path else body) if path.endswith("/note") else json_of(asked, body)
    )
    browser.open(between.url + "/auditor/growth?from=300&to=600")
    tone, text = browser.outcome()
    assert ("no", True) == (tone, "The log did NOT only grow:" in text), text
    assert said in text
    assert 0 == browser.script("return document.querySelectorAll('main img').length")


def test_key_history(browser: Any, server: Any, between: Any) -> None:
    """Each key's first checkpoint is checked up to the stated head, and against one's own key."""
    vkey = server.ask("/v1/keys").json["keys"][0]["vkey"]
    between.change = lambda _path, body: body
    browser.open(between.url + "/auditor/keys")
    tone, text = browser.outcome()
    assert ("ok", True) == (tone, "The history holds together." in text), text
    tone, text = typed(browser, vkey=vkey)
    assert ("ok", True) == (tone, "is one of yours" in text), text
    tone, text = typed(browser, vkey=f"{vkey} {_another('log.example/releases')}")
    assert ("no", True) == (tone, "is none of the keys that this server states" in text), text
    other = _another("log.example/releases")
    between.change = lambda path, body: (
        body.replace(vkey.replace("+", "&#43;").encode(), other.encode()).replace(
            vkey.encode(), other.encode()
        )
        if path == "/auditor/keys"
        else body
    )
    browser.open(between.url + "/auditor/keys")
    tone, text = browser.outcome()
    assert ("no", True) == (tone, "This history does NOT check:" in text), text
    assert "no signature of this key" in text
    noted = _note_of(_signature)
    between.change = lambda path, body: noted(body) if path.endswith("/600/note") else body
    browser.open(between.url + "/auditor/keys")
    tone, text = browser.outcome()
    assert ("no", True) == (tone, "signature does not verify" in text), text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)]
)
def test_axe(browser: Any, server: Any, axe: Path, path: str, width: int, dark: bool) -> None:
    """axe-core finds nothing wrong, wide and narrow, light and dark; nothing sticks out."""
    browser.open(server.url + path, width=width, dark=dark)
    if any(name in path for name in ("entry?", "growth?", "keys")):
        assert "ok" == browser.outcome()[0]
    browser.script(axe.read_text("utf-8"))
    found = browser.script_with_callback(
        "const done = arguments[0];"
        f"axe.run({{runOnly: {json.dumps(RULES)}}}).then(r => done(r.violations.map("
        "v => [v.id, v.nodes.map(n => n.html + n.failureSummary)])))"
    )
    assert [] == found
    assert browser.script("return document.documentElement.scrollWidth") <= width


def test_nu_html_checker(vnu: Path, server: Any, tmp_path: Path) -> None:
    """The Nu HTML checker finds nothing, no warning and no remark, in any page."""
    files = []
    for number, path in enumerate(PAGES):
        files.append(tmp_path / f"{number}.html")
        files[-1].write_bytes(server.ask(path).body)
    done = subprocess.run(
        ["java", "-jar", vnu, "--stdout", "--format", "json", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [] == json.loads(done.stdout)["messages"]


def test_keyboard(browser: Any, server: Any) -> None:
    """The first key leads past the navigation, each next one to what follows on the page."""
    past = ["Skip to the content", "Search", "Checkpoints", "Keys"]
    for path, onward in (
        (ENTRY, ["entry-77", "vkey", "Check again", "The receipt"]),
        (
            "/auditor/growth?from=300&to=600",  # what it is checked with comes before the button
            ["f-from", "f-to", "Show these", "kept", "vkey", "Check again", "The proof as JSON"],
        ),
    ):
        browser.open(server.url + path)
        browser.outcome()
        reached = []
        for _ in (*past, *onward):
            for kind in ("keyDown", "keyUp"):
                browser.devtools(
                    "Input.dispatchKeyEvent",
                    {"type": kind, "key": "Tab", "windowsVirtualKeyCode": 9},
                )
            reached.append(
                browser.script(
                    "const e = document.activeElement;"
                    "return e.id || e.textContent.trim().slice(0, 30)"
                )
            )
        assert [*past, *onward] == reached


def test_without_scripts(browser: Any, server: Any) -> None:
    """Without scripts the proof can be read, and is not said to be checked."""
    browser.devtools("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(server.url + ENTRY)
        text = browser.devtools("DOM.getDocument", {"depth": -1})
    finally:
        browser.devtools("Emulation.setScriptExecutionDisabled", {"value": False})
    said = json.dumps(text)
    assert "Not checked in this browser." in said
    assert "on the" in said
    assert "It is in the log." not in said


@contextmanager
def behind_nginx(nginx: Path, place: Path, address: tuple[str, int], port: int) -> Iterator[str]:
    """Put the server below /log/ of a site, as the example says; return the site's address."""
    text = CONFIGURATION.read_text()
    for written, ours in ((":8787/;", f":{address[1]}/;"), (":8080;", f":{port};")):
        assert 1 == text.count(written)
        text = text.replace(written, ours)
    (place / "log-server.conf").write_text(text)
    temporary = "".join(
        f"{name}_temp_path {place}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""  # pytest's folder is its user's alone
    (place / "nginx.conf").write_text(
        f"{user}daemon off;\npid {place}/pid;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {place}/log-server.conf;\n}}\n"
    )
    process = subprocess.Popen(
        [nginx, "-p", place, "-c", place / "nginx.conf", "-e", "stderr"],
        stderr=subprocess.PIPE,
    )
    try:
        for _ in range(SECONDS * 20):
            assert process.poll() is None, process.stderr and process.stderr.read()
            with socket.socket() as tried:
                if not tried.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def status_of(url: str, **more: Any) -> tuple[int, str]:
    """Ask once, without following; return the status and the body or the new address."""
    asked = urllib.request.Request(url, **more)  # noqa: S310 - a loopback address of ours

    class Staying(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Staying).open(asked, timeout=SECONDS) as found:
            return found.status, found.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as err:
        with err:
            return err.code, err.headers.get("Location", "")


def test_below_a_prefix(
    browser: Any, server: Any, nginx: Path, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    """Behind nginx below /log/, every link of every page leads to the server, and proofs check."""
    with behind_nginx(nginx, tmp_path, server.address, free_port()) as site:
        assert (302, "auditor") == status_of(site + "/log/")
        begin = urljoin(site + "/log/", "auditor")
        seen: set[str] = set()
        waiting = [begin]
        while waiting and len(seen) < 60:
            url = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            status, text = status_of(url)
            assert 200 == status, url
            for name, link in re.findall(r'(href|src|action)="([^"#][^"]*)"', text):
                found = urljoin(url, link.replace("&amp;", "&"))
                assert found.startswith(site + "/log/"), (url, link)
                if name != "action" and "/v1/replay" not in found:
                    waiting.append(found)
        assert {begin + "/files/auditor.css", begin + "/checkpoints", begin + "/keys"} <= seen
        told = status_of(begin, headers={"X-Forwarded-Prefix": "/evil", "Forwarded": "host=evil"})
        assert (200, False) == (told[0], "evil" in told[1])
        assert 403 == status_of(site + "/log/v1/entries", data=b"x")[0]
        browser.open(site + "/log" + ENTRY)
        assert "ok" == browser.outcome()[0]
