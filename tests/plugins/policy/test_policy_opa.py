"""The engine `opa`: the reference implementation, limited, and never a pass when it fails."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assurance.errors import PolicyFileError, UsageError
from assurance_policy import load, opa_binary, rules
from assurance_policy.opa_engine import OpaEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.interfaces import RuleResult

NONE = "findings contains 1 if input.absent"
HANG = """findings contains c if {
    some a in numbers.range(1, 100000)
    some b in numbers.range(1, 100000)
    c := a + b
    c < 0
}"""
HOG = "findings := [a | some a in numbers.range(1, 100000000)]"


@pytest.fixture
def prepared(opa: Path, tmp_path: Path) -> OpaEngine:
    """Return the engine with the pinned opa."""
    engine = OpaEngine()
    engine.prepare({"binary": str(opa)}, root=tmp_path)
    return engine


def _evaluate(
    engine: OpaEngine, folder: Path, policy_input: bytes = b"{}", seconds: float = 30
) -> dict[str, RuleResult]:
    policies = load.read([folder], []).policy_set()
    return dict(engine.evaluate(policies, policy_input, timeout_seconds=seconds))


def _script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_each_rule_is_answered(prepared: OpaEngine, folder: Callable[..., Path]) -> None:
    """Sets come as lists; undefined is None; the version is opa's own."""
    text = 'findings contains {"status": "FAIL", "message": m} if some m in ["b", "a"]'
    found = _evaluate(prepared, folder(a__one=text, a__two="findings := 1 if input.absent"))
    assert ["a", "b"] == [item["message"] for item in found["a.one"].findings]
    assert (True, None, None) == (
        found["a.two"].evaluated,
        found["a.two"].findings,
        found["a.two"].error,
    )
    assert prepared.version.startswith("1.")


def test_an_error_stays_with_its_check(prepared: OpaEngine, folder: Callable[..., Path]) -> None:
    """A builtin's error is the check's error, with its place; the next check is answered."""
    found = _evaluate(prepared, folder(a__one='findings contains to_number("x")', a__two=NONE))
    assert "findings: pack/a__one.rego:15:19: to_number: " in (found["a.one"].error or "")
    assert None is found["a.two"].error
    assert [] == found["a.two"].findings


def test_the_time_limit_holds(prepared: OpaEngine, folder: Callable[..., Path]) -> None:
    """A policy that does not end is ended, and does not read as a pass."""
    top = folder(a__one=NONE, a__two=HANG, b__three=NONE)
    begin = time.monotonic()
    found = _evaluate(prepared, top, seconds=2)
    assert 60 > time.monotonic() - begin  # twice the limit, and room for a busy machine
    assert None is found["a.one"].error
    assert "no answer within 2 s" == found["a.two"].error
    assert "no answer within 2 s" == found["b.three"].error


def test_the_memory_limit_holds(opa: Path, tmp_path: Path, folder: Callable[..., Path]) -> None:
    """A policy that wants more memory than it may have ends its opa, not the machine."""
    engine = OpaEngine(memory_bytes=256 * 1024 * 1024)
    engine.prepare({"binary": str(opa)}, root=tmp_path)
    found = _evaluate(engine, folder(a__one=HOG, b__two=NONE))
    assert "memory limit" in (found["a.one"].error or "")
    assert None is found["b.two"].error


@pytest.mark.parametrize(
    "call", ["http.send({})", 'http["send"]({})', "opa.runtime()", "time.now_ns()"]
)
def test_what_is_banned_is_refused(
    call: str, prepared: OpaEngine, folder: Callable[..., Path]
) -> None:
    """A banned call is an error of every check before opa runs."""
    found = _evaluate(prepared, folder(a__one=f"findings contains {call}", a__two=NONE))
    assert "is banned" in (found["a.two"].error or "")


@pytest.mark.parametrize("call", ["crypto.sha256(input.a)", 'http["send"]({})'])
def test_capabilities_bar_what_the_text_hides(
    call: str, prepared: OpaEngine, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown to regorus, or not seen in the text: opa itself does not know the function."""
    monkeypatch.setattr(rules, "banned_call", lambda _modules: None)
    found = _evaluate(prepared, folder(a__one=f"findings contains {call}"))
    assert "undefined function" in (found["a.one"].error or "")


def test_the_environment_does_not_reach_it(
    prepared: OpaEngine, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPA takes flags from OPA_* variables; ours are not weakened by them."""
    monkeypatch.setenv("OPA_EVAL_STRICT_BUILTIN_ERRORS", "false")
    monkeypatch.setenv("OPA_EVAL_V0_COMPATIBLE", "true")
    found = _evaluate(prepared, folder(a__one='findings contains to_number("x")'))
    assert "to_number" in (found["a.one"].error or "")


def test_opas_compiler_is_asked_when_policies_are_loaded(
    prepared: OpaEngine, folder: Callable[..., Path]
) -> None:
    """What regorus takes and opa does not is exit 2 before anything runs, with its place."""
    top = folder(a__one="findings contains f(1)\nf(x) := f(x)")
    with pytest.raises(PolicyFileError, match=r"opa does not take it: rule .* is recursive") as err:
        prepared.load([top], [])
    assert f"{top / 'a__one.rego'}:16:1" == err.value.where


def test_print_is_kept(prepared: OpaEngine, folder: Callable[..., Path]) -> None:
    """What a policy prints is there for whoever asks, and nothing of it in the answer."""
    found = _evaluate(
        prepared, folder(a__one='findings contains 1 if { print("seen", input.q); input.absent }')
    )
    assert [] == found["a.one"].findings
    assert ("seen <undefined>",) == prepared.printed


def test_data_is_at_the_root(prepared: OpaEngine, folder: Callable[..., Path]) -> None:
    """The folder of a data file does not count."""
    top = folder(a__one="findings contains data.limits.high")
    (top / "data.json").write_text('{"limits": {"high": 3}}')
    assert [3] == _evaluate(prepared, top)["a.one"].findings


def test_an_absent_opa_is_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on PATH, or not where the settings say: exit 2, never another engine."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="no program on PATH"):
        OpaEngine().prepare({}, root=tmp_path)
    with pytest.raises(UsageError, match="no program at `tools/opa`"):
        OpaEngine().prepare({"binary": "tools/opa"}, root=tmp_path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo Version: 0.70.0", "is opa 0.70.0; 1.0 or later is needed"),
        ("echo hello", "is no opa"),
        ("exit 3", "ended with 3"),
        ("echo Version: 1.2.3", "does not list its capabilities"),
        ("kill -9 $$", "ended with -9"),
    ],
)
def test_what_is_no_opa_of_today_is_usage(body: str, said: str, tmp_path: Path) -> None:
    """Each is exit 2 with its reason."""
    _script(tmp_path / "opa", body)
    with pytest.raises(UsageError, match=said):
        OpaEngine().prepare({"binary": "opa"}, root=tmp_path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("exit 0", "gave no answer"),
        ('echo "{}"', "gave no answer"),
        ("""echo '{"result": []}'""", "gave no answer"),
        ("""echo '{"result": [{"expressions": [{"value": {}}]}]}'""", "gave no answer"),
        ("""echo '{"result": [{"expressions": [{"value": {"0":[],"1":[],"2":[]}}]}]}'; exit 1""",
         "expressions"),
        ("kill -9 $$", "gave no answer"),
        ("yes | head -c 70000000", "more than 67,108,864 bytes"),
    ],
)  # fmt: skip
def test_only_a_complete_answer_counts(
    body: str, said: str, tmp_path: Path, folder: Callable[..., Path]
) -> None:
    """An opa that ends in the middle, or says something else, is an error, never a pass."""
    engine = OpaEngine()
    known = """version) echo Version: 1.2.3;; capabilities) echo '{"builtins": []}';;"""
    _script(tmp_path / "opa", f"case $1 in {known} *) {body};; esac")
    engine.prepare({"binary": "opa"}, root=tmp_path)
    assert said in (_evaluate(engine, folder(a__one=NONE))["a.one"].error or "")


def test_no_process_is_left(tmp_path: Path) -> None:
    """What it started in the background ends with it."""
    _script(tmp_path / "opa", "sleep 60 & echo $! > pid; wait")
    said = opa_binary.run(str(tmp_path / "opa"), [], folder=tmp_path, timeout_seconds=0.5)
    assert "no answer within 0.5 s" == said.problem
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 50
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if "Z" in Path(f"/proc/{pid}/stat").read_text().split():
            return  # gone as well
        time.sleep(0.05)
    pytest.fail("the child of opa still runs")
