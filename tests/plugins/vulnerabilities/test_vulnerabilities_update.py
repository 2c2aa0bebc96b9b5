"""`assurance vulnerabilities update` from a server on loopback: whole and not older, or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.cli import arguments
from assurance.cli.terminal import Terminal
from assurance.errors import CollectError, RefusedError, UndecidedError, UsageError
from assurance_vulnerabilities import (
    advisory_files,
    http_client,
    pin,
    update_command,
    vulnerabilities_command,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _zip(modified: str = "2024-01-01T00:00:00Z", records: int = 2) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(records):
            record = {
                "id": f"EX-{number}",
                "modified": modified,
                "affected": [
                    {"package": {"ecosystem": "PyPI", "name": "example"}, "versions": ["1.0"]}
                ],
            }
            archive.writestr(zipfile.ZipInfo(f"EX-{number}.json"), json.dumps(record))
    return buffer.getvalue()


NEW = _zip()
DIGEST = hashlib.sha256(NEW).hexdigest()


def _bytes(data: bytes, **headers: str) -> Callable[[Any, str], bool]:
    def answer(handler: Any, _path: str) -> bool:
        handler.answer(200, data, **headers)
        return True

    return answer


@pytest.fixture
def server(osv_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server on loopback that answers every path with the new export."""
    monkeypatch.setattr(http_client, "PAUSES", (0, 0))
    osv_server.fault = _bytes(NEW)
    return osv_server


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the export is kept."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "advisories" / "osv.zip"


def _update(*words: object) -> dict[str, Any]:
    found = arguments.parse(
        "vulnerabilities",
        vulnerabilities_command,
        ["update", *map(str, words)],
        environ={},
    )
    return dict(vulnerabilities_command.run(found, Terminal.plain()).document["advisories"])


def test_fetched_and_pinned(server: Any, target: Path) -> None:
    """The file is what the server has, and the pin says so."""
    said = _update(target, "--url", f"{server.url}/all.zip")
    assert NEW == target.read_bytes()
    assert {"records": 2, "sha256": DIGEST, "changed": True} == {
        key: said[key] for key in ("records", "sha256", "changed")
    }
    made = pin.read(target)
    assert made is not None
    assert (f"{server.url}/all.zip", DIGEST, len(NEW), 2) == (
        made.url,
        made.sha256,
        made.size,
        made.records,
    )
    again = _update(target, "--url", f"{server.url}/all.zip", "--expect-digest", f"sha256:{DIGEST}")
    assert not again["changed"]
    assert {"osv.zip", "osv.zip.pin.json"} == {path.name for path in target.parent.iterdir()}


def test_a_query_is_not_pinned(server: Any, target: Path) -> None:
    """What stands after the `?` may be a secret, and the pin is committed."""
    _update(target, "--url", f"{server.url}/all.zip?token=hunter2")
    assert ["GET /all.zip?token=hunter2"] == server.asked
    assert b"hunter2" not in pin.path_of(target).read_bytes()


def test_from_the_settings(server: Any, target: Path) -> None:
    """Without arguments, the settings say where it is kept and where it is from."""
    Path("assurance.toml").write_text(
        '[release]\nname = "a"\nversion = "1"\nartifacts = ["dist/*"]\n'
        '[collect.vulnerabilities]\ninputs = ["requirements.txt"]\n'
        "[collect.vulnerabilities.options]\n"
        f'advisories = "advisories/osv.zip"\nadvisories_url = "{server.url}/all.zip"\n'
    )
    assert DIGEST == _update()["sha256"]
    assert NEW == target.read_bytes()
    assert ["GET /all.zip"] == server.asked


def test_the_collector_takes_what_is_pinned(server: Any, target: Path, project: Any) -> None:
    """Other bytes under the pin are no data; fetched again, they are."""
    _update(target, "--url", server.url)
    project.options = {"advisories": str(target)}
    project.requirements("example==1.0")
    assert 2 == len(project.collect()["scanner"]["result"])
    target.write_bytes(_zip(records=1))
    with pytest.raises(CollectError, match="is not what was pinned: found sha256:") as caught:
        project.collect()
    assert "assurance vulnerabilities update" in caught.value.remedy
    _update(target, "--url", server.url)
    assert 2 == len(project.collect()["scanner"]["result"])


PINS = {
    "empty": (b"", "not JSON"),
    "list": (b"[]", "must be an object"),
    "no-digest": (b'{"url": "http://x"}', "`pin.sha256` must be"),
    "key-more": (b'{"more": 1}', "has the unknown key `more`"),
    "key-twice": (b'{"url": "x", "url": "y"}', "stands twice"),
    "digest-in-capitals": (b'{"url": "x", "sha256": "' + b"A" * 64 + b'"}', "64 lowercase hex"),
    "too-large": (b" " * 70_000, "the limit is 65,536"),
}


@pytest.mark.parametrize("name", PINS)
def test_a_pin_that_is_not_readable(project: Any, tmp_path: Path, name: str) -> None:
    """A broken pin is not the same as none."""
    content, message = PINS[name]
    data = tmp_path / "osv.zip"
    data.write_bytes(NEW)
    pin.path_of(data).write_bytes(content)
    project.options = {"advisories": "osv.zip"}
    project.requirements("example==1.0")
    with pytest.raises(
        CollectError, match="the pin of the advisory data is not readable"
    ) as caught:
        project.collect()
    assert message in caught.value.problem
    assert str(pin.path_of(data)) == caught.value.where


def _cut(handler: Any, _path: str) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(NEW)))
    handler.end_headers()
    handler.wfile.write(NEW[:-30])
    handler.close_connection = True
    return True


def _moved(code: int, target: str) -> Callable[[Any, str], bool]:
    def answer(handler: Any, path: str) -> bool:
        handler.answer(code, b"", Location=target)
        return path != "/never"

    return answer


def _status(code: int) -> Callable[[Any, str], bool]:
    def answer(handler: Any, _path: str) -> bool:
        handler.answer(code, b"")
        return True

    return answer


FAULTS: dict[str, tuple[Callable[[Any, str], bool], type[Exception], str]] = {
    "cut": (_cut, UndecidedError, r"broke off after [0-9,]+ of [0-9,]+ bytes \(3 tries"),
    "cut-before": (
        _bytes(NEW[:-30]),
        RefusedError,
        "what came is no export of OSV: .* no whole zip",
    ),
    "html": (_bytes(b"<html>sign in</html>"), RefusedError, "no export of OSV: .* no whole zip"),
    "empty": (_bytes(b""), RefusedError, "no export of OSV: .* no whole zip"),
    "other-data": (_bytes(_zip("yesterday")), RefusedError, "`modified` that is no time"),
    "not-found": (_status(404), UndecidedError, "answered 404 Not Found"),
    "forbidden": (_status(403), UndecidedError, "answered 403 Forbidden"),
    "broken-inside": (_status(500), UndecidedError, r"answered 500 .* \(3 tries"),
    "compressed": (
        _bytes(NEW, Content_Encoding="gzip"),
        UndecidedError,
        "sent a compressed answer",
    ),
    "moves-for-ever": (_moved(302, "/all.zip"), UndecidedError, "redirects more than 5 times"),
    "moved-to-a-file": (_moved(301, "file:///etc/passwd"), UndecidedError, "which is no URL"),
    "moved-nowhere": (_moved(301, "http://[::1"), UndecidedError, "which is no URL"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_goes_wrong_changes_nothing(server: Any, target: Path, name: str) -> None:
    """Old file and pin stay byte for byte, and nothing else is left behind."""
    _update(target, "--url", server.url)
    before = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    server.fault, kind, message = FAULTS[name]
    with pytest.raises(kind, match=message):
        _update(target, "--url", f"{server.url}/all.zip")
    assert before == {path.name: path.read_bytes() for path in target.parent.iterdir()}


def test_another_digest(server: Any, target: Path) -> None:
    """Bytes that were not expected are refused, however good they are."""
    with pytest.raises(RefusedError, match=rf"has sha256:{DIGEST}, expected sha256:{'0' * 64}"):
        _update(target, "--url", server.url, "--expect-digest", "0" * 64)
    assert not target.exists()


def test_too_large(server: Any, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than it may be is not read to its end."""
    monkeypatch.setattr(advisory_files, "MAX_ARCHIVE", 100)
    with pytest.raises(UndecidedError, match=r"would send [0-9,]+ bytes; the limit is 100"):
        _update(target, "--url", server.url)
    assert not target.exists()


def test_a_redirect_is_followed(server: Any, target: Path) -> None:
    """A download may stand somewhere else."""

    def moved(handler: Any, path: str) -> bool:
        if path == "/all.zip":
            handler.answer(302, b"", Location="/there/all.zip?signed=1")
            return True
        return _bytes(NEW)(handler, path)

    server.fault = moved
    assert DIGEST == _update(target, "--url", f"{server.url}/all.zip")["sha256"]
    assert ["GET /all.zip", "GET /there/all.zip?signed=1"] == server.asked


def test_https_does_not_become_http() -> None:
    """A redirect does not take the protection of the transport away."""
    secure = http_client.base("https://example.com/all.zip", where="test")
    with pytest.raises(UndecidedError, match="which is not https"):
        http_client._target(secure, "http://example.com/all.zip")
    assert "/b.zip" == http_client._target(secure, "/b.zip").path


def test_older_data(server: Any, target: Path) -> None:
    """A mirror that lags does not take newer data away, unless that is meant."""
    _update(target, "--url", server.url)
    server.fault = _bytes(_zip("2023-01-01T00:00:00Z"))
    with pytest.raises(RefusedError, match="newest record of what came is of 2023-01-01T00:00:00Z"):
        _update(target, "--url", server.url)
    assert NEW == target.read_bytes()
    assert _update(target, "--url", server.url, "--allow-older")["changed"]


def test_nobody_listens(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is exit 3, after three tries."""
    monkeypatch.setattr(http_client, "PAUSES", (0, 0))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(UndecidedError, match=r"Connection refused \(3 tries"):
            _update(target, "--url", f"http://127.0.0.1:{port}/all.zip")


def test_a_folder_that_cannot_be_written(server: Any, target: Path) -> None:
    """A disk that refuses is exit 3."""
    target.parent.write_text("in the way")
    with pytest.raises(UndecidedError, match=r"cannot be written|File exists|Not a directory"):
        _update(target, "--url", server.url)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.zip", "--url", "ftp://example.com/a.zip"), "does not start with http:// or https://"),
        (("a.zip", "--url", "http://user:pw@example.com/"), "holds a user or password"),
        ((".", "--url", "http://example.com"), "this is a folder"),
        (("a.zip", "--url", "http://x", "--expect-digest", "abc"), "`abc` is no SHA-256"),
        ((), "settings"),
    ],
)
def test_usage(target: Path, words: tuple[str, ...], message: str) -> None:
    """What cannot be done is said before anything is fetched."""
    assert not target.exists()
    with pytest.raises(UsageError, match=message):
        _update(*words)


@pytest.mark.parametrize(
    ("collect", "message"),
    [
        ("", "do not say where the advisories are kept"),
        (
            '[collect.a]\nplugin = "vulnerabilities"\n[collect.b]\nplugin = "vulnerabilities"\n',
            r"several tables use advisories: \[collect.a\], \[collect.b\]",
        ),
    ],
)
def test_settings_that_do_not_say(target: Path, collect: str, message: str) -> None:
    """Without a file, the settings must name exactly one."""
    assert not target.exists()
    Path("assurance.toml").write_text(
        '[release]\nname = "a"\nversion = "1"\nartifacts = ["dist/*"]\n' + collect
    )
    with pytest.raises(UsageError, match=message):
        _update()


def test_the_default_is_osv_s_own() -> None:
    """Nothing is fetched here; the URL is one that can be."""
    assert http_client.base(update_command.DEFAULT_URL, where="test").secure


@pytest.mark.slow
def test_exit_codes(server: Any, target: Path) -> None:
    """As a pipeline sees it: 0, 1 and 3, the result on stdout and the rest on stderr."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "assurance", "vulnerabilities", "update", str(target)]
        return subprocess.run(
            [*command, *words], capture_output=True, check=False, text=True, cwd=target.parents[1]
        )

    good = run("--url", server.url, "-o", "json")
    assert 0 == good.returncode, good.stderr
    assert DIGEST == json.loads(good.stdout)["advisories"]["sha256"]
    assert f"fetching {server.url}" in good.stderr
    other = run("--url", server.url, "--expect-digest", "0" * 64)
    assert (1, "") == (other.returncode, other.stdout)
    assert "expected sha256:000" in other.stderr
    server.fault = _status(404)
    absent = run("--url", server.url)
    assert (3, "") == (absent.returncode, absent.stdout)
    assert "answered 404 Not Found" in absent.stderr
