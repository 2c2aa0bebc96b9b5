"""A log server as its command starts it: a process of its own, on a free loopback port."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import importlib.util
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assurance_log.serve.service import Service

ORIGIN = "log.example/releases"
SECONDS = 100


@dataclass
class Answer:
    """What the server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The document in the body."""
        return json.loads(self.body)

    def refused(self, status: int, kind: str, told: str) -> bool:
        """See that it is this problem."""
        assert "application/problem+json" == self.headers["content-type"], self
        found = self.json
        assert (status, status) == (self.status, found["status"]), found
        assert found["type"].endswith(f"/{kind}"), found
        assert told in found["detail"], found
        assert found["next"]
        return True


@dataclass
class LogServer:
    """A running `assurance log serve`."""

    folder: Path
    process: subprocess.Popen[str]
    url: str
    command_line: ClassVar[Callable[..., subprocess.CompletedProcess[str]]]
    """`forked`, set before the first log is made."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    reader: threading.Thread | None = None
    seconds: float = SECONDS
    """How long a client waits for an answer."""
    where: tuple[str, ...] = ()
    """What a command beside it is told of the log's place."""

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send one request."""
        with contextlib.closing(
            http.client.HTTPConnection(*self.address, timeout=self.seconds)
        ) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())

    def append(self, entry: bytes, **headers: str) -> Answer:
        """Append one entry."""
        told = {"Content-Type": "application/octet-stream", **headers}
        return self.ask("/v1/entries", method="POST", body=entry, headers=told)

    def batch(self, document: Any) -> Answer:
        """Append a batch."""
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.ask(
            "/v1/batches", method="POST", body=data, headers={"Content-Type": "application/json"}
        )

    def command(self, *arguments: str, wanted: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `assurance log` beside the server."""
        done = self.command_line(
            ("log", *arguments, *self.where), cwd=self.folder, env=environment()
        )
        assert wanted == done.returncode, done.stdout + done.stderr
        return done

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=SECONDS)
        if self.reader is not None:
            self.reader.join(timeout=SECONDS)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return its own log's events of this name so far."""
        return [line for line in list(self.lines) if line["event"] == name]


def environment() -> dict[str, str]:
    """Return what commands and servers run in."""
    return {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}


def start(folder: Path, *arguments: str) -> LogServer:
    """Start a server, and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assurance", "log", "serve", "--port", "0", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    server = LogServer(folder, process, "")
    listening: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            if not line.startswith("{"):
                server.lines.append({"event": "text", "text": line})
                continue
            server.lines.append(json.loads(line))
            if server.lines[-1]["event"] == "listening":
                listening.put(server.lines[-1]["url"])
        listening.put("")

    server.reader = threading.Thread(target=read, daemon=True)
    server.reader.start()
    server.url = listening.get(timeout=SECONDS)
    assert server.url, server.lines
    return server


VERIFIER = Path(__file__).resolve().parents[4] / "examples/independent_verifier/verify_log.py"


@pytest.fixture
def replayed(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Return what asks the independent verifier about a stream, with vkeys: (exit code, answer)."""

    def ask(stream: bytes, *vkeys: str) -> tuple[int, str]:
        (tmp_path / "history.ndjson").write_bytes(stream)
        done = subprocess.run(
            [sys.executable, "-I", VERIFIER, "replay", tmp_path / "history.ndjson", *vkeys],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, (done.stdout + done.stderr).strip()

    return ask


@pytest.fixture(scope="session")
def _serve_extra() -> None:
    """See that what the extra `serve` brings is installed."""
    for name in ("starlette", "uvicorn"):
        if importlib.util.find_spec(name) is None:
            pytest.fail(f"{name} is not installed: pip install -e '.[serve]'", pytrace=False)


@pytest.fixture(scope="session")
def start_server(_serve_extra: None) -> Callable[..., LogServer]:
    """Return what starts a server in a folder; the caller stops it."""
    return start


@pytest.fixture(scope="session")
def make_log(
    _serve_extra: None, forked: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], None]:
    """Return a maker of empty logs with an anchor: copies of one, whose keys they share."""
    LogServer.command_line = forked
    empty = tmp_path_factory.mktemp("empty")
    words = ("log", "init", "--origin", ORIGIN, "--anchor", "away/anchor")
    done = forked(words, cwd=empty, env=environment())
    assert 0 == done.returncode, done.stderr

    def make(folder: Path) -> None:
        shutil.copytree(empty, folder, dirs_exist_ok=True)

    return make


@pytest.fixture
def serve(tmp_path: Path, make_log: Callable[[Path], None]) -> Iterator[Callable[..., LogServer]]:
    """Return a starter of servers of one log; the first call makes the log."""
    servers: list[LogServer] = []

    def begin(*arguments: str, made: bool = False) -> LogServer:
        if not servers and not made:
            make_log(tmp_path)
        servers.append(start(tmp_path, "--anchor", "away/anchor", *arguments))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def service(tmp_path: Path, make_log: Callable[[Path], None]) -> Iterator[Callable[..., Service]]:
    """Return a maker of services of one log; what appends is what the test gives."""
    from assurance_log import store
    from assurance_log.serve.cursors import Cursors
    from assurance_log.serve.events import Events
    from assurance_log.serve.loopback import LoopbackOnly
    from assurance_log.serve.service import Limits, Service

    make_log(tmp_path)
    made: list[Service] = []

    def make(**limits: float) -> Service:
        made.append(
            Service(
                store.connect(tmp_path / "log/log.db", read_only=True),
                appender=SimpleNamespace(close=lambda: None),  # type: ignore[arg-type]
                authenticator=LoopbackOnly(),
                bound="127.0.0.1",
                cursors=Cursors(bytes(32)),
                events=Events(),
                limits=Limits(**limits),  # type: ignore[arg-type]
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, make_log: Callable[[Path], None]
) -> tuple[Path, tuple[str, ...]]:
    """Return a folder with a log in it, and what a command there is told of its place."""
    folder = tmp_path_factory.mktemp("served")
    make_log(folder)
    return folder, ()


@pytest.fixture(scope="module")
def server(place: tuple[Path, tuple[str, ...]]) -> Iterator[LogServer]:
    """Return a server that the tests of a module share, with 600 entries at the start."""
    folder, where = place
    running = start(folder, "--anchor", "away/anchor", "--rate", "0", *where)
    running.where = where
    fill(running, 600)
    yield running
    assert 0 == running.stop()
    assert not running.events("bug"), running.events("bug")


def fill(server: LogServer, count: int, *, start_at: int = 0) -> None:
    """Append entries `entry-N`, in batches of 300: one checkpoint each."""
    import base64

    for first in range(start_at, start_at + count, 300):
        names = [b"entry-%d" % n for n in range(first, min(first + 300, start_at + count))]
        done = server.batch({"entries": [base64.b64encode(name).decode() for name in names]})
        assert 200 == done.status, done.body


@pytest.fixture(scope="session")
def browser(chromedriver: Path, chromium: Path) -> Iterator[Any]:
    """Return a browser; `browser.outcome()` waits for what a page says of its proof."""
    path = Path(__file__).resolve().parents[3] / "peers/browser.py"
    spec = importlib.util.spec_from_file_location("browser", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.Browser(chromedriver, chromium) as found:
        found.outcome = lambda: _outcome(found)
        yield found


def _outcome(browser: Any) -> tuple[str, str]:
    """Wait until a page has checked its proof; return (tone, text)."""
    text = ""
    for _ in range(SECONDS * 20):
        tone, text = browser.script(
            "const o = document.getElementById('outcome'); return [o.className, o.textContent]"
        )
        if tone != "outcome gap":
            return tone.removeprefix("outcome "), text
        time.sleep(0.05)
    raise AssertionError(text)


class Between:
    """A proxy that stands for a dishonest server: it changes what the log server answers."""

    def __init__(self, address: tuple[str, int]) -> None:
        """Listen on a free port."""
        self.change: Callable[[str, bytes], bytes] = lambda _path, body: body
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                connection = http.client.HTTPConnection(*address, timeout=SECONDS)
                length = int(self.headers.get("Content-Length", "0"))
                told = {
                    name: value
                    for name in ("Content-Type",)
                    if (value := self.headers.get(name)) is not None
                }
                connection.request(
                    self.command, self.path, body=self.rfile.read(length) or None, headers=told
                )
                answer = connection.getresponse()
                body = outer.change(self.path, answer.read())
                connection.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {
                        *("content-length", "etag", "date", "connection", "transfer-encoding")
                    }:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - the name that http.server asks for

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def between(server: LogServer) -> Iterator[Between]:
    """Return a proxy before the shared server, which changes answers."""
    made = Between(server.address)
    yield made
    made.close()
