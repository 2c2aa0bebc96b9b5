"""The engine `opa-server`: a server's answer counts only when it is about our policies."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from assurance.errors import PolicyEngineError, UsageError
from assurance_policy import load
from assurance_policy.opa_server import OpaServerEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from assurance.interfaces import RuleResult

pytest.importorskip("opa_client", reason="the extra `opa` is not installed")

NONE = "findings contains 1 if input.absent"
HANG = """findings contains c if {
    some a in numbers.range(1, 100000)
    some b in numbers.range(1, 100000)
    c := a + b
    c < 0
}"""


@pytest.fixture
def prepared(opa_server: Any, tmp_path: Path) -> Iterator[OpaServerEngine]:
    """Return the engine, connected."""
    engine = OpaServerEngine()
    engine.prepare({"url": opa_server.url}, root=tmp_path)
    yield engine
    engine.close()


def _evaluate(engine: OpaServerEngine, folder: Path, seconds: float = 30) -> dict[str, RuleResult]:
    policies = load.read([folder], []).policy_set()
    return dict(engine.evaluate(policies, b'{"q": 5}', timeout_seconds=seconds))


def test_each_rule_is_answered_and_nothing_stays(
    prepared: OpaServerEngine, folder: Callable[..., Path], opa_server: Any
) -> None:
    """Helpers, checks and data go up, the answer comes, and all is removed."""
    top = folder(a__one="findings contains data.limits[_] if input.q", a__two=NONE)
    (top / "data.json").write_text('{"limits": [3, 4]}')
    found = _evaluate(prepared, top)
    assert [3, 4] == found["a.one"].findings
    assert ([], None) == (found["a.two"].findings, found["a.two"].error)
    assert [] == opa_server.policies()
    assert "result" not in opa_server.ask("GET", "data/limits")
    assert prepared.version.startswith("1.")


def test_strict_errors_stay_with_their_check(
    prepared: OpaServerEngine, folder: Callable[..., Path], opa_server: Any
) -> None:
    """HTTP 500 is a builtin's error, told with the place in our own file."""
    found = _evaluate(prepared, folder(a__one='findings contains to_number("x")', a__two=NONE))
    assert "findings: pack/a__one.rego:15:19: to_number: " in (found["a.one"].error or "")
    assert None is found["a.two"].error
    assert [] == opa_server.policies()


def test_the_time_limit_holds(
    prepared: OpaServerEngine, folder: Callable[..., Path], opa_server: Any
) -> None:
    """A policy that does not end is no pass, and does not stay on the server."""
    begin = time.monotonic()
    found = _evaluate(prepared, folder(a__one=NONE, a__two=HANG, b__three=NONE), seconds=2)
    assert 60 > time.monotonic() - begin
    assert None is found["a.one"].error
    assert "no answer within 2 s" == found["a.two"].error
    assert "no answer within 2 s" == found["b.three"].error
    assert [] == opa_server.policies()


def test_what_is_banned_never_goes_up(
    prepared: OpaServerEngine, folder: Callable[..., Path]
) -> None:
    """The server has http.send; our policies do not."""
    found = _evaluate(prepared, folder(a__one="findings contains http.send({})"))
    assert "is banned" in (found["a.one"].error or "")


def test_another_policy_of_our_package_is_refused(opa_server: Any, tmp_path: Path) -> None:
    """It would add findings to ours, or hide them: exit 2 before anything runs."""
    opa_server.ask("PUT", "policies/theirs", "package assurance.a.one\nfindings contains 1")
    with pytest.raises(UsageError, match=r"has the policy `theirs` in the package `assurance`"):
        OpaServerEngine().prepare({"url": opa_server.url}, root=tmp_path)
    assert ["theirs"] == opa_server.policies()


def test_data_in_our_place_is_refused(
    opa_server: Any, tmp_path: Path, folder: Callable[..., Path]
) -> None:
    """At `assurance` before anything runs; at a key of ours when it has another value."""
    opa_server.ask("PUT", "data/assurance/lib", '{"x": 1}')
    with pytest.raises(UsageError, match="has data at `assurance`"):
        OpaServerEngine().prepare({"url": opa_server.url}, root=tmp_path)
    opa_server.ask("PATCH", "data", '[{"op": "remove", "path": "/assurance"}]')
    opa_server.ask("PUT", "data/limits", '{"high": 9}')
    engine = OpaServerEngine()
    engine.prepare({"url": opa_server.url}, root=tmp_path)
    top = folder(a__one="findings contains data.limits.high")
    (top / "data.json").write_text('{"limits": {"high": 3}}')
    with pytest.raises(PolicyEngineError, match="has other data at `limits`"):
        _evaluate(engine, top)
    (top / "data.json").write_text('{"limits": {"high": 9}}')
    assert [9] == _evaluate(engine, top)["a.one"].findings
    assert {"high": 9} == opa_server.ask("GET", "data/limits")["result"]
    assert [] == opa_server.policies()


def test_a_policy_that_comes_while_it_judges_is_refused(
    prepared: OpaServerEngine,
    folder: Callable[..., Path],
    opa_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer may then be about other policies than ours."""
    from assurance_policy import opa_server as module

    ask = module._Run.ask

    def meddle(run: Any, policy_input: Any, seconds: float) -> Any:
        opa_server.ask("PUT", "policies/late", "package assurance.a.one\nfindings contains 2")
        return ask(run, policy_input, seconds)

    monkeypatch.setattr(module._Run, "ask", meddle)
    with pytest.raises(PolicyEngineError, match="has the policy `late`"):
        _evaluate(prepared, folder(a__one=NONE))
    assert ["late"] == opa_server.policies()


def test_a_policy_that_is_changed_while_it_judges_is_refused(
    prepared: OpaServerEngine,
    folder: Callable[..., Path],
    opa_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ours in name, another in content."""
    from assurance_policy import opa_server as module

    ask = module._Run.ask

    def meddle(run: Any, policy_input: Any, seconds: float) -> Any:
        name = next(name for name in run._put if name.endswith("a__one.rego"))
        opa_server.ask("PUT", f"policies/{name}", "package assurance.a.one\nevaluated := true")
        return ask(run, policy_input, seconds)

    monkeypatch.setattr(module._Run, "ask", meddle)
    with pytest.raises(PolicyEngineError, match=r"`pack/a__one.rego` was changed on the OPA"):
        _evaluate(prepared, folder(a__one=NONE))
    assert [] == opa_server.policies()


def test_a_policy_that_opa_does_not_take_is_an_error(
    prepared: OpaServerEngine, folder: Callable[..., Path], opa_server: Any
) -> None:
    """And nothing stays; the client does not rewrite it either."""
    with pytest.raises(
        PolicyEngineError, match=r"does not take pack/a__one.rego:16:1: .*recursive"
    ):
        _evaluate(prepared, folder(a__one="findings contains f(1)\nf(x) := f(x)"))
    assert [] == opa_server.policies()


def test_a_server_that_dies_is_no_answer(
    prepared: OpaServerEngine, folder: Callable[..., Path], opa_server: Any
) -> None:
    """Exit 3: nothing is known, and no other engine steps in."""
    opa_server.process.kill()
    opa_server.process.wait()
    with pytest.raises(PolicyEngineError, match="did not answer"):
        _evaluate(prepared, folder(a__one=NONE))


def test_no_server_is_usage(tmp_path: Path) -> None:
    """Nobody listens, or the address is none: exit 2 before anything runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match="did not answer"):
            OpaServerEngine().prepare({"url": url}, root=tmp_path)
    with pytest.raises(UsageError, match="names no host and port"):
        OpaServerEngine().prepare({"url": "http://127.0.0.1:x"}, root=tmp_path)
    with pytest.raises(UsageError, match=r"token .* cannot be read"):
        OpaServerEngine().prepare({"url": url, "token_file": "absent"}, root=tmp_path)
    with pytest.raises(UsageError, match=r"token .* cannot be read"):
        OpaServerEngine().prepare({"url": url, "token_file": "/dev/zero"}, root=tmp_path)


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is an extra."""
    monkeypatch.setitem(sys.modules, "opa_client", None)
    with pytest.raises(UsageError, match="is not installed") as err:
        OpaServerEngine().prepare({"url": "http://127.0.0.1:1"}, root=tmp_path)
    assert "release-assurance[opa]" in err.value.remedy


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (200, {"result": [{"version": "0.70.0"}]}, "is of version 0.70.0; 1.0 or later"),
        (200, {"result": []}, "is of version unknown"),
        (200, [], "is of version unknown"),
        (200, "text", "is of version unknown"),
        (401, {"code": "unauthorized", "message": "not you"}, "refuses: not you"),
        (500, "oops", "refuses: HTTP status 500"),
        (302, {}, "did not answer"),
    ],
)
def test_what_is_no_opa_server_of_today_is_usage(
    status: int, answer: Any, said: str, tmp_path: Path
) -> None:
    """Each is exit 2 with its reason; no redirect is followed elsewhere."""

    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("location", "http://example.invalid/")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(UsageError, match=said):
            OpaServerEngine().prepare(
                {"url": f"http://127.0.0.1:{server.server_port}"}, root=tmp_path
            )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
