"""What `log export` writes, served by nginx and kept by a real S3-compatible store."""

from __future__ import annotations

import http.client
import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from assurance.errors import LogError
from assurance_log.destinations import s3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = ROOT / "examples/independent_verifier/verify_log.py"
CONFIGURATION = ROOT / "examples/nginx/log.conf"
SECONDS = 20
KEYS = ("test-access", "test-secret-that-nobody-has")
TILE = ("application/octet-stream", "public, max-age=31536000, immutable")
HEAD = ("text/plain; charset=utf-8", "no-cache")


@contextmanager
def running(*command: str | Path, port: int, **options: Any) -> Iterator[None]:
    """Run a server, and wait until it listens."""
    process = subprocess.Popen(
        [str(word) for word in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **options,
    )
    try:
        for _ in range(SECONDS * 20):
            if process.poll() is not None:
                break
            with socket.socket() as tried:
                if not tried.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        assert process.poll() is None, process.stderr and process.stderr.read()
        yield
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)
        if process.stderr is not None:
            process.stderr.close()


def whole(folder: Path, vkey: str) -> str:
    """Let the independent verifier replay a folder."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), "tiles", str(folder), vkey],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def fsck_of(fsck: Path, url: str, vkey: str, folder: Path) -> str:
    """Run Tessera's fsck; it can exit 0 after it failed, so its words count."""
    (folder / "log.vkey").write_text(vkey + "\n")
    done = subprocess.run(
        [
            *(str(fsck), "--ui=false", f"--storage_url={url}/"),
            f"--public_key={folder / 'log.vkey'}",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.fixture
def served(nginx: Path, command_log: Any, free_port: Callable[[], int]) -> Iterator[str]:
    """Serve `public` beside the log, as the example says; return the address."""
    place, port = command_log.folder / "nginx", free_port()
    place.mkdir()
    public = command_log.folder / "public"
    text = CONFIGURATION.read_text()
    assert 1 == text.count("/srv/log/public;")
    assert 1 == text.count("listen 127.0.0.1:8080;")
    (place / "log.conf").write_text(
        text.replace("/srv/log/public;", f"{public};").replace(":8080;", f":{port};")
    )
    temporary = "".join(
        f"{name}_temp_path {place}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # The workers must be able to read pytest's folder, which is its user's alone.
    user = "user root;\n" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user}daemon off;\npid {place}/pid;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {place}/log.conf;\n}}\n"
    )
    command = (nginx, "-p", place, "-c", place / "nginx.conf", "-e", "stderr")
    with running(*command, port=port):
        yield f"http://127.0.0.1:{port}"


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask a server for the path as it stands."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=SECONDS)
    try:
        connection.request(method, url.partition(parts.netloc)[2], headers=headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


def test_nginx_serves_an_export(
    served: str, fsck: Path, command_log: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Other people's readers take the log from nginx, also after it has grown."""
    for start, count in ((0, 300), (300, 260)):
        command_log.append(count, start=start)
        command_log.run("export", "--to", "public")
        taken = tmp_path_factory.mktemp("taken")
        for path in (command_log.folder / "public").rglob("*"):
            if path.is_file():
                name = path.relative_to(command_log.folder / "public").as_posix()
                status, headers, body = ask(f"{served}/{name}")
                assert (200, path.read_bytes()) == (status, body)
                wanted = HEAD if name == "checkpoint" else TILE
                assert wanted == (headers["content-type"], headers["cache-control"]), name
                assert "nosniff" == headers["x-content-type-options"]
                (taken / name).parent.mkdir(parents=True, exist_ok=True)
                (taken / name).write_bytes(body)
        told = f"{start + count} entries give the signed root\n"
        assert told == whole(taken, command_log.vkey)
        answer = fsck_of(fsck, served, command_log.vkey, command_log.folder)
        assert "Successfully fsck'd log" in answer, answer
    again = ask(f"{served}/checkpoint")[1]["etag"]
    assert 304 == ask(f"{served}/checkpoint", **{"If-None-Match": again})[0]


def test_fsck_over_nginx_finds_a_changed_tile(served: str, fsck: Path, command_log: Any) -> None:
    """A byte that was changed on the web server does not pass; the next export names the tile."""
    command_log.append(20)
    command_log.run("export", "--to", "public")
    victim = command_log.folder / "public/tile/entries/000.p/20"
    data = bytearray(victim.read_bytes())
    data[-1] ^= 1
    victim.write_bytes(data)
    answer = fsck_of(fsck, served, command_log.vkey, command_log.folder)
    assert "Successfully fsck'd log" not in answer
    refused = command_log.run("export", "--to", "public", wanted=1).stderr
    assert "another tile under this name" in refused
    assert "tile/entries/000.p/20" in refused


def test_nginx_serves_nothing_else(served: str, command_log: Any) -> None:
    """No other name, no listing, no half-written file, no other method; entries are packed."""
    command_log.append(300)
    command_log.run("export", "--to", "public")
    public = command_log.folder / "public"
    (public / "tile/0/.002.new").write_bytes(b"half")
    (public / "secret").write_bytes(b"x")
    for name in (
        *("", "tile", "tile/", "tile/0/", "secret", "tile/0/.002.new", "tile/0/000/", "tile/0/0"),
        *(
            "tile/00/000",
            "tile/0/000.p/0",
            "tile/0/../../secret",
            "tile/0/%2e%2e/secret",
            "index.html",
        ),
        *("tile/entries/001", "tile/0/002"),
    ):
        status, headers, body = ask(f"{served}/{name}")
        assert 404 == status, name
        assert "immutable" not in headers.get("cache-control", "")
        assert b"half" not in body
    for method in ("POST", "PUT", "DELETE"):
        assert ask(f"{served}/checkpoint", method)[0] in {403, 405}
        assert ask(f"{served}/tile/0/000", method)[0] in {403, 405}
    packed = ask(f"{served}/tile/entries/000", **{"Accept-Encoding": "gzip"})
    assert "gzip" == packed[1]["content-encoding"]
    hashes = ask(f"{served}/tile/0/000", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in hashes[1]


@pytest.fixture
def store(
    versitygw: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free_port: Callable[[], int],
) -> Iterator[dict[str, Any]]:
    """Run the gateway over a folder with one bucket; this process's environment names it."""
    port = free_port()
    for name in ("store/releases", "sidecar"):
        (tmp_path / name).mkdir(parents=True)
    environment(monkeypatch, tmp_path, f"http://127.0.0.1:{port}")
    command = (
        *(versitygw, "--port", f"127.0.0.1:{port}", "--quiet"),
        *("posix", "--sidecar", tmp_path / "sidecar", tmp_path / "store"),
    )
    secret = {**os.environ, "ROOT_ACCESS_KEY": KEYS[0], "ROOT_SECRET_KEY": KEYS[1]}
    with running(*command, port=port, env=secret):
        yield {"folder": tmp_path / "store/releases/log"}


def environment(monkeypatch: pytest.MonkeyPatch, folder: Path, url: str) -> None:
    """Name a store as AWS tools have it, and nothing that this machine has of its own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEYS[0],
        "AWS_SECRET_ACCESS_KEY": KEYS[1],
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
    }.items():
        monkeypatch.setenv(name, value)


PLACE = "s3://releases/log"


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return what the store keeps, with when it was written."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_s3_keeps_an_export(store: dict[str, Any], fsck: Path, command_log: Any) -> None:
    """The log arrives whole, grows, and carries the headers of the specification."""
    keeps_an_export(store, fsck, command_log)


def test_s3_keeps_an_export_from_postgresql(
    store: dict[str, Any], fsck: Path, postgresql_log: Any
) -> None:
    """So does one from PostgreSQL."""
    keeps_an_export(store, fsck, postgresql_log)


def keeps_an_export(store: dict[str, Any], fsck: Path, command_log: Any) -> None:
    """Export a log as it grows, and let others look at what is there."""
    command_log.append(300)
    first = command_log.document("export", "--to", PLACE)
    assert (300, None, 6) == (first["size"], first["before"], first["written"])
    old = files(store["folder"])
    command_log.append(260, start=300)
    second = command_log.document("export", "--to", PLACE)
    assert (560, 300) == (second["size"], second["before"])
    new = files(store["folder"])
    changed = {name for name in old if new[name] != old[name]}
    assert {"checkpoint"} == changed
    assert 0 == command_log.document("export", "--to", PLACE, "--compare")["written"]
    assert "560 entries give the signed root\n" == whole(store["folder"], command_log.vkey)
    answer = fsck_of(fsck, f"file://{store['folder']}", command_log.vkey, command_log.folder)
    assert "Successfully fsck'd log" in answer, answer
    from botocore.session import Session

    client = Session().create_client("s3")
    for name in new:
        found = client.head_object(Bucket="releases", Key=f"log/{name}")
        wanted = HEAD if name == "checkpoint" else TILE
        assert wanted == (found["ContentType"], found["CacheControl"]), name


def test_s3_is_never_overwritten(store: dict[str, Any], command_log: Any) -> None:
    """Another tile, a newer checkpoint, a fork: refused, and every object stays as it was."""
    command_log.append(300)
    command_log.run("export", "--to", PLACE)
    database = command_log.folder / "log/log.db"
    older = database.read_bytes()
    command_log.append(10, start=300)
    command_log.run("export", "--to", PLACE)
    database.write_bytes(older)
    before = files(store["folder"])
    refused = command_log.run("export", "--to", PLACE, wanted=1).stderr
    assert "signed a checkpoint of 310 entries there, and the database has one of 300" in refused
    command_log.append(20, start=5000)
    refused = command_log.run("export", "--to", PLACE, wanted=1).stderr
    assert "the log was forked" in refused
    assert before == files(store["folder"])
    from botocore.session import Session

    client = Session().create_client("s3")
    for name in before:
        client.delete_object(Bucket="releases", Key=f"log/{name}")
    client.put_object(Bucket="releases", Key="log/tile/0/000", Body=b"x" * 8192)
    before = files(store["folder"])
    refused = command_log.run("export", "--to", PLACE, wanted=1).stderr
    assert "another tile under this name" in refused
    assert before == files(store["folder"])


def test_two_exports_to_s3(store: dict[str, Any], command_log: Any) -> None:
    """The slower of two exports does not take back what the quicker one published."""
    del store
    command_log.append(5)
    slower, quicker = s3.opened(PLACE), s3.opened(PLACE)
    assert slower.create("tile/0/000.p/1", b"one")
    assert not quicker.create("tile/0/000.p/1", b"two")
    assert b"one" == quicker.read("tile/0/000.p/1", 100)
    assert slower.read("checkpoint", 100) is None
    assert quicker.publish(b"quick", instead_of=None)
    assert not slower.publish(b"slow", instead_of=None)
    # One whose answer was lost finds its own words there, and is content.
    assert quicker.publish(b"quick", instead_of=None)
    assert b"quick" == slower.read("checkpoint", 100)
    assert b"quick" == quicker.read("checkpoint", 100)
    assert quicker.publish(b"quicker", instead_of=b"quick")
    assert not slower.publish(b"slower", instead_of=b"quick")
    assert b"quicker" == slower.read("checkpoint", 100)


def test_s3_lists_folders(store: dict[str, Any]) -> None:
    """A listing has what is directly in a folder, page after page, and nothing below it."""
    del store
    place = s3.opened(PLACE)
    for number in range(1005):
        assert place.create(f"tile/0/{number:04d}", b"x" * (number % 7))
    assert place.create("tile/0/001.p/7", b"x")
    found = place.listing("tile/0")
    assert {f"{number:04d}": number % 7 for number in range(1005)} == found
    assert {"7": 1} == place.listing("tile/0/001.p")
    assert {} == place.listing("tile/9")


def test_s3_that_does_not_let_us_in(
    store: dict[str, Any], command_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No bucket, a wrong secret, no secret at all: exit 2, with what to correct, and no secret."""
    del store
    command_log.append(1)
    told = command_log.run("export", "--to", "s3://elsewhere/log", wanted=2).stderr
    assert "404, NoSuchBucket" in told
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    told = command_log.run("export", "--to", PLACE, wanted=2).stderr
    assert "403, SignatureDoesNotMatch" in told
    assert "another-secret" not in told
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    told = command_log.run("export", "--to", PLACE, wanted=2).stderr
    assert "the environment's settings for S3 do not do" in told
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    told = command_log.run("export", "--to", PLACE, wanted=2).stderr
    assert "Unable to locate credentials" in told
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "nowhere")
    told = command_log.run("export", "--to", PLACE, wanted=2).stderr
    assert "the environment's settings for S3 do not do" in told


def test_s3_that_is_not_there(
    command_log: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    free_port: Callable[[], int],
) -> None:
    """A store that does not answer ends the export with 3, after a few tries."""
    command_log.append(1)
    environment(monkeypatch, tmp_path, f"http://127.0.0.1:{free_port()}")
    told = command_log.run("export", "--to", PLACE, wanted=3).stderr
    assert "the store did not answer in 4 tries" in told


class Careless(http.server.BaseHTTPRequestHandler):
    """A fake of a store that takes conditional puts and heeds no condition."""

    protocol_version = "HTTP/1.1"

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("ETag", '"0123456789abcdef0123456789abcdef"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Answer what was put."""
        kept: dict[str, bytes] = vars(self.server)["kept"]
        if "list-type" in self.path:
            self._send(200, kept.get("list", b"<ListBucketResult></ListBucketResult>"))
        elif self.path in kept:
            self._send(200, kept[self.path])
        else:
            self._send(404, b"<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")

    def do_PUT(self) -> None:
        """Keep it, whatever is there."""
        length = int(self.headers["Content-Length"])
        vars(self.server)["kept"][self.path] = self.rfile.read(length)
        self._send(200, b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def careless(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[dict[str, bytes]]:
    """Run the fake, which this process's environment names; give what it keeps."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    kept: dict[str, bytes] = {}
    vars(server)["kept"] = kept
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        environment(monkeypatch, folder, f"http://127.0.0.1:{server.server_address[1]}")
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_s3_that_heeds_no_condition(
    command_log: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A store whose conditional writes are none is found out before a checkpoint is there."""
    command_log.append(5)
    with careless(monkeypatch, tmp_path) as kept:
        told = command_log.run("export", "--to", PLACE, wanted=3).stderr
        assert "takes `If-None-Match` and does not heed it" in told
        assert not [name for name in kept if name.endswith("checkpoint")]
        place = s3.opened(PLACE)
        kept["/releases/log/checkpoint"] = b"old"
        assert b"old" == place.read("checkpoint", 10)
        with pytest.raises(LogError, match="takes `If-Match` and does not heed it"):
            place.publish(b"new", instead_of=b"old")


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (b"<IsTruncated>true</IsTruncated>", "has no end in 100 pages|did not answer"),
        (
            b"<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>",
            "has no end in 100 pages",
        ),
    ],
    ids=["no-token", "the-same-token"],
)
def test_s3_whose_list_has_no_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: bytes, reason: str
) -> None:
    """A list that never ends does not keep an export for ever."""
    with careless(monkeypatch, tmp_path) as found:
        found["list"] = b"<ListBucketResult>" + kept + b"</ListBucketResult>"
        with pytest.raises(LogError, match=reason):
            s3.opened(PLACE).listing("tile/0")
